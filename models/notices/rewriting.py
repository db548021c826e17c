"""A scheduled notice that is changed before it goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models.db import Changed, Prepared, Transaction, table
from models.notices import notices
from models.notices.notices import Draft, Notice, NoticeFile, State

_n, _f = table(Notice), table(NoticeFile)
_ID: sa.BindParameter[int] = sa.bindparam("the_id")
_REWRITE = Prepared(
    sa.update(_n)
    .where(
        _n.c.id == _ID, _n.c.version == sa.bindparam("the_version"),
        _n.c.state == sa.literal_column(f"'{State.SCHEDULED}'"),
    )
    .values(version=_n.c.version + 1),
    "title", "text", "confidential", "audience", "receipt", "receipt_by", "question", "at_once", "starts_at", "state",
    "moved_by", "moved_at",
)  # fmt: skip
_LEAVE_FILES = Prepared(sa.delete(_f).where(_f.c.notice_id == _ID))


def rewrite(db: Transaction, notice: Any, draft: Draft, by: int, now: datetime) -> Any:
    """Let a scheduled notice say and be sent as a draft says instead; its row then. Raises Changed: it is not what it was."""
    said = {
        "title": draft.title, "text": draft.text, "confidential": draft.confidential, "audience": draft.audience,
        "receipt": draft.receipt, "receipt_by": draft.receipt_by, "question": draft.question, "at_once": draft.at_once,
        "starts_at": draft.starts_at, "state": (State.SCHEDULED if draft.scheduled else State.HELD).value,
    }  # fmt: skip
    if db.run(_REWRITE, the_id=notice.id, the_version=notice.version, moved_by=by, moved_at=now, **said) != 1:
        raise Changed(f"notice {notice.id}")
    db.run(_LEAVE_FILES, the_id=notice.id)
    db.session.add_all(NoticeFile(notice_id=notice.id, evidence_id=one) for one in draft.files)
    db.session.flush()
    return notices.by_id(db, notice.id)
