"""Reminders as rows that are due from a moment on; what becomes of each stays in its row.

A row goes pending → sent | merged | void | missed, each time with the reason; one that is for whoever owes it then goes
pending → expanded instead, into a row for each of them. What reads like that and is kept within limits is bot/reminding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table

WHOEVER = 0
"""In place of a person: whoever owes it when it is due."""


class State(StrEnum):
    """What has become of a reminder."""

    PENDING = "pending"
    EXPANDED = "expanded"
    SENT = "sent"
    MERGED = "merged"
    """Another reminder of the same thing spoke for it, or it was over the limit and rode in a later message."""
    VOID = "void"
    MISSED = "missed"


class Reason(StrEnum):
    """Why a pending reminder waits, and why one was not sent."""

    QUIET = "quiet"
    HOUR = "hour"
    """An urgent message went out less than an hour ago."""
    DIGEST = "digest"
    LIMIT = "limit"
    """The day's urgent message has gone."""
    FAULT = "fault"
    DONE = "done"
    NOBODY = "nobody"
    LEFT = "left"
    """The person holds no post any more."""
    UNKNOWN = "unknown"
    """Nobody knows this kind any more."""
    PAST = "past"
    """Past its use when it could have gone out."""
    UNREACHABLE = "unreachable"


_PENDING, _RIDING = sa.text("state = 'pending'"), (sa.text("riding = 1"), sa.text("riding"))


class Reminder(SQLModel, table=True):
    """One reminder. `person_id` is WHOEVER or a person's id."""

    __table_args__ = (
        sa.UniqueConstraint("kind", "object_id", "rung", "person_id"),
        sa.Index("reminder_due", "not_before", "person_id", sqlite_where=_PENDING, postgresql_where=_PENDING),
        sa.Index("reminder_of", "person_id", "due_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
        sa.Index("reminder_riding", "person_id", sqlite_where=_RIDING[0], postgresql_where=_RIDING[1]),
        sa.Index("reminder_told", "told_in"),
    )

    id: int = Field(default=None, primary_key=True)
    kind: str
    """What it is about; empty: what was told in passing, with nothing to look up."""
    object_id: int = Field(sa_type=sa.BigInteger)
    rung: str
    """Which of the object's reminders."""
    person_id: int = WHOEVER
    bureau_id: int
    due_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    """When it is looked at next: its due time, or later for the reason given."""
    deadline: datetime | None = Field(default=None, sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Past its use from then on."""
    urgent: bool = False
    asked: bool = False
    """The person asked for it (稍后提醒)."""
    body: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """The message, where it was told in passing; None: what is owed then says it."""
    state: str = State.PENDING
    reason: str | None = None
    late: bool = False
    """It went out more than 15 minutes after it could have."""
    provisional: bool = False
    """Its day rests on a year whose holidays have not been announced."""
    riding: bool = False
    """What it is about is overdue: a line in each digest that goes out anyway, until it is done."""
    told_in: int | None = None
    """The reminder that leads the message in which it went out."""
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Reminded(SQLModel, table=True):
    """What a person has had already, for the limits. Days are those here."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    digest_on: date | None = None
    urgent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    urgent_on: date | None = None
    urgents: int = 0
    """Urgent messages on that day, those besides about what was just assigned or returned."""


@dataclass(frozen=True, slots=True)
class Had:
    """A row of Reminded; as it starts, somebody who has had nothing."""

    digest_on: date | None = None
    urgent_at: datetime | None = None
    urgent_on: date | None = None
    urgents: int = 0


_r, _had = table(Reminder), table(Reminded)
_KEY = ("kind", "object_id", "rung", "person_id")
_PLANNED = ("due_at", "not_before", "deadline", "until", "urgent", "bureau_id", "provisional")
_THIS = [_r.c.id == sa.bindparam("the_id"), _r.c.state == State.PENDING.value]
_OPEN = _r.c.state == State.PENDING.value
_ABOUT = [_r.c.kind == sa.bindparam("the_kind"), _r.c.object_id == sa.bindparam("the_object", type_=sa.BigInteger)]
_NOW = sa.bindparam("now", type_=UtcDateTime)

_WHO = Prepared(
    sa.select(_r.c.person_id)
    .where(_OPEN, _r.c.not_before <= _NOW)
    .order_by(_r.c.not_before, _r.c.person_id)
    .limit(sa.bindparam("most"))
)
_NEXT = Prepared(sa.select(_r.c.not_before).where(_OPEN).order_by(_r.c.not_before).limit(1))
_FOR_WHOEVER = Prepared(
    sa.select(_r)
    .where(_OPEN, _r.c.person_id == WHOEVER, _r.c.due_at <= _NOW, _r.c.not_before <= _NOW)
    .order_by(_r.c.due_at, _r.c.id)
    .limit(sa.bindparam("most"))
)
_OF = Prepared(
    sa.select(_r)
    .where(_OPEN, _r.c.person_id == sa.bindparam("person"), _r.c.due_at <= _NOW)
    .order_by(_r.c.due_at, _r.c.id)
    .limit(sa.bindparam("most"))
)
_RIDING_WITH = Prepared(sa.select(_r).where(_r.c.riding, _r.c.person_id == sa.bindparam("person")).order_by(_r.c.id))
_TOLD_IN = Prepared(sa.select(_r).where(_r.c.told_in == sa.bindparam("leader")).order_by(_r.c.id))
_EXPANDED_TO = Prepared(sa.select(_r.c.person_id).where(*_ABOUT, _r.c.rung == sa.bindparam("the_rung")))
_OF_PLAN = Prepared(
    sa.select(_r.c.id, _r.c.object_id, _r.c.rung, *(_r.c[name] for name in _PLANNED))
    .where(_OPEN, _r.c.person_id == WHOEVER, _r.c.kind == sa.bindparam("the_kind"))
    .order_by(_r.c.id)
)
_OF_PLAN_FOR = Prepared(_OF_PLAN.statement.where(_r.c.object_id == sa.bindparam("the_object", type_=sa.BigInteger)))
_columns = (*_KEY, *_PLANNED, "asked", "body", "state", "late", "riding")
_INSERT = Prepared(insert(_r).on_conflict_do_nothing(index_elements=_KEY), *_columns)
_MOVE = Prepared(sa.update(_r).where(*_THIS), *_PLANNED)
_DROP = Prepared(sa.delete(_r).where(*_THIS))
_DROP_ASKED = Prepared(sa.delete(_r).where(*_ABOUT, _r.c.person_id == sa.bindparam("person"), _r.c.asked, _OPEN))
_SETTLE = Prepared(sa.update(_r).where(*_THIS), "state", "reason", "late", "riding", "told_in", "done_at")
_WAIT = Prepared(sa.update(_r).where(*_THIS), "not_before", "reason")
_ALIGHT = Prepared(sa.update(_r).where(_r.c.id == sa.bindparam("the_id")), "riding")
_HAD = Prepared(
    sa.select(_had.c.digest_on, _had.c.urgent_at, _had.c.urgent_on, _had.c.urgents)
    .where(_had.c.person_id == sa.bindparam("person"))
)  # fmt: skip
_new_had = insert(_had)
_PUT_HAD = Prepared(
    _new_had.on_conflict_do_update(
        index_elements=["person_id"],
        set_={name: _new_had.excluded[name] for name in ("digest_on", "urgent_at", "urgent_on", "urgents")},
    ),
    "person_id", "digest_on", "urgent_at", "urgent_on", "urgents",
)  # fmt: skip
_STARTS: dict[str, Any] = {
    "person_id": WHOEVER, "deadline": None, "until": None, "urgent": False, "provisional": False, "asked": False,
    "body": None, "state": State.PENDING.value, "late": False, "riding": False,
}  # fmt: skip


def who_is_due(db: Transaction, now: datetime, most: int) -> list[int]:
    """Some of the persons for whom something is to be looked at, at most so many, in order; WHOEVER alone and first."""
    if for_whoever(db, now, 1):
        return [WHOEVER]
    return sorted({row.person_id for row in db.all(_WHO, now=now, most=most)})


def next_moment(db: Transaction) -> datetime | None:
    """When something is to be looked at next, perhaps long ago; None: nothing is pending."""
    row = db.one(_NEXT)
    return None if row is None else row.not_before


def for_whoever(db: Transaction, now: datetime, most: int) -> list[Any]:
    """Rows to be looked at now that are for whoever owes them, the oldest first."""
    return db.all(_FOR_WHOEVER, now=now, most=most)


def of_person(db: Transaction, person: int, now: datetime, most: int) -> list[Any]:
    """A person's pending rows that are due, also those that wait for something, the oldest first."""
    return db.all(_OF, person=person, now=now, most=most)


def riding(db: Transaction, person: int) -> list[Any]:
    """The rows about what is overdue for a person and had its own messages."""
    return db.all(_RIDING_WITH, person=person)


def told_in(db: Transaction, leader: int) -> list[Any]:
    """The rows that went out in the message which a row leads."""
    return db.all(_TOLD_IN, leader=leader)


def expanded_to(db: Transaction, kind: str, object_id: int, rung: str) -> set[int]:
    """The persons for whom a rung of an object has a row."""
    found = db.all(_EXPANDED_TO, the_kind=kind, the_object=object_id, the_rung=rung)
    return {one.person_id for one in found} - {WHOEVER}


def planned(db: Transaction, kind: str, objects: Iterable[int] | None) -> list[Any]:
    """The pending rows of a kind, for some objects (None: for all), that are for whoever owes them.

    Rows of id, object_id, rung and what a plan sets.
    """
    if objects is None:
        return db.all(_OF_PLAN, the_kind=kind)
    return [row for one in objects for row in db.all(_OF_PLAN_FOR, the_kind=kind, the_object=one)]


def add(db: Transaction, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows: kind, object_id, rung, bureau_id, due_at, not_before, and what is not as it starts. Those known stay."""
    db.many(_INSERT, [_STARTS | one for one in rows])


def move(db: Transaction, rows: Iterable[dict[str, Any]]) -> None:
    """Set what a plan sets in pending rows, each named by `the_id`."""
    db.many(_MOVE, list(rows))


def drop(db: Transaction, ids: Iterable[int]) -> None:
    """Forget pending rows."""
    db.many(_DROP, [{"the_id": one} for one in ids])


def drop_asked(db: Transaction, kind: str, object_id: int, person: int) -> None:
    """Forget when a person asked to be reminded of a thing."""
    db.run(_DROP_ASKED, the_kind=kind, the_object=object_id, person=person)


def settle(
    db: Transaction, the_id: int, state: State, now: datetime, reason: str | None = None, *, late: bool = False,
    riding: bool = False, told_in: int | None = None,
) -> bool:  # fmt: skip
    """Note what has become of a pending row; False: another was quicker."""
    return db.run(
        _SETTLE, the_id=the_id, state=state.value, reason=reason, late=late, riding=riding, told_in=told_in, done_at=now
    ) == 1  # fmt: skip


def wait(db: Transaction, rows: Iterable[tuple[int, datetime, Reason]]) -> None:
    """Let pending rows wait until a moment, for a reason."""
    db.many(_WAIT, [{"the_id": one, "not_before": until, "reason": reason.value} for one, until, reason in rows])


def alight(db: Transaction, ids: Iterable[int]) -> None:
    """What some rows are about is overdue no more."""
    db.many(_ALIGHT, [{"the_id": one, "riding": False} for one in ids])


def had(db: Transaction, person: int) -> Had:
    """What a person has had already."""
    found = db.one(_HAD, person=person)
    return Had() if found is None else Had(*found)


def put_had(db: Transaction, person: int, had: Had) -> None:
    """Keep what a person has had."""
    db.run(
        _PUT_HAD, person_id=person, digest_on=had.digest_on, urgent_at=had.urgent_at, urgent_on=had.urgent_on,
        urgents=had.urgents,
    )  # fmt: skip
