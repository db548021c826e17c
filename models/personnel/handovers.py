"""交接: what a leaver's work is, post by post, until whoever follows has taken it over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import holders, mergers
from models.db import Prepared, Transaction, UtcDateTime, table
from models.evidence import Evidence, EvidenceUse, Stage
from models.mergers import Merger
from models.people import Person, Post, Role, Unit


class HandOver(SQLModel, table=True):
    """One post that ended. The work waits for a successor where nobody of the unit is left to do it."""

    id: int = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", unique=True)
    """The leaver's."""
    successor_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    """None: nobody follows yet."""
    was_contact: bool = False
    """Whether the leaver answered for the whole bureau."""
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post whose work somebody has not taken over yet."""

    id: int
    role: Role
    unit_id: int
    unit: str
    bureau_id: int
    leaver_id: int
    leaver: str
    successor_id: int
    was_contact: bool


_h, _post, _person, _unit, _e, _use, _m = (
    table(one) for one in (HandOver, Post, Person, Unit, Evidence, EvidenceUse, Merger)
)
_own = _post.alias("own")
_MERGED = sa.and_(_m.c.unit_id == _post.c.unit_id, _m.c.from_on <= sa.bindparam("today"))
_WHERE: sa.ColumnElement[int] = sa.func.coalesce(_m.c.into_id, _post.c.unit_id)
"""The unit where the work goes on."""
_ADD = Prepared(sa.insert(_h), "post_id", "successor_id", "was_contact")
_ASSIGN = Prepared(
    sa.update(_h).where(
        _h.c.successor_id.is_(None),
        _h.c.post_id.in_(
            sa.select(_post.c.id).where(
                sa.or_(
                    _post.c.unit_id == sa.bindparam("unit"),
                    _post.c.unit_id.in_(sa.select(_m.c.unit_id).where(_m.c.into_id == sa.bindparam("unit"))),
                ),
                _post.c.role == sa.bindparam("the_role"),
            )
        ),
    ),
    "successor_id",
)
_WAITING = Prepared(
    sa.select(
        _h.c.id, _post.c.role, _WHERE.label("unit_id"), _unit.c.name.label("unit"), _unit.c.bureau_id,
        _post.c.person_id.label("leaver_id"), _person.c.name.label("leaver"), _h.c.successor_id, _h.c.was_contact,
    )
    .join(_post, _post.c.id == _h.c.post_id)
    .join(_person, _person.c.id == _post.c.person_id)
    .outerjoin(_m, _MERGED)
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .where(
        _h.c.successor_id == sa.bindparam("person"), _h.c.taken_at.is_(None),
        sa.exists().where(
            _own.c.person_id == _h.c.successor_id, _own.c.unit_id == _WHERE, _own.c.role == _post.c.role,
            _own.c.on_behalf_of.is_(None), _own.c.starts_on <= sa.bindparam("today"),
            sa.or_(_own.c.ends_on.is_(None), _own.c.ends_on > sa.bindparam("today")),
        ),
    )
    .order_by(_h.c.id)
)  # fmt: skip
_TAKE = Prepared(sa.update(_h).where(_h.c.id == sa.bindparam("the_id"), _h.c.taken_at.is_(None)), "taken_at")
_IN_BOX = Prepared(
    sa.select(_e.c.id, _e.c.number)
    .where(
        _e.c.person_id == sa.bindparam("person"), _e.c.unit_id == sa.bindparam("unit"), _e.c.stage == Stage.STORED.value,
        _e.c.purpose.is_(None), ~sa.exists().where(_use.c.evidence_id == _e.c.id),
    )
    .order_by(_e.c.number)
)  # fmt: skip


def leave(db: Transaction, post: int, successor: int | None, today: date, *, was_contact: bool) -> int | None:
    """A post has ended: its work is the successor's, or (None) of whoever holds the role in the unit still, or will next.

    Of a unit that is merged into another (models/mergers.py) it is of whoever holds the role there, unless that is the leaver.
    `was_contact`: the leaver answered for the whole bureau. Who is to take it over; None: nobody has to, or can yet.
    """
    left = db.session.get_one(Post, post)
    merger = mergers.of_unit(db, left.unit_id)
    there = holders.in_unit(db, merger.into_id if merger is not None else left.unit_id, Role(left.role), today)
    if successor is None and merger is not None and left.person_id not in there:
        successor = there[0] if there else None
    elif successor is None and there:
        return None
    db.run(_ADD, post_id=post, successor_id=successor, was_contact=was_contact)
    return successor


def fill(db: Transaction, unit: int, role: Role, person: int) -> None:
    """Somebody fills a vacancy: the work that was left there is theirs."""
    db.run(_ASSIGN, unit=unit, the_role=role.value, successor_id=person)


def waiting_for(db: Transaction, person: int, today: date) -> list[Waiting]:
    """What somebody has not taken over yet, of posts that they hold today."""
    return [
        Waiting(
            row.id, Role(row.role), row.unit_id, row.unit, row.bureau_id, row.leaver_id, row.leaver, row.successor_id,
            row.was_contact,
        )
        for row in db.all(_WAITING, person=person, today=today)
    ]  # fmt: skip


def take(db: Transaction, the_id: int, now: datetime) -> bool:
    """Somebody takes a post's work over; False: it was done before."""
    return db.run(_TAKE, the_id=the_id, taken_at=now) == 1


def in_box(db: Transaction, person: int, unit: int) -> list[Any]:
    """The pieces of evidence that somebody brought for a unit and that prove nothing yet: rows of id, number."""
    return db.all(_IN_BOX, person=person, unit=unit)
