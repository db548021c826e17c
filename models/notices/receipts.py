"""Copies of a notice, one for each person: what has become of it, and whether it has been confirmed.

Whether a copy has gone out stands in its row of the outbox, which is the message; nothing of it is written twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import outgoing
from models.db import Prepared, Transaction, UtcDateTime, table
from models.outgoing import Outgoing, Why
from models.people import Bureau, Person, Unit


class Receipt(SQLModel, table=True):
    """One person's copy."""

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)
    bureau_id: int = Field(foreign_key="bureau.id")
    unit_id: int = Field(foreign_key="unit.id")
    outgoing_id: int | None = None
    """The row that says it: on the channel that makes itself known, else in the list; None: not queued, or nowhere to."""
    queued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    channel: str | None = None
    """Where it was confirmed."""
    answer: str | None = None
    called_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When somebody reached the person by telephone."""


class Status(StrEnum):
    """What has become of a copy, short of its confirmation."""

    WAITING = "waiting"
    """Not queued yet."""
    UNDERWAY = "underway"
    SENT = "sent"
    FAILED = "failed"
    STOPPED = "stopped"
    NOWHERE = "nowhere"
    """The person has joined nowhere: to be called."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy as it stands. `why`: of a failed one; `repeated`: it may have arrived twice; `pushed`: it makes itself known."""

    person_id: int
    name: str
    bureau: str
    unit: str
    status: Status
    why: str
    repeated: bool
    sent_on: str
    confirmed_at: datetime | None
    answer: str
    called_at: datetime | None


_r, _o, _p, _u, _b = (table(one) for one in (Receipt, Outgoing, Person, Unit, Bureau))
_NOTICE: sa.BindParameter[int] = sa.bindparam("notice")
_MINE = [_r.c.notice_id == _NOTICE, _r.c.person_id == sa.bindparam("person")]
_TO_QUEUE = Prepared(
    sa.select(_r.c.person_id)
    .where(_r.c.notice_id == _NOTICE, _r.c.queued_at.is_(None))
    .order_by(_r.c.person_id)
    .limit(sa.bindparam("most"))
)
_QUEUED = Prepared(
    sa.update(_r).where(_r.c.notice_id == _NOTICE, _r.c.person_id == sa.bindparam("person")), "outgoing_id", "queued_at"
)
_ONE = Prepared(sa.select(_r).where(*_MINE))
_CONFIRM = Prepared(sa.update(_r).where(*_MINE, _r.c.confirmed_at.is_(None)), "confirmed_at", "channel", "answer")
_CALLED = Prepared(sa.update(_r).where(*_MINE), "called_at")
_COPIES = Prepared(
    sa.select(
        _r.c.person_id, _p.c.name, _b.c.name.label("bureau"), _u.c.name.label("unit"), _r.c.queued_at, _r.c.outgoing_id,
        _o.c.state, _o.c.reference, _o.c.repeated, _o.c.channel.label("sent_on"), _r.c.confirmed_at, _r.c.answer,
        _r.c.called_at,
    )
    .join(_p, _p.c.id == _r.c.person_id)
    .join(_u, _u.c.id == _r.c.unit_id)
    .join(_b, _b.c.id == _r.c.bureau_id)
    .outerjoin(_o, _o.c.id == _r.c.outgoing_id)
    .where(_r.c.notice_id == _NOTICE)
    .order_by(_r.c.bureau_id, _r.c.unit_id, _r.c.person_id)
)  # fmt: skip
_STOP = Prepared(
    sa.update(_o).where(
        _o.c.id.in_(sa.select(_r.c.outgoing_id).where(_r.c.notice_id == _NOTICE, _r.c.outgoing_id.is_not(None))),
        _o.c.state.in_([sa.literal_column(f"'{one}'") for one in (outgoing.CREATED, outgoing.WAITING)]),
    ),
    "state", "reference", "done_at",
)  # fmt: skip


def prepare(db: Transaction, notice: int, people: Iterable[Any]) -> None:
    """Note whose copies are to be queued (audience.Recipient each)."""
    db.session.add_all(
        Receipt(notice_id=notice, person_id=one.person_id, bureau_id=one.bureau_id, unit_id=one.unit_id)
        for one in people
    )
    db.session.flush()


def to_queue(db: Transaction, notice: int, most: int) -> list[int]:
    """Some of those whose copies are not queued yet."""
    return [row.person_id for row in db.all(_TO_QUEUE, notice=notice, most=most)]


def queued(db: Transaction, notice: int, person: int, row: int | None, now: datetime) -> None:
    """Note that a copy is queued as a row of the outbox, or (None) that there is nowhere to send it."""
    db.run(_QUEUED, notice=notice, person=person, outgoing_id=row, queued_at=now)


def of(db: Transaction, notice: int, person: int) -> Any | None:
    """Somebody's copy, or None: the notice was not for them."""
    return db.one(_ONE, notice=notice, person=person)


def confirm(db: Transaction, notice: int, person: int, channel: str, answer: str | None, now: datetime) -> bool:
    """收到, by the addressee; False: it was confirmed before."""
    return db.run(_CONFIRM, notice=notice, person=person, confirmed_at=now, channel=channel, answer=answer) == 1


def called(db: Transaction, notice: int, person: int, now: datetime) -> None:
    """Note that somebody was reached by telephone."""
    db.run(_CALLED, notice=notice, person=person, called_at=now)


def copies(db: Transaction, notice: int, *, stopped: bool) -> list[Copy]:
    """Every copy as it stands, bureau by bureau and unit by unit. `stopped`: no more are queued."""
    return [
        Copy(
            row.person_id, row.name, row.bureau, row.unit, (status := _status(row, stopped)),
            row.reference or "" if status is Status.FAILED else "", bool(row.repeated), row.sent_on or "", row.confirmed_at,
            row.answer or "", row.called_at,
        )
        for row in db.all(_COPIES, notice=notice)
    ]  # fmt: skip


def stop(db: Transaction, notice: int, now: datetime) -> int:
    """Call back the copies that nobody is sending at this moment; how many rows."""
    return db.run(_STOP, notice=notice, state=outgoing.GONE, reference=Why.WITHDRAWN.value, done_at=now)


def _status(row: Any, stopped: bool) -> Status:
    if row.queued_at is None:
        return Status.STOPPED if stopped else Status.WAITING
    if row.outgoing_id is None:
        return Status.NOWHERE
    if row.state == outgoing.FINISHED:
        return Status.SENT
    if row.state == outgoing.GONE and row.reference == Why.WITHDRAWN:
        return Status.STOPPED
    return Status.FAILED if row.state in (outgoing.FAILED, outgoing.GONE) else Status.UNDERWAY
