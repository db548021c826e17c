"""What goes wrong on purpose, and when."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.emulators.telegram.calls import ApiError, Call

ERROR, RESET, CUT, HANG = "error", "reset", "cut", "hang"
"""Answered with 500; the connection reset before anything is done, or after it; nothing done until released."""


@dataclass
class Fault:
    """One kind of fault, for the next `left` calls that it concerns."""

    how: str | ApiError
    method: str | None
    chat_id: int | None
    left: int
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a call has met it."""
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let calls that hang go on, and do what they ask for."""
        self.released.set()

    def concerns(self, call: Call) -> bool:
        """Whether it is for this call."""
        chat = self.chat_id is None or str(call.params.get("chat_id")) == str(self.chat_id)
        return self.left > 0 and chat and (self.method is None or self.method.lower() == call.method.lower())


class Faults:
    """The faults that wait for a call, and those that come by chance."""

    def __init__(self) -> None:
        self.revoked = False
        """Whether the token is no longer good."""
        self.met: list[tuple[str, str]] = []
        """(method, fault) of every call that met one."""
        self._waiting: list[Fault] = []
        self._chances: dict[str, float] = {}
        self._methods: frozenset[str] = frozenset()
        self._random = random.Random(0)

    def fail(
        self, how: str | ApiError, method: str | None = None, *, chat_id: int | None = None, times: int = 1
    ) -> Fault:
        """The next `times` calls (of a method, to a chat) meet a fault; an ApiError is answered as it stands.

        The method "file" is the download of a file's bytes, which a cut ends half-way.
        """
        fault = Fault(how, method, chat_id, times)
        self._waiting.append(fault)
        return fault

    def by_chance(
        self, chances: Mapping[str, float], seed: int = 0, methods: tuple[str, ...] = ("sendMessage",)
    ) -> None:
        """From here on calls of these methods meet faults with these probabilities, in a repeatable way."""
        self._chances = dict(chances)
        self._methods = frozenset(name.lower() for name in methods)
        self._random = random.Random(seed)

    def stop(self) -> None:
        """No more faults; what hangs goes on."""
        for fault in self._waiting:
            fault.release()
        self._waiting, self._chances = [], {}

    def next(self, call: Call) -> Fault | None:
        """The fault that a call meets, if any."""
        fault = next((one for one in self._waiting if one.concerns(call)), None) or self._chance(call)
        if fault is not None:
            fault.left -= 1
            fault.reached.set()
            self.met.append((call.method, str(fault.how)))
        return fault

    def _chance(self, call: Call) -> Fault | None:
        if not self._chances or call.method.lower() not in self._methods:
            return None
        drawn = self._random.random()
        for how, probability in self._chances.items():
            if drawn < probability:
                return Fault(how, None, None, 1)
            drawn -= probability
        return None
