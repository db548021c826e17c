"""Due dates of 审核事项, and the days on which people are reminded, against counting day by day: any calendar, any dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.calendar import Calendar
from models.matters import clock, timeline
from models.matters.timeline import Rungs
from models.zone import ZONE

ONE = timedelta(days=1)
FIRST, LAST = date(2025, 11, 1), date(2027, 3, 31)
DAYS = st.dates(FIRST, LAST)
CALENDARS = st.dictionaries(DAYS, st.booleans(), max_size=40).map(Calendar)
"""The state's calendar with what a bureau has arranged otherwise: days off that work, working days that are off."""
COUNTS = st.integers(1, 60)


def days_from(day: date) -> Iterator[date]:
    while True:
        day += ONE
        yield day


def counted(known: Calendar, day: date, count: int) -> date:
    """The day reached by counting working days one by one, the first not counting."""
    for one in days_from(day):
        count -= known.works(one)
        if not count:
            return one
    raise AssertionError


def working(known: Calendar, first: date, last: date) -> list[date]:
    found, day = [], first
    while day <= last:
        found += [day] if known.works(day) else []
        day += ONE
    return found


@given(known=CALENDARS, begun=DAYS, count=COUNTS)
def test_due_so_many_working_days_after_the_start(known: Calendar, begun: date, count: int) -> None:
    due = clock.from_start(known, begun, count)
    assert due.day == counted(known, begun, count)
    assert known.works(due.day)
    assert not due.moved


@given(known=CALENDARS, today=DAYS, ahead=st.integers(0, 200))
def test_a_day_off_is_moved_to_the_next_working_day_and_only_that(known: Calendar, today: date, ahead: int) -> None:
    named = today + ahead * ONE
    due = clock.chosen(known, named, today)
    assert due.day == (named if known.works(named) else counted(known, named, 1))
    assert due.moved == (not known.works(named))


@given(known=CALENDARS, begun=DAYS, count=COUNTS)
def test_half_time_is_in_the_middle_working_day(known: Calendar, begun: date, count: int) -> None:
    due = counted(known, begun, count)
    half = clock.halfway(known, begun, due)
    days = working(known, begun + ONE, due)
    assert half == days[(count + 1) // 2 - 1]
    over = days.index(half) + 1
    assert 2 * (over - 1) < count <= 2 * over, "half of the working days are over in the course of it"


@given(known=CALENDARS, today=DAYS, other=DAYS)
def test_what_is_left(known: Calendar, today: date, other: date) -> None:
    left = clock.left(known, today, other)
    if other >= today:
        assert left == len(working(known, today, other))
    else:
        assert left == -len(working(known, other + ONE, today))


@given(known=CALENDARS, begun=DAYS, count=COUNTS, stops=st.integers(0, 90), lasts=st.integers(0, 90))
def test_while_the_clock_stands_still_no_working_day_is_lost(
    known: Calendar, begun: date, count: int, stops: int, lasts: int
) -> None:
    due = counted(known, begun, count)
    stopped = begun + stops * ONE
    resumed = stopped + lasts * ONE
    left = clock.left(known, stopped, due)
    after = clock.resumed(known, resumed, left, due)
    if left <= 0:
        assert after == due, "what was overdue stays so"
    else:
        assert len(working(known, resumed, after)) == left
        assert known.works(after)


@given(known=CALENDARS, begun=DAYS, count=COUNTS)
def test_resumed_on_the_day_itself_nothing_changes(known: Calendar, begun: date, count: int) -> None:
    due = counted(known, begun, count)
    stopped = known.on_or_after(begun)
    assert clock.resumed(known, stopped, clock.left(known, stopped, due), due) == max(due, stopped)


def days_of(rungs: list[Rungs]) -> list[date]:
    return [rung.step.due_at.astimezone(ZONE).date() for rung in rungs]


@given(known=CALENDARS, begun=DAYS, count=COUNTS)
def test_the_ladder_of_a_step(known: Calendar, begun: date, count: int) -> None:
    due = counted(known, begun, count)
    deadline = clock.moment(due)
    before = timeline.merged(timeline.before(known, begun, due))
    wanted = {clock.halfway(known, begun, due), known.after(due, -1), due}
    assert days_of(before) == sorted(wanted)
    assert all(one.step.until == one.deadline == deadline for one in before)
    urgent = {day for day, one in zip(days_of(before), before, strict=True) if one.step.urgent}
    assert urgent == {known.after(due, -1), due}
    late = timeline.overdue(known, due)
    assert days_of(late) == [counted(known, due, 1), counted(known, due, 2)]
    assert all(one.step.due_at > deadline == one.deadline and one.step.urgent for one in late)


@given(known=CALENDARS, since=DAYS)
def test_what_waits_is_spoken_of_on_working_days_only(known: Calendar, since: date) -> None:
    rungs = timeline.waiting(known, since)
    assert days_of(rungs) == [counted(known, since, count) for count in timeline.WAITS]
    assert not any(one.step.urgent for one in rungs)


def test_the_end_of_office_hours_is_in_time() -> None:
    assert clock.moment(date(2026, 9, 9)) == datetime(2026, 9, 9, 17, 30, tzinfo=ZONE)


def test_around_the_national_day_2026() -> None:
    known = Calendar()
    assert clock.from_start(known, date(2026, 9, 28), 5).day == date(2026, 10, 10), "30 September, then from 8 October"
    assert clock.chosen(known, date(2026, 10, 3), date(2026, 9, 28)) == clock.Due(date(2026, 10, 8), True, False)
