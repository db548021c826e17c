"""Leases: work that one process at a time does, such as sealing the audit or sending what falls due."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table


class Lease(SQLModel, table=True):
    """Who does a piece of work, and until when nobody else may begin with it."""

    name: str = Field(primary_key=True)
    holder: str
    until: datetime = Field(sa_type=UtcDateTime)


_l = table(Lease)
_new = insert(_l)
# PostgreSQL's construct: its ON CONFLICT clause compiles to the same words on SQLite.
_TAKE = Prepared(
    _new.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": _new.excluded.holder, "until": _new.excluded.until},
        where=sa.or_(
            _l.c.holder == _new.excluded.holder,
            _l.c.until <= sa.bindparam("now", type_=UtcDateTime),
            _l.c.until > _new.excluded.until,  # taken by a clock that has been set back since
        ),
    ),
    "name", "holder", "until",
)  # fmt: skip
_GIVE_UP = Prepared(sa.delete(_l).where(_l.c.name == sa.bindparam("name"), _l.c.holder == sa.bindparam("holder")))


def take(db: Transaction, name: str, holder: str, now: datetime, span: timedelta) -> bool:
    """Hold a lease for `span` from now on, or go on holding it; False if somebody else holds it.

    Whoever takes it has the row to itself until the transaction ends: work done in the same transaction is never
    done twice, however the clocks of the processes differ.
    """
    return db.run(_TAKE, name=name, holder=holder, until=now + span, now=now) == 1


def give_up(db: Transaction, name: str, holder: str) -> None:
    """Let the next process begin at once."""
    db.run(_GIVE_UP, name=name, holder=holder)
