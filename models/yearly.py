"""What every bureau does once a year: it reports on its rule-of-law work by 1 March, and makes that public by 1 April.

The source is indicator 58 of 闽人社函〔2022〕267号, 附件1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import campaigns
from models.campaigns import CatalogueVersion
from models.db import Prepared, Transaction, UtcDateTime, table
from models.people import Bureau

MEASURE = "report_date"
"""The measure by which the indicator with that wording is found in a campaign's catalogue."""


class Which(IntEnum):
    """报告, 公开."""

    REPORT = 1
    PUBLISH = 2


LAST_DAY: Mapping[Which, tuple[int, int]] = {Which.REPORT: (3, 1), Which.PUBLISH: (4, 1)}
"""The last day for each, as (month, day)."""


class YearlyDuty(SQLModel, table=True):
    """Something that a bureau has done in a year, and on which day."""

    bureau_id: int = Field(foreign_key="bureau.id", primary_key=True)
    year: int = Field(primary_key=True)
    which: int = Field(primary_key=True)
    done_on: date
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Duty:
    """One bureau's 报告, or 公开, of one year; all of it in one number, by which reminders and buttons name it."""

    bureau: int
    year: int
    which: Which

    @property
    def last_day(self) -> date:
        """The last day on which it is in time."""
        return date(self.year, *LAST_DAY[self.which])

    @property
    def number(self) -> int:
        """The bureau's id, four figures of the year, one of the duty: 4, 2027 and 公开 are 420272."""
        return (self.bureau * 10_000 + self.year) * 10 + self.which


def duty(number: int) -> Duty | None:
    """The duty of a number; None: it is none's."""
    rest, which = divmod(number, 10)
    bureau, year = divmod(rest, 10_000)
    return Duty(bureau, year, Which(which)) if which in tuple(Which) and date.min.year <= year else None


_y, _b = table(YearlyDuty), table(Bureau)
_DONE = Prepared(
    sa.select(_y.c.done_on).where(
        _y.c.bureau_id == sa.bindparam("bureau"),
        _y.c.year == sa.bindparam("the_year"),
        _y.c.which == sa.bindparam("one"),
    )
)
_ALL_DONE = Prepared(sa.select(_y.c.bureau_id, _y.c.year, _y.c.which).where(_y.c.year >= sa.bindparam("since")))
_BUREAUS = Prepared(sa.select(_b.c.id).order_by(_b.c.id))


def done_on(db: Transaction, duty: Duty) -> date | None:
    """The day on which a duty was done; None: it has not been."""
    row = db.one(_DONE, bureau=duty.bureau, the_year=duty.year, one=int(duty.which))
    return None if row is None else row.done_on


def open_in(db: Transaction, years: tuple[int, ...]) -> list[Duty]:
    """The duties of every bureau in some years that have not been done."""
    done = {(row.bureau_id, row.year, row.which) for row in db.all(_ALL_DONE, since=min(years))}
    every = (Duty(row.id, year, which) for row in db.all(_BUREAUS) for year in years for which in Which)
    return [one for one in every if (one.bureau, one.year, int(one.which)) not in done]


def mark(db: Transaction, duty: Duty, day: date, person: int, now: datetime) -> None:
    """A duty was done on a day; said again, that day counts."""
    values: dict[str, Any] = {"done_on": day, "person_id": person, "at": now}
    db.session.merge(YearlyDuty(bureau_id=duty.bureau, year=duty.year, which=int(duty.which), **values))


def wording(db: Transaction) -> str:
    """What the indicator says, to the letter, in the newest campaign's catalogue; empty where there is none."""
    newest = campaigns.newest(db)
    if newest is None:
        return ""
    version = db.session.get_one(CatalogueVersion, newest.catalogue_id)
    indicators = campaigns.catalogue_of(db, version.id, version.sha256).indicators
    return next((one.text for one in indicators if any(measure.key == MEASURE for measure in one.measures)), "")
