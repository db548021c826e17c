"""What the State Council has announced of festivals and 调休, a year at a time, as the library chinesecalendar knows it.

The arrangement of a year is announced in the November before; the library follows with a release. Until that is installed
nothing is known of the year here; nor is, of its last days of December, what the 元旦 to come may still move.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Festival:
    """Days off on end: what they are called (国庆节、中秋), the first and the last of them."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class _Announced:
    off: Mapping[date, str]
    """Days off, weekends among them included → the festival."""
    made_up: Set[date]
    """Saturdays and Sundays that work instead of another day."""
    years: Set[int]


@cache
def _announced() -> _Announced:
    import chinese_calendar as library  # its thousand dates take longer to make than a start should

    named = {one.value: one.chinese for one in library.Holiday}
    off = {day: named[festival] for day, festival in library.holidays.items()}
    return _Announced(off, frozenset(library.workdays), frozenset(day.year for day in off))


def works(day: date) -> bool | None:
    """Whether a day is a working day as announced; None: its year has not been announced."""
    known = _announced()
    if day.year not in known.years:
        return None
    return day in known.made_up or (day.weekday() < 5 and day not in known.off)


def festival(day: date) -> str | None:
    """The festival for which a day is off, as announced; None: there is none."""
    return _announced().off.get(day)


def festivals(first: date, last: date) -> list[Festival]:
    """The festivals of which some day lies within a span, each whole, in order."""
    off = _announced().off
    found: list[Festival] = []
    day = first
    while day <= last:
        if day in off:
            found.append(_whole(day))
            day = found[-1].last
        day += _ONE
    return found


def made_up(first: date, last: date) -> list[date]:
    """The Saturdays and Sundays within a span that work, as announced, in order."""
    return sorted(day for day in _announced().made_up if first <= day <= last)


def _whole(day: date) -> Festival:
    off = _announced().off
    first = last = day
    while first - _ONE in off:
        first -= _ONE
    while last + _ONE in off:
        last += _ONE
    names = dict.fromkeys(off[first + timedelta(days=place)] for place in range((last - first).days + 1))
    return Festival("、".join(names), first, last)
