"""The days on which people are reminded of a deadline: before it, and twice when it is over.

A rung on a day off goes out on the working day before, at its own time of day, and is one with whatever falls on the same
moment; those of the deadline's own day stay, because its last 24 hours are not quiet. The deadline itself never moves.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from models.calendar import Calendar
from models.campaign_files import Rung
from models.zone import ZONE

URGENT_FROM = -1
"""Days from the deadline's own: its last two days are urgent."""
OVERDUE = 2
"""Messages of its own that what is overdue gets."""


class Step(NamedTuple):
    """One reminder. `provisional`: its day rests on a year whose holidays have not been announced."""

    due_at: datetime
    until: datetime
    urgent: bool
    provisional: bool


def before(rungs: Iterable[Rung], day: date, until: datetime, calendar: Calendar) -> list[Step]:
    """The reminders before a deadline on a day, in order; they are of use until a moment."""
    steps: dict[datetime, Step] = {}
    for rung in rungs:
        wanted = day + timedelta(days=rung.days)
        goes_out = calendar.on_or_before(wanted) if rung.days else wanted
        moment = datetime.combine(goes_out, rung.at, ZONE)
        merged = steps.get(moment)
        urgent, guessed = rung.days >= URGENT_FROM, bool(rung.days) and calendar.provisional(goes_out, wanted)
        if merged is not None:
            urgent, guessed = urgent or merged.urgent, guessed or merged.provisional
        steps[moment] = Step(moment, until, urgent, guessed)
    return [steps[moment] for moment in sorted(steps)]


def after(at: time, day: date, calendar: Calendar) -> list[Step]:
    """The reminders of what was due on a day and is not done: on the next working days, of use for a day longer."""
    days = [calendar.after(day, count) for count in range(1, OVERDUE + 2)]
    until = datetime.combine(days[OVERDUE], at, ZONE)
    guessed = calendar.provisional(day + timedelta(days=1), days[OVERDUE])
    return [Step(datetime.combine(one, at, ZONE), until, True, guessed) for one in days[:OVERDUE]]
