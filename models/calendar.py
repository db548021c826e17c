"""Working days of the mainland, with 调休, and the hours at which people may be written to.

Of each day the bureau's own word goes first (CalendarDay), then what has been announced (models/holidays.py), then Monday to
Friday: a day of the last kind is provisional until its year is announced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

from models import holidays
from models.db import Prepared, Transaction, UtcDateTime, table
from models.zone import ZONE

EVENING, MORNING = time(21), time(8)
"""From when and until when nobody is written to (DOMAIN 6)."""
MOST_DAYS = 36_525
"""A century: nobody counts further, and nothing here takes long."""
LONGEST_BREAK = 366

_ONE = timedelta(days=1)


class CalendarDay(SQLModel, table=True):
    """A day that a bureau has arranged otherwise than the state: it works, or it is off."""

    bureau_id: int = Field(foreign_key="bureau.id", primary_key=True)
    day: date = Field(primary_key=True)
    works: bool
    note: str = ""
    """Why, in the bureau's own words."""
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


class NoWorkingDay(LookupError):
    """Not one working day in a year on end: a calendar that nobody can plan by."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a bureau as they are known now. `own`: the bureau's own days → whether they work.

    Counting raises ValueError beyond MOST_DAYS, NoWorkingDay where a year goes by without any, and OverflowError past the
    years 1 and 9999. Moments are aware; a naive one raises ValueError.
    """

    own: Mapping[date, bool] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        """Whether a day is a working day."""
        own = self.own.get(day)
        if own is not None:
            return own
        announced = holidays.works(day)
        return day.weekday() < 5 if announced is None else announced

    def announced(self, day: date) -> bool:
        """Whether that is certain: the bureau has said so, or the year has been announced."""
        return day in self.own or holidays.works(day) is not None

    def provisional(self, first: date, last: date) -> bool:
        """Whether some day of a span rests on a year that has not been announced, so that what follows may change."""
        return not all(map(self.announced, _days(first, last)))

    def between(self, first: date, last: date) -> int:
        """How many working days a span has, both ends included; 0 if it ends before it begins."""
        return sum(map(self.works, _days(first, last)))

    def after(self, day: date, n: int) -> date:
        """The n-th working day after a day, which itself does not count; the -n-th before it where n is negative.

        0: the day itself if it works, else the next working day.
        """
        if abs(n) > MOST_DAYS:
            raise ValueError(n)
        if n == 0:
            return self.on_or_after(day)
        step = _ONE if n > 0 else -_ONE
        for _ in range(abs(n)):
            day = self._nearest(day + step, step)
        return day

    def on_or_before(self, day: date) -> date:
        """The day itself if it works, else the last working day before it."""
        return self._nearest(day, -_ONE)

    def on_or_after(self, day: date) -> date:
        """The day itself if it works, else the next working day."""
        return self._nearest(day, _ONE)

    def is_quiet(self, moment: datetime, begins: time = EVENING, ends: time = MORNING) -> bool:
        """Whether nobody is written to: from `begins` until before `ends` the next morning, and on days off, in our zone."""
        here = _here(moment, begins, ends)
        return not ends <= here.time() < begins or not self.works(here.date())

    def decent(self, moment: datetime, begins: time = EVENING, ends: time = MORNING) -> datetime:
        """The first moment from `moment` on that is not quiet, in UTC."""
        if not self.is_quiet(moment, begins, ends):
            return moment.astimezone(UTC)
        here = _here(moment, begins, ends)
        day = here.date() + _ONE if here.time() >= begins else here.date()
        return datetime.combine(self.on_or_after(day), ends, ZONE).astimezone(UTC)

    def _nearest(self, day: date, step: timedelta) -> date:
        for _ in range(LONGEST_BREAK):
            if self.works(day):
                return day
            day += step
        raise NoWorkingDay(day)


def _days(first: date, last: date) -> Iterator[date]:
    count = (last - first).days + 1
    if count > MOST_DAYS:
        raise ValueError(count)
    return (first + timedelta(days=place) for place in range(count))


def _here(moment: datetime, begins: time, ends: time) -> datetime:
    if moment.utcoffset() is None or begins <= ends:
        raise ValueError(f"{moment}: no zone, or the quiet from {begins} to {ends} spans no midnight")
    return moment.astimezone(ZONE)


_c = table(CalendarDay)
_ONE_DAY = [_c.c.bureau_id == sa.bindparam("bureau"), _c.c.day == sa.bindparam("the_day")]
_OF_BUREAU = Prepared(
    sa.select(_c.c.day, _c.c.works, _c.c.note).where(_c.c.bureau_id == sa.bindparam("bureau")).order_by(_c.c.day)
)
_new = insert(_c)
# PostgreSQL's construct: its ON CONFLICT clause compiles to the same words on SQLite.
_PUT = Prepared(
    _new.on_conflict_do_update(
        index_elements=["bureau_id", "day"],
        set_={name: _new.excluded[name] for name in ("works", "note", "person_id", "at")},
    ),
    "bureau_id", "day", "works", "note", "person_id", "at",
)  # fmt: skip
_TAKE_BACK = Prepared(sa.delete(_c).where(*_ONE_DAY))


def of_bureau(db: Transaction, bureau: int) -> Calendar:
    """The calendar of a bureau, its own days as they stand now."""
    return Calendar({row.day: row.works for row in own_days(db, bureau)})


def own_days(db: Transaction, bureau: int) -> list[Any]:
    """What a bureau has arranged otherwise, in order: rows of day, works, note."""
    return db.all(_OF_BUREAU, bureau=bureau)


def change(db: Transaction, bureau: int, day: date, works: bool, note: str, person: int, now: datetime) -> None:
    """Arrange a day otherwise; where that is what has been announced anyway, nothing of the bureau's own is kept."""
    if holidays.works(day) == works:
        take_back(db, bureau, day)
    else:
        db.run(_PUT, bureau_id=bureau, day=day, works=works, note=note, person_id=person, at=now)


def take_back(db: Transaction, bureau: int, day: date) -> bool:
    """Let a day be what the state has arranged again; whether the bureau had arranged it otherwise."""
    return db.run(_TAKE_BACK, bureau=bureau, the_day=day) == 1
