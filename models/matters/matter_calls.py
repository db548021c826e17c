"""审核催办: when the legal section has telephoned a reviewer about what is overdue."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table
from models.matters.assignments import Assignment
from models.matters.matters import Matter


class MatterCall(SQLModel, table=True):
    """One call, about one assignment of whoever was telephoned; the latest counts."""

    __table_args__ = (sa.Index("matter_call_of", "assignment_id"),)

    id: int = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    by_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


_c, _a, _m = table(MatterCall), table(Assignment), table(Matter)
_NOTE = Prepared(sa.insert(_c), "assignment_id", "by_id", "at")
_LATEST = Prepared(
    sa.select(_a.c.id, sa.func.count().label("made"), sa.type_coerce(sa.func.max(_c.c.at), UtcDateTime).label("at"))
    .select_from(_c)
    .join(_a, _a.c.id == _c.c.assignment_id)
    .join(_m, _m.c.id == _a.c.matter_id)
    .where(_m.c.bureau_id == sa.bindparam("bureau"))
    .group_by(_a.c.id)
)


def note(db: Transaction, assignment: int, by: int, now: datetime) -> None:
    """A reviewer has been telephoned about an assignment."""
    db.run(_NOTE, assignment_id=assignment, by_id=by, at=now)


def latest(db: Transaction, bureau: int) -> dict[int, tuple[int, datetime]]:
    """The assignments in a bureau about which somebody was telephoned → how many times, and when last."""
    return {row.id: (row.made, row.at) for row in db.all(_LATEST, bureau=bureau)}
