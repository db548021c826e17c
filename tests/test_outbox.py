"""The outbox: every row goes out at least once, in order, marked where a copy may have gone before; results enter once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot import router
from bot.assistant import Assistant
from bot.channels import Gone, NotReached, Refused, SlowDown, Traits, Unknown
from bot.messages import Inbound
from bot.outbox import MOST_ATTEMPTS, Outbox, Worker
from bot.turn import House, Sent
from models import outgoing
from models.outgoing import LEASE
from tests.world import CHANNELS, Phone, World

T = TypeVar("T")

CONTACT = "法制科法治联络员"
NAME = "web"
KIND = "look"
"""The kind of the rows that a worker gets here."""


class FakeChannel:
    """Notes what is sent; each attempt may have an outcome of its own."""

    name = NAME
    traits = Traits(lists=True)

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.outcomes: defaultdict[str, list[Exception | asyncio.Event]] = defaultdict(list)
        """By text: what the next attempts to send it come to; an event is waited for."""

    async def send(self, row: Sent) -> str | None:
        outcomes = self.outcomes[text_in(row)]
        outcome = outcomes.pop(0) if outcomes else None
        if isinstance(outcome, asyncio.Event):
            await outcome.wait()
        elif outcome is not None:
            raise outcome
        self.sent.append(row)
        return f"platform-{row.id}"

    @property
    def texts(self) -> list[str]:
        """What went out, in order."""
        return [text_in(row) for row in self.sent]


class HandDriven(Outbox):
    """An outbox that nothing drives but the test: it never sweeps or renews of its own accord."""

    async def _every(self, seconds: float, action: Callable[[], Awaitable[None]]) -> None:
        return


class Office:
    """A world with one process that sends, and rows to be sent."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.channel = FakeChannel()
        self.workers: dict[str, Worker] = {}
        self.outbox = self.process("first", self.channel)
        self.phone = world.phone(CONTACT)
        self._runner = asyncio.Runner()
        self.assistant = self.run(partial(self.start, self.outbox, "first"))

    def process(self, holder: str, channel: FakeChannel) -> Outbox:
        """A process of its own on the same database."""
        return HandDriven(self.world.database, {NAME: channel}, self.workers, holder, self.world.clock)

    async def start(self, outbox: Outbox, holder: str) -> Assistant:
        """A process begins: its outbox, and the assistant whose rows that gets."""
        house = House(self.world.words, CHANNELS, holder, frozenset({NAME}))
        assistant = Assistant(self.world.database, house, self.world.clock, router.dispatch, outbox.offer)
        outbox.start(assistant)
        return assistant

    def row(self, text: str, phone: Phone | None = None, **columns: Any) -> int:
        """A message that waits to be sent, to the contact unless to somebody else."""
        phone = phone or self.phone
        values = {
            "kind": "message", "channel": NAME, "person_id": int(phone.address), "address": phone.address, "urgency": 0,
            "body": {"parts": [["text", text]]}, "state": outgoing.CREATED, "holder": None, "lease": 0,
            "lease_until": None, "attempt": 0, "repeated": False, "created_at": self.world.clock.now(), "done_at": None,
        }  # fmt: skip
        return self.world.database.write(lambda db: outgoing.insert(db, values | columns)).result()

    def left_running(self, text: str, **columns: Any) -> int:
        """A message that another process was sending."""
        until = self.world.clock.now() + LEASE
        return self.row(text, state=outgoing.RUNNING, holder="another", lease=1, lease_until=until, **columns)

    def look(self, the_id: int) -> Any:
        """A row as it stands."""
        return self.world.database.read(lambda db: outgoing.row(db, the_id))

    def run(self, step: Callable[[], Awaitable[T]]) -> T:
        """Let the first process take a step, and whatever it leads to."""

        async def taken() -> T:
            result = await step()
            await self.outbox.settled()
            return result

        return self._runner.run(taken())

    def close(self) -> None:
        """The first process ends in good order."""
        self.run(self.outbox.stop)
        self._runner.close()

    def sweep(self) -> None:
        """The first process takes up what is due, once."""
        self.run(self.outbox.sweep)


def text_in(row: Any) -> str:
    return "".join(text for _, text in row.body["parts"])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    world = World(tmp_path)
    office = Office(world)
    yield office
    office.close()
    world.close()


# Success


def test_what_a_turn_said_goes_out_after_its_commit_and_is_done(office: Office) -> None:
    async def deliver() -> list[Sent]:
        inbound = Inbound(NAME, office.phone.address, "1", text="菜单")
        return await asyncio.wrap_future(office.assistant.receive(inbound))

    said = office.run(deliver)
    assert [row.id for row in office.channel.sent] == [row.id for row in said]
    assert {office.look(row.id).state for row in said} == {outgoing.FINISHED}
    assert office.look(said[-1].id).reference == f"platform-{said[-1].id}"
    office.world.clock.pass_(days=1)
    office.sweep()
    assert len(office.channel.sent) == len(said)


def test_what_nobody_began_to_send_is_taken_up_unmarked(office: Office) -> None:
    row = office.row("通知")
    office.sweep()
    assert office.channel.texts == ["通知"]
    assert not office.channel.sent[0].repeated
    assert (office.look(row).state, office.look(row).holder, office.look(row).lease) == ("done", "first", 1)


def test_replies_go_before_reminders_before_notices(office: Office) -> None:
    for urgency, text in ((2, "通知"), (1, "提醒"), (0, "答复")):
        office.row(text, urgency=urgency)
    office.sweep()
    assert office.channel.texts == ["答复", "提醒", "通知"]


def test_each_row_is_taken_by_one_of_two_processes(office: Office) -> None:
    rows = [office.row(str(number)) for number in range(20)]
    channel = FakeChannel()
    other = office.process("second", channel)

    async def both_sweep() -> None:
        await office.start(other, "second")
        await asyncio.gather(office.outbox.sweep(), other.sweep())
        await other.settled()
        await other.stop()

    office.run(both_sweep)
    assert sorted(row.id for row in office.channel.sent + channel.sent) == rows


# Leases


def test_a_row_is_left_to_its_holder_while_the_lease_lasts(office: Office) -> None:
    office.left_running("通知")
    office.world.clock.pass_(seconds=29)
    office.sweep()
    assert office.channel.sent == []


def test_a_row_whose_holder_is_gone_is_taken_over_and_marked(office: Office) -> None:
    row = office.left_running("通知")
    office.world.clock.pass_(seconds=31)
    office.sweep()
    assert [(sent.id, sent.repeated, sent.lease) for sent in office.channel.sent] == [(row, True, 2)]
    assert (office.look(row).state, office.look(row).repeated) == (outgoing.FINISHED, True)


def test_a_result_counts_only_with_the_current_lease(office: Office) -> None:
    row = office.left_running("通知")
    late = {
        "the_id": row, "the_holder": "another", "the_lease": 1, "state": outgoing.FAILED, "not_before": None,
        "attempt": 1, "repeated": False, "reference": "太迟", "done_at": office.world.clock.now(),
    }  # fmt: skip
    office.world.clock.pass_(seconds=31)
    office.sweep()
    office.world.database.write(lambda db: outgoing.mark(db, [late])).result()
    assert (office.look(row).state, office.look(row).reference) == (outgoing.FINISHED, f"platform-{row}")


def test_a_result_that_comes_just_before_the_takeover_keeps_the_row_done(office: Office) -> None:
    row = office.left_running("通知")
    done = {
        "the_id": row, "the_holder": "another", "the_lease": 1, "state": outgoing.FINISHED, "not_before": None,
        "attempt": 1, "repeated": False, "reference": None, "done_at": office.world.clock.now(),
    }  # fmt: skip
    office.world.clock.pass_(seconds=31)
    now = office.world.clock.now()
    due = office.world.database.read(lambda db: outgoing.due(db, NAME, now, 10))
    office.world.database.write(lambda db: outgoing.mark(db, [done])).result()
    assert office.world.database.write(lambda db: outgoing.take_all(db, due, "first", now)).result() == []


def test_a_long_send_keeps_its_lease(office: Office) -> None:
    row, arrives = office.row("通知"), asyncio.Event()
    office.channel.outcomes["通知"] = [arrives]
    channel = FakeChannel()

    async def take_long() -> None:
        await office.outbox.sweep()
        for _ in range(6):
            office.world.clock.pass_(seconds=10)
            await office.outbox._renew()
            await office.process("second", channel).sweep()
        arrives.set()

    office.run(take_long)
    assert (office.channel.texts, channel.texts) == (["通知"], [])
    assert office.look(row).state == outgoing.FINISHED


# Outcomes


@pytest.mark.parametrize(("outcome", "marked"), [(NotReached("忙"), False), (Unknown("中断"), True)])
def test_what_did_not_surely_arrive_is_tried_again(office: Office, outcome: Exception, marked: bool) -> None:
    row = office.row("通知")
    office.channel.outcomes["通知"] = [outcome]
    office.sweep()
    assert (office.channel.sent, office.look(row).state) == ([], outgoing.WAITING)
    office.world.clock.pass_(seconds=2)
    office.sweep()
    assert [sent.repeated for sent in office.channel.sent] == [marked]
    assert (office.look(row).state, office.look(row).repeated) == (outgoing.FINISHED, marked)


def test_once_a_copy_may_have_arrived_the_mark_stays(office: Office) -> None:
    office.row("通知")
    office.channel.outcomes["通知"] = [Unknown("中断"), NotReached("忙")]
    for _ in range(3):
        office.sweep()
        office.world.clock.pass_(seconds=10)
    assert [sent.repeated for sent in office.channel.sent] == [True]


def test_pauses_grow_and_have_an_end(office: Office) -> None:
    row = office.row("通知")
    office.channel.outcomes["通知"] = [NotReached("忙")] * MOST_ATTEMPTS
    pauses = []
    for _ in range(MOST_ATTEMPTS - 1):
        office.sweep()
        pause = office.look(row).not_before - office.world.clock.now()
        office.world.clock.pass_(seconds=pause.total_seconds() - 0.5)
        office.sweep()
        assert office.look(row).state == outgoing.WAITING
        office.world.clock.pass_(seconds=0.5)
        pauses.append(pause)
    assert pauses == sorted(set(pauses))
    office.sweep()
    assert (office.look(row).state, office.look(row).reference) == (outgoing.FAILED, "忙")
    office.world.clock.pass_(days=1)
    office.sweep()
    assert office.channel.sent == []


def test_slowing_down_waits_as_long_as_the_platform_says(office: Office) -> None:
    row = office.row("通知")
    office.channel.outcomes["通知"] = [SlowDown(120)]
    office.sweep()
    office.world.clock.pass_(seconds=119)
    office.sweep()
    assert (office.channel.sent, office.look(row).state) == ([], outgoing.WAITING)
    office.world.clock.pass_(seconds=1)
    office.sweep()
    assert [sent.repeated for sent in office.channel.sent] == [False]


def test_slowing_down_holds_the_whole_channel(office: Office) -> None:
    office.row("甲")
    office.channel.outcomes["甲"] = [SlowDown(120)]
    office.sweep()
    office.row("乙", office.world.phone("法制科科长"))
    office.sweep()
    assert office.channel.texts == []


@pytest.mark.parametrize(
    ("outcome", "state", "reference"),
    [(Gone(), outgoing.GONE, None), (Refused("过长"), outgoing.FAILED, "过长")],
)
def test_what_cannot_arrive_is_not_tried_again(
    office: Office, outcome: Exception, state: str, reference: str | None
) -> None:
    row = office.row("通知")
    office.channel.outcomes["通知"] = [outcome]
    office.sweep()
    assert (office.look(row).state, office.look(row).reference) == (state, reference)
    office.world.clock.pass_(days=1)
    office.sweep()
    assert office.channel.sent == []


def test_an_error_that_no_channel_should_raise_is_tried_again(office: Office) -> None:
    row = office.row("通知")
    office.channel.outcomes["通知"] = [KeyError("出错")]
    office.sweep()
    assert (office.look(row).state, office.look(row).reference) == (outgoing.WAITING, "KeyError")
    office.world.clock.pass_(seconds=2)
    office.sweep()
    assert office.channel.texts == ["通知"]


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
    assert (office.look(row).state, office.look(row).attempt, entered()) == (outgoing.FINISHED, 3, 1)


async def broken(body: dict[str, Any]) -> dict[str, Any]:
    raise OSError("坏")


def test_work_that_always_fails_is_given_up_and_that_enters_as_a_turn(office: Office) -> None:
    row, entered = work_for(office, broken)
    for _ in range(MOST_ATTEMPTS - 1):
        office.sweep()
        office.world.clock.pass_(minutes=10)
    assert (office.look(row).state, entered()) == (outgoing.WAITING, 0)
    office.sweep()
    assert (office.look(row).state, office.look(row).reference, entered()) == (outgoing.FAILED, "OSError", 1)
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
