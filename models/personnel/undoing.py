"""撤回备案: what filing a change wrote is taken back, as long as its day has not come.

Posts that were to end go on, posts that were to begin never will have. The caller holds the unit (quotas.lock).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models import joining, members, mergers, quotas, sessions
from models.db import Transaction
from models.people import Person, Post, Role, Unit
from models.personnel import delegation, filing, history
from models.personnel.changes import ChangedPost, PersonnelChange, State
from models.personnel.filing import NoPlace, Obstacle
from models.quotas import ROSTERS


def check(db: Transaction, unit: Unit, lines: Sequence[Any], day: date) -> None:
    """Raises Obstacle (merged, followed, has_it_already, in_another_bureau) or NoPlace: what was filed since rests on the change.

    `lines`: the stored ones; `day`: that of the change.
    """
    merger = mergers.of_unit(db, unit.id)
    if merger is not None and any(line.change_id != merger.change_id for line in lines):
        raise Obstacle("merged", merger.into)
    for line in lines:
        if line.begun_id is not None and _is_followed(db, line.begun_id):
            raise Obstacle("followed", _name(db, line.successor_id))
        if line.post_id is not None:
            filing.check_person(db, unit, db.session.get_one(Post, line.post_id).person_id, line.role, day)
    for role in ROSTERS:
        _check_place(db, unit, role, lines, day)


def write_posts(db: Transaction, lines: Sequence[Any], today: date, now: datetime) -> None:
    """Let the posts that were to end go on, and have those that were to begin end before they do.

    Whoever gets no post by it has no way in any more; the number of somebody who never had one is not kept.
    """
    for line in lines:
        if line.post_id is not None:
            db.session.get_one(Post, line.post_id, populate_existing=True).ends_on = None
        if line.begun_id is not None:
            post = db.session.get_one(Post, line.begun_id, populate_existing=True)
            post.starts_on = post.ends_on = today
            db.session.flush()
            filing.end_delegations(db, post.id, today)
            _let_go(db, post.person_id, today, now)
    db.session.flush()


def restore_delegations(db: Transaction, lines: Sequence[Any], day: date) -> list[Any]:
    """Let 代办 that the change cut short on its day last as long as it was to; those that cannot, as rows of `delegation.by_id`.

    It cannot where somebody else stands in by now, or who was to do it is away or in office no longer on one of these days.
    """
    left = []
    for line in lines:
        for post, ends_on in (line.cut_short or {}).items():
            row = delegation.by_id(db, int(post))
            assert row is not None
            until = date.fromisoformat(ends_on)
            if row.ends_on != max(day, row.starts_on):  # ended since by somebody's press
                continue
            if _may_last(db, row, until):
                db.session.get_one(Post, row.id, populate_existing=True).ends_on = until
            else:
                left.append(row)
    db.session.flush()
    return left


def _may_last(db: Transaction, row: Any, until: date) -> bool:
    """Whether a delegation may last until before a day."""
    away = (
        delegation.overlapping(db, person, row.unit_id, row.ends_on, until - timedelta(days=1))
        for person in (row.on_behalf_of, row.person_id)
    )
    held = history.of_person(db, row.person_id)
    own = (post for post in held if post.unit_id == row.unit_id and post.on_behalf_of is None)
    stays = any(post.starts_on <= row.starts_on and (post.ends_on is None or post.ends_on >= until) for post in own)
    return stays and not any(away)


def _is_followed(db: Transaction, post: int) -> bool:
    """Whether a change that is filed ends a post that another began."""
    of = select(ChangedPost.id).join(PersonnelChange).where(
        ChangedPost.post_id == post, col(PersonnelChange.state).in_((State.FILED, State.IN_EFFECT))
    )  # fmt: skip
    return db.session.exec(of).first() is not None


def _check_place(db: Transaction, unit: Unit, role: Role, lines: Sequence[Any], day: date) -> None:
    own = [line for line in lines if line.role == role]
    staying = sum(line.post_id is not None for line in own)
    if not staying:
        return
    begun = {line.begun_id for line in own if line.begun_id is not None}
    quota, would_be = quotas.of_unit(db, unit, role), quotas.most_held(db, unit.id, role, day, begun) + staying
    if would_be > quota.most and would_be > quotas.most_held(db, unit.id, role, day):
        raise NoPlace(role, quota, would_be)


def _let_go(db: Transaction, person: int, today: date, now: datetime) -> None:
    if members.bureaus_of(db, person, today):
        return
    joining.withdraw(db, person, now)
    sessions.end_all(db, person, now)
    ever = sa.and_(
        col(Post.person_id) == person, sa.or_(col(Post.ends_on).is_(None), col(Post.ends_on) > Post.starts_on)
    )
    if db.session.exec(select(Post.id).where(ever)).first() is None:
        db.session.get_one(Person, person, populate_existing=True).mobile = None


def _name(db: Transaction, person: int) -> str:
    return db.session.get_one(Person, person).name
