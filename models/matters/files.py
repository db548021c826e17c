"""The files of matters: attachments, what was brought later (补正), opinions given as a file, pictures of a record.

A piece is a row of models/evidence.py with the purpose MATTER. Until it is put to a matter here, it is of nobody's concern
but of whoever brought it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table
from models.evidence import PIECE, Evidence
from models.people import Person


class Kind(StrEnum):
    """What a file is to its matter."""

    MATERIAL = "material"
    """An attachment with which the matter was opened."""
    SUPPLEMENT = "supplement"
    """Brought later, as 补正 or otherwise."""
    OPINION = "opinion"
    """An opinion, given as a file instead of typing."""
    RECORD = "record"
    """A picture or paper of an activity, or of a note on the case."""


MATERIALS = (Kind.MATERIAL, Kind.SUPPLEMENT)
"""What reviewers go by: the 附件 of a matter."""


class MatterFile(SQLModel, table=True):
    """A piece put to a matter, for good."""

    evidence_id: int = Field(foreign_key="evidence.id", primary_key=True)
    matter_id: int = Field(foreign_key="matter.id", index=True)
    kind: str
    subject: int | None = None
    """The assignment whose opinion it is, or the record that it belongs to."""
    added_by: int = Field(foreign_key="person.id")
    added_at: datetime = Field(sa_type=UtcDateTime)


_f, _e, _p = table(MatterFile), table(Evidence), table(Person)
_ID: sa.BindParameter[int] = sa.bindparam("the_id")
_ADD = Prepared(sa.insert(_f), "evidence_id", "matter_id", "kind", "subject", "added_by", "added_at")
_OF_PIECE = Prepared(sa.select(_f).where(_f.c.evidence_id == _ID))
_OF_MATTER = Prepared(
    PIECE.add_columns(_f.c.kind.label("role"), _f.c.subject, _f.c.added_at, _p.c.name.label("by"))
    .join(_f, _f.c.evidence_id == _e.c.id)
    .join(_p, _p.c.id == _f.c.added_by)
    .where(_f.c.matter_id == _ID)
    .order_by(_f.c.added_at, _e.c.id)
)
_COUNT = Prepared(
    sa.select(sa.func.count()).where(_f.c.matter_id == _ID, _f.c.kind.in_([one.value for one in MATERIALS]))
)


def add(
    db: Transaction, matter: int, kind: Kind, pieces: Iterable[int], by: int, now: datetime, subject: int | None = None
) -> None:
    """Put pieces (ids) that are here to a matter."""
    for piece in pieces:
        db.run(
            _ADD, evidence_id=piece, matter_id=matter, kind=kind.value, subject=subject, added_by=by, added_at=now
        )  # fmt: skip


def of_piece(db: Transaction, piece: int) -> Any | None:
    """What a piece is to which matter; None: it has been put to none."""
    return db.one(_OF_PIECE, the_id=piece)


def of_matter(db: Transaction, matter: int, *kinds: Kind, subject: int | None = None) -> list[Any]:
    """The files of a matter (of these kinds; of a subject) in order: rows of a piece, with role, subject, added_at and by."""
    return [
        row for row in db.all(_OF_MATTER, the_id=matter)
        if (not kinds or row.role in kinds) and subject in (None, row.subject)
    ]  # fmt: skip


def names(db: Transaction, matter: int) -> list[str]:
    """What a matter's attachments are called, in order."""
    return [row.name for row in of_matter(db, matter, *MATERIALS)]


def count(db: Transaction, matter: int) -> int:
    """How many attachments a matter has."""
    row = db.one(_COUNT, the_id=matter)
    assert row is not None
    return int(row[0])
