"""The hours at which people may be written to, whatever zone a moment or the machine is in."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar import Calendar
from tests.test_calendar import CALENDARS, ONE, STATE
from tests.test_rules import ROOT

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(2019, 1, 1), datetime(2031, 12, 1), timezones=ZONES)  # noqa: DTZ001


def here(*when: int) -> datetime:
    return datetime(*when, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]


FRIDAY, SATURDAY, MONDAY = (2026, 8, 21), (2026, 8, 22), (2026, 8, 24)


@pytest.mark.parametrize(
    ("moment", "decent"),
    [
        (here(*FRIDAY, 7, 59, 59), here(*FRIDAY, 8)),
        (here(*FRIDAY, 8), here(*FRIDAY, 8)),
        (here(*FRIDAY, 20, 59, 59), here(*FRIDAY, 20, 59, 59)),
        (here(*FRIDAY, 21), here(*MONDAY, 8)),
        (here(*SATURDAY, 0), here(*MONDAY, 8)),
        (here(*SATURDAY, 12), here(*MONDAY, 8)),
        (here(*SATURDAY, 23, 59), here(*MONDAY, 8)),
        (here(2026, 8, 23, 22), here(*MONDAY, 8)),
        (here(2026, 9, 19, 22), here(2026, 9, 20, 8)),  # a Sunday that works
        (here(2026, 9, 30, 21), here(2026, 10, 8, 8)),
        (here(2026, 2, 14, 22), here(2026, 2, 24, 8)),
        (here(2028, 2, 28, 21), here(2028, 2, 29, 8)),
        (here(2026, 12, 31, 21), here(2027, 1, 1, 8)),  # provisional: nobody has announced 2027
    ],
)
def test_the_first_decent_moment(moment: datetime, decent: datetime) -> None:
    assert STATE.decent(moment) == decent
    assert STATE.decent(moment).tzinfo is UTC
    assert STATE.is_quiet(moment) == (moment != decent)


def test_quiet_hours_are_what_a_bureau_sets() -> None:
    moment = here(*FRIDAY, 18, 30)
    assert not STATE.is_quiet(moment)
    assert STATE.is_quiet(moment, time(18), time(9, 30))
    assert STATE.decent(moment, time(18), time(9, 30)) == here(*MONDAY, 9, 30)
    assert Calendar({date(*SATURDAY): True}).decent(here(*FRIDAY, 21)) == here(*SATURDAY, 8)
    with pytest.raises(ValueError, match="midnight"):
        STATE.is_quiet(moment, time(8), time(21))


@given(CALENDARS, MOMENTS)
def test_decent_is_the_first_moment_that_is_not_quiet(known: Calendar, moment: datetime) -> None:
    decent = known.decent(moment)
    assert decent >= moment
    assert not known.is_quiet(decent)
    if decent > moment:
        assert known.is_quiet(moment)
        assert known.is_quiet(decent - timedelta(microseconds=1))
        assert decent.astimezone(SHANGHAI).time() == time(8)
        assert known.between(moment.astimezone(SHANGHAI).date() + ONE, decent.astimezone(SHANGHAI).date() - ONE) == 0


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 8, 21, 9)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no zone"):
        STATE.is_quiet(naive)
    with pytest.raises(ValueError, match="no zone"):
        STATE.decent(naive)


HOST = """
from datetime import UTC, datetime, timedelta
from bot.clock import day_of
from models.calendar import Calendar
start = datetime(2026, 2, 10, tzinfo=UTC)
for hours in range(0, 24 * 21):
    moment = start + timedelta(hours=hours)
    print(day_of(moment), Calendar().is_quiet(moment), Calendar().decent(moment))
"""


def test_the_zone_of_the_machine_changes_nothing() -> None:
    told = {
        zone: subprocess.run(
            [sys.executable, "-c", HOST], cwd=ROOT, env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True
        ).stdout
        for zone in ("UTC", "America/New_York", "Asia/Shanghai")
    }  # fmt: skip
    assert len(told["UTC"].splitlines()) == 504
    assert told["UTC"] == told["America/New_York"] == told["Asia/Shanghai"]
