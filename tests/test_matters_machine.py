"""Whatever people open, press, write, repeat and deliver late: every matter has an owner and a due date, and no opinion is lost.

The same machine on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from models.affairs import By, affair
from models.matters.assignments import LIVE, State
from models.matters.matters import OPEN
from models.matters.matters import State as Stands
from tests import postgres
from tests.dialogue_played import scratch
from tests.matters_office import CAST, SECTION, UNITS, MattersOffice
from tests.test_concurrency import PostgresWorld
from tests.test_personnel_machine import on_sqlite
from tests.world import World

MOST_OPEN = 4
NAMES = count()
CHANCE = st.integers(0, 2**32).map(Random)
WAITS_ON_SOMEBODY = (Stands.WORKING, Stands.SUSPENDED)
FEW = settings(
    deadline=None, stateful_step_count=30, print_blob=True, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)  # fmt: skip


class Matters(RuleBasedStateMachine):
    """People at their phones, in any order."""

    worlds: ClassVar[Callable[[], Any]]
    """Makes a context in which there is a new world."""

    def __init__(self) -> None:
        super().__init__()
        self.context = type(self).worlds()
        self.office = MattersOffice(self.context.__enter__())
        self.opinions: set[Any] = set()
        self.gone: set[str] = set()

    def teardown(self) -> None:
        self.context.__exit__(None, None, None)

    @precondition(lambda self: self.count(*OPEN) < MOST_OPEN)
    @rule(who=st.sampled_from(CAST), chance=CHANCE)
    def opens(self, who: str, chance: Random) -> None:
        self.office.deliver(who, text="取消")
        self.office.deliver(who, text="提请审核")
        self.office.go_on(who, chance, 20)

    @precondition(lambda self: self.count(*OPEN))
    @rule(chance=CHANCE, rounds=st.integers(2, 4))
    def whoever_is_asked_acts(self, chance: Random, rounds: int) -> None:
        for _ in range(rounds):
            for who in chance.sample(CAST, len(CAST)):
                self.office.act(who, chance)

    @precondition(lambda self: self.office.tokens())
    @rule(who=st.sampled_from(CAST), chance=CHANCE)
    def presses_an_old_button_of_anybodys(self, who: str, chance: Random) -> None:
        self.office.deliver(who, press=chance.choice(self.office.tokens()))
        self.office.go_on(who, chance, 3)

    @precondition(lambda self: self.office.delivered)
    @rule(chance=CHANCE)
    def a_delivery_comes_again(self, chance: Random) -> None:
        phone, key, what = chance.choice(self.office.delivered)
        before = self.stands()
        phone.deliver(key, **what)
        assert self.stands() == before

    @rule(days=st.integers(0, 4), runs=st.booleans())
    def time_passes(self, days: int, runs: bool) -> None:
        self.office.world.clock.pass_(days=days, hours=1)
        if runs:
            self.office.world.tick()

    @precondition(lambda self: len(self.gone) < len(UNITS) and self.count(*OPEN) > len(self.gone) + 1)
    @rule(unit=st.sampled_from(UNITS))
    def an_officer_leaves(self, unit: str) -> None:
        self.gone.add(unit)
        for text in ("取消", "人员变动", "有人离任", f"{unit}法治员 法治员", "退休", "今天", "暂无人选", "提交"):
            self.office.deliver(f"{unit}负责人", text=text)
        for text in ("取消", "待备案"):
            self.office.deliver(SECTION[1], text=text)
        self.office.press(SECTION[1], "备案")

    def count(self, *states: Stands) -> int:
        """How many matters stand so."""
        found = Counter(state for (state,) in self.office.rows("SELECT state FROM matter"))
        return sum(found[state] for state in states)

    def stands(self) -> Any:
        return [
            self.office.rows(f"SELECT count(*) FROM {name}")
            for name in ("matter", "assignment", "opinion", "outgoing", "auditentry")
        ]

    @invariant()
    def nothing_broke(self) -> None:
        assert self.office.rows("SELECT poison FROM delivery WHERE poison IS NOT NULL") == []

    @invariant()
    def every_open_matter_has_an_owner_and_a_due_date(self) -> None:
        for row, asked, owners, _ in self.office.matters():
            live = [one for one in asked if one.step == row.step and one.state in LIVE]
            if row.state in WAITS_ON_SOMEBODY:
                assert any(one.state != State.SUBMITTED for one in live), row
            elif row.state in OPEN:
                assert owners, row
            assert row.due_on >= row.begun_on
            assert self.office.calendar(row.bureau_id).works(row.due_on)

    @invariant()
    def no_opinion_is_lost(self) -> None:
        kept = set(self.office.rows("SELECT id, assignment_id, version, person_id, conclusion, text FROM opinion"))
        assert kept >= self.opinions
        self.opinions = kept
        [(noted,)] = self.office.rows("SELECT count(*) FROM auditentry WHERE what = 'matter.submit'")
        assert noted == len(kept)
        counting = Counter(dict(self.office.rows(
            "SELECT assignment_id, count(*) FROM opinion WHERE counts GROUP BY assignment_id")))  # fmt: skip
        for row, asked, _, _ in self.office.matters():
            for one in asked:
                if one.state in (State.SUBMITTED, State.RETURNED, State.DONE) and affair(row.affair).record is None:
                    assert counting[one.id], one

    @invariant()
    def recusal_is_never_broken(self) -> None:
        handlers = set(self.office.rows("SELECT matter_id, person_id FROM matterhandler"))
        officers = defaultdict(set)
        for unit, person in self.office.rows("SELECT unit_id, person_id FROM post WHERE role = 'legal_officer'"):
            officers[unit].add(person)
        for row, asked, _, _ in self.office.matters():
            recused = {one.person_id for one in asked if one.state == State.RECUSED}
            steps = affair(row.affair).routes[row.route]
            for one in asked:
                works = one.state in LIVE or one.state == State.DONE
                assert (row.id, one.person_id) not in handlers
                assert not (works and one.person_id in recused)
                assert not any(
                    works and other.person_id == one.person_id and other.step < one.step and other.state == State.DONE
                    for other in asked
                )
                if steps[one.step].by is By.OTHER_UNIT:
                    assert one.person_id not in officers[row.unit_id]

    @invariant()
    def numbers_have_no_gaps_or_repeats(self) -> None:
        for table in ("matter", "matterdocument"):
            taken = defaultdict(list)
            for bureau, year, number in self.office.rows(f"SELECT bureau_id, year, number FROM {table}"):
                taken[bureau, year].append(number)
            assert all(sorted(found) == list(range(1, len(found) + 1)) for found in taken.values())

    @invariant()
    def what_is_accepted_is_a_document(self) -> None:
        for row, asked, _, documents in self.office.matters():
            ended = row.step + (row.state in (Stands.DECIDING, Stands.DONE))
            assert [one.step for one in documents] == list(range(ended)), row
            done = {one.step for one in asked if one.state == State.DONE}
            assert done == set(range(ended))
            if row.state in (Stands.DONE, Stands.WITHDRAWN):
                assert not any(one.state in LIVE for one in asked)


def test_on_sqlite() -> None:
    class OnSqlite(Matters):
        worlds = staticmethod(on_sqlite)

    run_state_machine_as_test(OnSqlite, settings=settings(FEW, max_examples=10))  # type: ignore[no-untyped-call]


def test_on_postgres(postgres_server: Path) -> None:
    @contextmanager
    def on_postgres() -> Iterator[World]:
        with scratch() as folder:
            world = PostgresWorld(folder, postgres.fresh_copy(postgres_server, f"matters_{next(NAMES)}"))
            try:
                yield world
            finally:
                world.close()

    class OnPostgres(Matters):
        worlds = staticmethod(on_postgres)

    run_state_machine_as_test(OnPostgres, settings=settings(FEW, max_examples=3))  # type: ignore[no-untyped-call]
