"""Lists of matters: everybody's hold just what they may see; what waits for somebody is just what asks something of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import select

from bot.clock import day_of
from bot.messages import Inbound
from bot.turn import Turn
from handlers import matter_cards
from handlers import matters as lists
from models.affairs import affairs
from models.db import Transaction
from models.matters import listing, matters
from models.matters.listing import Filter
from models.matters.matters import OPEN, Matter
from models.people import Bureau, Person, Post, Role, Unit
from models.rights import Right
from tests.sample_many_matters import fill
from tests.world import World

MANY = 300
PEOPLE = (
    "法制科科长", "办公室经办", "党群科经办", "劳动关系科负责人", "劳动关系科法治联络员", "劳动关系科法治员", "劳动监察大队法治员乙",
    "就业促进科负责人",
)  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A bureau with matters of all kinds, a third of them open."""
    world = World(Path(tmp_path_factory.mktemp("listing")))

    def make(db: Transaction) -> None:
        bureau = db.session.exec(select(Bureau.id).where(Bureau.name == "示范区人社局")).one()
        fill(db, bureau, MANY, day_of(world.clock.now()), Random(7))
        # Who heads a second unit sees what is of both.
        other = db.session.exec(select(Unit.id).where(Unit.bureau_id == bureau, Unit.name == "工伤保险科")).one()
        head = db.session.exec(select(Person.id).where(Person.name == "就业促进科负责人")).first()
        assert head is not None
        db.session.add(Post(person_id=head, unit_id=other, role=Role.HEAD, starts_on=day_of(world.clock.now())))

    world.database.write(make).result()
    return world


def as_seen_by(world: World, called: str, work: Callable[[Turn], Any]) -> Any:
    """What something comes to in a turn of somebody's."""
    inbound = Inbound("web", str(world.person(called)), "listing")

    def read(db: Transaction) -> Any:
        turn = Turn(db, world.assistant._house, inbound, world.clock.now(), reads=True)
        turn.recognise()
        assert turn.acts(Right.SEE_MATTER) or turn.acts(Right.ASSIGN_MATTER)
        return work(turn)

    return world.database.read(read)


def every_one(turn: Turn) -> list[Any]:
    ids = turn.db.session.exec(select(Matter.id).order_by(Matter.id)).all()
    return [matters.by_id(turn.db, one) for one in ids]


@pytest.mark.parametrize("called", PEOPLE)
def test_everybody_is_listed_what_they_may_see(world: World, called: str) -> None:
    def work(turn: Turn) -> tuple[set[int], set[int]]:
        me = turn.actor.person_id
        listed = {row.id for row in listing.page(turn.db, lists.scope_of(turn), Filter())}
        return listed, {row.id for row in every_one(turn) if matter_cards.concerns(turn, row, me)}

    listed, seen = as_seen_by(world, called, work)
    assert listed == seen
    assert listed


@pytest.mark.parametrize("called", PEOPLE)
def test_what_waits_is_what_asks_something(world: World, called: str) -> None:
    def work(turn: Turn) -> tuple[list[int], set[int]]:
        me = turn.actor.person_id
        waits = [row.id for row in lists.waiting_for(turn, lists.scope_of(turn))]
        return waits, {row.id for row in every_one(turn) if matter_cards.view(turn, row).asks(me) is not None}

    waits, asks = as_seen_by(world, called, work)
    assert set(waits) == asks
    assert len(waits) == len(set(waits))


def test_pages_hold_everything_once_the_next_due_first(world: World) -> None:
    def work(turn: Turn) -> list[Any]:
        found = partial(listing.page, turn.db, lists.scope_of(turn), Filter())
        return [row for start in range(0, MANY, 7) for row in found(start, 7)]

    rows = as_seen_by(world, "法制科科长", work)
    assert len({row.id for row in rows}) == len(rows) == MANY
    states = [row.state in OPEN for row in rows]
    assert states == sorted(states, reverse=True)
    due = [row.due_on for row in rows if row.state in OPEN]
    assert due == sorted(due)


def test_counts_by_state_kind_and_unit_come_to_the_same(world: World) -> None:
    def work(turn: Turn) -> tuple[int, int, int, int]:
        scope = lists.scope_of(turn)
        by_kind, by_unit = listing.by_kind(turn.db, scope), listing.by_unit(turn.db, scope)
        for key in affairs().kinds:
            assert listing.count(turn.db, scope, Filter(kind=key)) == by_kind.get(key, (0, 0))[0]
        for unit, (_, many, open_) in by_unit.items():
            assert listing.count(turn.db, scope, Filter(unit=unit)) == many
            assert listing.count(turn.db, scope, Filter(OPEN, unit=unit)) == open_
        counted = listing.count(turn.db, scope, Filter())
        sums = (sum(many for many, _ in by_kind.values()), sum(many for _, many, _ in by_unit.values()))
        return counted, sum(listing.by_state(turn.db, scope).values()), *sums

    assert set(as_seen_by(world, "法制科科长", work)) == {MANY}


@pytest.mark.parametrize("key", ["", "w", "k", "u", "k.nothing", "u.x", "u.²", "u.", "x.y.z"])
def test_what_is_no_list_s_key_means_none(key: str) -> None:
    assert lists.filter_of(key) is None
