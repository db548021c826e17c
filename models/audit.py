"""The audit log: every change of state, written in the transaction that makes it.

Two tables. An entry is what is kept for ever: who, in which post, when, on which channel, what, and on which object. What it
was before and after may be personal, so it stands beside, in a row that can be erased; an entry whose change has no such
values has no such row. The seal (models/sealing.py) is the entry's own last three columns, empty until it is sealed: the index
on the number finds what is still to be sealed, however late it was committed, and no entry can be sealed twice.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Insertion, Prepared, Transaction, UtcDateTime, as_json, table
from models.people import Address, Post

ERASED = "audit.erased"
"""What the log calls the erasing of an entry's values; the object is that entry."""
ENTRY = "audit"
"""The kind of object that an entry is."""
NEWEST = 2**31 - 1
"""An id that no entry comes after."""
SALT_BYTES = 16


class AuditEntry(SQLModel, table=True):
    """Who changed what, in which post, when, on which channel; and its place in the chain, once it is sealed."""

    __table_args__ = (
        sa.Index("audit_object", "object", "object_id"),
        sa.Index("audit_person", "person_id", "id"),
    )

    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    post_id: int | None = Field(default=None, foreign_key="post.id")
    channel: str
    what: str
    object: str
    object_id: int
    sequence: int | None = Field(default=None, unique=True)
    """The number of the sealed entry, from 1 without gaps."""
    digest: str | None = None
    """The salted hash of the values, None if there were none."""
    hash: str | None = None
    """The hash of all this and of the hash before it."""


class AuditValues(SQLModel, table=True):
    """From what to what: JSON as it was written. Its very characters are hashed, so it is never written anew."""

    entry_id: int = Field(primary_key=True, foreign_key="auditentry.id")
    salt: str
    """So that a short value cannot be guessed from its hash once it is erased, for the salt goes with it."""
    before: str | None = None
    after: str | None = None


_e, _v, _post, _address = table(AuditEntry), table(AuditValues), table(Post), table(Address)
_ENTRY = Insertion(_e, "at", "person_id", "post_id", "channel", "what", "object", "object_id")
_VALUES = Prepared(sa.insert(_v), "entry_id", "salt", "before", "after")
_OF_PERSON = Prepared(
    sa.select(_e.c.id, _e.c.at, _e.c.channel, _e.c.what, _e.c.object, _e.c.object_id, _v.c.after)
    .outerjoin(_v, _v.c.entry_id == _e.c.id)
    .where(_e.c.person_id == sa.bindparam("person"), _e.c.id < sa.bindparam("before"))
    .order_by(_e.c.id.desc())
    .limit(sa.bindparam("most"))
)
_person: sa.BindParameter[int] = sa.bindparam("person")
_THEIRS = sa.or_(
    _e.c.person_id == _person,
    sa.and_(_e.c.object == "person", _e.c.object_id == _person),
    sa.and_(_e.c.object == "post", _e.c.object_id.in_(sa.select(_post.c.id).where(_post.c.person_id == _person))),
    sa.and_(
        _e.c.object == "address", _e.c.object_id.in_(sa.select(_address.c.id).where(_address.c.person_id == _person))
    ),
)
_NOTE_ERASED = Prepared(
    sa.insert(_e).from_select(
        ["at", "person_id", "post_id", "channel", "what", "object", "object_id"],
        sa.select(
            sa.bindparam("at", type_=UtcDateTime), sa.bindparam("by", type_=sa.Integer),
            sa.bindparam("post", type_=sa.Integer), sa.bindparam("channel", type_=sa.String),
            sa.literal(ERASED), sa.literal(ENTRY), _v.c.entry_id,
        ).join_from(_v, _e, _e.c.id == _v.c.entry_id).where(_THEIRS).order_by(_v.c.entry_id),
    )
)  # fmt: skip
_ERASE = Prepared(
    sa.delete(_v).where(_v.c.entry_id.in_(sa.select(_e.c.object_id).where(_e.c.object == ENTRY, _e.c.what == ERASED)))
)


def record(db: Transaction, entries: list[dict[str, Any]]) -> None:
    """Write entries: of each the fixed part, and `before` and `after`, whatever JSON can hold (None for none).

    Values that are about one person belong to an entry whose object is that person, or which that person made: where else
    they stand, they are not erased with the person's.
    """
    values = []
    for entry in entries:
        entry_id = db.insert(_ENTRY, **entry)
        before, after = entry["before"], entry["after"]
        if before is not None or after is not None:
            values.append(
                {
                    "entry_id": entry_id,
                    "salt": os.urandom(SALT_BYTES).hex(),
                    "before": _text(before),
                    "after": _text(after),
                }
            )
    db.many(_VALUES, values)


def of_person(db: Transaction, person: int, before: int, most: int) -> list[Any]:
    """What a person did, newest first: entries with an id below `before`, `after` as JSON (None if it was erased)."""
    return db.all(_OF_PERSON, person=person, before=before, most=most)


def erase_values_of(
    db: Transaction, person: int, *, at: datetime, by: int | None, post: int | None, channel: str
) -> int:
    """Erase the values of what a person did, and of what was done to the person; how many entries had any.

    Each erasure is an entry of its own, so that the seal tells it from values that somebody has made away with.
    """
    db.run(_NOTE_ERASED, person=person, at=at, by=by, post=post, channel=channel)
    return db.run(_ERASE)


def _text(value: Any) -> str | None:
    return None if value is None else as_json(value)
