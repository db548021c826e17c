"""What stands against a change, and what filing it writes: posts that end and begin on its day.

The posts' dates are written when it is filed; rights follow from the posts held on a day, so that they end and begin at
midnight by themselves. The caller holds the unit (quotas.lock) from the check to the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import select

from models import members, mergers, own_data, quotas
from models.db import Changed, Prepared, Transaction, table
from models.people import Bureau, Person, Post, Role, Unit
from models.personnel.changes import ChangedPost, Line, Newcomer
from models.quotas import ROSTERS, Quota

_post, _unit, _line = table(Post), table(Unit), table(ChangedPost)
_END = Prepared(sa.update(_post).where(_post.c.id == sa.bindparam("post")), "ends_on")
_CUT = Prepared(sa.update(_line).where(_line.c.id == sa.bindparam("line")), "cut_short")
_LASTING = sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("day"))
_IN_UNIT = (_post.c.unit_id == sa.bindparam("unit"), _LASTING)
_DELEGATED = Prepared(
    sa.select(_post.c.id, _post.c.starts_on, _post.c.ends_on).where(
        *_IN_UNIT, _post.c.on_behalf_of.is_not(None),
        sa.or_(
            _post.c.person_id == sa.bindparam("delegate"), _post.c.on_behalf_of == sa.bindparam("absent"),
        ),
    )
)  # fmt: skip
_OWN = Prepared(
    sa.select(_post.c.role).where(
        *_IN_UNIT, _post.c.person_id == sa.bindparam("person"), _post.c.on_behalf_of.is_(None)
    )
)
_HELD_LATER = Prepared(
    sa.select(_post.c.id).where(
        _post.c.person_id == sa.bindparam("person"), _post.c.unit_id == sa.bindparam("unit"),
        _post.c.role == sa.bindparam("the_role"), _post.c.on_behalf_of.is_(None), _LASTING,
    )
)  # fmt: skip
_SECTION = Prepared(
    sa.select(_post.c.id, _post.c.starts_on, _post.c.ends_on)
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .where(_unit.c.bureau_id == sa.bindparam("bureau"), _post.c.role == Role.LEGAL_SECTION.value)
)


class NoPlace(Exception):
    """A maximum would be broken: the role, its quota, and how many there would be."""

    def __init__(self, role: Role, quota: Quota, would_be: int) -> None:
        super().__init__(role, quota, would_be)
        self.role = role
        self.quota = quota
        self.would_be = would_be


class Obstacle(Exception):
    """A change cannot be as it is. `name`: whose it is.

    `code`: post_gone, has_it_already, in_another_bureau, nobody_left; followed, merged (models/personnel/undoing.py).
    """

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code, name)
        self.code = code
        self.name = name


def check(db: Transaction, unit: Unit, lines: Sequence[Line], day: date, today: date) -> None:
    """Raises Obstacle or, if that is all that stands against it, NoPlace; Changed, if the unit has been merged this moment."""
    if any(line.begins for line in lines) and mergers.of_unit(db, unit.id) is not None:
        raise Changed(f"unit {unit.id}")
    _check_twice(db, lines)
    for line in lines:
        _check_post(db, line, day)
        _check_successor(db, unit, line, day, today)
    if any(line.role == Role.LEGAL_SECTION and line.post is not None for line in lines):
        _hold_bureau(db, unit.bureau_id)
    if nobody_left(db, unit.bureau_id, lines, day):
        raise Obstacle("nobody_left")
    for role in ROSTERS:
        check_place(db, unit, role, lines, day)


def check_person(db: Transaction, unit: Unit, person: int, role: str, day: date) -> None:
    """Raise Obstacle (in_another_bureau, has_it_already) if somebody cannot have a role in a unit from a day on."""
    name = db.session.get_one(Person, person).name
    if any(bureau != unit.bureau_id for bureau in members.bureaus_of(db, person, day)):
        raise Obstacle("in_another_bureau", name)
    if db.one(_HELD_LATER, person=person, unit=unit.id, the_role=role, day=day) is not None:
        raise Obstacle("has_it_already", name)


def check_place(db: Transaction, unit: Unit, role: Role, lines: Sequence[Line], day: date) -> None:
    """Raise NoPlace if a role had too many on some day from `day` on, and more than without the change."""
    own = [line for line in lines if line.role == role]
    coming = sum(line.begins for line in own)
    if not coming:
        return
    quota = quotas.of_unit(db, unit, role)
    ending = {line.post for line in own if line.post is not None}
    would_be = quotas.most_held(db, unit.id, role, day, ending) + coming
    if would_be > quota.most and would_be > quotas.most_held(db, unit.id, role, day):
        raise NoPlace(role, quota, would_be)


def nobody_left(db: Transaction, bureau: int, lines: Sequence[Line], day: date) -> bool:
    """Whether a bureau would be without a legal section from some day on: nobody could file anything any more."""
    ending = {line.post for line in lines if line.post is not None and line.role == Role.LEGAL_SECTION}
    if not ending or any(line.begins for line in lines if line.role == Role.LEGAL_SECTION):
        return False
    others = [post for post in db.all(_SECTION, bureau=bureau) if post.id not in ending]
    days = {day, *(post.ends_on for post in others if post.ends_on is not None and post.ends_on > day)}
    return any(
        all(not (post.starts_on <= one and (post.ends_on is None or post.ends_on > one)) for post in others)
        for one in days
    )


def write_posts(db: Transaction, change: Any, lines: list[Any]) -> list[int]:
    """End and begin the posts of a change that is being filed; the ids of the people who get a post."""
    people = []
    for line in lines:
        if line.post_id is not None:
            db.run(_END, post=line.post_id, ends_on=change.effective_on)
            cut = end_delegations(db, line.post_id, change.effective_on)
            if cut:
                db.run(_CUT, line=line.id, cut_short=cut)
        person = line.successor_id if line.successor_id is not None else _somebody_new(db, line, change.effective_on)
        if person is None:
            continue
        _qualify(db, person, line)
        stored = db.session.get_one(ChangedPost, line.id, populate_existing=True)
        stored.begun_id = _begin(db, person, change.unit_id, line.role, change.effective_on)
        stored.successor_id, stored.newcomer = person, None
        people.append(person)
    db.session.flush()
    return list(dict.fromkeys(people))


def end_delegations(db: Transaction, ended: int, day: date) -> dict[str, str]:
    """代办 ends with the post of whose work it is, and with the last post of who does it; the posts, and when they were to end."""
    post = db.session.get_one(Post, ended)
    own = {row.role for row in db.all(_OWN, unit=post.unit_id, person=post.person_id, day=day)}
    delegate = post.person_id if not own else 0
    absent = post.person_id if Role.LIAISON not in own else 0
    delegated = db.all(_DELEGATED, unit=post.unit_id, delegate=delegate, absent=absent, day=day)
    for found in delegated:
        db.run(_END, post=found.id, ends_on=max(day, found.starts_on))
    return {str(found.id): found.ends_on.isoformat() for found in delegated}


def _hold_bureau(db: Transaction, bureau: int) -> None:
    """Whoever ends a post of the legal section counts alone who is left: the others may be of other units."""
    db.session.exec(select(Bureau.id).where(Bureau.id == bureau).with_for_update()).one()


def _check_twice(db: Transaction, lines: Sequence[Line]) -> None:
    """Nobody has a role twice, whoever else leaves it by the same change."""
    begun: set[tuple[str, int | str]] = set()
    for line in lines:
        who = line.successor if line.newcomer is None else line.newcomer.mobile
        if who is None:
            continue
        if (line.role, who) in begun:
            known = db.session.get_one(Person, line.successor) if line.newcomer is None else line.newcomer
            raise Obstacle("has_it_already", known.name)
        begun.add((line.role, who))


def _check_post(db: Transaction, line: Line, day: date) -> None:
    if line.post is None:
        return
    post = db.session.get_one(Post, line.post, populate_existing=True)
    if post.ends_on is not None or post.starts_on >= day:
        raise Obstacle("post_gone", db.session.get_one(Person, post.person_id).name)


def _check_successor(db: Transaction, unit: Unit, line: Line, day: date, today: date) -> None:
    person = line.successor
    if person is None and line.newcomer is not None:
        check_number(db, line.newcomer, today)
        person = own_data.has_mobile(db, line.newcomer.mobile)
    if person is not None:
        check_person(db, unit, person, line.role, day)


def check_number(db: Transaction, newcomer: Newcomer, today: date) -> None:
    """Raise Obstacle (in_another_bureau) if somebody of another name, who is in office still, has the number."""
    person = own_data.has_mobile(db, newcomer.mobile)
    if person is None or not members.bureaus_of(db, person, today):
        return
    if db.session.get_one(Person, person).name != newcomer.name:
        raise Obstacle("in_another_bureau", newcomer.name)


def _somebody_new(db: Transaction, line: Any, day: date) -> int | None:
    """Somebody new to the roster; of somebody who has joined it meanwhile, or has the number under the same name, that person."""
    if line.newcomer is None:
        return None
    known = db.session.exec(select(Person).where(Person.mobile == line.newcomer["mobile"])).first()
    if known is not None and (known.name == line.newcomer["name"] or members.bureaus_of(db, known.id, day)):
        return known.id
    if known is not None:  # whoever had the number has left: it is another's now
        known.mobile = None
        db.session.add(known)
        db.session.flush()
    person = Person(**line.newcomer)
    db.session.add(person)
    db.session.flush()
    return person.id


def _qualify(db: Transaction, person: int, line: Any) -> None:
    for name in ("qualification", "education"):
        if (value := getattr(line, name)) is not None:
            own_data.correct(db, person, name, value)


def _begin(db: Transaction, person: int, unit: int, role: str, day: date) -> int:
    post = Post(person_id=person, unit_id=unit, role=role, starts_on=day)
    db.session.add(post)
    db.session.flush()
    return post.id
