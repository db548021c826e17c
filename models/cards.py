"""Cards: messages about an object that are drawn anew, wherever they are, when it changes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, table


class Card(SQLModel, table=True):
    """One such message: its row in the outbox, what it is about, and whose it is, where."""

    __table_args__ = (sa.Index("card_of", "kind", "object_id"),)

    outgoing_id: int = Field(primary_key=True)
    kind: str
    object_id: int
    person_id: int = Field(foreign_key="person.id", index=True)
    channel: str
    address: str


_c = table(Card)
_ADD = Prepared(sa.insert(_c), "outgoing_id", "kind", "object_id", "person_id", "channel", "address")
_PLACE = (
    _c.c.kind == sa.bindparam("the_kind"), _c.c.object_id == sa.bindparam("object"),
    _c.c.channel == sa.bindparam("the_channel"), _c.c.address == sa.bindparam("the_address"),
)  # fmt: skip
_REPLACE = Prepared(sa.delete(_c).where(*_PLACE))
_DROP = Prepared(
    sa.delete(_c).where(
        _c.c.kind == sa.bindparam("the_kind"), _c.c.object_id == sa.bindparam("object"),
        _c.c.person_id == sa.bindparam("person"),
    )
)  # fmt: skip
_OF = Prepared(
    sa.select(_c)
    .where(_c.c.kind == sa.bindparam("the_kind"), _c.c.object_id == sa.bindparam("object"))
    .order_by(_c.c.person_id, _c.c.outgoing_id)
)


def add(db: Transaction, row: int, kind: str, object_id: int, person: int, channel: str, address: str) -> None:
    """Remember that a row of the outbox is a card; of several at an address, the newest is drawn anew."""
    db.run(_REPLACE, the_kind=kind, object=object_id, the_channel=channel, the_address=address)
    db.run(_ADD, outgoing_id=row, kind=kind, object_id=object_id, person_id=person, channel=channel, address=address)


def of(db: Transaction, kind: str, object_id: int) -> list[Any]:
    """The cards about an object, person by person."""
    return db.all(_OF, the_kind=kind, object=object_id)


def drop(db: Transaction, kind: str, object_id: int, person: int) -> None:
    """Let a person's cards about an object be: they stay as they are."""
    db.run(_DROP, the_kind=kind, object=object_id, person=person)
