"""Lanes: rows to one address, of one class, go one at a time and in order, and lanes do not wait for one another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.rows import Sent

HOLDS_BACK_SECONDS = 10.0
"""For so long at most, rows wait for an earlier one of their lane that keeps failing."""
FORGOTTEN_AFTER_SECONDS = 3600.0
"""A row that should have come again by then has gone elsewhere."""


@dataclass(slots=True)
class Wait:
    """A row of a lane that waits in the database, where later ones must not get ahead of it."""

    comes_at: float
    until: float
    """From then on it holds nobody back any more, unless it waits for the channel."""
    fails: bool
    """It was tried in vain, though the channel works."""
    failures: int
    """How often that was so."""
    here: bool = False
    """It has come again, and is in its lane."""

    def holds_back(self, now: float, outage: bool) -> bool:
        """Whether later rows must wait for it."""
        return not self.here and (now < self.until or (outage and not self.fails))


@dataclass(slots=True, eq=False)
class Lane:
    """The rows of one lane that this process holds, in order. Times are seconds of the outbox's own clock."""

    address: str
    urgency: int
    rows: deque[Sent] = field(default_factory=deque)
    active: bool = False
    """Whether its first row is being dealt with, or waits for its turn."""
    _waits: dict[int, Wait] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Whether nothing is left of it that anybody must remember."""
        return not (self.active or self.rows or self._waits)

    def came(self, row: int) -> None:
        """A row that may have waited in the database is here."""
        if (wait := self._waits.get(row)) is not None:
            wait.here = True

    def comes_after(self, row: int, now: float, outage: bool) -> float | None:
        """Until when a row must wait for earlier ones that wait in the database; None: it need not.

        `outage`: nothing gets through to the channel, which is no fault of any row's.
        """
        earlier = [wait for one, wait in self._waits.items() if one < row and wait.holds_back(now, outage)]
        return max((wait.comes_at if outage else min(wait.comes_at, wait.until) for wait in earlier), default=None)

    def failures(self, row: int) -> int:
        """How often a row was tried in vain, as far as this process knows."""
        known = self._waits.get(row)
        return 0 if known is None else known.failures

    def waits(self, row: int, comes_at: float, until: float, *, fails: bool) -> None:
        """A row goes to wait in the database. One that fails again and again holds others back no longer than at first."""
        known = self._waits.get(row)
        if known is not None and known.fails and fails:
            until = min(known.until, until)
        self._waits[row] = Wait(comes_at, until, fails, self.failures(row) + fails)

    def goes_on(self, until: float) -> None:
        """The channel works again: what waited for it is not overtaken before that moment."""
        for wait in self._waits.values():
            if not wait.fails:
                wait.until = max(wait.until, until)

    def forget(self, row: int) -> None:
        """A row will not come any more."""
        self._waits.pop(row, None)

    def forget_strays(self, now: float) -> None:
        """Forget rows that should have come long ago."""
        for row in [one for one, wait in self._waits.items() if now > wait.comes_at + FORGOTTEN_AFTER_SECONDS]:
            del self._waits[row]

    def overtaken(self) -> Iterator[Sent]:
        """Take out those of the rows in front of the last one that only ask something, where the last one asks, too."""
        if not self.rows or "of" not in self.rows[-1].body:
            return
        last = self.rows.pop()
        waiting, self.rows = self.rows, deque[Sent]()
        for row in waiting:
            if only_asks(row.body):
                yield row
            else:
                self.rows.append(row)
        self.rows.append(last)


def only_asks(body: dict[str, object]) -> bool:
    """Whether nothing is lost if a message is not sent once a newer question is: it says and shows nothing besides."""
    return "of" in body and not body.keys() & {"leads", "picture", "file"}
