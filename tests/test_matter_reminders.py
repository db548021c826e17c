"""Reminders of reviews: planned for whatever state a matter is in, planned anew as it moves, and nothing goes unnoticed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import select

from bot import reminding
from bot.clock import day_of, local
from bot.reminding import KINDS
from bot.turn import Turn
from handlers import matter_lines, matter_reminders
from models.calendar import Calendar
from models.db import Transaction
from models.matters import assignments, clock, extensions, matters, suspensions, waiting
from models.matters.assignments import State as Task
from models.matters.matters import State
from models.people import Bureau
from models.prepared import moment
from tests import sample_matters
from tests.sample_many_matters import fill
from tests.world import BEGINNING, World

TODAY = day_of(BEGINNING)
DAY = timedelta(days=1)
STATE = Calendar()
MATTER, TASK = "matter", "task"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def do(world: World, work: Any) -> Any:
    """Some work in a turn of nobody's."""
    return world.assistant.by_itself("schedule", work).result()


def planned(world: World, kind: str) -> list[datetime]:
    """When the pending reminders of a kind fall due, here."""
    sql = "SELECT due_at FROM reminder WHERE kind = ? AND state = 'pending' AND person_id = 0 ORDER BY due_at"
    return [local(found) for (at,) in world.rows(sql, kind) if (found := moment(at)) is not None]


def days(moments: list[datetime]) -> list[date]:
    assert all((one.hour, one.minute) == (9, 0) for one in moments)
    return [one.date() for one in moments]


def opened(world: World) -> int:
    """A matter that somebody has accepted, its reminders planned."""
    the_id = sample_matters.matter(world.database, world.clock.now(), kind="enforcement", route="", opener="法制科经办")
    do(world, lambda turn: matter_reminders.watch(turn, the_id))
    return the_id


def row(db: Transaction, the_id: int) -> Any:
    found = matters.by_id(db, the_id)
    assert found is not None
    return found


def ladder(begun: date, due: date) -> list[date]:
    """The days on which a reviewer hears of a step that nobody moves."""
    before = {clock.halfway(STATE, begun, due), STATE.after(due, -1), due}
    return [*sorted(one for one in before if one > TODAY), STATE.after(due, 1), STATE.after(due, 2)]


def test_a_reviewer_hears_of_it_as_it_comes_close_and_is_over(world: World) -> None:
    the_id = opened(world)
    due = world.database.read(lambda db: row(db, the_id)).due_on
    assert days(planned(world, TASK)) == ladder(TODAY, due)
    assert days(planned(world, MATTER)) == [STATE.after(due, 2)], "and whoever assigned, at the second time"


def test_more_time_moves_it_all(world: World) -> None:
    the_id = opened(world)
    later = STATE.after(TODAY, 12)

    def grant(turn: Turn) -> None:
        matters.move(turn.db, row(turn.db, the_id), State.WORKING, 1, turn.now, due_on=later)
        matter_reminders.watch(turn, the_id)

    do(world, grant)
    assert days(planned(world, TASK)) == ladder(TODAY, later)


def test_while_material_is_awaited_only_that_is_spoken_of(world: World) -> None:
    the_id = opened(world)

    def stop(turn: Turn) -> None:
        suspensions.begin(turn.db, row(turn.db, the_id), "缺少询问笔录", 1, turn.today, turn.now)
        matters.move(turn.db, row(turn.db, the_id), State.SUSPENDED, 1, turn.now)
        matter_reminders.watch(turn, the_id)

    def go_on(turn: Turn) -> date:
        found = row(turn.db, the_id)
        due = suspensions.end(turn.db, found, 1, turn.today, turn.now)
        matters.move(turn.db, found, State.WORKING, 1, turn.now, due_on=due)
        matter_reminders.watch(turn, the_id)
        return due

    before = world.database.read(lambda db: row(db, the_id)).due_on
    do(world, stop)
    assert planned(world, TASK) == []
    assert days(planned(world, MATTER))[:3] == [STATE.after(TODAY, count) for count in (1, 3, 5)]
    world.clock.pass_(days=7)
    due: list[date] = []
    do(world, lambda turn: due.append(go_on(turn)))
    assert due == [STATE.after(before, 5)]
    assert days(planned(world, TASK))[-2:] == [STATE.after(due[0], 1), STATE.after(due[0], 2)]


def test_who_is_given_what_is_late_already_hears_of_it_too(world: World) -> None:
    the_id = opened(world)
    due = world.database.read(lambda db: row(db, the_id)).due_on
    world.clock.pass_(days=(due - TODAY).days + 14)
    today = day_of(world.clock.now())

    def give(turn: Turn) -> None:
        (old,) = waiting.tasks_of(turn.db, the_id)
        assignments.move(turn.db, old, Task.REPLACED, 1, turn.now)
        found = row(turn.db, the_id)
        who = assignments.candidates(turn.db, found, matters.step_of(found), turn.today)[:1]
        assignments.assign(turn.db, found, who, found.opened_by, turn.now)
        matter_reminders.watch(turn, the_id)

    do(world, give)
    assert [one for one in days(planned(world, TASK)) if one > today] == [STATE.after(today, 1), STATE.after(today, 2)]
    assert STATE.after(today, 2) in days(planned(world, MATTER))


@pytest.mark.parametrize("state", [State.DONE, State.WITHDRAWN])
def test_what_is_over_is_spoken_of_no_more(world: World, state: State) -> None:
    the_id = opened(world)

    def end(turn: Turn) -> None:
        matters.move(turn.db, row(turn.db, the_id), state, 1, turn.now)
        matter_reminders.watch(turn, the_id)

    do(world, end)
    assert planned(world, TASK) == planned(world, MATTER) == []


def test_an_answered_wish_and_one_that_is_moot_wait_for_nobody(world: World) -> None:
    the_id = opened(world)

    def ask(turn: Turn) -> int:
        (assignment,) = waiting.tasks_of(turn.db, the_id)
        return extensions.ask(turn.db, assignment, STATE.after(TODAY, 9), "案卷较多", assignment.person_id, turn.now)

    def now_due(turn: Turn, due: date) -> None:
        matters.move(turn.db, row(turn.db, the_id), State.WORKING, 1, turn.now, due_on=due)

    do(world, ask)
    assert world.database.read(lambda db: extensions.pending(db, the_id)) is not None
    do(world, lambda turn: now_due(turn, STATE.after(TODAY, 9)))
    assert world.database.read(lambda db: extensions.pending(db, the_id)) is None


@pytest.fixture
def many(world: World) -> World:
    """Hundreds of matters in all states."""

    def work(db: Transaction) -> None:
        bureau = db.session.exec(select(Bureau.id).where(Bureau.name == "示范区人社局")).one()
        fill(db, bureau, 600, TODAY, Random(7))

    world.database.write(work).result()
    return world


def test_some_are_planned_as_all_are(many: World) -> None:
    def look(turn: Turn) -> None:
        for kind in (MATTER, TASK):
            with turn.within(KINDS[kind].folder):
                whole = {the_id: list(rungs) for the_id, rungs in KINDS[kind].planned(turn, None)}
                some = set(list(whole)[::3]) | {1, 2, 3, 999_999}
                assert {the_id: list(rungs) for the_id, rungs in KINDS[kind].planned(turn, some)} == {
                    the_id: rungs for the_id, rungs in whole.items() if the_id in some
                }

    many.assistant.look_alone(look)


def test_whatever_is_open_somebody_owes_and_will_hear_of(many: World) -> None:
    """No matter without an owner, and none that passes its due date without a word."""

    def look(turn: Turn) -> None:
        plan = {kind: {the_id: list(rungs) for the_id, rungs in KINDS[kind].plan(turn)} for kind in (MATTER, TASK)}
        for matter in waiting.open_matters(turn.db):
            tasks = waiting.tasks_of(turn.db, matter.id)
            with turn.within("matter_reminders"):
                owed = [*matter_lines.of_matter(turn, matter), *(matter_lines.of_task(turn, one) for one in tasks)]
            assert owed, matter.state
            rungs = [*plan[MATTER][matter.id], *(rung for one in tasks for rung in plan[TASK][one.id])]
            if matter.state in (State.WAITING, State.WORKING):
                over = clock.moment(matter.due_on)
                assert sum(rung.due_at > over == rung.deadline for rung in rungs) >= 2, matter.state
            else:
                assert rungs, matter.state

    many.assistant.look_alone(look)


def test_planning_a_second_time_changes_nothing(many: World) -> None:
    do(many, reminding.replan)
    before = many.rows("SELECT count(*), sum(due_at) FROM reminder")
    do(many, reminding.replan)
    assert many.rows("SELECT count(*), sum(due_at) FROM reminder") == before
    assert (
        many.assistant.look_alone(lambda turn: [*reminding.astray(turn, MATTER), *reminding.astray(turn, TASK)]) == []
    )


def test_each_asked_reviewer_is_asked_again_and_then_passed_over(world: World) -> None:
    the_id = sample_matters.matter(
        world.database, world.clock.now(), kind="enforcement", route="", opener="法制科经办", reviewers=()
    )

    def ask(turn: Turn) -> None:
        found = row(turn.db, the_id)
        step = matters.step_of(found)
        who = assignments.candidates(turn.db, found, step, turn.today)[:1]
        assignments.assign(turn.db, found, who, found.opened_by, turn.now)
        matters.move(turn.db, found, State.WORKING, found.opened_by, turn.now)
        matter_reminders.watch(turn, the_id)

    do(world, ask)
    assert STATE.after(TODAY, 1) in days(planned(world, TASK))
    assert STATE.after(TODAY, 2) in days(planned(world, MATTER))
    (assignment,) = world.database.read(lambda db: waiting.tasks_of(db, the_id))
    assert assignment.state == Task.ASKED

    def silent(turn: Turn) -> bool:
        return matter_lines.is_silent(turn.db, assignment, turn)

    assert not world.assistant.look_alone(silent)
    world.clock.pass_(days=2)
    assert world.assistant.look_alone(silent)
