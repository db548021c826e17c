"""空缺 is chased: when, whom, and until when. The unit's liaison and head hear of it, the legal section of all there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any, TypeVar

import pytest

from bot.actions import token
from bot.clock import local
from bot.reminding import Owed, Rung
from bot.turn import Turn
from handlers import vacancy_reminders as chasing
from models import vacancies
from models.db import Transaction
from models.people import Role, Unit
from models.personnel import changes
from models.personnel.changes import Kind, Line, Newcomer
from models.vacancies import Vacancy
from tests.world import World

T = TypeVar("T")
UNIT, OFFICER = "就业促进科", "就业促进科法治员"
TODAY = date(2026, 8, 19)


def by_itself(world: World, function: Callable[[Turn], T]) -> T:
    """What a function finds in a turn that nobody sent."""
    found: list[T] = []

    def work(turn: Turn) -> None:
        with turn.within("vacancy_reminders"):
            found.append(function(turn))

    world.assistant.by_itself("schedule", work).result()
    return found[0]


def unit(world: World) -> Any:
    [(the_id, bureau)] = world.rows(
        "SELECT u.id, u.bureau_id FROM unit u JOIN bureau b ON b.id = u.bureau_id WHERE u.name = ? AND b.name = ?",
        UNIT, "示范区人社局",
    )  # fmt: skip
    return Unit(id=the_id, bureau_id=bureau, name=UNIT, kind="section")


def leaves(world: World, on: date = TODAY) -> Vacancy:
    """The legal officer's post ends; the vacancy."""
    person = world.person(OFFICER)
    world.database.write(lambda db: db.execute(f"UPDATE post SET ends_on = '{on}' WHERE person_id = {person}")).result()
    return next(one for one in world.database.read(vacancies.to_fill) if one.unit_id == unit(world).id)


def rungs(world: World, kind: str, object_id: int) -> list[Rung]:
    plan = {chasing.OF_UNIT: chasing.plan_units, chasing.OF_BUREAU: chasing.plan_bureaus}[kind]
    return by_itself(world, lambda turn: next((list(found) for the_id, found in plan(turn) if the_id == object_id), []))


def owing(world: World, number: int, person: int | None = None) -> list[Owed]:
    return by_itself(world, lambda turn: chasing.owing_unit(turn, number, person))


def days(found: list[Rung]) -> list[date]:
    assert all(local(one.due_at).time() == time(9) and not one.urgent and one.deadline is None for one in found)
    return [local(one.due_at).date() for one in found]


def test_after_a_working_day_again_after_three_then_every_week(world: World) -> None:
    vacancy = leaves(world)
    found = days(rungs(world, chasing.OF_UNIT, vacancy.number))
    assert found == [date(2026, 8, 20), date(2026, 8, 24), date(2026, 8, 31)]
    world.clock.pass_(days=41)  # 29 September: the festival's days off are stepped over
    assert days(rungs(world, chasing.OF_UNIT, vacancy.number))[2:] == [
        date(2026, 9, 28),
        date(2026, 10, 8),
        date(2026, 10, 12),
    ]


def test_one_that_comes_with_a_filed_change_is_planned_from_its_day(world: World) -> None:
    vacancy = leaves(world, date(2026, 9, 1))
    assert days(rungs(world, chasing.OF_UNIT, vacancy.number))[:2] == [date(2026, 9, 2), date(2026, 9, 4)]


def test_the_units_liaison_and_head_hear_of_it_with_one_tap(world: World) -> None:
    vacancy = leaves(world)
    told = owing(world, vacancy.number)
    assert {one.person for one in told} == {world.person(f"{UNIT}法治联络员"), world.person(f"{UNIT}负责人")}
    assert {one.text for one in told} == {"就业促进科法治员空缺 1 名（8月19日起），请推荐人选"}
    assert {(one.button.code, one.button.id) for one in told} == {("pc.u", vacancy.unit_id)}
    assert owing(world, vacancy.number, world.person("法制科科长")) == []
    assert len(owing(world, vacancy.number, world.person(f"{UNIT}负责人"))) == 1


def test_the_tap_leads_into_the_report(world: World) -> None:
    vacancy = leaves(world)
    phone = world.phone(f"{UNIT}负责人")
    button = owing(world, vacancy.number, int(phone.address))[0].button
    phone.deliver(press=token(button), label="")
    assert "补充人选" in phone.labels()


def test_the_legal_section_hears_of_all_of_its_bureau_in_one_line(world: World) -> None:
    leaves(world)
    bureau = unit(world).bureau_id
    told = by_itself(world, lambda turn: chasing.owing_bureau(turn, bureau, None))
    assert {one.person for one in told} == {world.person("法制科经办"), world.person("法制科科长")}
    assert {one.text for one in told} == {"空缺 2 名：法制科法治员、就业促进科法治员"}
    assert days(rungs(world, chasing.OF_BUREAU, bureau))[-3:] == [
        date(2026, 8, 20),
        date(2026, 8, 24),
        date(2026, 8, 31),
    ]


@pytest.mark.parametrize("stays", [True, False])
def test_who_has_reported_somebody_is_left_alone_unless_it_is_withdrawn(world: World, stays: bool) -> None:
    vacancy, place, reporter = leaves(world), unit(world), world.person(f"{UNIT}负责人")

    def report(db: Transaction) -> None:
        the_id = changes.report(
            db, bureau=place.bureau_id, unit=place.id, kind=Kind.ADDING, effective_on=TODAY,
            lines=[Line(Role.LEGAL_OFFICER, newcomer=Newcomer("某某", "科员", "13900000001"))], answers={}, reporter=reporter,
            post=None, now=world.clock.now(), recommended=True,
        )  # fmt: skip
        if not stays:
            changes.withdraw(db, changes.by_id(db, the_id), reporter, world.clock.now())

    world.database.write(report).result()
    assert bool(owing(world, vacancy.number)) != stays


def test_it_ends_with_the_filing_even_of_a_day_to_come(world: World) -> None:
    vacancy, person = leaves(world), world.person("劳动关系科负责人")
    begins = (
        "INSERT INTO post (person_id, unit_id, role, starts_on)"
        f" VALUES ({person}, {vacancy.unit_id}, 'legal_officer', '2026-09-01')"
    )
    world.database.write(lambda db: db.execute(begins)).result()
    assert owing(world, vacancy.number) == []
    assert rungs(world, chasing.OF_UNIT, vacancy.number) == []
