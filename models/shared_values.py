"""Values that all processes of an installation share, such as a platform's access token, each good until a moment."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table


class SharedValue(SQLModel, table=True):
    """One value, by its name."""

    name: str = Field(primary_key=True)
    value: str
    until: datetime = Field(sa_type=UtcDateTime)


_v = table(SharedValue)
_new = insert(_v)
# PostgreSQL's construct: its ON CONFLICT clause compiles to the same words on SQLite.
_KEEP = Prepared(
    _new.on_conflict_do_update(
        index_elements=["name"], set_={"value": _new.excluded.value, "until": _new.excluded.until}
    ),
    "name", "value", "until",
)  # fmt: skip
_READ = Prepared(
    sa.select(_v.c.value, _v.c.until).where(
        _v.c.name == sa.bindparam("name"), _v.c.until > sa.bindparam("now", type_=UtcDateTime)
    )
)


def keep(db: Transaction, name: str, value: str, until: datetime) -> None:
    """Keep a value until a moment, in place of the one before."""
    db.run(_KEEP, name=name, value=value, until=until)


def read(db: Transaction, name: str, now: datetime) -> tuple[str, datetime] | None:
    """A value, and until when it is good; None: there is none, or none any more."""
    row = db.one(_READ, name=name, now=now)
    return None if row is None else (row.value, row.until)
