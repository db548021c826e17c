"""Reminders falling due all at once among many that are to come, and a tick at which nothing is due."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot import router
from bot.assistant import Assistant
from bot.channels.web import WebChannel
from bot.house import House
from bot.messages import Button
from bot.reminders import Reminders
from bot.reminding import KINDS, Kind, Owed
from bot.render import Words
from bot.turn import Turn
from models import schema
from models.database import open_database
from models.db import Prepared, table
from models.people import Post
from models.prepared import microseconds
from tests.bench import stored
from tests.bench.turns import loop_factory
from tests.bench.worlds import World
from tests.world import FrozenClock

IN_A_UNIT = 20
RUNGS = 50
IDLE_TICKS = 20
NOW = datetime(2026, 9, 2, 1, 0, tzinfo=UTC)
"""A Wednesday, 09:00 here."""
KIND = "bench"
_post = table(Post)
_STAFF = Prepared(sa.select(_post.c.person_id).where(_post.c.unit_id == sa.bindparam("unit")))


@dataclass(frozen=True)
class Queued:
    """What it took until all were queued, and the longest that a turn had to wait for it."""

    seconds: float
    longest: float
    """Seconds of the longest transaction."""
    idle: list[float]
    """Seconds of each tick at which nothing was due."""


def world(folder: Path, due: int, pending: int, fresh: bool) -> World:
    """So many people of whom each is to be reminded now, among so many reminders; kept in `folder` between runs."""
    made = World(folder, pending, ())
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "made_from.json"
    made_from = {"due": due, "pending": pending, "schema": stored.shape(made)}
    if fresh or not stamp.exists() or json.loads(stamp.read_text()) != made_from:
        stamp.unlink(missing_ok=True)
        for left_over in folder.glob("assistant.sqlite3*"):
            left_over.unlink()
        schema.migrate(made.url)
        with made.bare() as connection:
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("BEGIN")
            _people(connection, due)
            _reminders(connection, due, pending)
            connection.execute("COMMIT")
        stamp.write_text(json.dumps(made_from | {"schema": stored.shape(made)}))
    return made


def queued(made: World) -> Queued:
    """Let them fall due."""
    _reset(made)
    database, clock = open_database(made.url), FrozenClock(NOW)
    house = House(Words(), {"web": WebChannel.traits}, "bench", frozenset({"web"}))
    assistant = _Timed(database, house, clock, router.dispatch)
    reminders = Reminders(database, assistant, "bench", clock)
    try:
        with _kind(), asyncio.Runner(loop_factory=loop_factory()) as runner:
            begun = time.perf_counter()
            runner.run(reminders.tick())
            seconds = time.perf_counter() - begun
            return Queued(seconds, assistant.longest, [_idle(runner, reminders) for _ in range(IDLE_TICKS)])
    finally:
        database.close()


class _Timed(Assistant):
    """Notes the longest transaction."""

    longest = 0.0

    def by_itself(self, *arguments: Any) -> Future[Any]:
        begun = time.perf_counter()
        future = super().by_itself(*arguments)
        future.add_done_callback(lambda _: setattr(self, "longest", max(self.longest, time.perf_counter() - begun)))
        return future


def _idle(runner: asyncio.Runner, reminders: Reminders) -> float:
    begun = time.perf_counter()
    runner.run(reminders.tick())
    return time.perf_counter() - begun


@contextmanager
def _kind() -> Iterator[None]:
    """The only kind there is: a unit's people owe what it owes, as a look into the database says."""
    before = dict(KINDS)
    KINDS.clear()
    KINDS[KIND] = Kind(_owing, lambda turn: (), "common")
    try:
        yield
    finally:
        KINDS.clear()
        KINDS.update(before)


def _owing(turn: Turn, unit: int, person: int | None) -> Iterator[Owed]:
    for row in turn.db.all(_STAFF, unit=unit):
        if person in (None, row.person_id):
            yield Owed(row.person_id, f"还剩{unit}项，约12分钟", Button("resume"), 12, NOW + timedelta(days=7))


def _people(connection: sqlite3.Connection, count: int) -> None:
    units = -(-count // IN_A_UNIT)
    connection.execute(_numbers(units, "INSERT INTO bureau (id, name, level) SELECT k, '第' || k || '局', 'county'"))
    connection.execute(_numbers(units, "INSERT INTO unit (id, bureau_id, name, kind) SELECT k, k, '法制科', 'section'"))
    connection.execute(_numbers(count, "INSERT INTO person (id, name, title) SELECT k, '经办', ''"))
    post = f"INSERT INTO post (person_id, unit_id, role, starts_on) SELECT k, 1 + (k - 1) / {IN_A_UNIT}, 'liaison', '2020-01-01'"
    connection.execute(_numbers(count, post))
    connection.execute(_numbers(count, "INSERT INTO address (person_id, channel, address) SELECT k, 'web', k"))


def _reminders(connection: sqlite3.Connection, due: int, pending: int) -> None:
    """The first ones are due now; the others on the days to come, RUNGS of them for each object and person."""
    now, day = microseconds(NOW), 86_400_000_000
    columns = "kind, object_id, rung, person_id, bureau_id, due_at, not_before, urgent, asked, state, late, provisional, riding"
    who = f"1 + (k - 1) % {due}"
    object_ = f"1 + ((k - 1) % {due}) / {IN_A_UNIT} + ((k - 1) / {due} / {RUNGS}) * {due}"
    later = f"{now} + CASE WHEN k > {due} THEN {day} * (1 + k % 300) ELSE 0 END"
    connection.execute(_numbers(pending, (
        f"INSERT INTO reminder ({columns}) SELECT '{KIND}', {object_}, 'r' || ((k - 1) / {due}), {who}, 1, {later}, {later},"
        " 0, 0, 'pending', 0, 0, 0"
    )))  # fmt: skip


def _numbers(count: int, statement: str) -> str:
    return f"{statement} FROM (WITH RECURSIVE n(k) AS (VALUES (1) UNION ALL SELECT k + 1 FROM n WHERE k < {count}) SELECT k FROM n)"


def _reset(made: World) -> None:
    with made.bare() as connection:
        connection.execute("BEGIN IMMEDIATE")
        for name in ("outgoing", "reminded", "lease"):
            connection.execute(f"DELETE FROM {name}")
        connection.execute(
            "UPDATE reminder SET state = 'pending', told_in = NULL, done_at = NULL WHERE state <> 'pending'"
        )
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
