"""Whole turns in one process: button in, router, flow, rows, group commit, reply row out, and its mark."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.app import App
from bot.channels.web import WebChannel
from bot.messages import Inbound
from bot.rows import Sent
from tests.bench.people import Officer
from tests.bench.worlds import World

ITEMS = 60
_keys = count(1)


@dataclass
class Run:
    """What a run has shown."""

    answers: int = 0
    """Found in the database afterwards."""
    seconds: float = 0.0
    cpu: float = 0.0
    """Seconds of CPU, of all threads."""
    waits: list[float] = field(default_factory=list)
    """Seconds from each answer to its reply."""


@dataclass(frozen=True)
class Load:
    """So many people at once, each giving so many answers; then as many others, for some rounds."""

    people: int
    answers: int
    rounds: int = 1


class Replies(WebChannel):
    """The web channel, in place of whose pages people wait for their next message."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def send(self, row: Sent) -> str | None:
        """Bring a message to whoever waits for it."""
        if row.kind == "message" and (waiting := self.waiting.pop(row.address, None)) is not None:
            waiting.set_result(row.body)
        return await super().send(row)


def run(world: World, load: Load, at_start: Callable[[], None] = lambda: None) -> Run:
    """Answer as the load says, from an event loop like the web server's.

    `at_start` is called in each round once everybody has a question, just before the time is taken.
    """
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        result = runner.run(_run(world, load, at_start))
    result.answers = world.answered()
    return result


def answer_all(world: World, address: str, officer: Officer) -> None:
    """Let one person answer everything there is to answer."""

    async def work() -> None:
        async with _Office(world) as office:
            shown = await office.say(address, officer.opening(ITEMS))
            while (answer := officer.answer(shown)) is not None:
                shown = await office.say(address, answer)

    asyncio.run(work())


def loop_factory() -> Any:
    """What makes event loops as the web server has them."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


class _Office:
    """The assistant at work on a world."""

    def __init__(self, world: World) -> None:
        self._channel = Replies()
        self._app = App(world.url, world.folder, {"web": self._channel})
        self.settled = self._app.outbox.settled

    async def __aenter__(self) -> _Office:
        await self._app.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._app.stop()

    async def say(self, address: str, said: dict[str, Any]) -> dict[str, Any]:
        """Bring in a delivery; the message that came back, once it was sent."""
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._channel.waiting[address] = reply
        delivery = Inbound("web", address, f"{next(_keys):032x}", **said)
        await self._app.assistant.take(delivery)
        return await reply

    async def answer(self, address: str, officer: Officer, shown: dict[str, Any], answers: int) -> list[float]:
        """Give answers one after the other; the seconds that each took."""
        waits = []
        for _ in range(answers):
            answer = officer.answer(shown)
            assert answer is not None, shown
            begun = time.perf_counter()
            shown = await self.say(address, answer)
            waits.append(time.perf_counter() - begun)
        return waits


async def _run(world: World, load: Load, at_start: Callable[[], None]) -> Run:
    result = Run()
    async with _Office(world) as office:
        for turn in range(load.rounds):
            addresses = world.addresses[turn * load.people : (turn + 1) * load.people]
            people = [(address, Officer(int(address))) for address in addresses]
            shown = await asyncio.gather(*(office.say(address, one.opening(ITEMS)) for address, one in people))
            await office.settled()
            at_start()
            begun, cpu = time.perf_counter(), time.process_time()
            waits = await asyncio.gather(
                *(office.answer(*one, body, load.answers) for one, body in zip(people, shown, strict=True))
            )
            await office.settled()
            result.seconds += time.perf_counter() - begun
            result.cpu += time.process_time() - cpu
            result.waits += [wait for one in waits for wait in one]
    return result
