"""审核事项设置: how a bureau's own values hold, and how what the notice leaves open starts."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import bureau_settings
from models.affairs import affair, affairs
from models.bureau_settings import GENERAL, SETTINGS
from models.db import Transaction
from models.matters import clock, defaults, settings
from models.matters.defaults import GROUPS, MATTER_SETTINGS, OPENERS
from models.people import Role
from models.rights import TABLE, Right
from models.setting_kinds import Day, Kind, Line, One, Some, TimeOfDay, Whole
from tests.world import BEGINNING, World


@pytest.fixture
def bureau(world: World) -> int:
    return int(world.rows("SELECT id FROM bureau WHERE name = '示范区人社局'")[0][0])


def put(world: World, bureau: int, **values: Any) -> None:
    """Set them as the legal section would."""
    who = world.person("法制科科长")

    def change(db: Transaction) -> None:
        for key, value in values.items():
            bureau_settings.change(db, bureau, key, value, who, BEGINNING)

    world.database.write(change).result()


def test_everything_is_in_one_group_and_general_settings_in_none() -> None:
    assert len(MATTER_SETTINGS) == sum(len(group) for group in GROUPS.values())
    assert not set(MATTER_SETTINGS) & set(GENERAL)
    assert {**GENERAL, **MATTER_SETTINGS} == SETTINGS


def test_it_starts_as_the_official_data_has_it(world: World, bureau: int) -> None:
    def look(db: Transaction) -> None:
        for kind in affairs().kinds.values():
            assert clock.days_of(db, bureau, kind) == kind.days
            assert settings.opened_by(db, bureau, kind) == kind.opened_by
            assert {kind.outputs[step.titled_by] for steps in kind.routes.values() for step in steps} == set(
                kind.outputs.values()
            )
        assert settings.paper_of(db, bureau) == settings.Paper(red=False, issuer="示范区人社局", code="法审")

    world.database.read(look)


def test_a_step_that_a_later_one_is_called_alike_is_told_apart(world: World, bureau: int) -> None:
    def titles(db: Transaction) -> list[list[str]]:
        routes = affair("contract").routes.values()
        return [[settings.output_of(db, bureau, step) for step in steps] for steps in routes]

    assert world.database.read(titles) == [
        ["合同协议法律意见"], ["合同协议法律意见（初审）", "合同协议法律意见", "书面复审意见"],
    ]  # fmt: skip
    put(world, bureau, output_contract="合同协议法律意见书", output_contract_3="复审意见书")
    assert world.database.read(titles) == [
        ["合同协议法律意见书"], ["合同协议法律意见书（初审）", "合同协议法律意见书", "复审意见书"],
    ]  # fmt: skip


def test_what_is_set_holds_in_that_bureau_alone(world: World, bureau: int) -> None:
    put(world, bureau, days_contract=7, opened_by_other=("office", "legal_section"), matter_paper="red",
        matter_issuer="示范区人力资源和社会保障局", matter_code="示人社法审")  # fmt: skip
    other = affair("other")

    def held(db: Transaction, where: int) -> tuple[Any, ...]:
        return (
            clock.days_of(db, where, affair("contract")),
            settings.opened_by(db, where, other),
            settings.paper_of(db, where),
        )

    days, openers, paper = world.database.read(lambda db: held(db, bureau))
    assert (days, openers) == (7, {Role.OFFICE, Role.LEGAL_SECTION})
    assert paper == settings.Paper(red=True, issuer="示范区人力资源和社会保障局", code="示人社法审")
    assert world.database.read(lambda db: settings.roles_of(db, bureau, other)) == {Role.OFFICE, Role.LEGAL_SECTION}
    days, openers, paper = world.database.read(lambda db: held(db, 1))
    assert (days, openers, paper.red) == (3, {Role.LEGAL_SECTION}, False)


def test_who_opens_what_the_notice_lays_down_is_no_setting(world: World, bureau: int) -> None:
    put(world, bureau, opened_by_publicity=("legal_section",))
    for kind in affairs().kinds.values():
        wanted = {Role.LEGAL_SECTION} if kind.key == "publicity" else kind.opened_by
        assert world.database.read(lambda db, kind=kind: settings.opened_by(db, bureau, kind)) == wanted
        assert (defaults.openers_key(kind.key) in MATTER_SETTINGS) == (kind.key in defaults.OPENED_AS_SET)


def test_only_roles_that_may_open_at_all_are_on_offer() -> None:
    assert set(OPENERS) == set(TABLE[Right.ASSIGN_MATTER])


def test_who_has_to_do_with_a_kind_includes_those_who_assign_and_accept(world: World, bureau: int) -> None:
    roles = world.database.read(lambda db: settings.roles_of(db, bureau, affair("normative")))
    assert roles == {Role.LIAISON, Role.HEAD, Role.LEGAL_SECTION}


NONE_OF_ITS: list[tuple[Kind, Any]] = [
    (Whole(5, 1, 60, "日"), 0), (Whole(5, 1, 60, "日"), 61), (Whole(5, 1, 60, "日"), "5"), (One("a", ("a", "b")), "c"),
    (Some(("a",), ("a", "b")), ()), (Some(("a",), ("a", "b")), ("c",)), (Line("甲", 3), ""), (Line("甲", 3), "甲乙丙丁"),
    (Line("甲", 3), "甲\n乙"), (Line("甲", 3), None), (Day(), "2026-08-19"), (TimeOfDay(time(9), time(8), time(20)), time(7)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), NONE_OF_ITS)
def test_a_value_that_a_setting_cannot_have(kind: Kind, value: Any) -> None:
    assert not kind.fits(value)


def test_it_is_refused_and_what_was_set_stands(world: World, bureau: int) -> None:
    put(world, bureau, days_contract=7)
    with pytest.raises(ValueError, match="days_contract"):
        put(world, bureau, days_contract=0)
    assert world.database.read(lambda db: bureau_settings.value_of(db, bureau, "days_contract")) == 7


def test_what_is_stored_and_fits_no_more_starts_anew() -> None:
    assert Whole(5, 1, 60, "日").load(90) == 5
    assert One("a", ("a",)).load("gone") == "a"
    assert Some(("a",), ("a",)).load(["gone"]) == ("a",)
    assert Line("法审", 2).load("很长的代字") == "法审"


@given(st.sampled_from([
    (Whole(5, 1, 60, "日"), st.integers(1, 60)), (Some(("a",), ("a", "b")), st.sampled_from([("a",), ("b",), ("a", "b")])),
    (Day(), st.dates(date(2020, 1, 1))), (TimeOfDay(time(9), time(8), time(20)), st.times(time(8), time(20))),
    (Line("甲", 9), st.text("法审〔〕人社 a1", min_size=1, max_size=9)),
]).flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1])))  # fmt: skip
def test_every_value_comes_back_as_it_was(pair: tuple[Kind, Any]) -> None:
    kind, value = pair
    assert kind.fits(value)
    assert kind.load(kind.dump(value)) == value
