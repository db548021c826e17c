"""What the state machines have in common: the worlds in which they run, and what people do with old buttons and deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Protocol

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests import postgres
from tests.dialogue_played import scratch
from tests.test_concurrency import PostgresWorld
from tests.world import Phone, World

CHANCE = st.integers(0, 2**32).map(Random)
"""Chance, seeded by what is drawn."""
FEW = settings(
    deadline=None, stateful_step_count=30, print_blob=True, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)  # fmt: skip
_NAMES = count()

Worlds = Callable[[], AbstractContextManager[World]]


@contextmanager
def on_sqlite() -> Iterator[World]:
    """A new world on SQLite."""
    with scratch() as folder:
        world = World(folder)
        try:
            yield world
        finally:
            world.close()


def on_postgres(server: Path, name: str) -> Worlds:
    """Makes new worlds on a server of PostgreSQL, in databases whose names begin so."""

    @contextmanager
    def made() -> Iterator[World]:
        with scratch() as folder:
            world = PostgresWorld(folder, postgres.fresh_copy(server, f"{name}_{next(_NAMES)}"))
            try:
                yield world
            finally:
                world.close()

    return made


class Office(Protocol):
    """People at their phones in a world, and everything that was ever delivered."""

    world: World
    delivered: list[tuple[Phone, str, dict[str, Any]]]

    def deliver(self, called: str, **what: Any) -> None:
        """Somebody types or presses something."""

    def go_on(self, called: str, chance: Random, steps: int) -> None:
        """Somebody answers so many questions."""

    def tokens(self) -> list[str]:
        """What every button carries that anybody has seen."""


class Machine(RuleBasedStateMachine):
    """People at their phones, in any order; each machine has rules of its own besides."""

    worlds: ClassVar[Worlds]
    """Makes a context in which there is a new world."""
    offices: ClassVar[Callable[[World], Office]]
    cast: ClassVar[Sequence[str]]
    """Who presses old buttons."""
    counted: ClassVar[Sequence[str]]
    """The tables in which nothing may come of a delivery that came before."""

    def __init__(self) -> None:
        super().__init__()
        self.context = type(self).worlds()
        self.office: Any = type(self).offices(self.context.__enter__())

    def teardown(self) -> None:
        self.context.__exit__(None, None, None)

    @precondition(lambda self: self.office.tokens())
    @rule(chance=CHANCE)
    def presses_an_old_button_of_anybodys(self, chance: Random) -> None:
        who = chance.choice(self.cast)
        self.office.deliver(who, press=chance.choice(self.office.tokens()))
        self.office.go_on(who, chance, 3)

    @precondition(lambda self: self.office.delivered)
    @rule(chance=CHANCE)
    def a_delivery_comes_again(self, chance: Random) -> None:
        phone, key, what = chance.choice(self.office.delivered)
        before = self.stands()
        phone.deliver(key, **what)
        assert self.stands() == before

    def stands(self) -> list[Any]:
        """How many rows there are in each of the tables."""
        return [self.office.rows(f"SELECT count(*) FROM {name}") for name in self.counted]


def run(machine: Any, worlds: Worlds, examples: int, steps: int = FEW.stateful_step_count) -> Any:
    """Let a machine run so many times, each in a new world and so many steps at most; the class that ran."""
    ran = type(machine.__name__, (machine,), {"worlds": staticmethod(worlds)})
    run_state_machine_as_test(ran, settings=settings(FEW, max_examples=examples, stateful_step_count=steps))  # type: ignore[no-untyped-call]
    return ran
