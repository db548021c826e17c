"""Copies of a notice, one for each person: what has become of it, and whether it has been confirmed.

Whether a copy has gone out stands in its row of the outbox, which is the message; nothing of it is written twice.
What is asked of many at once is in models/notices/copies.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import outgoing
from models.db import Prepared, Transaction, UtcDateTime, table
from models.notices.notices import Notice
from models.outgoing import Outgoing, Why
from models.people import Address

_NOWHERE = sa.text("outgoing_id is null and queued_at is not null")


class Receipt(SQLModel, table=True):
    """One person's copy."""

    __table_args__ = (
        sa.Index("receipt_nowhere", "notice_id", "person_id", sqlite_where=_NOWHERE, postgresql_where=_NOWHERE),
    )  # fmt: skip

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)
    bureau_id: int = Field(foreign_key="bureau.id")
    unit_id: int = Field(foreign_key="unit.id")
    outgoing_id: int | None = None
    """The row that says it: on the channel that makes itself known, else in the list; None: not queued, or nowhere to."""
    asked: bool
    """Whether the person is to confirm it, if anybody is (audience.Recipient)."""
    messages: list[int] = Field(default=[], sa_type=sa.JSON)
    """Every row that shows it, that one among them: where it is confirmed or taken back, they are drawn anew."""
    queued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    chases: int = 0
    """How often the person has been written to again."""
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    channel: str | None = None
    """Where it was confirmed."""
    answer: str | None = None
    called_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When somebody reached the person by telephone."""
    recalled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was taken back where it stands."""


_r, _o, _n, _a = table(Receipt), table(Outgoing), table(Notice), table(Address)
_NOTICE: sa.BindParameter[int] = sa.bindparam("notice")
_MINE = [_r.c.notice_id == _NOTICE, _r.c.person_id == sa.bindparam("person")]
_PREPARE = Prepared(
    sa.insert(_r), "notice_id", "person_id", "bureau_id", "unit_id", "asked", "messages", "chases",
)  # fmt: skip
_TO_QUEUE = Prepared(
    sa.select(_r.c.person_id, _r.c.asked)
    .where(_r.c.notice_id == _NOTICE, _r.c.queued_at.is_(None))
    .order_by(_r.c.person_id)
    .limit(sa.bindparam("most"))
)
_gone = _o.c.state == sa.literal_column(f"'{outgoing.GONE}'")
_called_back = sa.and_(_gone, _o.c.reference == sa.literal_column(f"'{Why.WITHDRAWN}'"))
_TO_CHASE = Prepared(
    sa.select(_r.c.person_id)
    .join(_o, _o.c.id == _r.c.outgoing_id)
    .where(
        _r.c.notice_id == _NOTICE, _r.c.asked, _r.c.confirmed_at.is_(None), _r.c.chases < sa.bindparam("times"),
        _o.c.state == sa.literal_column(f"'{outgoing.FINISHED}'"),
    )
    .order_by(_r.c.person_id)
    .limit(sa.bindparam("most"))
)  # fmt: skip
_TO_RECALL = Prepared(
    sa.select(_r.c.person_id)
    .join(_o, _o.c.id == _r.c.outgoing_id)
    .where(_r.c.notice_id == _NOTICE, _r.c.recalled_at.is_(None), sa.or_(_called_back, sa.bindparam("reached", type_=sa.Boolean)))
    .order_by(_r.c.person_id)
    .limit(sa.bindparam("most"))
)  # fmt: skip
_JOINED_SINCE = Prepared(
    sa.select(_r.c.notice_id, _r.c.person_id, _r.c.asked)
    .join(_n, _n.c.id == _r.c.notice_id)
    .where(
        _r.c.outgoing_id.is_(None), _r.c.queued_at.is_not(None), _n.c.state == sa.literal_column("'sent'"),
        _n.c.done_at >= sa.bindparam("since", type_=UtcDateTime), sa.exists().where(_a.c.person_id == _r.c.person_id),
    )
    .order_by(_r.c.notice_id, _r.c.person_id)
    .limit(sa.bindparam("most"))
)  # fmt: skip
_QUEUED = Prepared(sa.update(_r).where(*_MINE), "outgoing_id", "messages", "queued_at")
_MESSAGES = Prepared(sa.update(_r).where(*_MINE), "messages")
_CHASED = Prepared(sa.update(_r).where(*_MINE), "chases", "messages")
_RECALLED = Prepared(sa.update(_r).where(*_MINE), "recalled_at", "messages")
_ONE = Prepared(sa.select(_r).where(*_MINE))
_CONFIRM = Prepared(sa.update(_r).where(*_MINE, _r.c.confirmed_at.is_(None)), "confirmed_at", "channel", "answer")
_CALLED = Prepared(sa.update(_r).where(*_MINE), "called_at")
_STOP = Prepared(
    sa.update(_o).where(
        _o.c.id.in_(
            sa.select(_r.c.outgoing_id)
            .where(_r.c.notice_id == _NOTICE, _r.c.outgoing_id.is_not(None), _r.c.confirmed_at.is_(None))
        ),
        _o.c.state.in_([sa.literal_column(f"'{one}'") for one in (outgoing.CREATED, outgoing.WAITING)]),
    ),
    "state", "reference", "done_at",
)  # fmt: skip
_done = _o.c.state == sa.literal_column(f"'{outgoing.FINISHED}'")
_ends = _o.c.state.in_([sa.literal_column(f"'{one}'") for one in (outgoing.FINISHED, outgoing.FAILED, outgoing.GONE)])
_UNSAY = Prepared(
    sa.update(_o)
    .where(_o.c.id.in_(sa.select(_r.c.outgoing_id).where(_r.c.person_id == sa.bindparam("person"))))
    .values(
        state=sa.case((_ends, _o.c.state), else_=sa.literal_column(f"'{outgoing.GONE}'")),
        reference=sa.case(
            (_done, sa.null()), (_ends, _o.c.reference), else_=sa.literal_column(f"'{Why.LEFT}'"),
        ),
    ),
    "person_id", "address", "body",
)  # fmt: skip
_FORGET = Prepared(sa.update(_r).where(_r.c.person_id == sa.bindparam("person")), "answer", "messages")


def prepare(db: Transaction, notice: int, people: Iterable[Any]) -> None:
    """Note whose copies are to be queued (audience.Recipient each)."""
    db.many(_PREPARE, [
        {
            "notice_id": notice, "person_id": one.person_id, "bureau_id": one.bureau_id, "unit_id": one.unit_id,
            "asked": one.asked, "messages": [], "chases": 0,
        }
        for one in people
    ])  # fmt: skip


def to_queue(db: Transaction, notice: int, most: int) -> dict[int, bool]:
    """Some of those whose copies are not queued yet, in order, and whether each is asked to confirm."""
    return {row.person_id: bool(row.asked) for row in db.all(_TO_QUEUE, notice=notice, most=most)}


def to_chase(db: Transaction, notice: int, times: int, most: int) -> list[int]:
    """Some of those whose copies have not been confirmed, though they got there, in order.

    `times`: so often they have been written to again by now at most, and are not any more.
    """
    return [row.person_id for row in db.all(_TO_CHASE, notice=notice, times=times, most=most)]


def to_recall(db: Transaction, notice: int, most: int, *, reached: bool) -> list[int]:
    """Some of those whose copies are to be taken back where they stand, in order.

    `reached`: of everybody; else of those only whose copy was called back before it made itself known.
    """
    return [row.person_id for row in db.all(_TO_RECALL, notice=notice, reached=reached, most=most)]


def joined_since(db: Transaction, since: datetime, most: int) -> list[Any]:
    """Some of those who had joined nowhere when a notice went out, not before `since`, and have now: notice_id, person_id, asked."""
    return db.all(_JOINED_SINCE, since=since, most=most)


def queued(db: Transaction, notice: int, person: int, row: int | None, messages: list[int], now: datetime) -> None:
    """Note that a copy is queued as a row of the outbox (None: there is nowhere to send it), and which ones show it."""
    db.run(_QUEUED, notice=notice, person=person, outgoing_id=row, messages=messages, queued_at=now)


def shows(db: Transaction, notice: int, person: int, messages: list[int]) -> None:
    """Note which rows of the outbox show a copy now."""
    db.run(_MESSAGES, notice=notice, person=person, messages=messages)


def chased(db: Transaction, notice: int, person: int, times: int, messages: list[int]) -> None:
    """Note that somebody has been written to again, so many times by now, and which rows show the notice."""
    db.run(_CHASED, notice=notice, person=person, chases=times, messages=messages)


def recalled(db: Transaction, notice: int, person: int, messages: list[int], now: datetime) -> None:
    """Note that a copy was taken back where it stands, and which rows say so."""
    db.run(_RECALLED, notice=notice, person=person, messages=messages, recalled_at=now)


def of(db: Transaction, notice: int, person: int) -> Any | None:
    """Somebody's copy, or None: the notice was not for them."""
    return db.one(_ONE, notice=notice, person=person)


def confirm(db: Transaction, notice: int, person: int, channel: str, answer: str | None, now: datetime) -> bool:
    """收到, by the addressee; False: it was confirmed before."""
    return db.run(_CONFIRM, notice=notice, person=person, confirmed_at=now, channel=channel, answer=answer) == 1


def called(db: Transaction, notice: int, person: int, now: datetime) -> None:
    """Note that somebody was reached by telephone."""
    db.run(_CALLED, notice=notice, person=person, called_at=now)


def stop(db: Transaction, notice: int, now: datetime) -> int:
    """Call back the copies that nobody is sending at this moment, nor has confirmed in the list; how many rows."""
    return db.run(_STOP, notice=notice, state=outgoing.GONE, reference=Why.WITHDRAWN.value, done_at=now)


def forget(db: Transaction, person: int) -> None:
    """Take what somebody was told and answered out of their copies: that they had and confirmed them stays."""
    db.run(_UNSAY, person=person, person_id=None, address="", body={"parts": []})
    db.run(_FORGET, person=person, answer=None, messages=[])
