"""通知 as rows: what is said, to whom, when, and where it stands.

held (60 seconds, in which it can be called back) or scheduled → sending → sent; stopped on the way; withdrawn before or after.
Whoever moves one says the version they saw: of two at once one wins, so that a notice pressed twice is sent once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Changed, Prepared, Transaction, UtcDateTime, table
from models.people import Bureau, Post, Unit

HOLD = timedelta(seconds=60)
"""So long a notice waits for second thoughts before it goes out (DOMAIN 5)."""
NEWEST = 2**31 - 1
"""An id behind those of all notices."""
MOST_CHASES = 2
"""Times that whoever has not confirmed is written to again; after that they are called."""


class State(StrEnum):
    """Where a notice stands."""

    SCHEDULED = "scheduled"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    STOPPED = "stopped"
    """Called back before all of it had gone out."""
    WITHDRAWN = "withdrawn"


class Portions(StrEnum):
    """What is being done about copies that have gone out, a portion at a time."""

    CHASE = "chase"
    """Whoever has not confirmed is written to again."""
    RECALL = "recall"
    """What is to be read no more is taken back where it stands."""


class Notice(SQLModel, table=True):
    """One notice."""

    __table_args__ = (
        sa.Index(
            "notice_due", "starts_at",
            sqlite_where=sa.text("state in ('scheduled','held','sending')"),
            postgresql_where=sa.text("state in ('scheduled','held','sending')"),
        ),
        sa.Index(
            "notice_portions", "portions",
            sqlite_where=sa.text("portions is not null"), postgresql_where=sa.text("portions is not null"),
        ),
        sa.Index("notice_watched", "looked_at", sqlite_where=sa.text("watched = 1"), postgresql_where=sa.text("watched")),
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    bureau_id: int = Field(foreign_key="bureau.id", index=True)
    title: str
    text: str
    confidential: bool = False
    """内部: a chat shows that there is one; what it says is read on a page of the assistant."""
    audience: dict[str, Any] = Field(sa_type=sa.JSON)
    """As models/notices/audience.py stores it."""
    receipt: bool = False
    """Whether everybody is asked to confirm."""
    receipt_by: date | None = None
    question: str | None = None
    """What is asked with the confirmation."""
    at_once: bool = False
    """立即: quiet hours do not keep it."""
    starts_at: datetime = Field(sa_type=UtcDateTime)
    """From when it goes out."""
    state: str = State.HELD
    version: int = 0
    author_id: int = Field(foreign_key="person.id")
    post_id: int = Field(foreign_key="post.id")
    written_at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the last copy was queued, or it was stopped."""
    moved_by: int = Field(foreign_key="person.id")
    moved_at: datetime = Field(sa_type=UtcDateTime)
    reason: str | None = None
    """Why it was withdrawn."""
    corrects: int | None = Field(default=None, foreign_key="notice.id")
    """更正: the notice that this one puts right."""
    chases: int = 0
    chased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    portions: str | None = None
    watched: bool = False
    """Whether its figures may have moved since its cards were drawn."""
    looked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When they were looked at."""
    drawn: list[int] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """The figures with which its cards were drawn."""


class NoticeFile(SQLModel, table=True):
    """An attachment of a notice."""

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    evidence_id: int = Field(foreign_key="evidence.id", primary_key=True)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a notice says and how it is sent."""

    bureau: int
    title: str
    text: str
    audience: dict[str, Any]
    starts_at: datetime
    confidential: bool = False
    receipt: bool = False
    receipt_by: date | None = None
    question: str | None = None
    at_once: bool = False
    scheduled: bool = False
    corrects: int | None = None
    files: tuple[int, ...] = field(default=())


_n, _p, _u, _b = (table(one) for one in (Notice, Post, Unit, Bureau))
_ID: sa.BindParameter[int] = sa.bindparam("the_id")
_MOVE = Prepared(
    sa.update(_n).where(_n.c.id == _ID, _n.c.version == sa.bindparam("the_version")).values(version=_n.c.version + 1),
    "state", "starts_at", "done_at", "moved_by", "moved_at", "reason", "portions", "watched",
)  # fmt: skip
_CHASED = Prepared(
    sa.update(_n)
    .where(_n.c.id == _ID, _n.c.version == sa.bindparam("the_version"))
    .values(version=_n.c.version + 1, chases=_n.c.chases + 1),
    "chased_at", "portions",
)  # fmt: skip
_BY_ID = Prepared(sa.select(_n).where(_n.c.id == _ID))
_LOCK = Prepared(sa.select(_n).where(_n.c.id == _ID).with_for_update())
_STATE = Prepared(sa.select(_n.c.state).where(_n.c.id == _ID))
_PORTIONS = Prepared(
    sa.select(_n).where(_n.c.portions.is_not(None)).order_by(_n.c.moved_at, _n.c.id).limit(sa.bindparam("most"))
)
_PORTIONED = Prepared(sa.update(_n).where(_n.c.id == _ID, _n.c.portions == sa.bindparam("done")), "portions")
_WATCHED = Prepared(
    sa.select(_n)
    .where(
        _n.c.watched,
        sa.or_(_n.c.looked_at.is_(None), _n.c.looked_at <= sa.bindparam("before", type_=UtcDateTime)),
    )
    .order_by(_n.c.looked_at, _n.c.id)
    .limit(1)
)
_WATCH = Prepared(sa.update(_n).where(_n.c.id == _ID, sa.not_(_n.c.watched)), "watched")
_LOOKED = Prepared(sa.update(_n).where(_n.c.id == _ID), "looked_at", "drawn", "watched")
_DUE = Prepared(
    sa.select(_n)
    .where(
        _n.c.state.in_([sa.literal_column(f"'{one}'") for one in (State.SCHEDULED, State.HELD, State.SENDING)]),
        _n.c.starts_at <= sa.bindparam("now", type_=UtcDateTime),
    )
    .order_by(_n.c.starts_at, _n.c.id)
    .limit(sa.bindparam("most"))
)
_OF_BUREAU = Prepared(
    sa.select(_n)
    .where(
        _n.c.bureau_id == sa.bindparam("bureau"),
        _n.c.id < sa.bindparam("before"),
        _n.c.state != sa.literal_column(f"'{State.SCHEDULED}'"),
    )
    .order_by(_n.c.id.desc())
    .limit(sa.bindparam("most"))
)
_ASKED = Prepared(
    sa.select(_n)
    .where(_n.c.receipt, _n.c.receipt_by >= sa.bindparam("first"), _n.c.state == sa.literal_column(f"'{State.SENT}'"))
    .order_by(_n.c.id)
)
_SENDER = Prepared(
    sa.select(_u.c.name.label("unit"), _b.c.name.label("bureau"))
    .select_from(_p)
    .join(_u, _u.c.id == _p.c.unit_id)
    .join(_b, _b.c.id == _u.c.bureau_id)
    .where(_p.c.id == sa.bindparam("post"))
)


def write(db: Transaction, draft: Draft, author: int, post: int, now: datetime) -> int:
    """Put a notice on its way: held for second thoughts, or scheduled; its id."""
    notice = Notice(
        bureau_id=draft.bureau, title=draft.title, text=draft.text, confidential=draft.confidential, audience=draft.audience,
        receipt=draft.receipt, receipt_by=draft.receipt_by, question=draft.question, at_once=draft.at_once,
        starts_at=draft.starts_at, state=State.SCHEDULED if draft.scheduled else State.HELD, author_id=author, post_id=post,
        written_at=now, moved_by=author, moved_at=now, corrects=draft.corrects,
    )  # fmt: skip
    db.session.add(notice)
    db.session.flush()
    db.session.add_all(NoticeFile(notice_id=notice.id, evidence_id=one) for one in draft.files)
    db.session.flush()
    return notice.id


def by_id(db: Transaction, notice: int) -> Any | None:
    """A notice's row, or None."""
    return db.one(_BY_ID, the_id=notice)


def lock(db: Transaction, notice: int) -> Any:
    """A notice's row, held until the transaction ends: nobody else queues its copies or moves it meanwhile."""
    return db.one(_LOCK, the_id=notice)


def goes_out(db: Transaction, notice: int) -> bool:
    """Whether its copies may still be sent: nobody has stopped or withdrawn it."""
    row = db.one(_STATE, the_id=notice)
    return row is not None and row.state in (State.SENDING, State.SENT)


def sender_of(db: Transaction, notice: Any) -> Any:
    """Who sends a notice, as a row of unit and bureau."""
    return db.one(_SENDER, post=notice.post_id)


def asked_from(db: Transaction, first: date) -> list[Any]:
    """Notices that have gone out, and are to be confirmed by a day that is not before `first`."""
    return db.all(_ASKED, first=first)


def due(db: Transaction, now: datetime, most: int = 20) -> list[Any]:
    """Notices that are to go out, or are on the way, the one that has waited longest first."""
    return db.all(_DUE, now=now, most=most)


def of_bureau(db: Transaction, bureau: int, before: int, most: int) -> list[Any]:
    """A bureau's notices, the newest first, from the one before an id; not those that wait for their time."""
    return db.all(_OF_BUREAU, bureau=bureau, before=before, most=most)


def move(
    db: Transaction, notice: Any, to: State, by: int, now: datetime, *, starts_at: datetime | None = None,
    done: bool = False, reason: str | None = None, portions: Portions | None = None,
) -> Any:  # fmt: skip
    """Let a notice go on to a state; its row as it is then. `portions`: what is to be done about its copies then.

    Raises Changed: it is not what it was.
    """
    moved = db.run(
        _MOVE, the_id=notice.id, the_version=notice.version, state=to.value, starts_at=starts_at or notice.starts_at,
        done_at=now if done else notice.done_at, moved_by=by, moved_at=now, reason=reason or notice.reason,
        portions=portions, watched=to not in (State.HELD, State.SCHEDULED),
    )  # fmt: skip
    if moved != 1:
        raise Changed(f"notice {notice.id}")
    found = by_id(db, notice.id)
    assert found is not None
    return found


def chase(db: Transaction, notice: Any, now: datetime) -> Any:
    """Let whoever has not confirmed be written to again; its row then. Raises Changed: it is not what it was."""
    if db.run(_CHASED, the_id=notice.id, the_version=notice.version, chased_at=now, portions=Portions.CHASE.value) != 1:
        raise Changed(f"notice {notice.id}")
    return by_id(db, notice.id)


def in_portions(db: Transaction, most: int = 20) -> list[Any]:
    """Notices about whose copies something is to be done, the one that has waited longest first."""
    return db.all(_PORTIONS, most=most)


def portioned(db: Transaction, notice: int, done: Portions) -> None:
    """Note that it has been done."""
    db.run(_PORTIONED, the_id=notice, done=done.value, portions=None)


def watched(db: Transaction, before: datetime) -> Any | None:
    """A notice whose figures may have moved, and have not been looked at since `before`."""
    return db.one(_WATCHED, before=before)


def watch(db: Transaction, notice: int) -> None:
    """Note that a notice's figures have moved."""
    db.run(_WATCH, the_id=notice, watched=True)


def looked(db: Transaction, notice: int, drawn: list[int], now: datetime, *, moves: bool) -> None:
    """Note with which figures its cards are drawn now. `moves`: whether they will move on by themselves."""
    db.run(_LOOKED, the_id=notice, drawn=drawn, looked_at=now, watched=moves)
