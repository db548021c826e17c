"""How results come from other threads into event loops: those that come together wake a loop once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

__all__ = ["Door", "door_of"]


class Door:
    """Lets calls into an event loop, in the order in which they come.

    A loop that is woken for every one of a hundred results pays more for that than for what it does with them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._wake = loop.call_soon_threadsafe
        self._soon = loop.call_soon
        self._calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._woken = False

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Have the loop call a function soon; may be called from any thread, also when the loop has ended."""
        self._calls.append((function, arguments))
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                self._wake(self._let_in)

    def _let_in(self) -> None:
        self._woken = False  # first: what comes from here on wakes the loop again
        while self._calls:
            function, arguments = self._calls.popleft()
            self._soon(function, *arguments)


_doors: WeakKeyDictionary[asyncio.AbstractEventLoop, Door] = WeakKeyDictionary()


def door_of(loop: asyncio.AbstractEventLoop) -> Door:
    """The one door of a loop; for its own thread to ask."""
    door = _doors.get(loop)
    if door is None:
        door = _doors[loop] = Door(loop)
    return door
