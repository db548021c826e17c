"""A database that fails keeps nothing and harms nothing; and what a turn costs it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from models import deliveries
from models.db import DatabaseDown, Transaction
from models.sqlite import SqliteDatabase
from tests.receiving import CONTACT, PATIENCE, all_at_once, contacts, counts, traced, typed
from tests.world import CHANNELS, Phone, World

LONG = "长" * 19_000
"""A text that needs many pages of a database."""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(SqliteDatabase, "BUSY_MS", 20)
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def phone(world: World) -> Phone:
    return world.phone(CONTACT)


# A database that fails


def test_a_locked_database_keeps_nothing_and_works_again_afterwards(world: World) -> None:
    people = contacts(world)
    inbounds = [typed(one, "指标自评") for one in people]
    before = counts(world)
    with closing(sqlite3.connect(world.place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for future in [world.assistant.receive(inbound) for inbound in inbounds]:
            with pytest.raises(DatabaseDown):
                future.result(PATIENCE)
        other.execute("ROLLBACK")
    assert counts(world) == before
    assert all(world.assistant.receive(inbound).result(PATIENCE) for inbound in inbounds)
    assert counts(world)["delivery"] == len(people)
    assert world.database.read(deliveries.poisoned) == []


def test_reading_goes_on_while_the_database_is_locked(world: World, phone: Phone) -> None:
    with closing(sqlite3.connect(world.place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert world.assistant.look(phone.channel, phone.address, lambda turn: turn.actor.name) == CONTACT
        other.execute("ROLLBACK")


def test_a_full_disk_keeps_nothing_and_works_again_afterwards(world: World, phone: Phone) -> None:
    room(world, 4)
    before = counts(world)
    with pytest.raises(DatabaseDown):
        world.assistant.receive(typed(phone, LONG)).result(PATIENCE)
    assert counts(world) == before
    room(world, 1_000)
    assert world.assistant.receive(typed(phone, LONG)).result(PATIENCE)
    assert world.database.read(deliveries.poisoned) == []


def test_a_batch_that_a_fault_breaks_is_run_again_turn_by_turn(world: World) -> None:
    people = contacts(world)
    inbounds = [typed(one, "指标自评") for one in people]
    inbounds[2] = typed(people[2], LONG)
    room(world, 8)
    futures = all_at_once(world, inbounds)
    outcomes = [future.exception(PATIENCE) for future in futures]
    assert [isinstance(outcome, DatabaseDown) for outcome in outcomes] == [False, False, True, False, False]
    assert counts(world)["delivery"] == counts(world)["conversation"] == 4
    room(world, 1_000)
    assert world.assistant.receive(inbounds[2]).result(PATIENCE)


def room(world: World, pages: int) -> None:
    """Let the database grow by so many pages and no more, as a full disk would."""

    def limit(db: Transaction) -> None:
        driver: Any = db.session.connection().connection.driver_connection
        [used] = driver.execute("PRAGMA page_count").fetchone()
        driver.execute(f"PRAGMA max_page_count = {used + pages}").fetchall()

    world.database.write(limit).result(PATIENCE)


def test_a_commit_that_fails_keeps_nothing_and_works_again_afterwards(world: World, phone: Phone) -> None:
    resource = pytest.importorskip("resource", reason="a disk that fails is made with the limits of Unix")
    statements = traced(world)
    before = counts(world)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        outcome = world.assistant.receive(typed(phone, "指标自评")).exception(PATIENCE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert isinstance(outcome, DatabaseDown)
    assert next(one for one in statements if one in ("COMMIT", "ROLLBACK")) == "COMMIT"
    assert counts(world) == before
    assert world.assistant.receive(typed(phone, "指标自评")).result(PATIENCE)
    assert counts(world)["delivery"] == 1
    assert world.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_closed_database_takes_nothing(world: World, phone: Phone) -> None:
    world.close()
    with pytest.raises(DatabaseDown):
        world.assistant.receive(typed(phone, "菜单")).result(PATIENCE)


# What a turn costs


def answered(phone: Phone, statements: list[str], text: str) -> list[str]:
    """The statements of one answer, savepoints and the transaction's own left out."""
    statements.clear()
    phone.say(text)
    of_the_transaction = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [one for one in statements if not one.startswith(of_the_transaction)]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_plain_answer_takes_at_most_twelve_statements(world: World, channel: str) -> None:
    phone = world.phone(CONTACT, channel)
    statements = traced(world)
    phone.say("改11")
    phone.press("符合")
    assert len(answered(phone, statements, "九成二")) <= 12


def test_no_statement_of_an_answer_reads_a_whole_table(world: World, phone: Phone) -> None:
    statements = traced(world)
    for text in ("改11", "符合", "92", "87", "今天", "做法", "暂无", "不涉及", "无此项职责"):
        ran = answered(phone, statements, text)
        with closing(sqlite3.connect(world.place)) as other:
            plans = {one: other.execute(f"EXPLAIN QUERY PLAN {one}").fetchall() for one in ran}
        assert [(one, step[3]) for one, plan in plans.items() for step in plan if step[3].startswith("SCAN")] == []
