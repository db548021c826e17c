"""By when an opinion is due: working days from the start, moved off days off, extended, and standing still while 补正 is awaited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import bureau_settings, calendar
from models.affairs import Affair
from models.calendar import Calendar
from models.db import Prepared, Transaction, UtcDateTime, table
from models.zone import ZONE

CLOSES_AT = time(17, 30)
"""The end of office hours: until then on its day an opinion is in time (ours)."""
LONGEST = 250
"""Working days ahead that a due date may lie at most: about a year."""


class Asked(StrEnum):
    """What has become of an extension that was asked for."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    VOID = "void"
    """The matter has moved on, or another was asked for."""


class Extension(SQLModel, table=True):
    """More time, asked for by a reviewer, granted or refused by whoever assigned."""

    id: int = Field(default=None, primary_key=True)
    matter_id: int = Field(foreign_key="matter.id", index=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    until: date
    reason: str
    asked_by: int = Field(foreign_key="person.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Asked.ASKED
    comment: str | None = None
    """Why it was refused."""
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 0


class Suspension(SQLModel, table=True):
    """A time during which the clock stood still because material was awaited (补正)."""

    id: int = Field(default=None, primary_key=True)
    matter_id: int = Field(foreign_key="matter.id", index=True)
    wants: str
    """What is to be brought."""
    begun_by: int = Field(foreign_key="person.id")
    begun_at: datetime = Field(sa_type=UtcDateTime)
    begun_on: date
    left: int
    """Working days that were left, today's among them; 0 or less where it was overdue."""
    ended_by: int | None = Field(default=None, foreign_key="person.id")
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Due:
    """A due date as it comes out. `moved`: it fell on a day off; `provisional`: it rests on a year not announced yet."""

    day: date
    moved: bool
    provisional: bool


_s = table(Suspension)
_OPEN = Prepared(
    sa.select(_s).where(_s.c.matter_id == sa.bindparam("the_id"), _s.c.ended_at.is_(None)).order_by(_s.c.id.desc())
)


def days_of(db: Transaction, bureau: int, kind: Affair) -> int:
    """Working days that a bureau gives for an opinion of a kind."""
    return int(bureau_settings.value_of(db, bureau, f"days_{kind.key}"))


def from_start(known: Calendar, begun_on: date, days: int) -> Due:
    """The due date so many working days after a day, which does not count."""
    day = known.after(begun_on, days)
    return Due(day, False, known.provisional(begun_on, day))


def chosen(known: Calendar, day: date, today: date) -> Due:
    """A due date that somebody named, moved to the next working day where it is a day off."""
    found = known.on_or_after(day)
    return Due(found, found != day, known.provisional(today, found))


def moment(day: date) -> datetime:
    """The moment until which an opinion due on a day is in time."""
    return datetime.combine(day, CLOSES_AT, ZONE)


def halfway(known: Calendar, begun_on: date, due_on: date) -> date:
    """The working day on which half of the time is over: half of the working days, rounded down, after the start."""
    return known.after(begun_on, known.between(begun_on, due_on) // 2) if due_on > begun_on else due_on


def left(known: Calendar, today: date, due_on: date) -> int:
    """Working days left, today's among them; where it is overdue, minus those since."""
    if due_on >= today:
        return known.between(today, due_on)
    return -known.between(due_on, today) + known.works(due_on)


def resumed(known: Calendar, today: date, suspension: Any, due_on: date) -> date:
    """The due date when the clock goes on today: as many working days are left as were; what was overdue stays so."""
    if suspension.left <= 0:
        return due_on
    return known.after(today, suspension.left - 1) if suspension.left > 1 else known.on_or_after(today)


def suspension_of(db: Transaction, matter: int) -> Any | None:
    """The suspension that lasts, or None."""
    return db.one(_OPEN, the_id=matter)


def of_matter(db: Transaction, matter: Any) -> Calendar:
    """The calendar by which a matter's (a row's) days are counted."""
    return calendar.of_bureau(db, matter.bureau_id)
