"""A million answers: one bureau's whole self-assessment, answered through real turns, and then copied many times."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from models import schema
from tests.bench import turns, worlds
from tests.bench.people import Officer
from tests.bench.worlds import World

NAMES = {("bureau", "name")}
"""Columns that must differ in every copy."""
PERSONS = {("address", "address"), ("outgoing", "address"), ("delivery", "address")}
"""Columns that hold a person's id as text."""
ITEMS = {("conversation", "subject"), ("auditentry", "object_id")}
"""Columns that hold an answer's id without a foreign key."""
COUNTED = {("auditentry", "sequence")}
"""Columns that number the rows of their table."""


def world(folder: Path, beside: World, answers: int, fresh: bool) -> World:
    """A world like `beside` in which others have given at least so many answers; kept in `folder` between runs."""
    made_from = {"answers": answers, "people": len(beside.addresses), "schema": shape(beside)}
    stamp = folder / "made_from.json"
    if fresh or not stamp.exists() or json.loads(stamp.read_text()) != made_from:
        stamp.unlink(missing_ok=True)
        _make(World(folder, answers, beside.addresses), beside, answers)
        stamp.write_text(json.dumps(made_from))
    return World(folder, answers, beside.addresses)


def _make(world: World, beside: World, answers: int) -> None:
    world.folder.mkdir(parents=True, exist_ok=True)
    for left_over in world.folder.glob("assistant.sqlite3*"):
        left_over.unlink()
    beside.reset()
    shutil.copy(beside.place, world.place)
    (address,) = worlds.add_bureaus(world, 1)
    turns.answer_all(world, address, Officer(int(address)))
    with world.bare() as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("BEGIN")
        _copy(connection, math.ceil(answers / max(1, world.answered())))
        connection.execute("COMMIT")
    worlds.settle(world)


def _copy(connection: sqlite3.Connection, times: int) -> None:
    """Copy every row behind those that `reset` knows, its own ids and those it refers to moved on by a span a copy."""
    lasts = worlds.lasts(connection)
    spans = {
        name: connection.execute(f"SELECT coalesce(max(rowid), {last}) - {last} FROM {name}").fetchone()[0]
        for name, last in lasts.items()
    }
    connection.execute("CREATE TEMP TABLE copy AS WITH RECURSIVE n(k) AS (VALUES (1) UNION ALL SELECT k + 1 FROM n "
                       f"WHERE k < {times}) SELECT k FROM n")  # fmt: skip
    for table in schema.METADATA.sorted_tables:
        if not spans[table.name]:
            continue
        columns = {f'"{column.name}"': _moved(table.name, column, lasts, spans) for column in table.columns}
        connection.execute(f"CREATE TEMP TABLE one AS SELECT * FROM {table.name} WHERE rowid > {lasts[table.name]}")
        names, values = ", ".join(columns), ", ".join(columns.values())
        connection.execute(f"INSERT INTO {table.name} ({names}) SELECT {values} FROM copy CROSS JOIN one")
        connection.execute("DROP TABLE one")


def _moved(table: str, column: sa.Column[Any], lasts: dict[str, int], spans: dict[str, int]) -> str:
    name = f'"{column.name}"'
    place = (table, column.name)
    refers = next((key.column.table.name for key in column.foreign_keys), None)
    if place in NAMES:
        return f"{name} || k"
    if place in PERSONS:
        return f"CAST({name} + k * {spans['person']} AS TEXT)"
    if place in COUNTED:
        return f"{name} + k * {spans[table]}"
    if place in ITEMS:
        refers = "answer"
    if column.primary_key and column.name == "id":
        refers = table
    if refers is None or not spans[refers]:
        return name
    return f"CASE WHEN {name} > {lasts[refers]} THEN {name} + k * {spans[refers]} ELSE {name} END"


def shape(world: World) -> str:
    """The tables and indexes that a world's database has, as a hash."""
    with world.bare() as connection:
        listed = connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    return hashlib.sha256(repr(listed).encode()).hexdigest()
