"""Work to be done after a commit, as leased rows: messages to send, files to look into.

A row goes created → running ⇄ waiting → done | failed | gone. Whoever runs it holds a lease and brings its result only
with the current lease number, so that a holder that was thought dead cannot mark what another has taken over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Insertion, Prepared, Transaction, UtcDateTime, table

CREATED, RUNNING, WAITING, FINISHED, FAILED, GONE = "created", "running", "waiting", "done", "failed", "gone"
LEASE = timedelta(seconds=27)
"""Renewed three times in a lease; whoever looks every second takes over within 30 s of the holder's end."""
LONGEST_WAIT = timedelta(hours=6)
"""No row is put off for longer, but for one that was to go out later from the beginning."""


class Urgency(IntEnum):
    """Which rows go first: replies before reminders, reminders before notices."""

    REPLY = 0
    REMINDER = 1
    NOTICE = 2


class Why(StrEnum):
    """Why a row waits, is gone or has failed: what stands in `reference` until there is a platform's id."""

    UNREACHED = "unreached"
    """The platform could not be reached."""
    UNKNOWN = "unknown"
    """It may have arrived or not."""
    SLOW = "slow"
    """The platform asked for a pause."""
    BEHIND = "behind"
    """Its turn is later, behind others to the same address."""
    QUIET = "quiet"
    """It is late, and would come at an hour at which nobody is to be reminded."""
    ERROR = "error"
    """Our own program failed."""
    REFUSED = "refused"
    """The platform does not take such a message."""
    BLOCKED = "blocked"
    """The person has left or blocked the channel."""
    PAST = "past"
    """It was past its use before it could be sent."""
    WITHDRAWN = "withdrawn"
    """Somebody else has it now, or called it back."""
    MOVED = "moved"
    """The address is no longer that person's."""
    LEFT = "left"
    """The person holds no post any more."""
    DONE = "done"
    """What it reminds of has been done."""
    OVERTAKEN = "overtaken"
    """A newer question came before it could be asked."""


OPEN = "state in ('created','running','waiting')"
LATE_SECONDS = 10
LARGEST_ID = 2**31 - 1
"""No row's id is larger: PostgreSQL takes no larger number for one."""
NOTABLE = (
    "state = 'failed' or reference = 'blocked' or repeated "
    f"or done_at > coalesce(not_before, created_at) + {LATE_SECONDS}000000"
)
"""What operators count: rows that did not arrive, may have arrived twice, or were late."""


class Outgoing(SQLModel, table=True):
    """One row of the outbox. A message's row is the message: what stands in `body` is what the person gets."""

    __table_args__ = (
        sa.Index("outgoing_list", "person_id", "channel", "id"),
        sa.Index(
            "outgoing_open", "channel", "urgency", "lease_until", "id",
            sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN),
        ),
        sa.Index("outgoing_notable", "done_at", sqlite_where=sa.text(NOTABLE), postgresql_where=sa.text(NOTABLE)),
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    kind: str
    """`message`, `echo` (what the person said, where the channel keeps no list of its own), or another kind of work."""
    channel: str
    person_id: int | None = Field(default=None, foreign_key="person.id")
    address: str = ""
    urgency: int = Urgency.REPLY
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it is past its use: not sent any more from then on."""
    sender_id: int | None = Field(default=None, foreign_key="person.id")
    """Whose doing it is that somebody else is told; they learn if it fails."""
    body: dict[str, Any] = Field(sa_type=sa.JSON)
    state: str = CREATED
    holder: str | None = None
    lease: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Until when nobody else may take it: it is worked on, or not to be tried (again) before."""
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was to go out, if not at once."""
    attempt: int = 0
    """Tries that may have had an effect."""
    repeated: bool = False
    """A copy may have arrived before: the outcome of an attempt was not known."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reference: str | None = None
    """The platform's own id of the message; before that, or if there will be none, a `Why`."""


_o = table(Outgoing)
_UNFINISHED = _o.c.state.in_([sa.literal_column(f"'{state}'") for state in (CREATED, RUNNING, WAITING)])
_INSERT = Insertion(
    _o,
    "kind", "channel", "person_id", "address", "urgency", "body", "state", "holder", "lease", "lease_until",
    "attempt", "repeated", "created_at", "done_at", "until", "sender_id", "not_before",
)  # fmt: skip
_IS_RUNNING = _o.c.state == sa.literal_column(f"'{RUNNING}'")
_MARK = Prepared(
    sa.update(_o).where(
        _o.c.id == sa.bindparam("the_id"),
        _o.c.holder == sa.bindparam("the_holder"),
        _o.c.lease == sa.bindparam("the_lease"),
        _IS_RUNNING,
    ),
    "state", "lease_until", "attempt", "repeated", "done_at", "reference",
)  # fmt: skip
_RENEW = Prepared(
    sa.update(_o).where(_o.c.id == sa.bindparam("the_id"), _o.c.holder == sa.bindparam("the_holder"), _IS_RUNNING),
    "lease_until",
)
_OF_A_CLASS = [_UNFINISHED, _o.c.channel == sa.bindparam("the_channel"), _o.c.urgency == sa.bindparam("the_urgency")]
_DUE = Prepared(
    sa.select(_o.c.id, _o.c.lease, _o.c.state, _o.c.repeated)
    .where(*_OF_A_CLASS, _o.c.lease_until <= sa.bindparam("now", type_=UtcDateTime))
    .order_by(_o.c.lease_until, _o.c.id)
    .limit(sa.bindparam("most"))
)
_RELEASE = Prepared(
    sa.update(_o).where(
        *_OF_A_CLASS,
        _o.c.state == sa.literal_column(f"'{WAITING}'"),
        _o.c.lease_until > sa.bindparam("now", type_=UtcDateTime),
        _o.c.reference.in_([sa.literal_column(f"'{why}'") for why in (Why.UNREACHED, Why.UNKNOWN)]),
    ),
    "lease_until",
)
_BRING_NEAR = Prepared(
    sa.update(_o).where(
        *_OF_A_CLASS,
        sa.not_(_IS_RUNNING),
        _o.c.not_before.is_(None),
        _o.c.lease_until > sa.bindparam("far", type_=UtcDateTime),
    ),
    "lease_until",
)
_TAKE = Prepared(
    sa.update(_o)
    .where(
        _o.c.id == sa.bindparam("the_id"),
        _o.c.lease == sa.bindparam("the_lease"),
        _o.c.state == sa.bindparam("the_state"),
    )
    .returning(*_o.c),
    "state", "holder", "lease", "lease_until", "repeated",
)  # fmt: skip
_BEHIND = Prepared(
    sa.select(_o.c.body)
    .where(
        _o.c.person_id == sa.bindparam("person"),
        _o.c.channel == sa.bindparam("the_channel"),
        _o.c.id > sa.bindparam("after"),
        _o.c.address == sa.bindparam("the_address"),
        _o.c.urgency == int(Urgency.REPLY),
        _o.c.state != GONE,
    )
    .order_by(_o.c.id)
    .limit(20)
)
_ROW = Prepared(sa.select(_o).where(_o.c.id == sa.bindparam("the_id")))
_EMPTY = Prepared(sa.update(_o).where(_o.c.id == sa.bindparam("the_id")), "body")


def insert(
    db: Transaction, *, until: datetime | None = None, sender_id: int | None = None, not_before: datetime | None = None,
    **row: Any,
) -> int:  # fmt: skip
    """Write a row: a value for each inserted column; its id.

    `lease_until` is needed of every open row, also of one that nobody holds: from then on it may be taken.
    """
    return db.insert(_INSERT, until=until, sender_id=sender_id, not_before=not_before, **row)


def due(db: Transaction, channel: str, now: datetime, most: int) -> list[Any]:
    """Rows of a channel that nobody works on: new, waited long enough, or left by a holder whose lease ran out.

    The most urgent ones, and of these such as have been due longest; in the order in which they are to go.
    """
    found: list[Any] = []
    for urgency in Urgency:
        if len(found) < most:
            more = db.all(_DUE, the_channel=channel, the_urgency=int(urgency), now=now, most=most - len(found))
            found += sorted(more, key=lambda row: row.id)
    return found


def take(db: Transaction, row: Any, holder: str, now: datetime) -> Any | None:
    """Lease a due row; the whole row as leased, or None if another was quicker.

    A row taken over while it ran may have been sent already, so it is marked as possibly repeated.
    """
    return db.one(
        _TAKE, the_id=row.id, the_lease=row.lease, the_state=row.state, state=RUNNING, holder=holder, lease=row.lease + 1,
        lease_until=now + LEASE, repeated=row.repeated or row.state == RUNNING,
    )  # fmt: skip


def take_all(db: Transaction, rows: list[Any], holder: str, now: datetime) -> list[Any]:
    """Lease those of the due rows that nobody else was quicker to take."""
    return [taken for row in rows if (taken := take(db, row, holder, now)) is not None]


def renew(db: Transaction, ids: list[int], holder: str, now: datetime) -> None:
    """Hold on to rows for another lease."""
    db.many(_RENEW, [{"the_id": one, "the_holder": holder, "lease_until": now + LEASE} for one in ids])


def mark(db: Transaction, marks: list[dict[str, Any]]) -> None:
    """Bring results: id, holder and lease as taken, and the columns of the outcome.

    A lost lease changes nothing, nor does a row that was called back meanwhile.
    """
    db.many(_MARK, marks)


def release(db: Transaction, channel: str, now: datetime) -> None:
    """Let rows go again at once that waited because the platform could not be reached."""
    for urgency in Urgency:
        db.run(_RELEASE, the_channel=channel, the_urgency=int(urgency), now=now, lease_until=now)


def bring_near(db: Transaction, channel: str, now: datetime) -> int:
    """Let rows go that wait as long as none ever does: they were written before the clock was set back. How many."""
    return sum(
        db.run(_BRING_NEAR, the_channel=channel, the_urgency=int(urgency), far=now + LONGEST_WAIT, lease_until=now)
        for urgency in Urgency
    )


def replies_behind(db: Transaction, row: Any) -> list[Any]:
    """The bodies of the next replies to the same address that were written after a row, oldest first; at most 20."""
    return [
        one.body
        for one in db.all(_BEHIND, person=row.person_id, the_channel=row.channel, after=row.id, the_address=row.address)
    ]


def row(db: Transaction, the_id: int) -> Any | None:
    """One row, whatever its state."""
    return db.one(_ROW, the_id=the_id)


def empty(db: Transaction, the_id: int) -> None:
    """Take out of a row whatever it says."""
    db.run(_EMPTY, the_id=the_id, body={"parts": []})
