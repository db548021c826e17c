"""By when an opinion is due: working days from the start, moved off days off; and what standing still does to that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from models import bureau_settings, calendar
from models.affairs import Affair
from models.calendar import Calendar
from models.db import Transaction
from models.zone import ZONE

CLOSES_AT = time(17, 30)
"""The end of office hours: until then on its day an opinion is in time (ours)."""
LONGEST = 250
"""Working days ahead that a due date may lie at most: about a year."""


@dataclass(frozen=True, slots=True)
class Due:
    """A due date as it comes out. `moved`: it fell on a day off; `provisional`: it rests on a year not announced yet."""

    day: date
    moved: bool
    provisional: bool


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
    """The working day in which half of the working days between the start, which does not count, and the due date are over."""
    days = known.between(begun_on, due_on) - known.works(begun_on)
    return known.after(begun_on, (days + 1) // 2) if days > 0 else due_on


def left(known: Calendar, today: date, due_on: date) -> int:
    """Working days left, today's among them; where it is overdue, minus those since."""
    if due_on >= today:
        return known.between(today, due_on)
    return -known.between(due_on, today) + known.works(due_on)


def resumed(known: Calendar, today: date, left: int, due_on: date) -> date:
    """The due date when the clock goes on today, so many working days having been `left`; what was overdue stays so."""
    return known.after(known.on_or_after(today), left - 1) if left > 0 else due_on


def of_matter(db: Transaction, matter: Any) -> Calendar:
    """The calendar by which a matter's (a row's) days are counted."""
    return calendar.of_bureau(db, matter.bureau_id)
