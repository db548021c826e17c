"""Whatever people open, press, write, repeat and deliver late: every matter has an owner and a due date, and no opinion is lost.

The same machine on SQLite and on PostgreSQL. What is rare by chance (补正, contracts on their long route) has rules of its own,
and a run that has not met all of it fails.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bot import reminding
from handlers.matter_reminders import MATTER, TASK
from models.affairs import By, affair
from models.matters.assignments import LIVE, LOAD, TO_WRITE, State
from models.matters.matters import OPEN
from models.matters.matters import State as Stands
from tests.machine_worlds import CHANCE, Machine, on_postgres, on_sqlite, run
from tests.matters_office import CAST, SECTION, UNITS, MattersOffice, nth_working_day, working_days

MOST_OPEN = 5
WAITS_ON_SOMEBODY = (Stands.WORKING, Stands.SUSPENDED)
LONG = {"kind": "合同协议签署", "route": "需经局长办公会审议", "confidential": "非内部"}
"""What is answered to open a contract on its long route."""
MET = {
    "resumed", "a clock that stood still for days", "contract, step 1", "contract, step 2", "contract, done after 复审",
    "several reviewers", "a part returned",
}  # fmt: skip
"""What is rare by chance, and a whole run has to meet."""


class Matters(Machine):
    """People at their phones, in any order."""

    offices = MattersOffice
    cast = CAST
    counted = ("matter", "assignment", "opinion", "outgoing", "auditentry")
    met: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.opinions: set[Any] = set()
        self.gone: set[str] = set()
        self.noted: set[str] = set()

    def teardown(self) -> None:
        for one in sorted(self.noted):
            event(one)
            type(self).met[one] += 1
        super().teardown()

    @initialize(chance=CHANCE)
    def a_day_of_work(self, chance: Random) -> None:
        """What is drawn is mostly short: there is to be something that it meets."""
        for unit in UNITS:
            self.opens_a_contract_on_its_long_route(who=f"{unit}负责人", chance=chance)
        self.a_reviewer_awaits_material(chance=chance)
        self.office.world.clock.pass_(days=chance.randint(1, 3), hours=1)
        self.office.world.tick()
        if chance.random() < 0.8:
            self.the_clock_goes_on(chance=chance)
        for _ in range(chance.randint(0, 14)):
            move = self.what_was_handed_in_goes_back if chance.random() < 0.15 else self.one_goes_on
            move(chance=chance)

    @precondition(lambda self: self.count(*OPEN) < MOST_OPEN)
    @rule(who=st.sampled_from(CAST), chance=CHANCE)
    def opens(self, who: str, chance: Random) -> None:
        self.office.deliver(who, text="取消")
        self.office.deliver(who, text="提请审核")
        self.office.go_on(who, chance, 20)

    @precondition(lambda self: self.count(*OPEN) < MOST_OPEN)
    @rule(who=st.sampled_from([f"{unit}负责人" for unit in UNITS]), chance=CHANCE)
    def opens_a_contract_on_its_long_route(self, who: str, chance: Random) -> None:
        self.office.deliver(who, text="取消")
        self.office.deliver(who, text="提请审核")
        self.office.go_on(who, chance, 20, LONG)

    @precondition(lambda self: self.count(*OPEN))
    @rule(chance=CHANCE, rounds=st.integers(1, 3))
    def whoever_is_asked_acts(self, chance: Random, rounds: int) -> None:
        for _ in range(rounds):
            for who in chance.sample(CAST, len(CAST)):
                self.office.act(who, chance)

    @precondition(lambda self: self.count(*OPEN))
    @rule(chance=CHANCE)
    def one_goes_on(self, chance: Random) -> None:
        """Whoever an open matter waits for does something about it."""
        waits = [
            (row.id, person)
            for row, asked, owners, _ in self.office.matters()
            for person in self.waits_for(row, asked, owners)
        ]
        if waits:
            the_id, person = chance.choice(waits)
            self.office.act_on(person, the_id, chance)

    @precondition(lambda self: self.count(Stands.WORKING))
    @rule(chance=CHANCE, label=st.sampled_from(["等待补正", "等待补正", "申请延期", "无法承办", "回避"]))
    def a_reviewer_awaits_material(self, chance: Random, label: str = "等待补正") -> None:
        """Or more time, or gives it back; whoever has not answered yet accepts first."""
        self.presses(chance, "接受", Stands.WORKING, steps=0)
        self.presses(chance, label, Stands.WORKING)

    @precondition(lambda self: self.count(Stands.SUBMITTED))
    @rule(chance=CHANCE)
    def what_was_handed_in_goes_back(self, chance: Random) -> None:
        back = [(row.id, who) for row, _, owners, _ in self.office.matters() if row.state == Stands.SUBMITTED
                for one in owners if (who := self.office.called(one)) is not None]  # fmt: skip
        if back:
            the_id, who = chance.choice(back)
            self.office.act_on(who, the_id, chance, "退回")

    @precondition(lambda self: self.count(*OPEN) > 2)
    @rule(chance=CHANCE)
    def whoever_opened_one_takes_it_back(self, chance: Random) -> None:
        opened = [(row.id, who) for row, _, _, _ in self.office.matters()
                  if row.state in OPEN and (who := self.office.called(row.opened_by)) is not None]  # fmt: skip
        if opened:
            the_id, who = chance.choice(opened)
            self.office.act_on(who, the_id, chance, "撤销")

    @precondition(lambda self: self.count(Stands.SUSPENDED))
    @rule(chance=CHANCE)
    def the_clock_goes_on(self, chance: Random) -> None:
        self.presses(chance, "恢复办理", Stands.SUSPENDED)

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

    def waits_for(self, row: Any, asked: list[Any], owners: list[int]) -> list[str]:
        """Who of the cast has something to do about a matter."""
        here = [one.person_id for one in asked if one.step == row.step and one.state in LOAD]
        return [who for one in (*owners, *here) if (who := self.office.called(one)) is not None]

    def presses(self, chance: Random, label: str, stands: Stands, steps: int = 14) -> None:
        """Somebody who writes an opinion of a matter that stands so, or is asked to, presses a button that it then has."""
        states = (State.ASKED,) if label == "接受" else TO_WRITE
        writes = [
            (row.id, who) for row, asked, _, _ in self.office.matters() for one in asked
            if row.state == stands and one.step == row.step and one.state in states
            and (who := self.office.called(one.person_id)) is not None
        ]  # fmt: skip
        if writes:
            the_id, who = chance.choice(writes)
            self.office.act_on(who, the_id, chance, label, steps)

    @invariant()
    def what_is_met_is_noted(self) -> None:
        self.noted |= self.seen()

    def seen(self) -> set[str]:
        """What there is to be met now: where matters and parts stand, and what has become of them."""
        found = {f"a matter {state}" for (state,) in self.office.rows("SELECT DISTINCT state FROM matter")}
        found |= {f"a part {state}" for (state,) in self.office.rows("SELECT DISTINCT state FROM assignment")}
        for row, asked, _, documents in self.office.matters():
            if row.affair == "contract" and row.step:
                found.add(f"contract, step {row.step}")
            if row.affair == "contract" and len(documents) == 3 and row.state == Stands.DONE:
                found.add("contract, done after 复审")
            if max(Counter(one.step for one in asked).values(), default=0) > 1:
                found.add("several reviewers")
        for rests, day, _, _ in self.office.resumed():
            found |= {"resumed"} | ({"a clock that stood still for days"} if day > rests[0].begun_on else set())
        return found

    def count(self, *states: Stands) -> int:
        """How many matters stand so."""
        found = Counter(state for (state,) in self.office.rows("SELECT state FROM matter"))
        return sum(found[state] for state in states)

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
    def what_was_left_is_left_when_a_clock_goes_on(self) -> None:
        """Counted day by day: as many working days as there were, the day on which it goes on being the first of them."""
        for rests, day, before, after in self.office.resumed():
            ((bureau,),) = self.office.rows(f"SELECT bureau_id FROM matter WHERE id = {rests[0].matter_id}")
            known = self.office.calendar(bureau)
            left = [working_days(known, rest.begun_on, before) for rest in rests]
            assert after in [nth_working_day(known, day, days) if days else before for days in left], rests

    @invariant()
    def reminders_are_as_planned(self) -> None:
        world = self.office.world
        astray = world.assistant.look_alone(
            lambda turn: [*reminding.astray(turn, MATTER), *reminding.astray(turn, TASK)]
        )
        assert astray == []

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
    ran = run(Matters, on_sqlite, 9, steps=24)
    assert set(ran.met) >= MET


def test_on_postgres(postgres_server: Path) -> None:
    run(Matters, on_postgres(postgres_server, "matters"), 2, steps=16)
