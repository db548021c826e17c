"""The copies of a notice as they stand: in figures, by name, and who has had one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from models import outgoing
from models.db import Prepared, Transaction, table
from models.notices.notices import Notice, State
from models.notices.receipts import Receipt
from models.outgoing import Outgoing, Why
from models.people import Bureau, Person, Unit


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


UNREACHED = (Status.FAILED, Status.NOWHERE)
"""Whoever can only be telephoned."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy as it stands. `why`: of a failed one; `repeated`: it may have arrived twice; `sent_on`: its channel.

    `asked`: its reader is to confirm it, if anybody is.
    """

    person_id: int
    name: str
    bureau: str
    unit: str
    unit_id: int
    asked: bool
    status: Status
    why: str
    repeated: bool
    sent_on: str
    confirmed_at: datetime | None
    confirmed_on: str
    answer: str
    called_at: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """How many copies there are, and how many of them are in each state; `repeated`: of those sent, perhaps twice.

    `unconfirmed`: of those sent or on their way; `silent`: of those sent; `unasked`: as `unconfirmed`, but of readers who are
    not asked to. `unreached`: of the others, nothing of them being stopped.
    """

    total: int = 0
    sent: int = 0
    underway: int = 0
    failed: int = 0
    stopped: int = 0
    nowhere: int = 0
    confirmed: int = 0
    unconfirmed: int = 0
    unreached: int = 0
    repeated: int = 0
    silent: int = 0
    unasked: int = 0

    def listed(self) -> list[int]:
        """As a list, to be compared."""
        return list(astuple(self))


_r, _o, _p, _u, _b, _n = (table(one) for one in (Receipt, Outgoing, Person, Unit, Bureau, Notice))
_NOTICE: sa.BindParameter[int] = sa.bindparam("notice")
_confirmed = sa.case((_r.c.confirmed_at.is_not(None), 1), else_=0).label("confirmed")
_queued = sa.case((_r.c.queued_at.is_not(None), 1), else_=0).label("is_queued")
_called_back = sa.case((_o.c.reference == sa.literal_column(f"'{Why.WITHDRAWN}'"), 1), else_=0).label("called_back")
_STANDS = (_queued, _confirmed, _r.c.asked, _called_back, _o.c.state, _o.c.repeated)
_COPIES = Prepared(
    sa.select(
        *_STANDS, _r.c.person_id, _p.c.name, _b.c.name.label("bureau"), _u.c.name.label("unit"), _r.c.unit_id,
        _o.c.reference, _o.c.channel.label("sent_on"), _r.c.confirmed_at, _r.c.channel, _r.c.answer, _r.c.called_at,
    )
    .join(_p, _p.c.id == _r.c.person_id)
    .join(_u, _u.c.id == _r.c.unit_id)
    .join(_b, _b.c.id == _r.c.bureau_id)
    .outerjoin(_o, _o.c.id == _r.c.outgoing_id)
    .where(_r.c.notice_id == _NOTICE)
    .order_by(_r.c.bureau_id, _r.c.unit_id, _r.c.person_id)
)  # fmt: skip
_OF_UNIT = Prepared(_COPIES.statement.where(_r.c.unit_id == sa.bindparam("unit")))
_FIGURES = Prepared(
    sa.select(*_STANDS, sa.func.count().label("copies"))
    .select_from(_r)
    .outerjoin(_o, _o.c.id == _r.c.outgoing_id)
    .where(_r.c.notice_id == _NOTICE)
    .group_by(*(sa.literal_column(str(number)) for number in range(1, len(_STANDS) + 1)))
)
_UNITS = Prepared(
    sa.select(_r.c.unit_id).distinct().where(_r.c.notice_id == _NOTICE, _r.c.queued_at.is_not(None))
)  # fmt: skip
_HAD_BY_UNIT = Prepared(
    sa.select(_r.c.notice_id)
    .distinct()
    .join(_n, _n.c.id == _r.c.notice_id)
    .where(
        _r.c.unit_id == sa.bindparam("unit"),
        _n.c.bureau_id == sa.bindparam("bureau"),
        _r.c.notice_id < sa.bindparam("before"),
    )
    .order_by(_r.c.notice_id.desc())
    .limit(sa.bindparam("most"))
)
_HAD = Prepared(
    sa.select(_r)
    .where(
        _r.c.person_id == sa.bindparam("person"), _r.c.queued_at.is_not(None), _r.c.notice_id < sa.bindparam("before")
    )
    .order_by(_r.c.notice_id.desc())
    .limit(sa.bindparam("most"))
)


def all_of(db: Transaction, notice: Any, unit: int | None = None) -> list[Copy]:
    """Every copy of a notice (a row) as it stands, bureau by bureau and unit by unit. `unit`: only of that one."""
    halted = notice.state in (State.STOPPED, State.WITHDRAWN)
    rows = db.all(_COPIES, notice=notice.id) if unit is None else db.all(_OF_UNIT, notice=notice.id, unit=unit)
    return [
        Copy(
            row.person_id, row.name, row.bureau, row.unit, row.unit_id, bool(row.asked), (status := _status(row, halted=halted)),
            row.reference or "" if status is Status.FAILED else "", bool(row.repeated), row.sent_on or "",
            row.confirmed_at, row.channel or "", row.answer or "", row.called_at,
        )
        for row in rows
    ]  # fmt: skip


def figures(db: Transaction, notice: Any) -> Figures:
    """How many copies of a notice (a row) there are in each state."""
    halted = notice.state in (State.STOPPED, State.WITHDRAWN)
    rows = db.all(_FIGURES, notice=notice.id)
    return _counted(
        (_status(row, halted=halted), bool(row.confirmed), bool(row.asked), bool(row.repeated), row.copies)
        for row in rows
    )


def counted(copies: Iterable[Copy]) -> Figures:
    """As `figures`, of some copies."""
    return _counted((one.status, one.confirmed_at is not None, one.asked, one.repeated, 1) for one in copies)


def units_of(db: Transaction, notice: int) -> set[int]:
    """The units (ids) whose people have copies."""
    return {row.unit_id for row in db.all(_UNITS, notice=notice)}


def notices_of_unit(db: Transaction, unit: int, bureau: int, before: int, most: int) -> list[int]:
    """A bureau's notices (ids) of which somebody in a unit has a copy, the newest first, from the one before an id."""
    return [row.notice_id for row in db.all(_HAD_BY_UNIT, unit=unit, bureau=bureau, before=before, most=most)]


def received(db: Transaction, person: int, before: int, most: int) -> list[Any]:
    """A person's own copies, the newest notice first, from the one before an id: rows of receipts."""
    return db.all(_HAD, person=person, before=before, most=most)


def _counted(parts: Iterable[tuple[Status, bool, bool, bool, int]]) -> Figures:
    """`parts`: the status of some copies, whether they are confirmed, asked for, perhaps repeated, and how many they are."""
    named = ("total", "confirmed", "unconfirmed", "unreached", "repeated", "silent", "unasked")
    counts = dict.fromkeys((*named, *Status), 0)
    for status, confirmed, asked, repeated, copies in parts:
        counts["total"] += copies
        counts[status] += copies
        if confirmed:
            counts["confirmed"] += copies
        elif status in UNREACHED:
            counts["unreached"] += copies
        elif status is not Status.STOPPED:
            counts["unconfirmed" if asked else "unasked"] += copies
            counts["silent"] += copies if asked and status is Status.SENT else 0
        counts["repeated"] += copies if repeated and status is Status.SENT else 0
    underway = counts[Status.WAITING] + counts[Status.UNDERWAY]
    return Figures(
        counts["total"], counts[Status.SENT], underway, counts[Status.FAILED], counts[Status.STOPPED],
        counts[Status.NOWHERE], counts["confirmed"], counts["unconfirmed"], counts["unreached"], counts["repeated"],
        counts["silent"], counts["unasked"],
    )  # fmt: skip


def _status(row: Any, *, halted: bool) -> Status:
    """`halted`: no more are queued."""
    if not row.is_queued:
        return Status.STOPPED if halted else Status.WAITING
    if row.state is None:
        return Status.NOWHERE
    if row.state == outgoing.FINISHED:
        return Status.SENT
    if row.state == outgoing.GONE and row.called_back:
        return Status.STOPPED
    return Status.FAILED if row.state in (outgoing.FAILED, outgoing.GONE) else Status.UNDERWAY
