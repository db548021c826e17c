"""Work given to a database from an event loop: what comes back, in which order, and what becomes of it if nobody waits."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.waiting import Door, commit
from models import sqlite
from models.database import open_database
from models.db import Database, DatabaseDown, Transaction
from models.sqlite import SqliteDatabase
from tests.world import demo_database

PATIENCE = 20
MANY = 500


def nothing(_: Transaction) -> None:
    return


def test_many_results_come_back_each_to_whoever_waits_for_it(database: Database) -> None:
    async def work() -> list[int]:
        return await asyncio.gather(*(commit(database, lambda _, n=n: n, lane=str(n % 7)) for n in range(MANY)))  # type: ignore[misc]

    assert asyncio.run(work()) == list(range(MANY))


def test_what_raises_raises_where_it_is_waited_for_and_harms_nobody_beside(database: Database) -> None:
    def fails(_: Transaction) -> None:
        raise LookupError("it")

    async def work() -> list[Any]:
        given = [commit(database, nothing), commit(database, fails), commit(database, lambda _: 3)]
        rescued = commit(database, fails, lambda db, error: f"rescued from {error}")
        return await asyncio.gather(*given, rescued, return_exceptions=True)

    first, failed, third, rescued = asyncio.run(work())
    assert (first, third, rescued) == (None, 3, "rescued from it")
    assert isinstance(failed, LookupError)


def test_what_is_to_be_done_afterwards_is_done_first_and_may_fail(database: Database) -> None:
    seen: list[str] = []

    def note(what: str) -> None:
        seen.append(what)
        raise RuntimeError("nobody there")

    async def work() -> None:
        seen.append(f"told {await commit(database, lambda _: 'a', after=note)}")

    asyncio.run(work())
    assert database.write(lambda _: "b", after=note).result(PATIENCE) == "b"
    assert seen == ["a", "told a", "b"]
    assert database.write(lambda _: 1).result(PATIENCE) == 1  # the thread lives


def test_nothing_is_told_to_a_loop_that_has_ended(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: Transaction) -> None:
        begun.set()
        go_on.wait(PATIENCE)

    async def leave() -> None:
        waiting = asyncio.ensure_future(commit(database, slow))
        await asyncio.to_thread(begun.wait, PATIENCE)
        waiting.cancel()

    asyncio.run(leave())
    go_on.set()
    assert database.write(lambda _: 1).result(PATIENCE) == 1


def test_a_closed_database_says_so(database: Database) -> None:
    async def work() -> None:
        await commit(database, nothing)

    database.close()
    with pytest.raises(DatabaseDown):
        asyncio.run(work())
    with pytest.raises(DatabaseDown):
        database.write(nothing).result(PATIENCE)


def test_calls_from_other_threads_come_in_in_their_order_and_none_is_lost() -> None:
    came: list[tuple[int, int]] = []

    async def listen() -> None:
        door = Door(asyncio.get_running_loop())
        callers = [
            threading.Thread(target=lambda me=me: [door.call(came.append, (me, n)) for n in range(MANY)])
            for me in range(4)
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            await asyncio.to_thread(caller.join)
        last = asyncio.Event()
        door.call(last.set)
        async with asyncio.timeout(PATIENCE):
            await last.wait()

    asyncio.run(listen())
    assert all([n for who, n in came if who == me] == list(range(MANY)) for me in range(4))


class Trickling:
    """A clock that stands but for what is slept, and in every step of which one more piece of work comes."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.comes: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.comes()


def test_only_a_crowd_is_waited_for_and_not_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_database(f"sqlite:///{shutil.copy(demo_database(), tmp_path)}")
    clock = Trickling()
    monkeypatch.setattr(sqlite, "time", clock)

    def all_together(many: int) -> None:
        go_on = threading.Event()
        held = opened.write(lambda _: go_on.wait(PATIENCE))
        given = [opened.write(nothing) for _ in range(many)]
        go_on.set()
        for one in [held, *given]:
            one.result(PATIENCE)

    try:
        all_together(SqliteDatabase.CROWD - 2)
        opened.write(nothing).result(PATIENCE)
        assert clock.slept == []

        all_together(2 * SqliteDatabase.CROWD)
        came: list[Any] = []
        clock.comes = lambda: came.append(opened.write(nothing))
        opened.write(nothing).result(PATIENCE)
        for one in came:
            one.result(PATIENCE)
        assert 0 < sum(clock.slept) <= SqliteDatabase.LONGEST_SECONDS + SqliteDatabase.STEP_SECONDS
    finally:
        opened.close()
