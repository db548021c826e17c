"""补正: the time during which a matter's clock stands still because material is awaited."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Changed, Prepared, Transaction, UtcDateTime, table
from models.matters import clock
from models.matters.clock import of_matter


class Suspension(SQLModel, table=True):
    """One such time; `ended_at` None: it lasts."""

    id: int = Field(default=None, primary_key=True)
    matter_id: int = Field(foreign_key="matter.id", index=True)
    wants: str
    """What is to be brought."""
    begun_by: int = Field(foreign_key="person.id")
    begun_at: datetime = Field(sa_type=UtcDateTime)
    begun_on: date
    left: int
    """Working days that were left, that day's among them; 0 or less where it was overdue."""
    note: str | None = None
    """What was said when it was brought."""
    ended_by: int | None = Field(default=None, foreign_key="person.id")
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


_s = table(Suspension)
_LASTING = Prepared(
    sa.select(_s).where(_s.c.matter_id == sa.bindparam("the_id"), _s.c.ended_at.is_(None)).order_by(_s.c.id.desc())
)
_ALL_LASTING = Prepared(sa.select(_s).where(_s.c.ended_at.is_(None)).order_by(_s.c.id))
_OF = Prepared(sa.select(_s).where(_s.c.matter_id == sa.bindparam("the_id")).order_by(_s.c.id))
_BEGIN = Prepared(sa.insert(_s), "matter_id", "wants", "begun_by", "begun_at", "begun_on", "left")
_END = Prepared(
    sa.update(_s).where(_s.c.id == sa.bindparam("the_id"), _s.c.ended_at.is_(None)), "note", "ended_by", "ended_at"
)


def begin(db: Transaction, matter: Any, wants: str, by: int, today: date, now: datetime) -> None:
    """The clock of a matter (a row) stands still from today. Moving the matter is the caller's."""
    left = clock.left(of_matter(db, matter), today, matter.due_on)
    db.run(_BEGIN, matter_id=matter.id, wants=wants, begun_by=by, begun_at=now, begun_on=today, left=left)


def lasting(db: Transaction, matter: int) -> Any | None:
    """The one that lasts, or None."""
    return db.one(_LASTING, the_id=matter)


def all_lasting(db: Transaction) -> dict[int, Any]:
    """Those that last, by the matter."""
    return {row.matter_id: row for row in db.all(_ALL_LASTING)}


def of_matter_all(db: Transaction, matter: int) -> list[Any]:
    """Every one that a matter has had, the oldest first."""
    return db.all(_OF, the_id=matter)


def end(db: Transaction, matter: Any, by: int, today: date, now: datetime, note: str | None = None) -> date:
    """The clock goes on; the due date then, which the caller gives the matter. Where it does not stand still: as it is.

    Raises Changed: somebody has ended it meanwhile.
    """
    found = lasting(db, matter.id)
    if found is None:
        return matter.due_on  # type: ignore[no-any-return]
    if db.run(_END, the_id=found.id, note=note, ended_by=by, ended_at=now) != 1:
        raise Changed(f"suspension {found.id}")
    return clock.resumed(of_matter(db, matter), today, found.left, matter.due_on)
