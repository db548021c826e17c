"""Where the time of a turn goes: CPU by phase, as probes around the phases' own functions see it."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from unittest import mock

from bot.flow import Flow
from bot.render import Words
from models import db, prepared
from tests.bench import driver, turns
from tests.bench.turns import Load
from tests.bench.worlds import World

SQLITE, COMMIT = "SQLite: the statements", "SQLite: the commit, shared by a batch"
FUNCTIONS: tuple[tuple[Any, str, str], ...] = (
    (prepared.Compiled, "bind", "values to SQL, JSON written"),
    (prepared.Compiled, "rows", "rows to values, JSON read"),
    (Flow, "walk", "questions: the flow walked"),
    (Words, "text", "words: sentences rendered"),
    (db.Job, "outcome", "the rest of the turn: router, flow, handler, savepoint"),
    (db.Job, "resolve", "handing the outcome to the event loop"),
)
OUTSIDE = "event loop: deliveries in, rows out, marks (and the people who answer)"


@dataclass(frozen=True)
class Split:
    """Microseconds of CPU a turn by phase, and those that the writer only waited for the disk."""

    phases: dict[str, float]
    waiting: float


class _Probes:
    """Counts CPU by phase; a phase inside another is not counted to the outer one."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._inner = threading.local()

    def around(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        clock, spent, local = time.thread_time_ns, self.spent, self._inner

        def probed(*arguments: Any, **named: Any) -> Any:
            try:
                inner = local.inner
            except AttributeError:
                inner = local.inner = [0]
            inner.append(0)
            begun = clock()
            try:
                return function(*arguments, **named)
            finally:
                took = clock() - begun
                spent[phase] += took - inner.pop()
                inner[-1] += took

        return probed


def split(world: World, load: Load) -> Split:
    """Answer as the load says, with probes in place."""
    probes = _Probes()
    waits: list[int] = []

    statement, commit = (probes.around(phase, sqlite3.Cursor.execute) for phase in (SQLITE, COMMIT))

    class Cursor(sqlite3.Cursor):
        executemany = probes.around(SQLITE, sqlite3.Cursor.executemany)
        fetchall = probes.around(SQLITE, sqlite3.Cursor.fetchall)

        def execute(self, sql: str, values: Any = (), /) -> Cursor:
            if sql != "COMMIT":
                statement(self, sql, values)
            else:
                begun, cpu = time.perf_counter_ns(), time.thread_time_ns()
                commit(self, sql)
                waits.append(time.perf_counter_ns() - begun - time.thread_time_ns() + cpu)
            return self

    world.reset()
    with ExitStack() as stack:
        stack.enter_context(driver.cursors(Cursor))
        for owner, name, phase in FUNCTIONS:
            stack.enter_context(mock.patch.object(owner, name, probes.around(phase, getattr(owner, name))))
        cpu = time.process_time_ns()
        run = turns.run(world, load)
        whole = time.process_time_ns() - cpu
    count = 1000 * (len(run.waits) + load.people * load.rounds)
    phases = {phase: spent / count for phase, spent in probes.spent.most_common()}
    return Split(phases | {OUTSIDE: whole / count - sum(phases.values())}, sum(waits) / count)
