"""延期: more time for a step, asked for by a reviewer, granted or refused by whoever assigned. One at a time of a matter."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Changed, Prepared, Transaction, UtcDateTime, table
from models.matters.assignments import TO_WRITE, Assignment
from models.matters.matters import Matter, State
from models.people import Person


class Asked(StrEnum):
    """What has become of it. ASKED: nobody has answered; whether it still waits, follows from the matter (`of_matter`)."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class Extension(SQLModel, table=True):
    """One such wish."""

    id: int = Field(default=None, primary_key=True)
    matter_id: int = Field(foreign_key="matter.id", index=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    until: date
    reason: str
    asked_by: int = Field(foreign_key="person.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Asked.ASKED
    comment: str | None = None
    """Why it was refused."""
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 0


_x, _a, _m, _p = table(Extension), table(Assignment), table(Matter), table(Person)
_decider = _p.alias("decider")
_ID: sa.BindParameter[int] = sa.bindparam("the_id")
_BY_ID = Prepared(sa.select(_x).where(_x.c.id == _ID))
_WANTED = sa.and_(
    _x.c.state == Asked.ASKED.value, _a.c.step == _m.c.step, _a.c.state.in_([one.value for one in TO_WRITE]),
    _x.c.until > _m.c.due_on,
)  # fmt: skip
"""Nobody has answered, and whoever asked still writes, and has not got as much time by now."""
_OF_ALL = (
    sa.select(_x, _p.c.name)
    .join(_p, _p.c.id == _x.c.asked_by)
    .join(_a, _a.c.id == _x.c.assignment_id)
    .join(_m, _m.c.id == _x.c.matter_id)
)
_still = sa.and_(_WANTED, _m.c.state.in_([State.WORKING.value, State.SUSPENDED.value]))
_lapsed = sa.case((sa.and_(_x.c.state == Asked.ASKED.value, sa.not_(_still)), 1), else_=0).label("lapsed")
_OF_MATTER = Prepared(_OF_ALL.add_columns(_lapsed).where(_x.c.matter_id == _ID).order_by(_x.c.id))
_WITH_NAME = Prepared(
    sa.select(_x, _p.c.name, _decider.c.name.label("decider"))
    .join(_p, _p.c.id == _x.c.asked_by)
    .outerjoin(_decider, _decider.c.id == _x.c.decided_by)
    .where(_x.c.id == _ID)
)
_WAITS = _OF_ALL.where(_WANTED, _m.c.state == State.WORKING.value).order_by(_x.c.id.desc())
_PENDING, _ALL_PENDING = Prepared(_WAITS.where(_x.c.matter_id == _ID)), Prepared(_WAITS)
_ASK = Prepared(
    sa.insert(_x).returning(_x.c.id),
    "matter_id", "assignment_id", "until", "reason", "asked_by", "asked_at", "state", "version",
)  # fmt: skip
_DECIDE = Prepared(
    sa.update(_x)
    .where(
        _x.c.id == _ID, _x.c.version == sa.bindparam("the_version"), _x.c.state == Asked.ASKED.value,
    )
    .values(version=_x.c.version + 1),
    "state", "comment", "decided_by", "decided_at",
)  # fmt: skip


def ask(db: Transaction, assignment: Any, until: date, reason: str, by: int, now: datetime) -> int:
    """Ask for more time for the step of an assignment (a row), until a working day; the id. The caller has judged it."""
    row = db.one(
        _ASK, matter_id=assignment.matter_id, assignment_id=assignment.id, until=until, reason=reason, asked_by=by,
        asked_at=now, state=Asked.ASKED.value, version=0,
    )  # fmt: skip
    assert row is not None
    return int(row.id)


def by_id(db: Transaction, extension: int) -> Any | None:
    """A row, or None."""
    return db.one(_BY_ID, the_id=extension)


def with_name(db: Transaction, extension: int) -> Any | None:
    """A row with the name of whoever asked, and `decider`'s, who has answered; None: there is none."""
    return db.one(_WITH_NAME, the_id=extension)


def of_matter(db: Transaction, matter: int) -> list[Any]:
    """All that a matter has seen, the oldest first, with the name of whoever asked.

    `lapsed`: nobody has answered, and nobody will: the opinion is in, another writes it, or the matter has ended.
    """
    return db.all(_OF_MATTER, the_id=matter)


def pending(db: Transaction, matter: int) -> Any | None:
    """What waits for an answer, with the name of whoever asked.

    None: nothing does; or whoever asked has handed in, or handed over, or there is as much time by now.
    """
    return db.one(_PENDING, the_id=matter)


def all_pending(db: Transaction) -> dict[int, Any]:
    """What waits for an answer of every matter, by the matter; as `pending`."""
    return {row.matter_id: row for row in reversed(db.all(_ALL_PENDING))}


def decide(db: Transaction, extension: Any, to: Asked, by: int, now: datetime, comment: str | None = None) -> None:
    """Grant or refuse it (a row). Moving the matter is the caller's. Raises Changed: somebody has decided meanwhile."""
    moved = db.run(
        _DECIDE, the_id=extension.id, the_version=extension.version, state=to.value, comment=comment, decided_by=by,
        decided_at=now,
    )  # fmt: skip
    if moved != 1:
        raise Changed(f"extension {extension.id}")
