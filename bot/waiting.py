"""How event loops wait for the database: what has become durable comes in together, and wakes a loop once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary, ref

from models.db import After, Database, Failed, Job, Rescue, Work

T = TypeVar("T")


async def commit(
    database: Database, work: Work[T], rescue: Rescue[T] | None = None, lane: str = "", after: After[T] | None = None
) -> T:
    """Run work in a transaction as `Database.write` does; its result, once that is durable."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[T] = loop.create_future()
    tell = partial(door_of(loop).call, _settle, waiting)
    database.enter(Job(work, rescue, lambda: not waiting.cancelled(), tell, after), lane)
    return await waiting


class Door:
    """Lets calls into an event loop, in the order in which they come.

    A loop that is woken for every one of a hundred results pays more for that than for what it does with them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = ref(loop)  # which lets the door go with the loop
        self._calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._woken = False

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Have the loop call a function soon; may be called from any thread, also when the loop has ended."""
        self._calls.append((function, arguments))
        if not self._woken and (loop := self._loop()) is not None:
            self._woken = True
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                loop.call_soon_threadsafe(self._let_in)

    def _let_in(self) -> None:
        self._woken = False  # first: what comes from here on wakes the loop again
        soon = asyncio.get_running_loop().call_soon
        while self._calls:
            function, arguments = self._calls.popleft()
            soon(function, *arguments)


_doors: WeakKeyDictionary[asyncio.AbstractEventLoop, Door] = WeakKeyDictionary()


def door_of(loop: asyncio.AbstractEventLoop) -> Door:
    """The one door of a loop; for its own thread to ask."""
    door = _doors.get(loop)
    if door is None:
        door = _doors[loop] = Door(loop)
    return door


def _settle(waiting: asyncio.Future[Any], outcome: Any) -> None:
    if waiting.done():
        return
    if isinstance(outcome, Failed):
        waiting.set_exception(outcome.error)
    else:
        waiting.set_result(outcome)
