"""What has been delivered to us: each delivery takes effect once, and one that broke a turn is kept as poison."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table


class Delivery(SQLModel, table=True):
    """One delivery, by the key that its channel repeats when it delivers again."""

    channel: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    poison: str | None = None
    """The traceback of the turn that it broke."""


_delivery = table(Delivery)
# PostgreSQL's construct: its ON CONFLICT clause compiles to the same words on SQLite.
_SEEN = Prepared(insert(_delivery).on_conflict_do_nothing(), "channel", "address", "key", "at", "poison")
_POISONED = Prepared(
    sa.select(_delivery.c.channel, _delivery.c.address, _delivery.c.key, _delivery.c.at, _delivery.c.poison)
    .where(_delivery.c.poison.is_not(None))
    .order_by(_delivery.c.at)
)


def first_time(db: Transaction, channel: str, address: str, key: str, at: datetime, poison: str | None = None) -> bool:
    """Remember a delivery; False if it is remembered already."""
    return db.run(_SEEN, channel=channel, address=address, key=key, at=at, poison=poison) == 1


def poisoned(db: Transaction) -> list[object]:
    """The deliveries that broke their turn, oldest first."""
    return db.all(_POISONED)
