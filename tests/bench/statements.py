"""What a turn asks of SQLite: every statement as it was run, then run again bare, explained, and its steps counted."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.bench import driver, turns
from tests.bench.turns import Load
from tests.bench.worlds import World

BEGINS = "INSERT INTO delivery"
"""The first statement of every turn."""
CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "PRAGMA")
CHANGES = ("INSERT", "UPDATE", "DELETE")
BIG = ("address", "answer", "answerversion", "auditentry", "conversation", "delivery", "outgoing", "person", "post")


class Statement(NamedTuple):
    """A statement with its values (rows of values, if `many`)."""

    sql: str
    values: Any
    many: bool = False

    def run(self, cursor: sqlite3.Cursor) -> None:
        """Run it, and fetch whatever it yields."""
        (cursor.executemany if self.many else cursor.execute)(self.sql, self.values)
        cursor.fetchall()

    @property
    def is_change(self) -> bool:
        """Whether it changes rows."""
        return self.sql.startswith(CHANGES)


@dataclass
class Trace:
    """The statements of a run, turn by turn; the marks of what was sent stand with the turn that came before."""

    turns: list[list[Statement]] = field(default_factory=list)
    all_sql: dict[str, Any] = field(default_factory=dict)
    """Every text of a statement, those between turns too, with values that it was run with."""

    def counts(self) -> list[int]:
        """Statements a turn, in order of size; savepoints and marks, which ride with others, left out."""
        return sorted(
            sum(not (one.sql.startswith(CONTROL) or (one.many and "outgoing" in one.sql)) for one in turn)
            for turn in self.turns
        )


class _Logging(sqlite3.Cursor):
    """A cursor that keeps a log of what it runs."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.log: list[Statement] = []

    def execute(self, sql: str, values: Any = (), /) -> _Logging:
        self.log.append(Statement(sql, values))
        super().execute(sql, values)
        return self

    def executemany(self, sql: str, rows: Any, /) -> _Logging:
        self.log.append(Statement(sql, rows, many=True))
        super().executemany(sql, rows)
        return self


def trace(world: World, load: Load) -> Trace:
    """Every statement of a run, the questions that come before the answers left out."""
    made: list[_Logging] = []

    def make(connection: sqlite3.Connection) -> sqlite3.Cursor:
        made.append(_Logging(connection))
        return made[-1]

    world.reset()
    with driver.cursors(make):
        turns.run(world, load)
    return _sorted_out([cursor.log for cursor in made])


def _sorted_out(logs: list[list[Statement]]) -> Trace:
    found = Trace()
    for log in logs:
        found.all_sql |= {one.sql: one.values[0] if one.many else one.values for one in log}
    for one in max(logs, key=len):
        if one.sql.startswith(BEGINS):
            found.turns.append([])
        if found.turns:
            found.turns[-1].append(one)
    return found


def ceiling(world: World, seen: Trace, openings: int) -> float:
    """Answers a second, if the very rows that the turns wrote are written by the bare driver, one commit an answer.

    The first `openings` turns, which only asked the first questions, are written before the time is taken.
    """
    changes = [[one for one in turn if one.is_change] for turn in seen.turns]
    world.reset()
    with world.bare() as connection:
        cursor = connection.cursor()
        _write(cursor, [one for turn in changes[:openings] for one in turn])
        begun = time.perf_counter()
        for turn in changes[openings:]:
            _write(cursor, turn)
        return (len(changes) - openings) / (time.perf_counter() - begun)


def _write(cursor: sqlite3.Cursor, statements: list[Statement]) -> None:
    cursor.execute("BEGIN IMMEDIATE")
    for one in statements:
        one.run(cursor)
    cursor.execute("COMMIT")


def steps(world: World, seen: Trace) -> float:
    """Steps of SQLite's virtual machine a turn: the work itself, which a busy machine cannot blur."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    world.reset()
    with world.bare() as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        connection.set_progress_handler(count, 1)
        for turn in seen.turns:
            for one in turn:
                if not one.sql.startswith(CONTROL):
                    one.run(cursor)
        connection.set_progress_handler(None, 0)
        cursor.execute("ROLLBACK")
    return taken / len(seen.turns)


def plans(world: World, seen: Trace) -> dict[str, list[str]]:
    """How SQLite goes about each statement."""
    with world.bare() as connection:
        return {
            sql: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
            for sql, values in seen.all_sql.items()
            if not sql.startswith(CONTROL)
        }


def scans(plan: list[str]) -> bool:
    """Whether a plan walks through a table that grows."""
    return any(line.split()[:2] in (["SCAN", table] for table in BIG) for line in plan)
