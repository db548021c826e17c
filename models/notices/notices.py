"""通知 as rows: what is said, to whom, when, and where it stands.

held (60 seconds, in which it can be called back) or scheduled → sending → sent; stopped on the way; withdrawn after.
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

HOLD = timedelta(seconds=60)
"""So long a notice waits for second thoughts before it goes out (DOMAIN 5)."""
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


class Notice(SQLModel, table=True):
    """One notice."""

    __table_args__ = (
        sa.Index(
            "notice_due", "starts_at",
            sqlite_where=sa.text("state in ('scheduled','held','sending')"),
            postgresql_where=sa.text("state in ('scheduled','held','sending')"),
        ),
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


_n, _f = table(Notice), table(NoticeFile)
_ID: sa.BindParameter[int] = sa.bindparam("the_id")
_MOVE = Prepared(
    sa.update(_n).where(_n.c.id == _ID, _n.c.version == sa.bindparam("the_version")).values(version=_n.c.version + 1),
    "state", "starts_at", "done_at", "moved_by", "moved_at", "reason",
)  # fmt: skip
_CHASED = Prepared(
    sa.update(_n)
    .where(_n.c.id == _ID, _n.c.version == sa.bindparam("the_version"))
    .values(version=_n.c.version + 1, chases=_n.c.chases + 1),
    "chased_at",
)
_BY_ID = Prepared(sa.select(_n).where(_n.c.id == _ID))
_FILES = Prepared(sa.select(_f.c.evidence_id).where(_f.c.notice_id == _ID).order_by(_f.c.evidence_id))
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
    .where(_n.c.bureau_id == sa.bindparam("bureau"), _n.c.id < sa.bindparam("before"))
    .order_by(_n.c.id.desc())
    .limit(sa.bindparam("most"))
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


def files_of(db: Transaction, notice: int) -> list[int]:
    """The ids of a notice's attachments."""
    return [row.evidence_id for row in db.all(_FILES, the_id=notice)]


def due(db: Transaction, now: datetime, most: int = 20) -> list[Any]:
    """Notices that are to go out, or are on the way, the one that has waited longest first."""
    return db.all(_DUE, now=now, most=most)


def of_bureau(db: Transaction, bureau: int, before: int, most: int) -> list[Any]:
    """A bureau's notices, the newest first, from the one before an id."""
    return db.all(_OF_BUREAU, bureau=bureau, before=before, most=most)


def move(
    db: Transaction, notice: Any, to: State, by: int, now: datetime, *, starts_at: datetime | None = None,
    done: bool = False, reason: str | None = None,
) -> Any:  # fmt: skip
    """Let a notice go on to a state; its row as it is then. Raises Changed: it is not what it was."""
    moved = db.run(
        _MOVE, the_id=notice.id, the_version=notice.version, state=to.value, starts_at=starts_at or notice.starts_at,
        done_at=now if done else notice.done_at, moved_by=by, moved_at=now, reason=reason or notice.reason,
    )  # fmt: skip
    if moved != 1:
        raise Changed(f"notice {notice.id}")
    found = by_id(db, notice.id)
    assert found is not None
    return found


def chased(db: Transaction, notice: Any, now: datetime) -> None:
    """Note that whoever has not confirmed was written to again. Raises Changed: it is not what it was."""
    if db.run(_CHASED, the_id=notice.id, the_version=notice.version, chased_at=now) != 1:
        raise Changed(f"notice {notice.id}")
