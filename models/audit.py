"""The audit log: every change of state, written in the transaction that makes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table


class AuditEntry(SQLModel, table=True):
    """Who changed what, in which post, when, on which channel, from what to what."""

    __table_args__ = (sa.Index("audit_object", "object", "object_id"),)

    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    post_id: int | None = Field(default=None, foreign_key="post.id")
    channel: str
    what: str
    object: str
    object_id: int
    before: Any = Field(default=None, sa_type=sa.JSON)
    after: Any = Field(default=None, sa_type=sa.JSON)


_RECORD = Prepared(
    sa.insert(table(AuditEntry)),
    "at", "person_id", "post_id", "channel", "what", "object", "object_id", "before", "after",
)  # fmt: skip


def record(db: Transaction, entries: list[dict[str, Any]]) -> None:
    """Write entries, each with a value for every column but the id."""
    db.many(_RECORD, entries)
