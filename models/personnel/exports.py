"""备案汇总表 as it is asked for: whoever asked can download it for a day. It is made anew each time, and itself kept nowhere."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table

LASTS = timedelta(days=1)


class RosterExport(SQLModel, table=True):
    """A bureau's table for a day, as somebody asked for it."""

    id: int = Field(default=None, primary_key=True)
    bureau_id: int = Field(foreign_key="bureau.id")
    day: date
    person_id: int = Field(foreign_key="person.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)


_x = table(RosterExport)
_ASK = Prepared(sa.insert(_x).returning(_x.c.id), "bureau_id", "day", "person_id", "at")
_ASKED = Prepared(
    sa.select(_x.c.bureau_id, _x.c.day).where(
        _x.c.id == sa.bindparam("the_id"), _x.c.person_id == sa.bindparam("person"),
        _x.c.at > sa.bindparam("since", type_=UtcDateTime),
    )
)  # fmt: skip


def ask(db: Transaction, bureau: int, day: date, person: int, now: datetime) -> int:
    """Note that somebody asks for a bureau's table; the id under which it can be downloaded."""
    row = db.one(_ASK, bureau_id=bureau, day=day, person_id=person, at=now)
    assert row is not None
    return int(row.id)


def asked(db: Transaction, the_id: int, person: int, now: datetime) -> Any | None:
    """Which table (bureau_id, day) can be downloaded under an id by whoever asked; None: none, or none any more."""
    return db.one(_ASKED, the_id=the_id, person=person, since=now - LASTS)
