"""What follows when a row was not simply sent: it waits and is tried again, or it is over, and whoever must know is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

import structlog

from bot.channels import Gone, More, NotReached, Refused, SlowDown, Unknown
from bot.clock import Clock
from bot.outbox.entering import Entering
from bot.outbox.line import Dealt, Line
from bot.outbox.rereading import Dropped, TooEarly
from bot.rows import Sent
from models import outgoing
from models.db import DatabaseDown
from models.outgoing import Why

log = structlog.get_logger()

PAUSES = (1.0, 5.0, 60.0, 1800.0)
"""Seconds until the next try after one that may have had an effect; after the last of them there is none."""
MOST_ATTEMPTS = len(PAUSES) + 1
LONGEST_PAUSE, MOST_DOUBLINGS = 600.0, 10
"""Tries that cannot have had one: after a second, and then each time after twice as long, up to ten minutes."""
GIVEN_UP_AFTER, WORK_GIVEN_UP_AFTER = timedelta(hours=24), timedelta(hours=72)
"""Since when a message was to go out, or work to be done: platforms hold files for three days."""
DATABASE_PAUSE = 1.0


class Mark(Protocol):
    """Brings a row's new state; `seconds`: until it may be taken again, `tried`: whether that was an attempt."""

    def __call__(
        self, row: Sent, state: str, reference: str | None, *, seconds: float | None = None, tried: bool = True,
        repeated: bool = False,
    ) -> None: ...  # fmt: skip


class Outcomes:
    """Decides about rows."""

    def __init__(
        self, lines: Mapping[str, Line], entering: Entering, clock: Clock, time: Callable[[], float], mark: Mark
    ) -> None:
        self._lines = lines
        self._entering = entering
        self._clock = clock
        self._time = time
        self._mark = mark

    def waits(self, row: Sent, seconds: float, why: Why) -> None:
        """A row waits in the database, through no fault of its own."""
        self._line(row).waits(row, seconds)
        self._mark(row, outgoing.WAITING, why, seconds=seconds, tried=False)

    def put_back(self, line: Line, seconds: float, why: Why) -> None:
        """All that waits for its turn on a channel waits in the database instead."""
        for row in line.clear():
            self.waits(row, seconds, why)

    def reached(self, row: Sent) -> bool:
        """The platform has answered; whether that ends an outage."""
        return not self._is_work(row) and self._line(row).rest.reached()

    async def of(self, row: Sent, error: Exception) -> Dealt:
        """What a row comes to that raised an error."""
        try:
            return await self._decided(row, error)
        except Exception as fault:  # ours; the row must not be held for ever because of it, nor those behind it
            log.error("outgoing row failed", row=row.id, kind=row.kind, error=type(fault).__name__)
            self.waits(row, LONGEST_PAUSE, Why.ERROR)
            return Dealt.ASKED

    async def _decided(self, row: Sent, error: Exception) -> Dealt:
        match error:
            case More():
                return Dealt.MORE
            case TooEarly():
                self.waits(row, (error.until - self._clock.now()).total_seconds(), Why.QUIET)
                return Dealt.NOT_ASKED
            case Dropped():
                self._mark(row, outgoing.GONE, error.why, tried=False)
                return Dealt.NOT_ASKED
            case DatabaseDown():
                self.waits(row, DATABASE_PAUSE, Why.ERROR)
                return Dealt.NOT_ASKED
            case SlowDown():
                self._slow_down(row, error.seconds)
            case NotReached():
                await self._not_reached(row)
            case Unknown() | TimeoutError():
                await self._unclear(row, Why.UNKNOWN)
                self._failed(row)
            case Gone():
                await self._end(row, outgoing.GONE, Why.BLOCKED)
            case Refused():
                log.warning("message refused", row=row.id, channel=row.channel, reason=str(error))
                await self._end(row, outgoing.FAILED, Why.REFUSED)
            case _:
                log.error("outgoing row failed", row=row.id, kind=row.kind, error=type(error).__name__)
                await self._unclear(row, Why.ERROR)
        return Dealt.ASKED

    def _slow_down(self, row: Sent, seconds: float) -> None:
        line, now = self._line(row), self._time()
        if not line.rest.left(now):  # what was on its way meanwhile hears the same
            log.warning("channel slowed down", channel=row.channel, seconds=seconds)
        line.rest.slow_down(now, seconds)
        self.waits(row, line.rest.left(now), Why.SLOW)
        self.put_back(line, line.rest.left(now), Why.SLOW)

    async def _not_reached(self, row: Sent) -> None:
        outage = self._failed(row)
        if self._age(row) >= (WORK_GIVEN_UP_AFTER if self._is_work(row) else GIVEN_UP_AFTER):
            await self._end(row, outgoing.FAILED, Why.UNREACHED)
        elif outage:
            self.waits(row, self._line(row).rest.left(self._time()), Why.UNREACHED)
        else:
            failures = min(self._line(row).failures(row), MOST_DOUBLINGS)
            pause = min(2.0**failures, LONGEST_PAUSE)
            self._tries_again(row, pause, Why.UNREACHED, tried=False)

    async def _unclear(self, row: Sent, why: Why) -> None:
        """It may have had an effect."""
        if row.attempt + 1 >= MOST_ATTEMPTS or self._age(row) >= GIVEN_UP_AFTER:
            await self._end(row, outgoing.FAILED, why, repeated=True)
        else:
            self._tries_again(row, PAUSES[row.attempt], why, tried=True)

    def _tries_again(self, row: Sent, seconds: float, why: Why, *, tried: bool) -> None:
        line = self._line(row)
        line.waits(row, seconds, fails=True)
        self._mark(row, outgoing.WAITING, why, seconds=seconds, tried=tried, repeated=tried and not line.work(row))
        for later, wait in line.clear_behind(row):
            self.waits(later, wait, Why.BEHIND)

    def _failed(self, row: Sent) -> bool:
        """A message did not get through; whether that is the channel's fault, which rests then."""
        line, now = self._line(row), self._time()
        if self._is_work(row):
            return False
        if line.rest.failed(row.id, now):
            seconds = line.rest.left(now)
            self.put_back(line, seconds, Why.UNREACHED)
            log.warning("channel out of reach", channel=row.channel, seconds=seconds)
        return line.rest.probing

    async def _end(self, row: Sent, state: str, why: Why, *, repeated: bool = False) -> None:
        """It is over, and whoever must know is told: first that, since it may be told again, but not left out."""
        try:
            if self._is_work(row):
                await self._entering.worked(row, row.body | {"given_up": why})
            else:
                if why == Why.BLOCKED:
                    await self._entering.left(row)
                await self._entering.undelivered(row, why)
        except DatabaseDown:
            self.waits(row, DATABASE_PAUSE, why)
        else:
            self._mark(row, state, why, repeated=repeated)

    def _age(self, row: Sent) -> timedelta:
        now = self._clock.now()
        return now - (row.due or now)

    def _line(self, row: Sent) -> Line:
        return self._lines[row.channel]

    def _is_work(self, row: Sent) -> bool:
        return bool(self._line(row).work(row))
