"""The outbox: what waits for what, and work whose results enter as turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bot.channels import NotReached
from bot.outbox import MOST_ATTEMPTS, Worker
from models import outgoing
from tests.office import FakeChannel, Office

KIND = "look"
"""The kind of the rows that a worker gets here."""


# Order


def test_one_persons_messages_keep_their_order(office: Office) -> None:
    texts = [str(number) for number in range(10)]
    for text in texts:
        office.row(text)
    office.sweep()
    assert office.channel.texts == texts


def test_people_do_not_wait_for_one_another(office: Office) -> None:
    arrives = asyncio.Event()
    office.row("甲")
    office.row("乙", office.world.phone("法制科科长"))
    office.channel.outcomes["甲"] = [arrives]

    async def sweep() -> None:
        await office.outbox.sweep()
        while not office.channel.sent:
            await asyncio.sleep(0)
        arrives.set()

    office.run(sweep)
    assert office.channel.texts == ["乙", "甲"]


def test_a_message_that_failed_is_not_overtaken_at_once(office: Office) -> None:
    office.row("一")
    office.row("二")
    office.channel.outcomes["一"] = [NotReached("忙")]
    office.sweep()
    office.world.clock.pass_(seconds=2)
    office.sweep()
    assert office.channel.texts == ["一", "二"]


def test_a_message_that_keeps_failing_does_not_hold_the_others_back_for_long(office: Office) -> None:
    office.row("一")
    office.row("二")
    office.channel.outcomes["一"] = [NotReached("忙")] * MOST_ATTEMPTS
    for _ in range(12):
        office.sweep()
        office.world.clock.pass_(seconds=1)
    assert office.channel.texts == ["二"]


# Work


def work_for(office: Office, worker: Worker) -> tuple[int, Callable[[], int]]:
    """A row for a worker, and how many of its results have entered."""
    office.workers[KIND] = worker
    row = office.row("", kind=KIND, body={"piece": 1, "parts": []})
    return row, lambda: office.world.rows('SELECT count(*) FROM delivery WHERE "key" = ?', f"work:{row}")[0][0]


async def nothing_found(body: dict[str, Any]) -> dict[str, Any]:
    return {"piece": body["piece"]}


def test_a_result_enters_as_a_turn(office: Office) -> None:
    row, entered = work_for(office, nothing_found)
    office.sweep()
    assert (office.look(row).state, entered()) == (outgoing.FINISHED, 1)


def test_a_worker_that_fails_is_tried_again(office: Office) -> None:
    failures = iter([OSError("坏"), NotReached("满")])

    async def unsteady(body: dict[str, Any]) -> dict[str, Any]:
        with suppress(StopIteration):
            raise next(failures)
        return {"piece": body["piece"]}

    row, entered = work_for(office, unsteady)
    for _ in range(3):
        assert entered() == 0
        office.sweep()
        office.world.clock.pass_(seconds=5)
    assert (office.look(row).state, office.look(row).attempt, entered()) == (outgoing.FINISHED, 2, 1)


async def broken(body: dict[str, Any]) -> dict[str, Any]:
    raise OSError("坏")


def test_work_that_always_fails_is_given_up_and_that_enters_as_a_turn(office: Office) -> None:
    row, entered = work_for(office, broken)
    for _ in range(MOST_ATTEMPTS - 1):
        office.sweep()
        office.world.clock.pass_(minutes=30)
    assert (office.look(row).state, entered()) == (outgoing.WAITING, 0)
    office.sweep()
    assert (office.look(row).state, office.look(row).reference, entered()) == (outgoing.FAILED, "error", 1)
    office.world.clock.pass_(days=1)
    office.sweep()
    assert office.look(row).attempt == MOST_ATTEMPTS


def test_replies_do_not_wait_for_work(office: Office) -> None:
    finishes = asyncio.Event()

    async def slow(body: dict[str, Any]) -> dict[str, Any]:
        await finishes.wait()
        return {"piece": body["piece"]}

    work_for(office, slow)
    office.row("答复")

    async def sweep() -> list[str]:
        await office.outbox.sweep()
        for _ in range(100):
            await asyncio.sleep(0)
        texts = office.channel.texts
        finishes.set()
        return texts

    assert office.run(sweep) == ["答复"]


def test_replies_do_not_wait_for_work_that_failed(office: Office) -> None:
    work_for(office, broken)
    office.row("答复")
    office.sweep()
    assert office.channel.texts == ["答复"]


def test_notices_that_fail_do_not_hold_replies_back(office: Office) -> None:
    office.row("通知", urgency=2)
    office.channel.outcomes["通知"] = [NotReached("忙")]
    office.sweep()
    office.row("答复")
    office.sweep()
    assert office.channel.texts == ["答复"]


def test_a_result_brought_by_two_holders_enters_once(office: Office) -> None:
    finishes = asyncio.Event()

    async def slow(body: dict[str, Any]) -> dict[str, Any]:
        await finishes.wait()
        return {"piece": body["piece"]}

    row, entered = work_for(office, slow)
    other = office.process("second", FakeChannel())

    async def both() -> None:
        await office.start(other, "second")
        await office.outbox.sweep()
        office.world.clock.pass_(seconds=31)
        await other.sweep()
        finishes.set()
        await other.settled()
        await other.stop()

    office.run(both)
    assert entered() == 1
    assert (office.look(row).state, office.look(row).holder, office.look(row).lease) == ("done", "second", 2)
