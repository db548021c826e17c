"""活动记录 of a 普法释法宣传 matter, and what is noted of a case in court: 出庭应诉, 庭审观摩 (闵人社发〔2023〕31号 四(三)、(七))."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import albums, people
from models.db import Prepared, Transaction, UtcDateTime, table
from models.matters import assignments, files
from models.matters.files import Kind
from models.people import Person, Unit
from models.zone import ZONE


class ActivityRecord(SQLModel, table=True):
    """What was done, as one of those who were asked has put it down: one of a matter, for ever."""

    id: int = Field(default=None, primary_key=True)
    matter_id: int = Field(foreign_key="matter.id", unique=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    kind: str
    """As the notice words it."""
    held_on: date
    place: str
    content: str
    audience: int
    """How many people it reached."""
    by_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


class CourtNote(SQLModel, table=True):
    """Somebody went to court about a case: to answer for it (出庭应诉), or to learn (庭审观摩)."""

    id: int = Field(default=None, primary_key=True)
    matter_id: int = Field(foreign_key="matter.id", index=True)
    kind: str
    """As the notice words it."""
    held_on: date
    court: str
    attended: list[int] = Field(sa_type=sa.JSON)
    """Who went, by their ids."""
    note: str = ""
    by_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Activity:
    """All that the document of an activity holds. `pictures`: (sha256, mime, name) of each, in order."""

    matter: Any
    bureau: str
    unit: str
    kind: str
    held_on: date
    place: str
    content: str
    audience: int
    pictures: tuple[tuple[str, str, str], ...]
    recorder: str
    recorded_on: date


@dataclass(frozen=True, slots=True)
class Visit:
    """A note of a case in court, with names. `row`: the note."""

    row: Any
    attended: tuple[str, ...]
    by: str


_r, _n, _p = table(ActivityRecord), table(CourtNote), table(Person)
_MATTER: sa.BindParameter[int] = sa.bindparam("the_matter")
_RECORD = Prepared(sa.select(_r, _p.c.name).join(_p, _p.c.id == _r.c.by_id).where(_r.c.matter_id == _MATTER))
_NOTES = Prepared(
    sa.select(_n, _p.c.name)
    .join(_p, _p.c.id == _n.c.by_id)
    .where(_n.c.matter_id == _MATTER)
    .order_by(_n.c.held_on, _n.c.id)
)


def put(
    db: Transaction, assignment: Any, *, kind: str, held_on: date, place: str, content: str, audience: int, by: int, now: datetime,
) -> int:  # fmt: skip
    """Keep what was done about the matter of an assignment (a row); the record's id. There is none yet: the caller knows."""
    record = ActivityRecord(
        matter_id=assignment.matter_id, assignment_id=assignment.id, kind=kind, held_on=held_on, place=place, content=content,
        audience=audience, by_id=by, at=now,
    )  # fmt: skip
    db.session.add(record)
    db.session.flush()
    return record.id


def of_matter(db: Transaction, matter: int) -> Any | None:
    """The record of a matter, with the name of whoever wrote it; None: there is none yet."""
    return db.one(_RECORD, the_matter=matter)


def sheet(db: Transaction, matter: Any) -> Activity | None:
    """The record of a matter (a row) as its document shows it; None: there is none yet."""
    found = of_matter(db, matter.id)
    if found is None:
        return None
    return Activity(
        matter, people.bureau_of(db, matter.bureau_id).name, db.session.get_one(Unit, matter.unit_id).name, found.kind,
        found.held_on, found.place, found.content, found.audience,
        tuple(_pictures(db, matter.id, found.id)), found.name, found.at.astimezone(ZONE).date(),
    )  # fmt: skip


def _pictures(db: Transaction, matter: int, record: int) -> Iterator[tuple[str, str, str]]:
    for piece in files.of_matter(db, matter, Kind.RECORD, subject=record):
        for one in albums.files_of(db, piece.id) if piece.files else [piece]:
            if one.sha256 and (one.mime or "").startswith("image/"):
                yield one.sha256, one.mime, one.name


def note(
    db: Transaction, matter: int, *, kind: str, held_on: date, court: str, attended: list[int], text: str, by: int, now: datetime,
) -> int:  # fmt: skip
    """Note that somebody went to court about a case; the note's id."""
    made = CourtNote(
        matter_id=matter, kind=kind, held_on=held_on, court=court, attended=attended, note=text, by_id=by, at=now
    )
    db.session.add(made)
    db.session.flush()
    return made.id


def visits(db: Transaction, matter: int) -> list[Visit]:
    """What is noted of a case in court, in the order of the days."""
    return [
        Visit(row, tuple(people.name_of(db, one) for one in row.attended), row.name)
        for row in db.all(_NOTES, the_matter=matter)
    ]


def who_may_have_gone(db: Transaction, matter: Any) -> list[Any]:
    """Whoever reviews a matter, or has done so: rows of person_id, name and unit, each person once."""
    return list({one.person_id: one for one in assignments.of_matter(db, matter.id)}.values())
