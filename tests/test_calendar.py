"""Working days with 调休, and a bureau's own days: against the library, the official notices and simple counting."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import calendar, holidays
from models.calendar import MOST_DAYS, Calendar, NoWorkingDay
from models.database import open_database
from models.db import Database
from tests import postgres
from tests.test_rules import ROOT
from tests.world import BEGINNING, World, text_of

ONE = timedelta(days=1)
STATE = Calendar()
OFFICER, COLLEAGUE = "法制科科长", "法制科经办"
CITY, COUNTY = "东江市人社局", "示范区人社局"

DAYS = st.dates(date(2019, 1, 1), date(2031, 12, 31))
OWN = st.dictionaries(DAYS, st.booleans(), max_size=30)
CALENDARS = OWN.map(Calendar)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def test_every_day_that_the_library_knows_is_as_it_says() -> None:
    for day in days(date(2004, 1, 1), date(2026, 12, 31)):
        assert STATE.works(day) == chinese_calendar.is_workday(day), day
        assert STATE.announced(day)


SPRING_FESTIVALS = {
    2024: (date(2024, 2, 10), date(2024, 2, 17), [date(2024, 2, 4), date(2024, 2, 18)]),
    2025: (date(2025, 1, 28), date(2025, 2, 4), [date(2025, 1, 26), date(2025, 2, 8)]),
    2026: (date(2026, 2, 15), date(2026, 2, 23), [date(2026, 2, 14), date(2026, 2, 28)]),
}
"""As the notices of the State Council have them: off from, to, and the days at weekends that work instead."""


@pytest.mark.parametrize("year", SPRING_FESTIVALS)
def test_the_weeks_around_the_spring_festival(year: int) -> None:
    first, last, made_up = SPRING_FESTIVALS[year]
    for day in days(first - 14 * ONE, last + 14 * ONE):
        off = first <= day <= last or (day.weekday() > 4 and day not in made_up)
        assert STATE.works(day) != off, day
    assert holidays.festivals(first + ONE, first + ONE) == [holidays.Festival("春节", first, last)]
    assert holidays.made_up(first - 14 * ONE, last + 14 * ONE) == made_up
    assert STATE.after(first - ONE, 1) == STATE.on_or_after(first) == last + ONE
    assert STATE.after(last, -1) == STATE.on_or_before(last) == first - ONE


def test_a_festival_is_shown_whole_and_two_on_end_as_one() -> None:
    national, both = holidays.festivals(date(2026, 10, 3), date(2026, 10, 3)), date(2025, 10, 1)
    assert national == [holidays.Festival("国庆节", date(2026, 10, 1), date(2026, 10, 7))]
    assert [(one.first, one.last) for one in holidays.festivals(both, both)] == [(both, date(2025, 10, 8))]
    assert set(holidays.festivals(both, both)[0].name.split("、")) == {"国庆节", "中秋"}
    assert holidays.festivals(date(2026, 10, 8), date(2027, 3, 1)) == []


def test_years_that_have_not_been_announced_are_monday_to_friday_and_provisional() -> None:
    for day in days(date(2027, 1, 1), date(2030, 12, 31)):
        assert STATE.works(day) == (day.weekday() < 5)
        assert not STATE.announced(day)
    assert holidays.festival(date(2027, 10, 1)) is None
    assert not STATE.provisional(date(2026, 1, 1), date(2026, 12, 31))
    assert STATE.provisional(date(2026, 12, 31), date(2027, 1, 1))
    assert STATE.after(date(2026, 12, 31), 1) == date(2027, 1, 1)
    assert STATE.works(date(1999, 1, 4))
    assert not STATE.announced(date(1999, 1, 4))


def test_a_year_is_recomputed_once_it_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer release of the library is all it takes; the bureau's own word still goes first."""
    known = chinese_calendar.holidays | dict.fromkeys(days(date(2027, 10, 1), date(2027, 10, 7)), "National Day")
    monkeypatch.setattr(chinese_calendar, "holidays", known)
    monkeypatch.setattr(chinese_calendar, "workdays", chinese_calendar.workdays | {date(2027, 10, 9): "National Day"})
    holidays._announced.cache_clear()
    try:
        assert not STATE.provisional(date(2027, 1, 1), date(2027, 12, 31))
        assert STATE.after(date(2027, 9, 30), 1) == date(2027, 10, 8)
        assert STATE.works(date(2027, 10, 9))
        assert Calendar({date(2027, 10, 7): True}).after(date(2027, 9, 30), 1) == date(2027, 10, 7)
    finally:
        monkeypatch.undo()
        holidays._announced.cache_clear()


def test_29_february_and_9_september_2028() -> None:
    assert STATE.after(date(2024, 2, 28), 1) == date(2024, 2, 29)
    assert STATE.after(date(2024, 3, 1), -1) == date(2024, 2, 29)
    assert STATE.between(date(2024, 2, 1), date(2024, 2, 29)) == 18
    assert STATE.works(date(2028, 2, 29))
    saturday = date(2028, 9, 9)
    assert saturday.weekday() == 5
    assert STATE.on_or_before(saturday) == date(2028, 9, 8)
    assert STATE.on_or_after(saturday) == date(2028, 9, 11)
    assert STATE.provisional(saturday, saturday)


def test_a_bureaus_own_days_go_first() -> None:
    monday, saturday, ahead = date(2026, 9, 7), date(2026, 9, 12), date(2027, 10, 1)
    own = Calendar({monday: False, saturday: True, ahead: False})
    assert (own.works(monday), own.works(saturday), own.works(ahead)) == (False, True, False)
    assert own.after(date(2026, 9, 4), 1) == date(2026, 9, 8)
    assert own.announced(ahead)
    assert not own.provisional(ahead, ahead)
    assert own.provisional(ahead, ahead + ONE)


@given(CALENDARS, DAYS, st.integers(-300, 300))
def test_counting_there_and_back(known: Calendar, day: date, n: int) -> None:
    there = known.after(day, n)
    assert known.works(there)
    start = known.on_or_before(day) if n > 0 else known.on_or_after(day)
    assert known.after(there, -n) == start
    if n > 0:
        assert known.between(day + ONE, there) == n
    elif n < 0:
        assert known.between(there, day - ONE) == -n
    else:
        assert there == known.on_or_after(day)


@given(CALENDARS, DAYS, st.integers(-100, 100), st.integers(-100, 100))
def test_two_steps_are_one(known: Calendar, day: date, n: int, m: int) -> None:
    start = known.on_or_after(day)
    assert known.after(known.after(start, n), m) == known.after(start, n + m)


@given(CALENDARS, DAYS)
def test_the_nearest_working_day(known: Calendar, day: date) -> None:
    before, after = known.on_or_before(day), known.on_or_after(day)
    assert before <= day <= after
    assert known.between(before, after) == (1 if known.works(day) else 2)


@given(CALENDARS, DAYS, DAYS)
def test_a_span_is_what_its_days_are(known: Calendar, first: date, last: date) -> None:
    listed = days(first, last)
    assert known.between(first, last) == sum(known.works(day) for day in listed)
    assert known.provisional(first, last) == any(day.year > 2026 and day not in known.own for day in listed)


def test_nothing_takes_long() -> None:
    far = date(9000, 1, 1)
    assert STATE.after(far, 250).year == 9000
    with pytest.raises(ValueError, match=str(MOST_DAYS + 1)):
        STATE.after(date(2026, 1, 1), MOST_DAYS + 1)
    with pytest.raises(ValueError, match="2"):
        STATE.between(date.min, date.max)
    with pytest.raises(OverflowError):
        STATE.after(date.max, 1)
    never = Calendar(dict.fromkeys(days(date(2026, 1, 1), date(2027, 6, 1)), False))
    with pytest.raises(NoWorkingDay):
        never.on_or_after(date(2026, 1, 10))
    with pytest.raises(NoWorkingDay):
        never.on_or_before(date(2027, 5, 10))
    with pytest.raises(NoWorkingDay):
        never.decent(datetime(2026, 1, 10, tzinfo=UTC))


def test_a_start_does_not_wait_for_the_library() -> None:
    code = "import sys, models.schema, handlers.calendar; assert 'chinese_calendar' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


# What a bureau arranges for itself.


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, world: World) -> Iterator[Database]:
    """The demo bureaus, on either database."""
    if request.param == "sqlite":
        yield world.database
    else:
        folder = request.getfixturevalue("postgres_server")
        database = open_database(postgres.fresh_copy(folder, "calendar"))
        yield database
        database.close()


def test_what_is_kept_of_a_bureau(database: Database, world: World) -> None:
    here, below = (world.rows("SELECT id FROM bureau WHERE name = ?", name)[0][0] for name in (CITY, COUNTY))
    person, day, holiday, ahead = world.person(OFFICER), date(2026, 9, 8), date(2026, 10, 1), date(2027, 3, 1)

    def arrange(day: date, works: bool, note: str = "") -> Future[None]:
        return database.write(lambda db: calendar.change(db, here, day, works, note, person, BEGINNING))

    def kept() -> list[tuple[date, bool, str]]:
        return [(row.day, row.works, row.note) for row in database.read(lambda db: calendar.own_days(db, here))]

    for one in [arrange(day, False, "县庆日"), arrange(holiday, True), arrange(holiday, True), arrange(ahead, True)]:
        one.result()  # 2027 has not been announced: the bureau's word counts, though it says nothing new
    arrange(holiday, True, "值守").result()
    assert kept() == [(day, False, "县庆日"), (holiday, True, "值守"), (ahead, True, "")]
    own = {day: False, holiday: True, ahead: True}
    assert database.read(lambda db: calendar.of_bureau(db, here)) == Calendar(own)
    assert database.read(lambda db: calendar.of_bureau(db, below)) == Calendar()
    arrange(day, True).result()
    assert kept()[0][0] == holiday, "what is announced anyway is nothing of the bureau's own"
    assert database.write(lambda db: calendar.take_back(db, here, holiday)).result()
    assert not database.write(lambda db: calendar.take_back(db, here, holiday)).result()


def test_two_who_change_one_day(world: World) -> None:
    """The later one is told that it is so already, and nothing is noted twice."""
    one, other = world.phone(OFFICER), world.phone(COLLEAGUE)
    for phone in (one, other):
        for said in ("放假安排", "改某一天", "9月8日", "放假"):
            phone.say(said)
    one.say("县庆日")
    assert text_of(other.say("庆祝活动")).startswith("已经是放假，没有改动。")
    assert world.rows("SELECT note FROM calendarday") == [("县庆日",)]
    assert world.rows("SELECT count(*) FROM auditentry WHERE what = 'calendar.change'") == [(1,)]


def test_a_day_that_has_passed_meanwhile_is_asked_again(world: World) -> None:
    phone = world.phone(OFFICER)
    for said in ("放假安排", "改某一天", "明天", "放假"):
        phone.say(said)
    world.clock.pass_(days=2)
    assert text_of(phone.say("县庆日")).startswith("8月20日（周四）已经过去，不能再改。\n要改哪一天？")
    assert world.rows("SELECT count(*) FROM calendarday") == [(0,)]
