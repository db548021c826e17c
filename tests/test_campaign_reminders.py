"""On which days people are reminded of the campaign's deadline, and of what is due each year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

from sqlmodel import select

from bot.turn import Turn
from handlers import campaign_reminders, yearly_reminders
from models import assessments, bureau_settings, campaigns, ladder, submission, yearly
from models.calendar import Calendar
from models.campaign_files import COUNTY_BY, CampaignFile, read_campaign, shift
from models.db import Transaction
from models.demo import CATALOGUE
from models.ladder import Step
from models.people import Bureau
from models.yearly import Duty, Which
from models.zone import ZONE
from tests.world import BEGINNING, World

FILE = read_campaign((CATALOGUE / "campaign-2022.yaml").read_bytes())
COUNTY, CITY = "示范区人社局", "东江市人社局"


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


def in_year(year: int) -> CampaignFile:
    return shift(FILE, year - 2022)


def steps(file: CampaignFile, day: date, known: Calendar | None = None) -> list[Step]:
    """The whole ladder of a deadline."""
    until, known = datetime.combine(day, file.due_hour, ZONE), known or Calendar()
    return [*ladder.before(file.reminders, day, until, known), *ladder.after(file.overdue.at, day, known)]


def shown(found: list[Step]) -> list[str]:
    """As one would write it on a calendar; ! is urgent, ? rests on a year not announced."""
    marks = [f"{'!' if one.urgent else ''}{'?' if one.provisional else ''}" for one in found]
    return [f"{one.due_at:%-m-%d %H:%M}{mark}" for one, mark in zip(found, marks, strict=True)]


def test_the_day_at_the_province_in_2026() -> None:
    """9 September 2026 is a Wednesday; three days before is a Sunday."""
    found = steps(in_year(2026), date(2026, 9, 9))
    assert shown(found) == [
        "9-02 09:00", "9-04 09:00", "9-08 09:00!", "9-08 16:00!", "9-09 09:00!", "9-09 15:00!", "9-10 09:00!", "9-11 09:00!",
    ]  # fmt: skip
    assert {one.until for one in found[:6]} == {at(date(2026, 9, 9), 17, 30)}
    assert {one.until for one in found[6:]} == {at(date(2026, 9, 14), 9)}


def test_the_counties_day_in_2026_is_a_saturday() -> None:
    """It does not move, nor does what is due on it; what else falls on a day off comes before."""
    assert shown(steps(in_year(2026), date(2026, 9, 5))) == [
        "8-28 09:00", "9-02 09:00", "9-04 09:00!", "9-04 16:00!", "9-05 09:00!", "9-05 15:00!", "9-07 09:00!", "9-08 09:00!",
    ]  # fmt: skip


def test_the_ninth_is_a_saturday_in_2028() -> None:
    """Nothing of 2028 has been announced: whatever is not on the deadline's own day may still move."""
    assert shown(steps(in_year(2028), date(2028, 9, 9))) == [
        "9-01 09:00?", "9-06 09:00?", "9-08 09:00!?", "9-08 16:00!?", "9-09 09:00!", "9-09 15:00!", "9-11 09:00!?",
        "9-12 09:00!?",
    ]  # fmt: skip


def test_a_monday_merges_what_falls_on_the_friday_before() -> None:
    """Three days before, a Friday, meets the day before, a Sunday; the one message is urgent."""
    assert shown(steps(in_year(2024), date(2024, 9, 9))) == [
        "9-02 09:00", "9-06 09:00!", "9-06 16:00!", "9-09 09:00!", "9-09 15:00!", "9-10 09:00!", "9-11 09:00!",
    ]  # fmt: skip


def test_a_festival_week_before_the_deadline() -> None:
    """A bureau off from 2 to 8 September, as at the Spring Festival, works on the Sunday before instead."""
    own = {date(2026, 9, day): False for day in range(2, 9)} | {date(2026, 8, 30): True}
    assert shown(steps(in_year(2026), date(2026, 9, 9), Calendar(own))) == [
        "9-01 09:00!", "9-01 16:00!", "9-09 09:00!", "9-09 15:00!", "9-10 09:00!", "9-11 09:00!",
    ]  # fmt: skip


def test_the_deadline_within_a_festival_week() -> None:
    """Its own day stays, although it is off; what is overdue waits for the first working days."""
    own = {date(2026, 9, day): False for day in range(7, 14)}
    assert shown(steps(in_year(2026), date(2026, 9, 9), Calendar(own))) == [
        "9-02 09:00", "9-04 09:00!", "9-04 16:00!", "9-09 09:00!", "9-09 15:00!", "9-14 09:00!", "9-15 09:00!",
    ]  # fmt: skip


def planned(world: World, bureau: str) -> list[str]:
    """The moments planned for a bureau's self-assessment."""

    def work(db: Transaction) -> int:
        of = db.session.exec(select(Bureau.id).where(Bureau.name == bureau)).one()
        found = assessments.of_bureau(db, of)
        assert found is not None
        return int(found.id)

    subject = world.database.read(work)
    turns: list[list[str]] = []

    def look(turn: Turn) -> None:
        turns.append(
            [rung.rung for the_id, rungs in campaign_reminders.plan(turn) if the_id == subject for rung in rungs]
        )

    world.assistant.by_itself("schedule", look).result()
    return turns[0]


def change(world: World, work: Callable[[Transaction], object]) -> None:
    world.database.write(work).result()


def bureau(db: Transaction, name: str) -> Bureau:
    return db.session.exec(select(Bureau).where(Bureau.name == name)).one()


def test_a_county_below_a_city_goes_by_the_citys_day(world: World) -> None:
    assert planned(world, COUNTY)[-1] == "2026-09-08 09:00"
    assert planned(world, CITY)[-1] == "2026-09-11 09:00"

    def sets(db: Transaction) -> None:
        city = bureau(db, CITY)
        bureau_settings.change(db, city.id, COUNTY_BY, date(2026, 9, 8), world.person("法制科科长", CITY), BEGINNING)

    change(world, sets)
    assert planned(world, COUNTY) == [
        "2026-09-01 09:00", "2026-09-04 09:00", "2026-09-07 09:00", "2026-09-07 16:00", "2026-09-08 09:00",
        "2026-09-08 15:00", "2026-09-09 09:00", "2026-09-10 09:00",
    ]  # fmt: skip
    assert planned(world, "青山县人社局")[-1] == "2026-09-08 09:00", "another city's county"


def test_a_county_directly_below_the_province_goes_by_the_provinces_day(world: World) -> None:
    def moves(db: Transaction) -> None:
        bureau(db, COUNTY).parent_id = bureau(db, "示范省人社厅").id

    change(world, moves)
    assert planned(world, COUNTY) == planned(world, CITY)


def test_what_a_city_set_for_an_earlier_round_counts_no_more(world: World) -> None:
    def sets(db: Transaction) -> None:
        city = bureau(db, CITY)
        bureau_settings.change(db, city.id, COUNTY_BY, date(2025, 9, 8), world.person("法制科科长", CITY), BEGINNING)

    change(world, sets)
    assert planned(world, COUNTY)[-1] == "2026-09-08 09:00"


def test_what_has_gone_up_is_planned_no_more(world: World) -> None:
    def goes(db: Transaction) -> None:
        found = assessments.of_bureau(db, bureau(db, COUNTY).id)
        submission.submit(db, found, BEGINNING)

    change(world, goes)
    assert planned(world, COUNTY) == []
    assert planned(world, CITY)


def test_only_the_newest_round_is_planned(world: World) -> None:
    def begins(db: Transaction) -> None:
        old, of = campaigns.newest(db), bureau(db, CITY)
        assert old is not None
        campaign = campaigns.load_campaign(db, old.source.encode(), old.years + 1, old.catalogue_id)
        assessments.begin_now(db, campaign, of.id, world.person("法制科法治联络员", CITY), BEGINNING)

    change(world, begins)
    assert planned(world, CITY)[5] == "2027-09-09 15:00"


# Each year


def yearly_steps(year: int, which: Which, known: Calendar | None = None) -> list[str]:
    duty, known = Duty(4, year, which), known or Calendar()
    until = yearly_reminders.over(duty)
    found = [
        *ladder.before(yearly_reminders.RUNGS, duty.last_day, until, known),
        *ladder.after(yearly_reminders.AT, duty.last_day, known),
    ]
    return shown(found)


def test_the_first_of_march_2026_lies_behind_the_spring_festival() -> None:
    """Off from 15 to 23 February, and 14 and 28 February work instead; 1 March is a Sunday and stays."""
    assert yearly_steps(2026, Which.REPORT) == [
        "2-14 09:00", "2-26 09:00", "2-28 09:00!", "3-01 09:00!", "3-02 09:00!", "3-03 09:00!",
    ]  # fmt: skip


def test_the_first_of_april() -> None:
    assert yearly_steps(2026, Which.PUBLISH) == [
        "3-18 09:00", "3-27 09:00", "3-31 09:00!", "4-01 09:00!", "4-02 09:00!", "4-03 09:00!",
    ]  # fmt: skip


def test_the_day_before_is_the_29th_in_a_leap_year() -> None:
    """2024: 29 February is a Thursday, 1 March a Friday; 18 February, a Sunday, worked."""
    assert yearly_steps(2024, Which.REPORT) == [
        "2-09 09:00", "2-27 09:00", "2-29 09:00!", "3-01 09:00!", "3-04 09:00!", "3-05 09:00!",
    ]  # fmt: skip
    assert yearly_steps(2023, Which.REPORT)[2] == "2-28 09:00!"


def test_a_duty_is_one_number() -> None:
    for which in Which:
        for bureau_id in (1, 4, 123_456):
            one = Duty(bureau_id, 2027, which)
            assert yearly.duty(one.number) == one
    assert [yearly.duty(number) for number in (0, 7, 420_270, 420_273)] == [None] * 4


def test_every_bureau_has_its_duties_until_they_are_done(world: World) -> None:
    def work(db: Transaction) -> list[Duty]:
        of = bureau(db, COUNTY).id
        yearly.mark(db, Duty(of, 2027, Which.REPORT), date(2027, 2, 25), world.person("法制科科长"), BEGINNING)
        return [one for one in yearly.open_in(db, (2026, 2027)) if one.bureau == of]

    found = world.database.write(work).result()
    assert [(one.year, one.which.name) for one in found] == [
        (2026, "REPORT"), (2026, "PUBLISH"), (2027, "PUBLISH"),
    ]  # fmt: skip
