"""The rows of one channel that this process holds: each in its lane, and sent when its turn has come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Coroutine
from enum import Enum
from typing import Any

from bot.channels import Channel
from bot.outbox.lanes import HOLDS_BACK_SECONDS, Lane
from bot.outbox.pacing import Pacer
from bot.outbox.resting import Rest
from bot.rows import Sent
from models.outgoing import Why

AHEAD_SECONDS = 2
"""So many seconds' worth of a channel's pace is held at most; the others wait in the database, whoever sends them."""
MOST_AT_ONCE = 200
"""Rows held at most where there is no pace."""
LEAST_WAIT = 1.0


class Dealt(Enum):
    """What dealing with a row came to."""

    ASKED = 1
    """The platform has seen it, or may have."""
    NOT_ASKED = 2
    """The platform has seen nothing of it."""
    MORE = 3
    """One piece has arrived, and the next goes in its turn."""


class Line:
    """One channel's lanes. Work is done as it comes; messages keep the channel's pace, and wait while it rests.

    `works`: the kinds of rows that are work. `deal` sends a row or does its work, whatever comes of it. `time`: seconds
    of a clock that only goes forward.
    """

    def __init__(
        self, channel: Channel, works: Container[str], deal: Callable[[Sent], Awaitable[Dealt]], time: Callable[[], float]
    ) -> None:  # fmt: skip
        self.channel = channel
        self.rest = Rest()
        self.sweeping = asyncio.Lock()
        self._works = works
        self._deal = deal
        self._time = time
        self._pace = channel.traits.pace
        self._pacer = Pacer(self._pace) if self._pace else None
        self._lanes: dict[tuple[str, str, int], Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = 0
        """Messages held that wait for their turn."""
        self._under_way = 0
        """Messages with a slot."""
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What is being dealt with."""
        return list(self._tasks)

    @property
    def waiting(self) -> int:
        """How many messages wait for a slot."""
        return self._waiting

    def room(self) -> int:
        """How many more rows may be taken up from the database."""
        if self.rest.left(self._time()):
            return 0
        if self.rest.probing:
            return 1 - self._waiting - self._under_way
        return (AHEAD_SECONDS * self._pace.overall if self._pace else MOST_AT_ONCE) - self._waiting

    def went_out(self, address: str, ago: float, reference: str) -> None:
        """A message went to an address before we began, so many seconds ago; the oldest comes first."""
        if self._pacer is not None:
            for _ in range(self.channel.messages(reference)):
                self._pacer.went_out(address, self._time(), ago)

    def work(self, row: Sent) -> str:
        """The kind of work that a row is; empty: a message."""
        return row.kind if row.kind in self._works else ""

    def must_wait(self, row: Sent) -> tuple[float, Why] | None:
        """For how many seconds a row must go to wait in the database, and why; None: it need not."""
        now, work = self._time(), self.work(row)
        if not work and (rests := self.rest.left(now)):
            return rests, self.rest.why
        lane = self._lanes.get((row.address, work, row.urgency))
        if lane is None:
            return None
        step = 0.0 if self._pace is None or work else 1 / self._pace.address
        lane.came(row.id)
        if (after := lane.comes_after(row.id, now, self.rest.probing)) is not None:
            return max(after - now + step, LEAST_WAIT), Why.BEHIND
        if row.again and step and len(lane.rows) * step >= AHEAD_SECONDS:
            return len(lane.rows) * step, Why.BEHIND
        return None

    def enter(self, row: Sent) -> list[Sent]:
        """Put a row into its lane; those that it overtakes there, and that are not to be sent any more."""
        work = self.work(row)
        lane = self._lane(row, work)
        lane.rows.append(row)
        overtaken = list(lane.overtaken()) if self.channel.traits.pushes and not work else []
        if not work:
            self._waiting += 1 - len(overtaken)
        if lane.active:
            return overtaken
        lane.active = True
        if self._pacer is None or work:
            self._start(self._drain(lane, work))
        else:
            self._pacer.wants(lane)
            self.pump()
        return overtaken

    def waits(self, row: Sent, seconds: float, *, fails: bool = False) -> None:
        """A row goes to wait in the database for so many seconds. What comes later waits for it.

        `fails`: it was tried in vain, and holds the others back only so long.
        """
        comes_at = self._time() + seconds
        until = comes_at + HOLDS_BACK_SECONDS - (seconds if fails else 0.0)
        self._lane(row, self.work(row)).waits(row.id, comes_at, until, fails=fails)

    def failures(self, row: Sent) -> int:
        """How often a row was tried in vain, as far as this process knows."""
        return self._lane(row, self.work(row)).failures(row.id)

    def forget(self, row: Sent) -> None:
        """A row has been dealt with for good."""
        if (lane := self._lanes.get((row.address, self.work(row), row.urgency))) is not None:
            lane.forget(row.id)

    def goes_on(self) -> None:
        """An outage is over."""
        for lane in self._lanes.values():
            lane.goes_on(self._time() + HOLDS_BACK_SECONDS)

    def clear(self) -> list[Sent]:
        """Give up the messages that wait for their turn here."""
        given_up = [row for (_, work, _), lane in self._lanes.items() if not work for row in lane.rows]
        for (_, work, _), lane in self._lanes.items():
            if not work:
                lane.rows.clear()
        self._waiting = 0
        return given_up

    def clear_behind(self, row: Sent) -> list[tuple[Sent, float]]:
        """Give up what waits here behind a row that failed, each with the seconds that it must wait for that."""
        now, work = self._time(), self.work(row)
        lane = self._lane(row, work)
        if (after := lane.comes_after(row.id + 1, now, self.rest.probing)) is None:
            return []
        given_up = [(later, max(after - now, LEAST_WAIT)) for later in lane.rows]
        lane.rows.clear()
        self._waiting -= 0 if work else len(given_up)
        return given_up

    def tidy(self) -> None:
        """Forget lanes that have nothing left."""
        now = self._time()
        for key, lane in list(self._lanes.items()):
            lane.forget_strays(now)
            if lane.idle:
                del self._lanes[key]

    def pump(self) -> None:
        """Send whatever may go now, and come back when the next may."""
        if self._pacer is None:
            return
        now = self._time()
        while not (self.rest.probing and self._under_way) and (lane := self._pacer.next(now)) is not None:
            self._waiting -= 1
            self._under_way += 1
            self._start(self._go(lane, lane.rows.popleft(), self._pacer))
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if (at := self._pacer.wakes_at(now)) is not None:
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, at - now), self.pump)

    def _lane(self, row: Sent, work: str) -> Lane:
        key = (row.address, work, row.urgency)
        if (lane := self._lanes.get(key)) is None:
            lane = self._lanes[key] = Lane(row.address, row.urgency)
        return lane

    def _start(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, lane: Lane, work: str) -> None:
        while lane.rows:
            row = lane.rows.popleft()
            self._waiting -= 0 if work else 1
            while await self._deal(row) is Dealt.MORE:
                pass
        lane.active = False
        self._leave(lane, work)

    async def _go(self, lane: Lane, row: Sent, pacer: Pacer) -> None:
        dealt = Dealt.ASKED
        try:
            dealt = await self._deal(row)
        finally:
            self._under_way -= 1
            if dealt is Dealt.MORE:
                lane.rows.appendleft(row)
                self._waiting += 1
            pacer.answered(lane.address, self._time(), asked=dealt is not Dealt.NOT_ASKED)
            if lane.rows:
                pacer.wants(lane)
            else:
                lane.active = False
                self._leave(lane, "")
            self.pump()

    def _leave(self, lane: Lane, work: str) -> None:
        if lane.idle:
            self._lanes.pop((lane.address, work, lane.urgency), None)
