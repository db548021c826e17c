"""Numbers of a bureau and a year, without gaps or repeats: taken in the transaction that uses them, given back if it fails."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, table


class Series(StrEnum):
    """What is numbered: 审核任务 as they are opened, documents as they are accepted."""

    TASK = "task"
    DOCUMENT = "document"


class MatterCounter(SQLModel, table=True):
    """The last number taken."""

    bureau_id: int = Field(foreign_key="bureau.id", primary_key=True)
    year: int = Field(primary_key=True)
    series: str = Field(primary_key=True)
    last: int


_c = table(MatterCounter)
_new = insert(_c)
# PostgreSQL's construct: its ON CONFLICT clause compiles to the same words on SQLite. The row stays held until the commit.
_TAKE = Prepared(
    _new.on_conflict_do_update(
        index_elements=["bureau_id", "year", "series"], set_={"last": _c.c.last + 1}
    ).returning(_c.c.last),
    "bureau_id", "year", "series", "last",
)  # fmt: skip


def take(db: Transaction, bureau: int, year: int, series: Series) -> tuple[int, int]:
    """The next number: the year, and the number in it from 1."""
    row = db.one(_TAKE, bureau_id=bureau, year=year, series=series.value, last=1)
    assert row is not None
    return year, int(row.last)
