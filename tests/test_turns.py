"""A turn is one transaction: it takes effect once, fails alone, and is durable before anybody hears of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot import router
from bot.assistant import Assistant
from bot.house import House
from bot.messages import Inbound
from bot.rows import Sent
from bot.turn import Turn
from models import meta
from tests.receiving import BUREAUS, CONTACT, PATIENCE, all_at_once, contacts, counts, traced, typed, writer_held
from tests.world import CHANNELS, Phone, World, text_of

BREAKS, SECRET = "此文使这一步出错", "13812345678"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
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
    turn.say("no_post")
    raise ValueError(turn.inbound.text)


@pytest.fixture
def phone(world: World) -> Phone:
    return world.phone(CONTACT)


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
        waiting = asyncio.ensure_future(world.assistant.take(typed(phone, "菜单")))
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
    *_, row = world.assistant.receive(typed(phone, BREAKS + SECRET, "1")).result(PATIENCE)
    assert text_of(row).startswith("抱歉，这一步没有办成")
    after = counts(world)
    assert {table for table, count in after.items() if count != before[table]} == {"delivery", "outgoing"}
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
