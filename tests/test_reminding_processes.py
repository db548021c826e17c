"""Several processes, clocks that are set, kinds that break, people by the hundred: each reminder goes out once all the same."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from bot import ticks
from bot.ticks import Ticks
from models.db import DatabaseDown
from models.people import Person
from tests import postgres
from tests.chores import PLAN, Case, Process, case, moment, on_the_page, text_of
from tests.dialogue_screens import all_words
from tests.test_concurrency import PostgresWorld
from tests.world import World

DEADLINE = moment("2026-09-09", "17:30")


@pytest.fixture(params=["sqlite", "postgres"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    world: World
    if request.param == "sqlite":
        world = World(tmp_path, all_words())
    else:
        folder = request.getfixturevalue("postgres_server")
        world = PostgresWorld(tmp_path, postgres.fresh_copy(folder, f"r{abs(hash(request.node.name))}"))
        world.words = all_words()
    with case(world) as made:
        yield made


def everybody(world: World) -> list[int]:
    """Forty people who can be reached."""
    found = list(world.database.read(lambda db: db.session.exec(select(Person.id).order_by(col(Person.id))).all()))[:40]
    on_the_page(world, *found)
    return found


def at_once(*processes: Process) -> None:
    threads = [threading.Thread(target=process.tick) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_processes_make_one_reminder(anywhere: Case) -> None:
    people = everybody(anywhere.world)
    for number in range(5):
        anywhere.due.add(str(number), DEADLINE, *people).rung(moment("2026-09-02"))
    first, second = anywhere.process, anywhere.another()
    first.tick()
    for process in (first, second):
        process.set("2026-09-02")
    for _ in range(3):
        at_once(first, second)
    sent = [row.person_id for row in first.rows + second.rows if row.channel == "web"]
    assert sorted(sent) == people
    assert Counter(anywhere.process.states()) == {"sent": 200}


def test_two_processes_told_of_one_person_at_once_send_one_message_an_hour(anywhere: Case) -> None:
    first, second = anywhere.process, anywhere.another()
    first.set("2026-08-20", "10:00")
    for _ in range(5):
        threads = [threading.Thread(target=one.tell, args=(anywhere.me,)) for one in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len([row for row in first.rows + second.rows if row.channel == "web"]) == 1
    first.set("2026-08-20", "11:00")
    [row] = second.tick()
    assert text_of(row).startswith("您有 9 件事")


def test_a_process_waits_for_one_that_is_at_it_but_not_for_a_dead_one(reminded: Case) -> None:
    second = reminded.another()
    reminded.due.add("自评", DEADLINE, reminded.me).rung(moment("2026-09-02"))
    reminded.process.tick()
    reminded.process.set("2026-08-19", "09:10")
    reminded.process.do(lambda turn: turn.db.execute("UPDATE lease SET until = 9000000000000000, holder = 'dead'"))
    assert len(second.at("2026-09-02")) == 1, "its clock was ahead"
    reminded.process.do(lambda turn: turn.db.execute("UPDATE reminder SET state = 'pending' WHERE person_id > 0"))
    reminded.process.do(lambda turn: turn.db.execute("UPDATE reminded SET digest_on = NULL"))
    assert reminded.process.tick() == [], "the other one holds it"
    reminded.world.clock.pass_(seconds=30)
    assert len(reminded.process.tick()) == 1


def test_a_process_that_ends_lets_the_next_begin_at_once(reminded: Case) -> None:
    second = reminded.another()
    reminded.due.add("自评", DEADLINE, reminded.me).rung(moment("2026-08-20", "09:00"))
    reminded.process.tick()
    reminded.due.add("另一件", DEADLINE, reminded.me)
    second.at("2026-08-20", "08:59")
    second._runner.run(second.reminders.stop())
    assert len(reminded.process.at("2026-08-20")) == 1


# Clocks


def test_a_clock_set_forward_by_a_day_and_back_repeats_nothing(reminded: Case) -> None:
    process = reminded.process
    for day in ("2026-09-02", "2026-09-03", "2026-09-04"):
        reminded.due.add(day, DEADLINE, reminded.me).rung(moment(day))
    process.tick()
    sent = [len(process.at(*when.split())) for when in (
        "2026-09-02 09:00", "2026-09-03 09:30", "2026-09-02 10:00", "2026-09-03 09:00", "2026-09-04 09:00",
    )]  # fmt: skip
    assert sent == [1, 1, 0, 0, 1], "what was brought forward is not repeated, and no day has two digests"
    assert process.states() == ["sent"] * 3


def test_a_clock_set_back_by_a_day_loses_nothing(reminded: Case) -> None:
    process = reminded.process
    reminded.due.add("自评", DEADLINE, reminded.me).rung(moment("2026-09-03"))
    process.tick()
    process.set("2026-09-02", "10:00")
    assert len(process.tell(reminded.me)) == 1
    process.set("2026-09-01", "10:00")
    assert len(process.tell(reminded.me)) == 1, "the hour after a message that is still to come is not waited for"
    assert [len(process.at(day)) for day in ("2026-09-01", "2026-09-02", "2026-09-03")] == [0, 0, 1]


def test_ticks_go_on_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ticking() -> None:
        made, called = Ticks(), asyncio.Event()

        async def tick() -> None:
            called.set()

        made.every(20, tick)
        made.start()
        made.catch_up()
        await asyncio.sleep(0.01)
        assert not called.is_set(), "it is not time yet"
        monkeypatch.setattr(ticks, "Clock", Yesterday)
        made.catch_up()
        await asyncio.wait_for(called.wait(), 10)
        made.pause()
        made.stop()

    asyncio.run(ticking())


class Yesterday:
    def now(self) -> datetime:
        return datetime.now(UTC) - timedelta(days=1)


# Faults


def test_a_kind_that_breaks_keeps_nothing_else_back(reminded: Case) -> None:
    people = everybody(reminded.world)
    for number in range(3):
        reminded.due.add(str(number), DEADLINE, *people).rung(moment("2026-09-08", f"1{number}:00"), urgent=True)
    reminded.process.tick()
    reminded.due.breaks = {1}
    assert reminded.process.at("2026-09-08", "10:00") == []
    assert reminded.world.rows("SELECT state, reason FROM reminder WHERE object_id = 1") == [("pending", "fault")]
    assert len(reminded.process.at("2026-09-08", "11:00")) == len(people)
    reminded.due.breaks = set()
    assert reminded.process.at("2026-09-08", "11:09") == []
    reminded.process.at("2026-09-08", "11:10")
    assert reminded.world.rows("SELECT state FROM reminder WHERE object_id = 1 AND person_id = 0") == [("expanded",)]


def test_a_plan_that_breaks_keeps_nothing_back_that_is_due(reminded: Case) -> None:
    reminded.due.add("自评", DEADLINE, reminded.me).rung(moment("2026-09-02"))
    reminded.process.tick()
    reminded.due.breaks = {PLAN}
    assert len(reminded.process.at("2026-09-02")) == 1


def test_somebody_whose_lines_break_keeps_nobody_else_back(reminded: Case) -> None:
    people = everybody(reminded.world)
    reminded.due.add("一", DEADLINE, *people).rung(moment("2026-09-02"))
    reminded.due.add("二", DEADLINE, people[3]).rung(moment("2026-09-02"))
    reminded.process.tick()
    reminded.process.set("2026-09-01", "22:00")
    reminded.process.tell(people[3], of=("chore", 2))
    reminded.due.breaks = {2}
    reminded.process.tick()
    reminded.due.objects[2].rungs.clear()
    sent = reminded.process.at("2026-09-02")
    assert len(sent) == len(people) - 1
    reminded.due.breaks = set()
    sent = reminded.process.at("2026-09-02", "09:10")
    assert {row.person_id for row in sent} == {people[3]}


def test_a_database_that_is_down_is_tried_again_at_the_next_tick(
    reminded: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    reminded.due.add("自评", DEADLINE, reminded.me).rung(moment("2026-09-02"))
    reminded.process.tick()

    def down(*_: Any, **__: Any) -> Future[None]:
        future: Future[None] = Future()
        future.set_exception(DatabaseDown("locked"))
        return future

    monkeypatch.setattr(reminded.world.database, "write", down)
    assert reminded.process.at("2026-09-02") == []
    monkeypatch.undo()
    assert len(reminded.process.tick()) == 1


# Many


def test_more_than_fit_into_a_transaction_go_out_in_several(reminded: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    people = everybody(reminded.world)
    for place in ("bot.reminding.MOST", "bot.reminding.due.MOST"):
        monkeypatch.setattr(place, 7)
    for number in range(3):
        reminded.due.add(str(number), DEADLINE, *people).rung(moment("2026-09-02"))
    reminded.process.tick()
    assert sorted(row.person_id or 0 for row in reminded.process.at("2026-09-02")) == people
    assert Counter(reminded.process.states()) == {"sent": 120}


def test_an_idle_tick_asks_one_question(reminded: Case) -> None:
    reminded.process.tick()
    reads = []
    read = reminded.world.database.read
    reminded.world.database.read = lambda work: reads.append(work) or read(work)  # type: ignore[method-assign, func-returns-value]
    reminded.process.tick()
    assert len(reads) == 1
