"""Where the time of a turn goes: CPU by phase, as probes around the phases' own functions see it."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from bot.flow import Flow
from bot.render import Words
from bot.waiting import Door
from models import db, prepared
from tests.bench import driver, turns
from tests.bench.turns import Load
from tests.bench.worlds import World

BINDING, ROWS = "values to SQL, JSON written", "rows to values, JSON read"
WALKED = "questions: the flow walked"
SQLITE, COMMIT = "SQLite: the statements", "SQLite: the commit, shared by a batch"
FUNCTIONS: tuple[tuple[Any, str, str], ...] = (
    (Flow, "walk", WALKED),
    (Flow, "walk_on", WALKED),
    (Words, "text", "words: sentences rendered"),
    (db.Job, "run", "the rest of the turn: router, flow, handler"),
    (Door, "call", "handing the outcome to the event loop"),
)
OUTSIDE = "event loop: deliveries in, rows out, marks (and the people who answer)"


@dataclass(frozen=True)
class Split:
    """Microseconds of CPU a turn by phase, and those that the writer only waited for the disk."""

    phases: dict[str, float]
    waiting: float


class _Probes:
    """Counts nanoseconds of CPU by phase; what is inside another phase is not counted to the outer one."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self.waited = 0
        self._inner = threading.local()

    def clear(self) -> None:
        """Begin anew."""
        self.spent.clear()
        self.waited = 0

    def around(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, counted to a phase."""
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

    def prepared(self) -> Callable[..., prepared.Compiled]:
        """In place of `Prepared.on`: the same statement, whose values are counted on their ways in and out."""
        found: dict[int, prepared.Compiled] = {}
        original = prepared.Prepared.on

        def on(statement: prepared.Prepared, dialect: Any) -> prepared.Compiled:
            known = found.get(id(statement))
            if known is None:
                compiled = original(statement, dialect)
                ways = self.around(BINDING, compiled.bind), self.around(ROWS, compiled.row)
                known = found[id(statement)] = replace(compiled, bind=ways[0], row=ways[1])
            return known

        return on

    def cursor(self) -> type[sqlite3.Cursor]:
        """A cursor whose work is counted, and how long its commits wait for the disk."""
        probes = self
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
                    probes.waited += time.perf_counter_ns() - begun - time.thread_time_ns() + cpu
                return self

        return Cursor


def split(world: World, load: Load) -> Split:
    """Answer as the load says (in one round), with probes in place."""
    probes = _Probes()
    world.reset()
    with ExitStack() as stack:
        stack.enter_context(driver.cursors(probes.cursor()))
        stack.enter_context(mock.patch.object(prepared.Prepared, "on", probes.prepared()))
        for owner, name, phase in FUNCTIONS:
            stack.enter_context(mock.patch.object(owner, name, probes.around(phase, getattr(owner, name))))
        run = turns.run(world, load, at_start=probes.clear)
    phases = {phase: spent / 1000 / run.answers for phase, spent in probes.spent.most_common()}
    outside = 1e6 * run.cpu / run.answers - sum(phases.values())
    return Split(phases | {OUTSIDE: outside}, probes.waited / 1000 / run.answers)
