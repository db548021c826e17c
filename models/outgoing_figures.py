"""What operators ask about the outbox: what waits and why, what did not arrive, and how much of everything there was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from models.db import Prepared, Transaction, UtcDateTime, table
from models.outgoing import FAILED, FINISHED, GONE, NOTABLE, OPEN, RUNNING, Outgoing, Why

LOST_AFTER = timedelta(minutes=5)
"""Nobody has taken a row over for so long after its lease ran out: at work, that never happens."""

_o = table(Outgoing)
_is_open = sa.text(OPEN)
_notable = sa.text(f"({NOTABLE})")
_moment = {name: sa.bindparam(name, type_=UtcDateTime) for name in ("since", "before")}

_QUEUED = Prepared(
    sa.select(_o.c.channel, _o.c.urgency, sa.func.count().label("rows"), sa.func.min(_o.c.lease_until).label("first"))
    .where(_is_open)
    .group_by(_o.c.channel, _o.c.urgency)
    .order_by(_o.c.channel, _o.c.urgency)
)
_SHOWN = (
    _o.c.id, _o.c.kind, _o.c.channel, _o.c.urgency, _o.c.state, _o.c.attempt, _o.c.created_at, _o.c.not_before,
    _o.c.lease_until, _o.c.done_at, _o.c.reference,
)  # fmt: skip
_OPEN_ROWS = Prepared(
    sa.select(*_SHOWN)
    .where(_is_open)
    .order_by(_o.c.channel, _o.c.urgency, _o.c.lease_until, _o.c.id)
    .limit(sa.bindparam("most"))
)
_did_not_arrive = sa.or_(_o.c.state == FAILED, sa.and_(_o.c.state == GONE, _o.c.reference == Why.BLOCKED.value))
_NOT_ARRIVED = Prepared(
    sa.select(*_SHOWN)
    .where(_notable, _o.c.done_at >= _moment["since"], _did_not_arrive)
    .order_by(_o.c.done_at.desc())
    .limit(sa.bindparam("most"))
)
_late: sa.ColumnElement[bool] = sa.literal_column(NOTABLE.rpartition(" or ")[2])
_COUNTS = Prepared(
    sa.select(
        _o.c.urgency,
        sa.case((_did_not_arrive, _o.c.reference)).label("why"),
        _o.c.repeated,
        sa.case((sa.and_(_o.c.state == FINISHED, _late), True), else_=False).label("late"),
        sa.func.count().label("rows"),
    )
    .where(_notable, _o.c.done_at >= _moment["since"], _o.c.kind == "message")
    .group_by(sa.literal_column("1"), sa.literal_column("2"), sa.literal_column("3"), sa.literal_column("4"))
)
_LOST = Prepared(
    sa.select(sa.func.count().label("rows")).where(
        _is_open, _o.c.state == RUNNING, _o.c.lease_until < _moment["before"]
    )
)


@dataclass(frozen=True, slots=True)
class Counts:
    """How messages fared. By class (`Urgency`) where it says so."""

    lost: int
    """Begun and left lying by everybody: always 0 while some process runs the channel."""
    repeated: int
    """Of which a second copy may have arrived."""
    late: dict[int, int]
    """By class: arrived more than 10 s after they were to go out."""
    failed: dict[str, int]
    """By reason (`Why`): did not arrive and will not."""


def queued(db: Transaction) -> list[Any]:
    """Rows not done yet, by channel and class: their number, and since when the first of them could be taken."""
    return db.all(_QUEUED)


def open_rows(db: Transaction, most: int) -> list[Any]:
    """Rows not done yet, by channel and class, those due first in front."""
    return db.all(_OPEN_ROWS, most=most)


def not_arrived(db: Transaction, since: datetime, most: int) -> list[Any]:
    """Rows given up since a moment, the newest first."""
    return db.all(_NOT_ARRIVED, since=since, most=most)


def counts(db: Transaction, since: datetime, now: datetime) -> Counts:
    """How the messages fared that were done with since a moment; what is lost is counted whenever it was."""
    late: dict[int, int] = {}
    failed: dict[str, int] = {}
    repeated = 0
    for row in db.all(_COUNTS, since=since):
        repeated += row.rows * bool(row.repeated)
        if row.late:
            late[row.urgency] = late.get(row.urgency, 0) + row.rows
        if row.why is not None:
            failed[row.why] = failed.get(row.why, 0) + row.rows
    lost: Any = db.one(_LOST, before=now - LOST_AFTER)
    return Counts(lost.rows, repeated, late, failed)
