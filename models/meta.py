"""Facts about the database itself, such as whether it is a demo's."""

from __future__ import annotations

from sqlmodel import Field, SQLModel, select

from models.db import Transaction
from models.people import Bureau

DEMO = "demo"


class Meta(SQLModel, table=True):
    """A named fact."""

    key: str = Field(primary_key=True)
    value: str


def is_demo(db: Transaction) -> bool:
    """Whether this database was made for a demo."""
    return db.session.get(Meta, DEMO) is not None


def is_empty(db: Transaction) -> bool:
    """Whether nobody is in it yet."""
    return db.session.exec(select(Bureau.id)).first() is None
