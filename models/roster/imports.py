"""Roster files that a legal section brings in by chat, from the asking until they are imported or given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlmodel import Field, SQLModel

from models.db import Changed, Prepared, Transaction, UtcDateTime, table
from models.roster.rows import Parsed

KEPT_FOR = timedelta(days=1)
"""So long what was read of a file waits for its decision; it is full of personal data."""


class Stage(StrEnum):
    """No file yet, one on its way or being read, one that waits for the decision, imported, forgotten."""

    WAITING = "waiting"
    RECEIVING = "receiving"
    READ = "read"
    DONE = "done"
    FORGOTTEN = "forgotten"


class RosterImport(SQLModel, table=True):
    """One import, by one person into one bureau."""

    id: int = Field(default=None, primary_key=True)
    bureau_id: int = Field(foreign_key="bureau.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    stage: str
    name: str = ""
    """The file's."""
    upload: str | None = Field(default=None, unique=True)
    """The upload that carries it; the file itself is not kept."""
    parsed: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """What was read, until it is decided upon."""
    shown: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """The summary of the plan that the person saw: only that is imported."""
    version: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)


_PARSED = TypeAdapter(Parsed)
_CHANGING = ("stage", "name", "upload", "shown")

_i = table(RosterImport)
_UNDECIDED = _i.c.stage.in_([sa.literal_column(f"'{one}'") for one in (Stage.WAITING, Stage.RECEIVING, Stage.READ)])
_INSERT = Prepared(sa.insert(_i).returning(_i.c.id), "bureau_id", "person_id", "stage", "name", "version", "created_at")
_ROW = sa.select(*(column for column in _i.c if column.name != "parsed"))
_BY_ID = Prepared(_ROW.where(_i.c.id == sa.bindparam("the_id")))
_BY_UPLOAD = Prepared(_ROW.where(_i.c.upload == sa.bindparam("the_upload")))
_PARSED_OF = Prepared(sa.select(_i.c.parsed).where(_i.c.id == sa.bindparam("the_id")))
_PUT_PARSED = Prepared(sa.update(_i).where(_i.c.id == sa.bindparam("the_id")), "parsed")
_SET = Prepared(
    sa.update(_i)
    .where(_i.c.id == sa.bindparam("the_id"), _i.c.version == sa.bindparam("the_version"))
    .values(version=_i.c.version + 1),
    *_CHANGING,
)
_FORGET = Prepared(
    sa.update(_i).where(
        _UNDECIDED,
        sa.or_(
            _i.c.person_id == sa.bindparam("person"),
            _i.c.created_at < sa.bindparam("before", type_=UtcDateTime),
        ),
    ),
    "stage", "parsed", "shown",
)  # fmt: skip


def begin(db: Transaction, bureau: int, person: int, now: datetime) -> int:
    """Begin an import; its id. What the person left undecided, and what anybody did a day ago, is forgotten."""
    db.run(_FORGET, person=person, before=now - KEPT_FOR, stage=Stage.FORGOTTEN.value, parsed=None, shown=None)
    row = db.one(
        _INSERT, bureau_id=bureau, person_id=person, stage=Stage.WAITING.value, name="", version=0, created_at=now
    )
    assert row is not None
    return int(row.id)


def by_id(db: Transaction, the_id: int) -> Any | None:
    """An import without what was read, or None."""
    return db.one(_BY_ID, the_id=the_id)


def by_upload(db: Transaction, upload: str) -> Any | None:
    """The import whose file an upload carries, or None."""
    return db.one(_BY_UPLOAD, the_upload=upload)


def parsed_of(db: Transaction, the_id: int) -> Parsed | None:
    """What was read of an import's file; None: nothing yet, or it is forgotten."""
    row = db.one(_PARSED_OF, the_id=the_id)
    return None if row is None or row.parsed is None else _PARSED.validate_python(row.parsed)


def put_parsed(db: Transaction, the_id: int, parsed: dict[str, Any] | None) -> None:
    """Keep what was read (as JSON) until it is decided upon, or (None) forget it."""
    db.run(_PUT_PARSED, the_id=the_id, parsed=parsed)


def change(db: Transaction, row: Any, **values: Any) -> None:
    """Change columns of an import as read. Raises Changed if somebody else has changed it since."""
    now = {name: getattr(row, name) for name in _CHANGING}
    if db.run(_SET, the_id=row.id, the_version=row.version, **(now | values)) != 1:
        raise Changed(f"roster import {row.id}")


def as_json(parsed: Parsed) -> dict[str, Any]:
    """What was read, as JSON."""
    return dict(_PARSED.dump_python(parsed, mode="json"))
