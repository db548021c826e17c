"""A process that sends, driven by hand: its channel only notes what goes out, and its clock stands still."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from bot import router
from bot.assistant import Assistant
from bot.channels import Channel, Traits
from bot.outbox import Outbox, Worker
from bot.turn import House, Sent
from models import outgoing
from models.outgoing import LEASE
from tests.world import CHANNELS, Phone, World

T = TypeVar("T")

CONTACT = "法制科法治联络员"
NAME = "web"


class FakeChannel(Channel):
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
