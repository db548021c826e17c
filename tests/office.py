"""A process that sends, driven by hand: its channel only notes what goes out, and its clock stands still."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from bot import router
from bot.assistant import Assistant
from bot.channels import Channel, Pace, Traits
from bot.house import House
from bot.outbox import Outbox, Worker
from bot.rows import Sent
from bot.turn import Turn
from models import outgoing
from models.outgoing import LEASE
from tests.world import CHANNELS, Phone, World

T = TypeVar("T")

CONTACT = "法制科法治联络员"
NAME = "web"
PUSHING = "telegram"
LIST = Traits(lists=True)
PUSHES = Traits(lists=False, pushes=True)
PACED = Traits(lists=False, pushes=True, pace=Pace(5, 1))


class FakeChannel(Channel):
    """Notes what is sent; each attempt may have an outcome of its own."""

    def __init__(self, name: str = NAME, traits: Traits = LIST) -> None:
        self.name = name
        self.traits = traits
        self.sent: list[Sent] = []
        self.outcomes: defaultdict[str, list[Exception | asyncio.Event]] = defaultdict(list)
        """By text: what the next attempts to send it come to; an event is waited for."""
        self.down: type[Exception] | None = None
        """What every attempt comes to, for as long as it stands here."""
        self.tries = 0

    async def send(self, row: Sent) -> str | None:
        self.tries += 1
        if self.down is not None:
            raise self.down
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
    """An outbox that nothing drives but the test: it never sweeps or renews of its own accord, and its time stands still."""

    async def _every(self, seconds: float, action: Callable[[], Awaitable[None]]) -> None:
        return

    async def settled(self) -> None:
        await asyncio.sleep(0)
        while tasks := self._tasks():
            await asyncio.wait(tasks)
            await asyncio.sleep(0)


class Office:
    """A world with one process that sends on one channel, and rows to be sent there."""

    def __init__(self, world: World, channel: FakeChannel | None = None) -> None:
        self.world = world
        self.channel = channel or FakeChannel()
        self.workers: dict[str, Worker] = {}
        self.untrue: set[str] = set()
        self.too_early: datetime | None = None
        """What rows may remind of (`body["reminds"]`) that is done already."""
        self.outbox = self.process("first", self.channel)
        self.phone = self.somebody(CONTACT)
        self._runner = asyncio.Runner()
        self.assistant = self.run(partial(self.start, self.outbox, "first"))

    def somebody(self, called: str) -> Phone:
        """One of the demo's people, who can be reached on the channel."""
        return self.world.phone(called, self.channel.name)

    def process(self, holder: str, channel: FakeChannel) -> Outbox:
        """A process of its own on the same database."""
        clock = self.world.clock

        def still_true(turn: Turn, body: dict[str, Any]) -> bool | datetime:
            return self.too_early or body.get("reminds") not in self.untrue

        return HandDriven(
            self.world.database, {channel.name: channel}, self.workers, holder, clock,
            still_true=still_true, time=lambda: clock.now().timestamp(),
        )  # fmt: skip

    async def start(self, outbox: Outbox, holder: str) -> Assistant:
        """A process begins: its outbox, and the assistant whose rows that gets."""
        traits = CHANNELS | {self.channel.name: self.channel.traits}
        house = House(self.world.words, traits, holder, frozenset({self.channel.name}))
        assistant = Assistant(self.world.database, house, self.world.clock, router.dispatch, outbox.offer)
        outbox.start(assistant)
        return assistant

    def row(self, text: str, phone: Phone | None = None, **columns: Any) -> int:
        """A message that waits to be sent, to the contact unless to somebody else."""
        phone = phone or self.phone
        now = self.world.clock.now()
        values = {
            "kind": "message", "channel": self.channel.name, "person_id": int(phone.address), "address": phone.address, "urgency": 0,
            "body": {"parts": [["text", text]]} | columns.pop("more", {}), "state": outgoing.CREATED, "holder": None,
            "lease": 0, "lease_until": now, "attempt": 0, "repeated": False, "created_at": now, "done_at": None,
        }  # fmt: skip
        return self.world.database.write(lambda db: outgoing.insert(db, **values | columns)).result()

    def left_running(self, text: str, **columns: Any) -> int:
        """A message that another process was sending."""
        until = self.world.clock.now() + LEASE
        return self.row(text, state=outgoing.RUNNING, holder="another", lease=1, lease_until=until, **columns)

    def look(self, the_id: int) -> Any:
        """A row as it stands."""
        return self.world.database.read(lambda db: outgoing.row(db, the_id))

    def fate(self, the_id: int) -> tuple[str, str | None]:
        """A row's state and reference."""
        row = self.look(the_id)
        return row.state, row.reference

    def run(self, step: Callable[[], Awaitable[T]]) -> T:
        """Let the first process take a step, and whatever it leads to."""

        async def taken() -> T:
            result = await step()
            await self.outbox.settled()
            return result

        return self._runner.run(taken())

    def close(self) -> None:
        """The first process ends in good order, and whatever a killed one has left behind with it."""
        self.run(self.outbox.stop)
        self._runner.run(_end_all())
        self._runner.close()

    def sweep(self) -> None:
        """The first process takes up what is due, once."""
        self.run(self.outbox.sweep)

    def passes(self, seconds: float, every: float = 1.0) -> None:
        """Time passes, and the first process sweeps and sends in time."""

        async def step() -> None:
            self.outbox.pump()
            await self.outbox.sweep()

        for _ in range(round(seconds / every)):
            self.world.clock.pass_(seconds=every)
            self.run(step)


def text_in(row: Any) -> str:
    return "".join(text for _, text in row.body["parts"])


async def _end_all() -> None:
    """Cancel tasks, and those that come of it, until there are none."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
