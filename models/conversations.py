"""Conversations as they are kept between turns: the answers by key, and `at`, the key being asked again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Insertion, Prepared, Transaction, UtcDateTime, table

OPEN, SUSPENDED, PAUSED, DONE, CANCELLED = "open", "suspended", "paused", "done", "cancelled"
"""Suspended: another conversation came between, and gives way to it again. Paused: the person left it."""


class Conversation(SQLModel, table=True):
    """One run of a flow by one person. At most one a person is open."""

    __table_args__ = (
        sa.Index(
            "one_open",
            "person_id",
            unique=True,
            sqlite_where=sa.text("state='open'"),
            postgresql_where=sa.text("state='open'"),
        ),
        sa.Index("by_person", "person_id", "state"),
    )

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    flow: str
    subject: int
    """What it is about: an id that the flow understands; 0 if it is about nothing yet."""
    answers: dict[str, Any] = Field(sa_type=sa.JSON)
    at: str | None = None
    stamp: int = 0
    """Counts the changes of the answers, so that what is confirmed is what was shown."""
    basis: int = 0
    """The version of the subject that the answers build on."""
    state: str = OPEN
    moved_at: datetime = Field(sa_type=UtcDateTime)


_c = table(Conversation)
_OPEN = Prepared(sa.select(_c).where(_c.c.person_id == sa.bindparam("person"), _c.c.state == OPEN))
_BY_ID = Prepared(sa.select(_c).where(_c.c.id == sa.bindparam("the_id")))
_LEFT = _c.c.state.between(PAUSED, SUSPENDED)
"""Put aside or interrupted. No other state stands between the two; SQLite would build a table for an IN or an OR at each run."""
_SUSPENDED = Prepared(
    sa.select(_c)
    .where(_c.c.person_id == sa.bindparam("person"), _c.c.state == SUSPENDED)
    .order_by(_c.c.moved_at.desc(), _c.c.id.desc())
    .limit(1)
)
_LAST_LEFT = Prepared(
    sa.select(_c)
    .where(_c.c.person_id == sa.bindparam("person"), _LEFT)
    .order_by(_c.c.moved_at.desc(), _c.c.id.desc())
    .limit(1)
)
_SAME = Prepared(
    sa.select(_c)
    .where(
        _c.c.person_id == sa.bindparam("person"),
        _LEFT,
        _c.c.flow == sa.bindparam("the_flow"),
        _c.c.subject == sa.bindparam("the_subject"),
    )
    .limit(1)
)
_UNFINISHED = Prepared(
    sa.select(_c).where(_c.c.person_id == sa.bindparam("person"), _c.c.state != DONE).order_by(_c.c.id)
)
_INSERT = Insertion(
    _c,
    "person_id", "flow", "subject", "answers", "at", "stamp", "basis", "state", "moved_at",
)  # fmt: skip
_UPDATE = Prepared(
    sa.update(_c).where(_c.c.id == sa.bindparam("the_id")), "answers", "at", "stamp", "basis", "state", "moved_at"
)
_MOVE = Prepared(sa.update(_c).where(_c.c.id == sa.bindparam("the_id")), "answers", "at", "stamp", "basis", "moved_at")
"""While it stays open: neither of the indexes that the state stands in has to be touched."""
_STATE = Prepared(sa.update(_c).where(_c.c.id == sa.bindparam("the_id")), "state", "moved_at")


def open_of(db: Transaction, person: int) -> Any | None:
    """The conversation a person is in, or None."""
    return db.one(_OPEN, person=person)


def by_id(db: Transaction, conversation: int) -> Any | None:
    """A conversation, whatever its state, or None."""
    return db.one(_BY_ID, the_id=conversation)


def last_suspended(db: Transaction, person: int) -> Any | None:
    """The conversation that another one came between most recently, or None."""
    return db.one(_SUSPENDED, person=person)


def last_left(db: Transaction, person: int) -> Any | None:
    """The conversation that a person left most recently, by choice or not, or None."""
    return db.one(_LAST_LEFT, person=person)


def left_about(db: Transaction, person: int, flow: str, subject: int) -> Any | None:
    """The conversation a person left of one flow about one subject, or None."""
    return db.one(_SAME, person=person, the_flow=flow, the_subject=subject)


def unfinished(db: Transaction, person: int) -> list[Any]:
    """Everything that a person has begun and not done, also what was cancelled: it may be taken up again."""
    return db.all(_UNFINISHED, person=person)


def begin(
    db: Transaction, person: int, flow: str, subject: int, answers: dict[str, Any], at: str | None, basis: int, now: datetime
) -> int:  # fmt: skip
    """Open a conversation; its id. The caller has suspended or ended the one before."""
    return db.insert(
        _INSERT, person_id=person, flow=flow, subject=subject, answers=answers, at=at, stamp=0, basis=basis,
        state=OPEN, moved_at=now,
    )  # fmt: skip


def keep(
    db: Transaction,
    conversation: int,
    answers: dict[str, Any],
    at: str | None,
    stamp: int,
    basis: int,
    state: str,
    now: datetime,
) -> None:
    """Write where a conversation stands that was open, and in which state that leaves it."""
    stands = {"the_id": conversation, "answers": answers, "at": at, "stamp": stamp, "basis": basis, "moved_at": now}
    if state == OPEN:
        db.run(_MOVE, **stands)
    else:
        db.run(_UPDATE, state=state, **stands)


def set_state(db: Transaction, conversation: int, state: str, now: datetime) -> None:
    """Suspend, end, cancel or reopen a conversation, its answers untouched."""
    db.run(_STATE, the_id=conversation, state=state, moved_at=now)
