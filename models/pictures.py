"""Pictures that the assistant has drawn, and whose figures they show."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.db import Transaction, UtcDateTime


class Picture(SQLModel, table=True):
    """One picture about an object: a file of the store."""

    id: int = Field(default=None, primary_key=True)
    what: str
    """Which picture it is; a name of `bot.actions.PICTURES`."""
    subject: int
    """The id of what it shows."""
    sha256: str
    made_at: datetime = Field(sa_type=UtcDateTime)


def keep(db: Transaction, what: str, subject: int, sha256: str, now: datetime) -> int:
    """Note a picture that was drawn; its id."""
    picture = Picture(what=what, subject=subject, sha256=sha256, made_at=now)
    db.session.add(picture)
    db.session.flush()
    return picture.id


def by_id(db: Transaction, picture: int) -> Picture | None:
    """A picture, or None."""
    return db.session.get(Picture, picture)
