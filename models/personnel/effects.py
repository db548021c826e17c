"""What filing a change does: posts end and begin on its day, and on that day open work moves with them.

Rights follow from the posts held on a day, so nothing has to run at midnight for rights to end and begin. Whatever else
the day brings (whose work goes to whom) is done once, that day or the next time anything runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models import quotas
from models.assessments import SelfAssessment
from models.conversations import CANCELLED, OPEN, PAUSED, SUSPENDED, Conversation
from models.db import Prepared, Transaction, table
from models.people import Person, Post, Role, Unit
from models.personnel.changes import ChangedPost
from models.quotas import ROSTERS, Quota

_post, _person, _talk = table(Post), table(Person), table(Conversation)
_END = Prepared(
    sa.update(_post).where(
        _post.c.id == sa.bindparam("post"),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("day")),
    ),
    "ends_on",
)
_OVERLAPS = Prepared(
    sa.select(_post.c.id).where(
        _post.c.person_id == sa.bindparam("person"), _post.c.unit_id == sa.bindparam("unit"),
        _post.c.role == sa.bindparam("the_role"), _post.c.on_behalf_of.is_(None),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("day")),
    )
)  # fmt: skip
_END_TALKS = Prepared(
    sa.update(_talk).where(_talk.c.person_id == sa.bindparam("person"), _talk.c.state.in_([OPEN, SUSPENDED, PAUSED])),
    "state",
)


class NoPlace(Exception):
    """A maximum would be broken: the role, its quota, and how many there would be."""

    def __init__(self, role: Role, quota: Quota, would_be: int) -> None:
        super().__init__(role, quota, would_be)
        self.role = role
        self.quota = quota
        self.would_be = would_be


@dataclass(frozen=True, slots=True)
class Moved:
    """What passed to whom when a post ended: the leaver, the role, the successor (None: nobody), and the work."""

    leaver: int | None
    role: Role
    successor: int | None
    contact_of: tuple[int, ...]
    """The self-assessments whose contact the leaver was."""


def check_place(db: Transaction, unit: Unit, role: Role, *, since: date, ending: int = 0, coming: int = 1) -> None:
    """Raise NoPlace if so many more of a role than end would be too many on some day from `since` on."""
    if role not in ROSTERS or coming <= 0:
        return
    quota = quotas.of_unit(db, unit, role)
    would_be = quotas.most_held(db, unit.id, role, since) - ending + coming
    if would_be > quota.most:
        raise NoPlace(role, quota, would_be)


def write_posts(db: Transaction, change: Any, lines: list[Any]) -> list[int]:
    """End and begin the posts of a change that is being filed; the ids of the people who get a post.

    The caller holds the unit. A successor who has the role there already keeps that post.
    """
    people = []
    for line in lines:
        if line.post_id is not None:
            db.run(_END, post=line.post_id, day=change.effective_on, ends_on=change.effective_on)
        person = line.successor_id if line.successor_id is not None else _newcomer(db, line.newcomer)
        if person is not None:
            begun = _begin(db, person, change.unit_id, line.role, change.effective_on)
            stored = db.session.get_one(ChangedPost, line.id, populate_existing=True)
            stored.successor_id, stored.begun_id = person, begun
            db.session.add(stored)
            people.append(person)
    db.session.flush()
    return people


def move_work(db: Transaction, change: Any, lines: list[Any], today: date, now: datetime) -> list[Moved]:
    """Pass the open work of those who leave to those who follow; what passed.

    A unit's items and evidence are the unit's and stay there. The contact of a bureau's self-assessment is a person:
    the successor becomes it, or nobody. What a leaver without any other post had open in the chat ends.
    """
    moved = []
    for line in lines:
        if line.post_id is None:
            continue
        leaver = db.session.get_one(Post, line.post_id).person_id
        contact_of: tuple[int, ...] = ()
        if line.role == Role.LIAISON:
            contact_of = _pass_contact(db, leaver, line.successor_id)
        if not _in_office(db, leaver, today):
            db.run(_END_TALKS, person=leaver, state=CANCELLED)
        moved.append(Moved(leaver, Role(line.role), line.successor_id, contact_of))
    return moved


def vacancies(db: Transaction, bureau: int, day: date) -> list[tuple[Unit, Role, Quota, int]]:
    """空缺: units that have fewer of a roster on a day than their quota says, with the quota and how many there are.

    A unit that has had nobody in either roster yet has not been set up, and lacks nothing.
    """
    found = []
    known = select(Post.unit_id).where(col(Post.role).in_([role.value for role in ROSTERS]))
    units = select(Unit).where(Unit.bureau_id == bureau, col(Unit.id).in_(known)).order_by(col(Unit.id))
    for unit in db.session.exec(units).all():
        for role in ROSTERS:
            quota, held = quotas.of_unit(db, unit, role), quotas.held(db, unit.id, role, day)
            if held < quota.least:
                found.append((unit, role, quota, held))
    return found


def nobody_left(db: Transaction, bureau: int, ending: list[int], day: date) -> bool:
    """Whether a bureau would be without a legal section if these posts ended: nobody could file anything any more."""
    held = db.session.exec(
        select(Post.id)
        .join(Unit, col(Unit.id) == col(Post.unit_id))
        .where(
            Unit.bureau_id == bureau,
            Post.role == Role.LEGAL_SECTION,
            Post.starts_on <= day,
            sa.or_(col(Post.ends_on).is_(None), col(Post.ends_on) > day),
        )
    ).all()
    return bool(held) and set(held) <= set(ending)


def _newcomer(db: Transaction, given: dict[str, Any] | None) -> int | None:
    if given is None:
        return None
    found = db.session.exec(select(Person).where(Person.mobile == given["mobile"])).first()
    person = found or Person(**given)
    db.session.add(person)
    db.session.flush()
    return person.id


def _begin(db: Transaction, person: int, unit: int, role: str, day: date) -> int:
    held = db.one(_OVERLAPS, person=person, unit=unit, the_role=role, day=day)
    if held is not None:
        return int(held.id)
    post = Post(person_id=person, unit_id=unit, role=role, starts_on=day)
    db.session.add(post)
    db.session.flush()
    return post.id


def _pass_contact(db: Transaction, leaver: int, successor: int | None) -> tuple[int, ...]:
    found = select(SelfAssessment).where(
        SelfAssessment.contact_id == leaver, col(SelfAssessment.submitted_at).is_(None)
    )
    passed = db.session.exec(found).all()
    for assessment in passed:
        assessment.contact_id = successor
        db.session.add(assessment)
    db.session.flush()
    return tuple(assessment.id for assessment in passed)


def _in_office(db: Transaction, person: int, today: date) -> bool:
    posts = select(Post.id).where(
        Post.person_id == person,
        Post.starts_on <= today,
        sa.or_(col(Post.ends_on).is_(None), col(Post.ends_on) > today),
    )
    return db.session.exec(posts).first() is not None
