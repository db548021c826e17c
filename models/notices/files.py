"""The attachments of notices: pieces (models/evidence.py) with the purpose NOTICE. One may go out with several notices."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.db import Prepared, Transaction, table
from models.evidence import PIECE, Evidence, Stage
from models.notices.notices import NoticeFile

_f, _e = table(NoticeFile), table(Evidence)
_OF_NOTICE = Prepared(
    PIECE.join(_f, _f.c.evidence_id == _e.c.id)
    .where(_f.c.notice_id == sa.bindparam("notice"), _e.c.stage == sa.literal_column(f"'{Stage.STORED}'"))
    .order_by(_e.c.id)
)
_COUNT = Prepared(sa.select(sa.func.count().label("files")).where(_f.c.notice_id == sa.bindparam("notice")))
_WITH_PIECE = Prepared(
    sa.select(_f.c.notice_id).where(_f.c.evidence_id == sa.bindparam("piece")).order_by(_f.c.notice_id.desc())
)


def of_notice(db: Transaction, notice: int) -> list[Any]:
    """A notice's attachments that are here, as rows of pieces in order."""
    return db.all(_OF_NOTICE, notice=notice)


def count(db: Transaction, notice: int) -> int:
    """How many attachments a notice has."""
    row = db.one(_COUNT, notice=notice)
    return 0 if row is None else int(row.files)


def notices_with(db: Transaction, piece: int) -> list[int]:
    """The notices (ids) with which a piece went out, the newest first."""
    return [row.notice_id for row in db.all(_WITH_PIECE, piece=piece)]
