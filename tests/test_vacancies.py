"""空缺, whatever posts there have been: found in one go as counting day by day finds them, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from models import quotas, vacancies
from models.db import Database, Transaction
from models.people import Person, Post, Role, Unit
from models.quotas import ROSTERS, Quota
from models.vacancies import IN_THE_END
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.world import BEGINNING, World

DAY = date(2026, 8, 19)
DAYS = [DAY + timedelta(days=n) for n in range(-6, 7)]
UNIT = "办公室"
TERMS = st.tuples(
    st.sampled_from(ROSTERS), st.integers(0, 3), st.integers(-5, 5), st.none() | st.integers(1, 4), st.booleans()
)
"""Role, which person, from how many days from the day, for how many days (None: for good), and whether it is 代办."""


class Undone(Exception):
    """What was tried is taken back."""


def tried(database: Database, work: Callable[[Transaction], None]) -> None:
    """Do some work and take it back."""

    def and_back(db: Transaction) -> None:
        work(db)
        raise Undone

    with suppress(Undone):
        database.write(and_back).result()


def fill(db: Transaction, unit: int, terms: list[tuple[Role, int, int, int | None, bool]]) -> list[Post]:
    people = list(db.session.exec(select(Person.id).order_by(col(Person.id)).limit(4)).all())
    posts = [
        Post(
            person_id=people[who], unit_id=unit, role=role, starts_on=DAY + timedelta(days=begins),
            ends_on=None if lasts is None else DAY + timedelta(days=begins + lasts), on_behalf_of=people[0] if stands_in else None,
        )
        for role, who, begins, lasts, stands_in in terms
    ]  # fmt: skip
    db.session.add_all(posts)
    db.session.flush()
    return posts


@pytest.fixture
def empty_unit(crowd: World) -> tuple[World, Any]:  # noqa: F811
    """A unit in whose rosters nobody has been yet."""

    def find(db: Transaction) -> Unit:
        return db.session.exec(select(Unit).where(Unit.name == UNIT).order_by(col(Unit.id))).first()  # type: ignore[return-value]

    return crowd, crowd.database.read(find)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    terms=st.lists(TERMS, max_size=6),
    own=st.none() | st.tuples(st.sampled_from(ROSTERS), st.integers(0, 2), st.integers(0, 2)),
)
def test_found_as_counting_finds_them(
    empty_unit: tuple[World, Any],
    terms: list[tuple[Role, int, int, int | None, bool]],
    own: tuple[Role, int, int] | None,
) -> None:
    world, unit = empty_unit

    def work(db: Transaction) -> None:
        set_up = any(not stands_in for *_, stands_in in fill_and_tell(db))
        for day in [*DAYS, IN_THE_END]:
            expected = {
                role: quotas.of_unit(db, unit, role).least - quotas.held(db, unit.id, role, day) for role in ROSTERS
            }
            lacking = {role: count for role, count in expected.items() if count > 0 and set_up}
            assert {one.role: one.lacking for one in vacancies.of_unit(db, unit, day)} == lacking
            found = [one for one in vacancies.of_bureau(db, unit.bureau_id, day) if one.unit_id == unit.id]
            assert {one.role: one.lacking for one in found} == lacking
        for one in [one for one in vacancies.to_fill(db) if one.unit_id == unit.id]:
            assert vacancies.by_number(db, one.number) == one
            _assert_since(db, unit, one)

    def fill_and_tell(db: Transaction) -> list[tuple[Role, int, int, int | None, bool]]:
        fill(db, unit.id, terms)
        if own is not None:
            role, least, more = own
            quotas.set_for(db, unit.id, role, Quota(least, least + more), 1, BEGINNING - timedelta(days=30))
            db.session.flush()
        return terms

    tried(world.database, work)


def _assert_since(db: Transaction, unit: Unit, one: vacancies.Vacancy) -> None:
    """From that day on there are too few on every day, and on the day before there were enough, or it was not set up."""
    begins = vacancies.begins_on(db, one)
    span = [DAY + timedelta(days=n) for n in range(-6, 12)]
    assert all(quotas.held(db, unit.id, one.role, day) < one.quota.least for day in span if day >= begins)
    before = begins - timedelta(days=1)
    first = min(
        post.starts_on
        for post in db.session.exec(
            select(Post).where(Post.unit_id == unit.id, col(Post.on_behalf_of).is_(None), col(Post.role).in_(ROSTERS))
        )
    )
    assert begins == first or quotas.held(db, unit.id, one.role, before) >= one.quota.least


def test_a_number_of_ones_own_counts_from_the_day_it_is_set(world: World) -> None:
    unit = world.database.read(lambda db: db.session.exec(select(Unit).where(Unit.name == "就业促进科")).first())
    assert unit is not None

    def work(db: Transaction) -> None:
        quotas.set_for(db, unit.id, Role.LEGAL_OFFICER, Quota(2, 3), 1, BEGINNING)
        db.session.flush()
        [found] = vacancies.of_unit(db, unit, DAY)
        assert (found.lacking, vacancies.begins_on(db, found)) == (1, DAY)

    tried(world.database, work)


def test_a_unit_that_was_never_set_up_lacks_nothing(world: World) -> None:
    assert UNIT not in {one.unit for one in world.database.read(vacancies.to_fill)}
