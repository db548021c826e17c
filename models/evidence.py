"""佐证材料: files and links, numbered in their bureau, each with its own date, and the items they are used for.

Pictures sent in one go are one piece (an album): its files are rows of their own, and the first that came stands in the
piece itself, as its cover. models/albums.py fills them.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.catalogue_types import Period
from models.db import Changed, Insertion, Prepared, Transaction, UtcDateTime, table
from models.people import Bureau


class Stage(StrEnum):
    """接收中, 已入库, 未入库, or taken away again by a person."""

    RECEIVING = "receiving"
    STORED = "stored"
    FAILED = "failed"
    DELETED = "deleted"


class Purpose(StrEnum):
    """What a piece was brought for, where that is not the self-assessment."""

    MATTER = "matter"
    """A review: it is no 佐证材料, and none of its bureau's but of whoever may see that matter."""
    NOTICE = "notice"
    """A notice: whoever gets that may see it."""


INTERRUPTED = {"code": "interrupted", "params": {}}
"""Why a piece that broke off on its way is not here."""


class Evidence(SQLModel, table=True):
    """One piece: a file, a link or an album."""

    __table_args__ = (sa.UniqueConstraint("bureau_id", "number"),)

    id: int = Field(default=None, primary_key=True)
    bureau_id: int = Field(foreign_key="bureau.id")
    number: int | None = None
    """证-n; given once the piece is really here; pieces for another purpose have none."""
    purpose: str | None = None
    """A `Purpose`; None: the self-assessment."""
    stage: str
    name: str
    """The file's name (the first one's of an album), or the link's address."""
    caption: str | None = None
    """What its sender wrote beside it."""
    album: str | None = Field(default=None, unique=True)
    """What the channel calls the album whose pictures these are."""
    size: int = 0
    """Bytes; 0 for a link."""
    kind: str = "file"
    mime: str | None = None
    sha256: str | None = Field(default=None, index=True)
    upload: str | None = Field(default=None, unique=True)
    reason: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """Why it could not be stored: code and params."""
    dated: date | None = None
    outside_kept: bool = False
    """Dated outside the period, and kept all the same by whoever was asked."""
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    """The unit that brought it."""
    person_id: int = Field(foreign_key="person.id", index=True)
    channel: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 0


class EvidenceFile(SQLModel, table=True):
    """One picture of an album."""

    id: int = Field(default=None, primary_key=True)
    evidence_id: int = Field(foreign_key="evidence.id", index=True)
    upload: str = Field(unique=True)
    stage: str
    name: str
    size: int
    """Bytes."""
    mime: str | None = None
    sha256: str | None = Field(default=None, index=True)
    reason: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """Why it could not be stored: code and params."""


class EvidenceUse(SQLModel, table=True):
    """A piece used for an item of a self-assessment."""

    answer_id: int = Field(foreign_key="answer.id", primary_key=True)
    evidence_id: int = Field(foreign_key="evidence.id", primary_key=True, index=True)


_e, _f, _use = (table(model) for model in (Evidence, EvidenceFile, EvidenceUse))
_files = (
    sa.select(sa.func.count())
    .where(_f.c.evidence_id == _e.c.id, _f.c.stage == Stage.STORED.value)
    .correlate(_e)
    .scalar_subquery()
    .label("files")
)
"""How many pictures of an album are here; 0 for what is no album."""
PIECE = sa.select(_e, _files)
"""What a piece is read as: its columns, and `files`."""
_INSERT = Insertion(
    _e,
    "bureau_id", "unit_id", "number", "purpose", "stage", "name", "caption", "album", "size", "kind", "upload", "dated",
    "outside_kept", "person_id", "channel", "created_at", "version",
)  # fmt: skip
_BY_ID = Prepared(PIECE.where(_e.c.id == sa.bindparam("the_id")))
_BY_UPLOAD = Prepared(PIECE.where(_e.c.upload == sa.bindparam("the_upload")))
_mine = _f.alias("mine")
_own = sa.select(_mine.c.sha256).where(_mine.c.evidence_id == sa.bindparam("the_id"))
_sha: sa.BindParameter[str] = sa.bindparam("the_sha")
_TWIN = Prepared(
    sa.select(_e.c.number)
    .where(
        _e.c.bureau_id == sa.bindparam("bureau"),
        _e.c.stage == Stage.STORED.value,
        _e.c.purpose.is_(None),
        sa.or_(
            _e.c.sha256 == _sha,
            _e.c.sha256.in_(_own),
            sa.exists().where(_f.c.evidence_id == _e.c.id, sa.or_(_f.c.sha256 == _sha, _f.c.sha256.in_(_own))),
            sa.and_(_e.c.kind == "link", _e.c.name == sa.bindparam("the_name")),
        ),
        _e.c.id != sa.bindparam("the_id"),
    )
    .order_by(_e.c.number)
    .limit(1)
)
_LAST_NUMBER = Prepared(
    sa.select(sa.func.max(_e.c.number).label("last")).where(_e.c.bureau_id == sa.bindparam("bureau"))
)
_BUREAU = Prepared(sa.select(table(Bureau).c.id).where(table(Bureau).c.id == sa.bindparam("bureau")).with_for_update())
_SET = Prepared(
    sa.update(_e)
    .where(_e.c.id == sa.bindparam("the_id"), _e.c.version == sa.bindparam("the_version"))
    .values(version=_e.c.version + 1),
    "stage", "number", "name", "caption", "mime", "sha256", "size", "reason", "dated", "outside_kept",
)  # fmt: skip
_USE = Prepared(sa.insert(_use), "answer_id", "evidence_id")
_IS_USED = Prepared(
    sa.select(_use.c.answer_id).where(
        _use.c.answer_id == sa.bindparam("answer"), _use.c.evidence_id == sa.bindparam("piece")
    )
)
_UNUSE = Prepared(
    sa.delete(_use).where(_use.c.answer_id == sa.bindparam("answer"), _use.c.evidence_id == sa.bindparam("piece"))
)
_UNUSE_ALL = Prepared(sa.delete(_use).where(_use.c.evidence_id == sa.bindparam("piece")))
_BREAK_OFF = Prepared(
    sa.update(_e)
    .where(
        _e.c.person_id == sa.bindparam("person"),
        _e.c.channel == sa.bindparam("the_channel"),
        _e.c.stage == Stage.RECEIVING.value,
    )
    .values(version=_e.c.version + 1),
    "stage", "reason",
)  # fmt: skip
_FORGET = Prepared(sa.delete(_e).where(_e.c.id == sa.bindparam("piece")))
_USES = Prepared(
    sa.select(_use.c.answer_id).where(_use.c.evidence_id == sa.bindparam("piece")).order_by(_use.c.answer_id)
)
_OF_ANSWER = Prepared(
    PIECE.join(_use, _use.c.evidence_id == _e.c.id).where(_use.c.answer_id == sa.bindparam("answer")).order_by(_e.c.id)
)
_PROVES = Prepared(
    _OF_ANSWER.statement.with_only_columns(_e.c.id, _e.c.number, _e.c.stage, _e.c.dated, _e.c.outside_kept)
)
_HAD = (Stage.RECEIVING, Stage.STORED)
_DATE_OTHERS = Prepared(
    sa.update(_e)
    .where(
        _e.c.dated.is_(None),
        _e.c.id.in_(sa.select(_use.c.evidence_id).where(_use.c.answer_id == sa.bindparam("answer"))),
    )
    .values(version=_e.c.version + 1),
    "dated",
)


def announce(db: Transaction, values: dict[str, Any]) -> int:
    """Note a piece that is on its way (or, for a link, that is there); its id.

    `values`: bureau_id, unit_id, stage, name, size, kind, upload, dated, person_id, channel, created_at; and caption, album
    and purpose, where it has them.
    """
    unless_said = {"caption": None, "album": None, "purpose": None}
    return db.insert(_INSERT, number=None, outside_kept=False, version=0, **(unless_said | values))


def by_id(db: Transaction, piece: int) -> Any | None:
    """A piece, or None."""
    return db.one(_BY_ID, the_id=piece)


def by_upload(db: Transaction, upload: str) -> Any | None:
    """The piece that an upload carries, or None."""
    return db.one(_BY_UPLOAD, the_upload=upload)


def store(db: Transaction, piece: Any, **values: Any) -> None:
    """The piece is here: as 佐证材料 it gets the bureau's next number. `values`: mime, sha256, size, and name."""
    number = _next_number(db, piece.bureau_id) if piece.purpose is None else None
    change(db, piece, stage=Stage.STORED.value, number=number, **values)


def _next_number(db: Transaction, bureau: int) -> int:
    db.one(_BUREAU, bureau=bureau)
    last = db.one(_LAST_NUMBER, bureau=bureau)
    return int((last.last if last else 0) or 0) + 1


def change(db: Transaction, piece: Any, **values: Any) -> None:
    """Change columns of a piece as read. Raises Changed if somebody else has changed it since."""
    now = {
        name: getattr(piece, name)
        for name in (
            "stage", "number", "name", "caption", "mime", "sha256", "size", "reason", "dated", "outside_kept"
        )
    }  # fmt: skip
    if db.run(_SET, the_id=piece.id, the_version=piece.version, **(now | values)) != 1:
        raise Changed(f"evidence {piece.id}")


def break_off(db: Transaction, person: int, channel: str) -> None:
    """What somebody was bringing by a channel will not come any more: it holds nothing up."""
    db.run(_BREAK_OFF, person=person, the_channel=channel, stage=Stage.FAILED.value, reason=INTERRUPTED)


def forget(db: Transaction, piece: int) -> None:
    """Keep nothing of a piece, not even that it was to come."""
    db.run(_UNUSE_ALL, piece=piece)
    db.run(_FORGET, piece=piece)


def twin(db: Transaction, piece: Any) -> int | None:
    """The number of another piece of the bureau with the same content (or address, or a picture of it), or None."""
    row = db.one(_TWIN, bureau=piece.bureau_id, the_sha=piece.sha256 or "", the_name=piece.name, the_id=piece.id)
    return None if row is None else int(row.number)


def use(db: Transaction, answer: int, piece: int) -> None:
    """Use a piece for an item; using it twice is using it once."""
    if db.one(_IS_USED, answer=answer, piece=piece) is None:
        db.run(_USE, answer_id=answer, evidence_id=piece)


def stop_using(db: Transaction, answer: int, piece: int) -> None:
    """A piece serves an item no longer."""
    db.run(_UNUSE, answer=answer, piece=piece)


def date_others(db: Transaction, answer: int, day: date) -> None:
    """Give a date to the pieces of an item that have none yet."""
    db.run(_DATE_OTHERS, answer=answer, dated=day)


def uses(db: Transaction, piece: int) -> list[int]:
    """The items (answer ids) that a piece is used for."""
    return [row.answer_id for row in db.all(_USES, piece=piece)]


def pieces_of(db: Transaction, answer: int) -> list[Any]:
    """The pieces used for an item, on their way or here, in the order they came."""
    return [row for row in db.all(_OF_ANSWER, answer=answer) if row.stage in _HAD]


def proofs_of(db: Transaction, answer: int) -> list[Any]:
    """Of the same pieces what tells whether they count: id, number, stage, dated, outside_kept."""
    return [row for row in db.all(_PROVES, answer=answer) if row.stage in _HAD]


def counts(piece: Any, period: Period) -> bool:
    """Whether a piece proves something: it is here, and dated in the period or kept although it is not."""
    if piece.stage != Stage.STORED or piece.dated is None:
        return False
    return bool(piece.outside_kept) or period.contains(piece.dated)
