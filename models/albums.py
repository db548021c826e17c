"""Albums: several pictures sent in one go, which are one piece of evidence once all of them are here or given up."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models import evidence
from models.db import Prepared, Transaction, table
from models.evidence import Evidence, EvidenceFile, Stage

_e, _f = table(Evidence), table(EvidenceFile)
_OPEN = Prepared(
    sa.select(_e.c.id).where(
        _e.c.album == sa.bindparam("the_album"),
        _e.c.person_id == sa.bindparam("person"),
        _e.c.stage == Stage.RECEIVING.value,
    )
)
_IS_KNOWN = Prepared(sa.select(_e.c.id).where(_e.c.album == sa.bindparam("the_album")))
_ADD = Prepared(sa.insert(_f), "evidence_id", "upload", "stage", "name", "size")
_BY_UPLOAD = Prepared(sa.select(_f).where(_f.c.upload == sa.bindparam("the_upload")))
_BY_ID = Prepared(sa.select(_f).where(_f.c.id == sa.bindparam("the_id")))
_OF_PIECE = Prepared(sa.select(_f).where(_f.c.evidence_id == sa.bindparam("piece")).order_by(_f.c.id))
_FORGET = Prepared(sa.delete(_f).where(_f.c.id == sa.bindparam("the_id")))
_SETTLE = Prepared(
    sa.update(_f).where(_f.c.id == sa.bindparam("the_id")), "stage", "size", "mime", "sha256", "reason"
)  # fmt: skip


def is_known(db: Transaction, album: str) -> bool:
    """Whether a piece has been begun for an album."""
    return db.one(_IS_KNOWN, the_album=album) is not None


def receiving(db: Transaction, album: str, person: int) -> int | None:
    """The piece (id) of a person's album that still takes pictures; None: there is none, or it is closed."""
    row = db.one(_OPEN, the_album=album, person=person)
    return None if row is None else int(row.id)


def add(db: Transaction, piece: int, *, upload: str, name: str, size: int) -> None:
    """One more picture of an album is on its way."""
    db.run(_ADD, evidence_id=piece, upload=upload, stage=Stage.RECEIVING.value, name=name, size=size)


def by_upload(db: Transaction, upload: str) -> Any | None:
    """The picture that an upload carries, or None."""
    return db.one(_BY_UPLOAD, the_upload=upload)


def by_id(db: Transaction, file: int) -> Any | None:
    """A picture, or None."""
    return db.one(_BY_ID, the_id=file)


def files_of(db: Transaction, piece: int) -> list[Any]:
    """The pictures of a piece in the order they were announced, those that failed too; none if it is no album."""
    return db.all(_OF_PIECE, piece=piece)


def stored(db: Transaction, file: Any, *, size: int, mime: str | None, sha256: str | None) -> None:
    """A picture is here."""
    db.run(_SETTLE, the_id=file.id, stage=Stage.STORED.value, size=size, mime=mime, sha256=sha256, reason=None)


def failed(db: Transaction, file: Any, reason: dict[str, Any]) -> None:
    """A picture could not be stored."""
    db.run(_SETTLE, the_id=file.id, stage=Stage.FAILED.value, size=file.size, mime=None, sha256=None, reason=reason)


def forget(db: Transaction, file: Any) -> None:
    """Keep nothing of a picture, not even that it was to come."""
    db.run(_FORGET, the_id=file.id)


def close(db: Transaction, piece: Any) -> list[Any]:
    """All pictures are here or given up: the piece gets its number, or fails where none is here; those that are missing."""
    files = files_of(db, piece.id)
    here = [file for file in files if file.stage == Stage.STORED]
    missing = [file for file in files if file.stage == Stage.FAILED]
    if here:
        cover = here[0]
        size = sum(file.size for file in here)
        evidence.store(db, piece, name=cover.name, mime=cover.mime, sha256=cover.sha256, size=size)
    else:
        evidence.change(db, piece, stage=Stage.FAILED.value, reason=missing[0].reason)
    return missing
