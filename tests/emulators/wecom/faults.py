"""What goes wrong on purpose, and when; and what WeCom answers then."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ERROR, RESET, CUT, HANG = "error", "reset", "cut", "hang"
"""Answered with 502; the connection reset before anything is done, or after it; nothing done until released."""


class WeComError(Exception):
    """An errcode other than 0. The HTTP status is 200 all the same."""

    def __init__(self, code: int, what: str = "") -> None:
        super().__init__(f"{code} {what}")
        self.code = code
        self.what = what

    @property
    def body(self) -> dict[str, Any]:
        return {"errcode": self.code, "errmsg": f"{self.what}, hint: [1700000000], from ip: 203.0.113.5"}


@dataclass
class Fault:
    """One kind of fault, for the next `left` calls that it concerns; a number is an errcode."""

    how: str | int
    path: str | None
    member: str | None
    left: int
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let calls that hang go on, and do what they ask for."""
        self.released.set()

    def concerns(self, path: str, member: str) -> bool:
        return self.left > 0 and self.path in (None, path) and self.member in (None, member)


class Faults:
    """The faults that wait for a call, and those that come by chance."""

    def __init__(self) -> None:
        self.met: list[tuple[str, str]] = []
        self._waiting: list[Fault] = []
        self._chances: dict[str | int, float] = {}
        self._random = random.Random(0)

    def fail(self, how: str | int, path: str | None = None, *, member: str | None = None, times: int = 1) -> Fault:
        """The next `times` calls (of a path, to a member) meet a fault."""
        fault = Fault(how, path, member, times)
        self._waiting.append(fault)
        return fault

    def by_chance(self, chances: Mapping[str | int, float], seed: int = 0) -> None:
        """From here on messages meet faults with these probabilities, in a repeatable way."""
        self._chances, self._random = dict(chances), random.Random(seed)

    def stop(self) -> None:
        """No more faults; what hangs goes on."""
        for fault in self._waiting:
            fault.release()
        self._waiting, self._chances = [], {}

    def next(self, path: str, member: str) -> Fault | None:
        """The fault that a call meets, if any."""
        fault = next((one for one in self._waiting if one.concerns(path, member)), None) or self._chance(path)
        if fault is not None:
            fault.left -= 1
            fault.reached.set()
            self.met.append((path, str(fault.how)))
        return fault

    def _chance(self, path: str) -> Fault | None:
        if not self._chances or path != "message/send":
            return None
        drawn = self._random.random()
        for how, probability in self._chances.items():
            if drawn < probability:
                return Fault(how, None, None, 1)
            drawn -= probability
        return None
