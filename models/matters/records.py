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
from models.matters.names import Names
from models.people import Person
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
    """Somebody went to court about a case: to answer for it (出庭应诉), or to learn (庭审观摩).

    A note is never changed: a correction is another one, which `replaces` it; one with the kind GONE takes it back.
    """

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
    replaces: int | None = Field(default=None, foreign_key="courtnote.id", unique=True)


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


GONE = ""
_r, _n, _p = table(ActivityRecord), table(CourtNote), table(Person)
_later = _n.alias("later")
_MATTER: sa.BindParameter[int] = sa.bindparam("the_matter")
_RECORD = Prepared(sa.select(_r, _p.c.name).join(_p, _p.c.id == _r.c.by_id).where(_r.c.matter_id == _MATTER))
_STANDING = (
    sa.select(_n, _p.c.name)
    .join(_p, _p.c.id == _n.c.by_id)
    .where(_n.c.kind != GONE, ~sa.exists().where(_later.c.replaces == _n.c.id))
)
_NOTES = Prepared(_STANDING.where(_n.c.matter_id == _MATTER).order_by(_n.c.held_on, _n.c.id))
_NOTE = Prepared(_STANDING.where(_n.c.id == sa.bindparam("the_id")))
_ANY = Prepared(sa.select(_n).where(_n.c.id == sa.bindparam("the_id")))


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


def sheet(db: Transaction, matter: Any, named: Names) -> Activity | None:
    """The record of a matter (a row) as its document shows it; None: there is none yet. `named`: the names in it."""
    found = of_matter(db, matter.id)
    if found is None:
        return None
    return Activity(
        matter, named.bureau, named.unit, found.kind, found.held_on, found.place, found.content,
        found.audience, tuple(_pictures(db, matter.id, found.id)), named.parts[found.assignment_id][0],
        found.at.astimezone(ZONE).date(),
    )  # fmt: skip


def _pictures(db: Transaction, matter: int, record: int) -> Iterator[tuple[str, str, str]]:
    for piece in files.of_matter(db, matter, Kind.RECORD, subject=record):
        for one in albums.files_of(db, piece.id) if piece.files else [piece]:
            if one.sha256 and (one.mime or "").startswith("image/"):
                yield one.sha256, one.mime, one.name


def note(
    db: Transaction, matter: int, *, kind: str, held_on: date, court: str, attended: list[int], text: str, by: int, now: datetime,
    replaces: int | None = None,
) -> int:  # fmt: skip
    """Note that somebody went to court about a case; the note's id. `replaces`: the note that it corrects."""
    made = CourtNote(
        matter_id=matter, kind=kind, held_on=held_on, court=court, attended=attended, note=text, by_id=by, at=now,
        replaces=replaces,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made.id


def take_back(db: Transaction, wrong: Any, by: int, now: datetime) -> int:
    """A note (a row) was wrong altogether, and stands no more; the id of what says so."""
    return note(
        db, wrong.matter_id, kind=GONE, held_on=wrong.held_on, court=wrong.court, attended=wrong.attended, text=wrong.note,
        by=by, now=now, replaces=wrong.id,
    )  # fmt: skip


def visits(db: Transaction, matter: int) -> list[Visit]:
    """What is noted of a case in court and stands, in the order of the days."""
    return [_visit(db, row) for row in db.all(_NOTES, the_matter=matter)]


def visit(db: Transaction, the_id: int) -> Visit | None:
    """One of them; None: it is none, or has been corrected."""
    row = db.one(_NOTE, the_id=the_id)
    return None if row is None else _visit(db, row)


def note_by_id(db: Transaction, the_id: int) -> Any | None:
    """A note (a row), whether it stands or has been corrected; None: there is none."""
    return db.one(_ANY, the_id=the_id)


def _visit(db: Transaction, row: Any) -> Visit:
    return Visit(row, tuple(people.name_of(db, one) for one in row.attended), row.name)


def who_may_have_gone(db: Transaction, matter: Any) -> list[Any]:
    """Whoever reviews a matter, or has done so: rows of person_id, name and unit, each person once."""
    return list({one.person_id: one for one in assignments.of_matter(db, matter.id)}.values())
