"""The days on which people are reminded of a step: before it is due and when it is over, and while something waits for them.

Half time, 1 working day before, on the day, and twice when it is overdue (DOMAIN 3 and 6); all in the morning.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from models import ladder
from models.calendar import Calendar
from models.ladder import Step
from models.matters import clock
from models.zone import ZONE

AT = time(9)
WAITS = (1, 3, 5, 10, 15, 20)
"""Working days after something came to wait for somebody (ours); whoever assigns hears, too, from the day ESCALATES."""
ESCALATES = 5
USEFUL = timedelta(days=1)


class Rungs(NamedTuple):
    """A rung's step, and the deadline that it is about; None: there is none."""

    step: Step
    deadline: datetime | None


def before(known: Calendar, begun_on: date, due_on: date) -> list[Rungs]:
    """While a step may still be in time: half time, and what `close` has."""
    half = Rungs(_step(known, begun_on, clock.halfway(known, begun_on, due_on), due_on), clock.moment(due_on))
    return [half, *close(known, due_on)]


def close(known: Calendar, due_on: date) -> list[Rungs]:
    """1 working day before a step is due, and on the day itself, be it a day off by now."""
    deadline = clock.moment(due_on)
    return [Rungs(Step(_morning(day), deadline, True, False), deadline) for day in (known.after(due_on, -1), due_on)]


def overdue(known: Calendar, due_on: date) -> list[Rungs]:
    """When a step is overdue: twice, on the next working days."""
    return [Rungs(step, clock.moment(due_on)) for step in ladder.after(AT, due_on, known)]


def waiting(known: Calendar, since: date, days: Iterable[int] = WAITS) -> list[Rungs]:
    """So many working days after something came to wait for somebody."""
    found = []
    for count in days:
        day = known.after(since, count)
        moment = _morning(day)
        found.append(Rungs(Step(moment, moment + USEFUL, False, known.provisional(since, day)), None))
    return found


def merged(rungs: Iterable[Rungs]) -> list[Rungs]:
    """In order, those of the same moment being one: urgent if any is, and of use as long as any is."""
    found: dict[datetime, Rungs] = {}
    for step, deadline in rungs:
        other = found.get(step.due_at)
        if other is not None:
            urgent, guessed = step.urgent or other.step.urgent, step.provisional or other.step.provisional
            step = Step(step.due_at, max(step.until, other.step.until), urgent, guessed)
        found[step.due_at] = Rungs(step, deadline or (other.deadline if other is not None else None))
    return [found[moment] for moment in sorted(found)]


def _step(known: Calendar, begun_on: date, day: date, due_on: date) -> Step:
    return Step(_morning(day), clock.moment(due_on), False, known.provisional(begun_on, due_on))


def _morning(day: date) -> datetime:
    return datetime.combine(day, AT, ZONE)
