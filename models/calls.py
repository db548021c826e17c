"""电话催办: when the legal section has telephoned somebody who still owes part of a self-assessment."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table


class Call(SQLModel, table=True):
    """One call; the latest to somebody counts."""

    __table_args__ = (sa.Index("call_made", "assessment_id", "person_id"),)

    id: int = Field(default=None, primary_key=True)
    assessment_id: int = Field(foreign_key="selfassessment.id")
    person_id: int = Field(foreign_key="person.id")
    by_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


_c = table(Call)
_NOTE = Prepared(sa.insert(_c), "assessment_id", "person_id", "by_id", "at")
_LATEST = Prepared(
    sa.select(_c.c.person_id, sa.func.count().label("made"), sa.func.max(_c.c.at).label("at"))
    .where(_c.c.assessment_id == sa.bindparam("assessment"))
    .group_by(_c.c.person_id)
)


def note(db: Transaction, assessment: int, person: int, by: int, now: datetime) -> None:
    """Somebody has been telephoned about a self-assessment."""
    db.run(_NOTE, assessment_id=assessment, person_id=person, by_id=by, at=now)


def latest(db: Transaction, assessment: int) -> dict[int, tuple[int, datetime]]:
    """Whoever has been telephoned about a self-assessment → how many times, and when last."""
    return {row.person_id: (row.made, row.at) for row in db.all(_LATEST, assessment=assessment)}
