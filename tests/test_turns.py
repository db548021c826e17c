"""A turn is one transaction: it takes effect once, fails alone, and is durable before anybody hears of it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import router
from bot.assistant import Assistant
from bot.messages import Inbound
from bot.turn import House, Sent, Turn
from models import deliveries, meta
from models.db import DatabaseDown, Transaction
from models.sqlite import SqliteDatabase
from tests.world import CHANNELS, Phone, World, text_of

PATIENCE = 10
"""Seconds after which a test gives up on what should take milliseconds."""
CONTACT = "法制科法治联络员"
BUREAUS = ("东江市人社局", "西河市人社局", "示范区人社局", "临港县人社局", "青山县人社局")
BREAKS, SECRET = "此文使这一步出错", "13812345678"
LONG = "长" * 19_000
"""A text that needs many pages of a database."""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(SqliteDatabase, "BUSY_MS", 20)
    world = World(tmp_path)
    house = House(world.words, CHANNELS, "world", frozenset(CHANNELS))
    world.assistant = Assistant(world.database, house, world.clock, breaking)
    yield world
    world.close()


def breaking(turn: Turn) -> None:
    """The router, but one text makes the turn fail after it has done and said something."""
    if turn.inbound.text is None or BREAKS not in turn.inbound.text:
        router.dispatch(turn)
        return
    turn.echo(turn.inbound.text)
    turn.audit("broken", "nothing", 1)
    turn.db.session.add(meta.Meta(key="broken", value=turn.inbound.text))
    turn.say("stranger")
    raise ValueError(turn.inbound.text)


@pytest.fixture
def phone(world: World) -> Phone:
    return world.phone(CONTACT)


def typed(phone: Phone, text: str, key: str | None = None) -> Inbound:
    return Inbound(phone.channel, phone.address, key or text, text=text)


def contacts(world: World) -> list[Phone]:
    return [world.phone(CONTACT, bureau=bureau) for bureau in BUREAUS]


@contextmanager
def writer_held(world: World) -> Iterator[None]:
    """The writer is kept busy meanwhile, so that what comes in waits and becomes one batch."""
    busy, release = threading.Event(), threading.Event()

    def hold(_: Transaction) -> None:
        busy.set()
        release.wait(PATIENCE)

    held = world.database.write(hold)
    assert busy.wait(PATIENCE)
    try:
        yield
    finally:
        release.set()
        held.result(PATIENCE)


def all_at_once(world: World, inbounds: list[Inbound]) -> list[Future[list[Sent]]]:
    with writer_held(world):
        return [world.assistant.receive(inbound) for inbound in inbounds]


def traced(world: World) -> list[str]:
    """Every statement that the writer runs from now on, as it was run."""
    statements: list[str] = []

    def listen(db: Transaction) -> None:
        driver: Any = db.session.connection().connection.driver_connection
        driver.set_trace_callback(statements.append)

    world.database.write(listen).result(PATIENCE)
    statements.clear()
    return statements


def counts(world: World) -> dict[str, int]:
    """How many rows each table has that a turn writes to."""
    tables = ("delivery", "outgoing", "conversation", "answerversion", "auditentry", "meta")
    return {table: world.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


# Once


def test_a_delivery_seen_twice_takes_effect_once(world: World, phone: Phone) -> None:
    first = world.assistant.receive(typed(phone, "指标自评")).result(PATIENCE)
    assert first
    before = counts(world)
    assert world.assistant.receive(typed(phone, "指标自评")).result(PATIENCE) == []
    assert counts(world) == before


def test_a_delivery_twice_in_one_batch_takes_effect_once(world: World, phone: Phone) -> None:
    futures = all_at_once(world, [typed(phone, "指标自评")] * 2)
    assert [bool(future.result(PATIENCE)) for future in futures] == [True, False]
    assert counts(world)["delivery"] == 1


def test_the_same_key_from_elsewhere_is_another_delivery(world: World, phone: Phone) -> None:
    others = [phone, world.phone(CONTACT, "terminal"), world.phone("法制科科长")]
    assert all(world.assistant.receive(typed(one, "菜单")).result(PATIENCE) for one in others)


def test_nobody_hears_of_a_turn_before_it_is_durable(world: World, phone: Phone) -> None:
    durable: list[bool] = []

    def after_commit(rows: list[Sent]) -> None:
        with closing(sqlite3.connect(world.place)) as other:
            listed = other.execute("SELECT count(*) FROM outgoing WHERE id = ?", (rows[-1].id,)).fetchone()
        durable.append(listed == (1,))

    house = House(world.words, CHANNELS, "world", frozenset(CHANNELS))
    assistant = Assistant(world.database, house, world.clock, router.dispatch, after_commit)
    assistant.receive(typed(phone, "指标自评")).result(PATIENCE)
    world.database.write(lambda db: None).result(PATIENCE)
    assert durable == [True]


def test_a_stranger_gets_one_line_that_names_no_bureau(world: World) -> None:
    [row] = world.assistant.receive(Inbound("web", "nobody", "1", text="指标自评")).result(PATIENCE)
    assert text_of(row).startswith("您好，这里是法治工作助手")
    assert not any(bureau in text_of(row) for bureau in BUREAUS)


# In one batch


def test_what_waits_is_committed_together(world: World) -> None:
    people = contacts(world)
    statements = traced(world)
    for future in all_at_once(world, [typed(one, "指标自评") for one in people]):
        assert future.result(PATIENCE)
    assert statements.count("COMMIT") == 2  # the one that held the writer, and all the others


def test_a_persons_turns_run_in_the_order_of_receipt(world: World, phone: Phone) -> None:
    texts = ["指标自评", "不涉及", "无此项职责甲", "不涉及", "无此项职责乙", "符合", "已按要求落实"]
    for future in all_at_once(world, [typed(phone, text, str(place)) for place, text in enumerate(texts)]):
        future.result(PATIENCE)
    given = world.rows('SELECT answer_id, "key", value FROM answerversion ORDER BY id')
    first = given[0][0]
    assert given == [
        (first, "verdict", '"na"'), (first, "reason", '"无此项职责甲"'),
        (first + 1, "verdict", '"na"'), (first + 1, "reason", '"无此项职责乙"'),
        (first + 2, "verdict", '"met"'), (first + 2, "statement", '"已按要求落实"'),
    ]  # fmt: skip


def test_a_caller_that_gives_up_stops_nobody_else(world: World, phone: Phone) -> None:
    async def give_up() -> None:
        waiting = asyncio.ensure_future(asyncio.wrap_future(world.assistant.receive(typed(phone, "菜单"))))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    with writer_held(world):
        asyncio.run(give_up())
    again = world.assistant.receive(typed(phone, "菜单")).result(PATIENCE)
    assert len(again) <= 2
    assert counts(world)["delivery"] == 1
    assert world.assistant.receive(typed(phone, "帮助")).result(PATIENCE)


# A turn that fails


def test_a_failing_turn_is_kept_as_poison_and_answered_politely(world: World, phone: Phone) -> None:
    before = counts(world)
    [row] = world.assistant.receive(typed(phone, BREAKS + SECRET, "1")).result(PATIENCE)
    assert text_of(row).startswith("抱歉，这一步没有办成")
    assert counts(world) == before | {"delivery": before["delivery"] + 1, "outgoing": before["outgoing"] + 1}
    [(poison,)] = world.rows("SELECT poison FROM delivery WHERE poison IS NOT NULL")
    assert poison.endswith("ValueError")
    assert "in breaking" in poison
    assert world.assistant.receive(typed(phone, BREAKS + SECRET, "1")).result(PATIENCE) == []


def test_poison_holds_nothing_of_what_was_said(world: World, phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    world.assistant.receive(typed(phone, BREAKS + SECRET, "1")).result(PATIENCE)
    [(poison,)] = world.rows("SELECT poison FROM delivery WHERE poison IS NOT NULL")
    logged = capsys.readouterr()
    for place in (poison, logged.out, logged.err):
        assert SECRET not in place
        assert BREAKS not in place
    assert world.rows("SELECT count(*) FROM outgoing WHERE body LIKE ?", f"%{SECRET}%") == [(0,)]


def test_a_failing_turn_harms_nobody_else_in_its_batch(world: World) -> None:
    people = contacts(world)
    inbounds = [typed(one, "指标自评") for one in people]
    inbounds[2] = typed(people[2], BREAKS)
    statements = traced(world)
    replies = [text_of(future.result(PATIENCE)[-1]) for future in all_at_once(world, inbounds)]
    assert [reply.startswith("抱歉") for reply in replies] == [False, False, True, False, False]
    assert counts(world)["conversation"] == 4
    assert statements.count("COMMIT") == 2
    assert world.assistant.receive(typed(people[2], "指标自评")).result(PATIENCE)


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
    assert [one for one in statements if one in ("COMMIT", "ROLLBACK")][0] == "COMMIT"
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
