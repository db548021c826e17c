"""花名册: the pages of a list are the list, each person and unit once, whatever posts there are; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.actions import base36
from models import vacancies
from models.db import Transaction
from models.people import Bureau, Role
from models.personnel import history, listing
from models.personnel.listing import Page
from models.quotas import ROSTERS
from tests.receiving import traced
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.test_vacancies import DAY, TERMS, UNIT, fill, tried
from tests.world import World, text_of

HOME = "示范区人社局"
SECTION = "法制科科长"


def bureau_of(db: Transaction) -> int:
    return db.session.exec(select(Bureau.id).where(Bureau.name == HOME)).one()


def all_pages(page: Callable[[int], Page]) -> list[Any]:
    """Every line, page by page."""
    lines: list[Any] = []
    while found := page(len(lines)).lines:
        lines += found
    assert page(0).total == len(lines)
    return lines


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(terms=st.lists(TERMS, max_size=6), ahead=st.integers(-6, 6), most=st.integers(1, 9))
def test_pages_are_the_whole(
    crowd: World,  # noqa: F811
    terms: list[tuple[Role, int, int, int | None, bool]],
    ahead: int,
    most: int,
) -> None:
    day = DAY + timedelta(days=ahead)

    def work(db: Transaction) -> None:
        bureau = bureau_of(db)
        unit = next(one for one in listing.named(db, bureau, UNIT, day, 1)[0] if one.name == UNIT)
        fill(db, unit.id, terms)
        held = [post for post in history.held(db, bureau, day) if post.on_behalf_of is None]
        for role in ROSTERS:
            lines = all_pages(lambda start, role=role: listing.in_role(db, bureau, role, day, start, most))
            expected = sorted((post.person_id, post.unit_id) for post in held if post.role == role)
            assert sorted((line.person_id, line.unit_id) for line in lines) == expected
        units = all_pages(lambda start: listing.by_unit(db, bureau, day, start, most))
        vacant = vacancies.of_bureau(db, bureau, day)
        assert {one.unit_id for one in units} == {one.unit_id for one in [*held, *vacant]}
        assert len({one.unit_id for one in units}) == len(units)
        for one in units:
            shown = sorted(post.person_id for posts in one.held.values() for post in posts)
            assert shown == sorted(post.person_id for post in held if post.unit_id == one.unit_id)
            assert one.lacking == {found.role: found.lacking for found in vacant if found.unit_id == one.unit_id}
        counts = listing.counts(db, bureau, day)
        assert counts.units == len({post.unit_id for post in held})
        people = [{post.person_id for post in held if post.role == role} for role in ROSTERS]
        assert [counts.liaisons, counts.officers] == [len(found) for found in people]
        assert counts.lacking == sum(found.lacking for found in vacant)

    tried(crowd.database, work)


@pytest.mark.parametrize(
    ("qualification", "education", "counts"),
    [("有", None, True), ("A证", "本科", True), ("无", None, False), (None, "本科，法学", True), (None, "法律硕士", True),
     (None, "本科，法语", False), ("", "", False), (None, None, False)],
)  # fmt: skip
def test_who_has_studied_law(world: World, qualification: str | None, education: str | None, counts: bool) -> None:
    person = world.person("就业促进科法治员")

    def work(db: Transaction) -> None:
        change = "UPDATE person SET qualification = ?, education = ? WHERE id = ?"
        db._cursor.execute(change, (qualification, education, person))
        found = listing.qualified(db, bureau_of(db), DAY, 0, 9).lines
        assert [line.person_id for line in found] == ([person] if counts else [])
        assert listing.counts(db, bureau_of(db), DAY).qualified == len(found)

    tried(world.database, work)


@pytest.mark.parametrize("part", ["%", "_", "就业%", "'", "\\"])
def test_what_is_typed_is_no_pattern(world: World, part: str) -> None:
    bureau = world.database.read(bureau_of)
    units, people = world.database.read(lambda db: listing.named(db, bureau, f"没有{part}", DAY, 5))
    assert (units, people.lines, people.total) == ([], [], 0)


def test_a_page_costs_the_same_however_long_the_list(world: World) -> None:
    """So many statements at most: the page's own lines, and what is counted once."""
    bureau = world.database.read(bureau_of)
    statements = traced(world)
    world.database.write(lambda db: listing.by_unit(db, bureau, DAY, 0, 5)).result()
    assert len([one for one in statements if one.startswith("SELECT")]) == 4 + 5


@pytest.mark.parametrize(
    "arg", ["u", "x.0", "u.zzzzzzzz", "", "l.", "o.1", f"q.{base36(date.max.toordinal() + 1)}", "v.0"]
)
def test_made_up_pages(world: World, arg: str) -> None:
    phone = world.phone(SECTION)
    for start in ("0", "8", base36(2**62)):
        shown = phone.deliver(press=f"ros.v-{start}-0" + (f"-{arg}" if arg else ""), label="")
        assert "抱歉" not in text_of(shown)
