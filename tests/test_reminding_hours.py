"""When people are left in peace: nights, days off, festivals; and what a deadline's last day changes in that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import local
from bot.reminding.hours import DAY, Hours
from models.calendar import Calendar
from tests.chores import Case, moment, text_of

HOURS = Hours(Calendar(), time(9))
DEADLINE = moment("2026-09-09", "17:30")


def shown(found: datetime) -> str:
    return f"{local(found):%m-%d %H:%M}"


def _long_in_their_posts(case: Case) -> None:
    case.process.do(lambda turn: turn.db.execute("UPDATE post SET starts_on = '2020-01-01'"))


# What waits until when


@pytest.mark.parametrize(
    ("told", "goes_out"),
    [
        ("2026-08-19 08:00", "08-19 08:00"),
        ("2026-08-19 20:59", "08-19 20:59"),
        ("2026-08-19 21:00", "08-20 08:00"),
        ("2026-08-20 07:59", "08-20 08:00"),
        ("2026-08-21 22:00", "08-24 08:00"),  # over the weekend
        ("2026-08-22 10:00", "08-24 08:00"),
        ("2026-09-20 10:00", "09-20 10:00"),  # a Sunday that works, for the National Day
        ("2026-09-30 21:00", "10-08 08:00"),
        ("2026-02-14 21:00", "02-24 08:00"),  # the Spring Festival: 15 to 23 February 2026
    ],
)
def test_what_is_told_waits_for_a_decent_hour(reminded: Case, told: str, goes_out: str) -> None:
    _long_in_their_posts(reminded)
    reminded.process.set(*told.split())
    if not reminded.process.tell(reminded.me):
        [until] = reminded.world.rows("SELECT not_before FROM reminder WHERE reason = 'quiet'")
        reminded.world.clock._now = datetime.fromtimestamp(until[0] / 1_000_000, local(DEADLINE).tzinfo)
        assert len(reminded.process.tick()) == 1
    assert shown(reminded.world.clock.now()) == goes_out


@pytest.mark.parametrize(
    ("deadline", "told", "at_once"),
    [
        ("2026-09-09 17:30", "2026-09-08 22:00", True),  # at night, but within the last 24 hours
        ("2026-09-09 17:30", "2026-09-09 07:00", True),
        ("2026-09-09 17:30", "2026-09-07 22:00", False),
        ("2026-09-09 17:30", "2026-09-09 21:30", False),  # it is over
        ("2026-09-05 17:30", "2026-09-05 10:00", True),  # a Saturday
        ("2026-09-05 17:30", "2026-09-05 17:30", False),
    ],
)
def test_what_is_told_in_the_last_24_hours_of_a_deadline_is_told_at_once(
    reminded: Case, deadline: str, told: str, at_once: bool
) -> None:
    reminded.due.add("自评", moment(*deadline.split()), reminded.me)
    reminded.process.set(*told.split())
    assert len(reminded.process.tell(reminded.me, of=("chore", 1))) == at_once


@pytest.mark.parametrize(
    ("deadline", "due_at", "goes_out"),
    [
        ("2026-09-05 17:30", "2026-09-05 09:00", ["09-05 09:00"]),  # a Saturday within the last 24 hours
        ("2026-09-05 17:30", "2026-09-04 21:30", ["09-05 08:00"]),  # planned rungs wait for the morning, even then
        ("2026-09-08 17:30", "2026-09-05 09:00", ["09-07 08:00"]),  # not within them: over the weekend
        ("2026-09-07 17:30", "2026-09-05 09:00", ["09-06 17:30"]),  # from then on, a Sunday, days off are none
        ("2028-09-09 17:30", "2028-09-09 15:00", ["09-09 15:00"]),  # the ninth of 2028 is a Saturday
        ("2026-09-05 17:30", "2026-09-05 07:00", ["09-05 08:00"]),
    ],
)
def test_a_planned_rung_waits_for_a_decent_hour(
    reminded: Case, deadline: str, due_at: str, goes_out: list[str]
) -> None:
    reminded.due.add("自评", moment(*deadline.split()), reminded.me).rung(moment(*due_at.split()), urgent=True)
    reminded.process.tick()
    begins = moment(*due_at.split())
    found = []
    for minutes in range(0, 4 * 24 * 60, 30):
        reminded.world.clock._now = begins + timedelta(minutes=minutes)
        found += [shown(reminded.world.clock.now())] * len(reminded.process.tick())
    assert found == goes_out


def test_a_digest_waits_over_the_spring_festival(reminded: Case) -> None:
    _long_in_their_posts(reminded)
    reminded.process.set("2026-02-13", "10:00")
    reminded.due.add("自评", None, reminded.me).rung(moment("2026-02-16"))
    reminded.process.tick()
    days = [date(2026, 2, 14) + timedelta(days=number) for number in range(14)]
    sent = [day for day in days if reminded.process.at(day)]
    assert sent == [date(2026, 2, 24)]


def test_the_29th_of_february_is_a_day_like_any_other(reminded: Case) -> None:
    """2028 is not announced yet; its 29 February is a Tuesday."""
    reminded.process.set("2028-02-28", "10:00")
    reminded.due.add("报告", moment("2028-03-01", "17:30"), reminded.me).rung(moment("2028-02-29"), urgent=True)
    reminded.process.tick()
    [row] = reminded.process.at("2028-02-29")
    assert text_of(row).startswith("今天（2月29日）")


def test_a_bureau_off_on_a_day_is_left_in_peace(reminded: Case) -> None:
    reminded.due.add("自评", None, reminded.me).rung(moment("2026-09-02"))
    reminded.process.tick()
    off = "INSERT INTO calendarday (bureau_id, day, works, note, person_id, at) VALUES (4, '2026-09-02', 0, '', 1, 0)"
    reminded.process.do(lambda turn: turn.db.execute(off))
    assert reminded.process.at("2026-09-02") == []
    assert len(reminded.process.at("2026-09-03")) == 1


# The rules themselves

MOMENTS = st.integers(0, 364 * 24 * 60).map(lambda minutes: moment("2026-01-01", "00:00") + timedelta(minutes=minutes))
DEADLINES = st.none() | MOMENTS


@given(MOMENTS, DEADLINES, st.booleans())
def test_nothing_is_held_at_the_moment_it_waits_for(now: datetime, deadline: datetime | None, at_night: bool) -> None:
    found = HOURS.decent(now, deadline, at_night=at_night)
    assert found >= now
    assert (found == now) == (not HOURS.held(now, deadline, at_night=at_night))
    held: Callable[[datetime], bool] = lambda moment: HOURS.held(moment, deadline, at_night=at_night)  # noqa: E731
    assert not held(found)
    assert found == now or all(held(now + (found - now) * part / 7) for part in range(7))


@given(MOMENTS, DEADLINES)
def test_planned_rungs_are_held_at_night_whatever_the_deadline(now: datetime, deadline: datetime | None) -> None:
    if not time(8) <= now.time() < time(21):
        assert HOURS.held(now, deadline)
    elif deadline is not None and deadline - DAY <= now < deadline:
        assert not HOURS.held(now, deadline)


@given(MOMENTS, st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_the_next_digest_is_at_its_hour_on_a_working_day(now: datetime, last: date | None) -> None:
    found = local(HOURS.next_digest(now, last))
    assert found >= now
    assert (found.time(), HOURS.calendar.works(found.date())) == (time(9), True)
    assert HOURS.digest_open(found)
    assert last is None or last < now.date() or found.date() > now.date()


@given(MOMENTS, DEADLINES)
def test_every_time_offered_is_ahead_and_decent(now: datetime, deadline: datetime | None) -> None:
    offers = dict(HOURS.offers(now, deadline))
    assert {"tomorrow", "working_day"} & set(offers)
    assert all(moment > now and not HOURS.held(moment, deadline) for moment in offers.values())
    assert "hour" not in offers or timedelta(minutes=59) <= offers["hour"] - now <= timedelta(hours=1)
