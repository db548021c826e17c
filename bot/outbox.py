"""The outbox: after a commit, rows are sent or worked on here; results are marked with the lease they were taken with."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot.assistant import Assistant
from bot.channels import Channel, Gone, NotReached, Refused, SlowDown, Unknown
from bot.clock import Clock
from bot.messages import Inbound
from bot.turn import Sent
from models import outgoing
from models.db import Database, DatabaseDown

log = structlog.get_logger()

Worker = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Does one kind of work: the row's body in, the outcome out, which enters as a turn."""

Lane = tuple[str, str, str, int]
"""Channel, address, kind of work and urgency: within a lane rows go one at a time and in order, lanes do not wait."""

SWEEP_SECONDS = 1.0
SWEEP = timedelta(seconds=SWEEP_SECONDS)
HEAD_HOLDS_BACK = timedelta(seconds=10)
RENEW_SECONDS = 10.0
MOST_ATTEMPTS = 8
LONGEST_PAUSE = timedelta(minutes=10)


class Outbox:
    """Sends what this process holds leases for, and takes over what nobody works on."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        workers: Mapping[str, Worker],
        holder: str,
        clock: Clock,
        shown: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: body,
    ) -> None:
        """`shown` puts what a message's row hides into what is sent."""
        self._database = database
        self._channels = channels
        self._workers = workers
        self._holder = holder
        self._clock = clock
        self._shown = shown
        self._assistant: Assistant
        self._queues: dict[Lane, asyncio.Queue[Sent]] = {}
        self._senders: dict[Lane, asyncio.Task[None]] = {}
        self._held: dict[int, Sent] = {}
        self._marks: list[dict[str, Any]] = []
        self._marking: asyncio.Task[None] | None = None
        self._paused_until: dict[str, datetime] = {}
        self._heads: dict[Lane, tuple[int, datetime]] = {}
        """Rows that failed and go first when tried again: their id, and until when later rows wait for them."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ticks: list[asyncio.Task[None]] = []

    def start(self, assistant: Assistant) -> None:
        """Begin, in the running event loop."""
        self._assistant = assistant
        self._loop = asyncio.get_running_loop()
        self._ticks = [
            asyncio.create_task(self._every(SWEEP_SECONDS, self.sweep)),
            asyncio.create_task(self._every(RENEW_SECONDS, self._renew)),
        ]

    async def stop(self) -> None:
        """Finish what is on its way, bring the marks, and end. Rows not sent keep their lease until it runs out."""
        for tick in self._ticks:
            tick.cancel()
        await asyncio.gather(*self._ticks, return_exceptions=True)
        await asyncio.gather(*self._senders.values(), return_exceptions=True)
        if self._marking is not None:
            await self._marking

    async def settled(self) -> None:
        """Wait until everything taken has been dealt with, and what came of it too."""
        await asyncio.sleep(0)
        while self._senders or (self._marking is not None and not self._marking.done()):
            pending = [*self._senders.values(), *([self._marking] if self._marking else [])]
            await asyncio.wait(pending)
            await asyncio.sleep(0)

    def offer(self, rows: list[Sent]) -> None:
        """Take rows of a committed turn; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, rows)

    async def sweep(self) -> None:
        """Take up what is due on our channels and nobody works on."""
        now = self._clock.now()
        for channel in self._channels:
            found = await asyncio.to_thread(
                self._database.read, partial(outgoing.due, channel=channel, now=now, most=200)
            )
            if found:
                taken = await asyncio.wrap_future(
                    self._database.write(partial(outgoing.take_all, rows=found, holder=self._holder, now=now))
                )
                self._take([_sent(row) for row in taken])

    def _take(self, rows: list[Sent]) -> None:
        for row in rows:
            if row.lease:
                self._held[row.id] = row
            place = self._lane(row)
            queue = self._queues.setdefault(place, asyncio.Queue())
            queue.put_nowait(row)
            if place not in self._senders:
                self._senders[place] = asyncio.create_task(self._drain(place, queue))

    def _lane(self, row: Sent) -> Lane:
        return row.channel, row.address, row.kind if row.kind in self._workers else "", row.urgency

    async def _drain(self, place: Lane, queue: asyncio.Queue[Sent]) -> None:
        while not queue.empty():
            await self._deal_with(queue.get_nowait())
        del self._senders[place], self._queues[place]

    async def _deal_with(self, row: Sent) -> None:
        if not row.lease:
            with contextlib.suppress(Exception):  # whoever was not told now looks by the next message
                await self._channels[row.channel].send(row)
            return
        if (wait := self._must_wait(row)) is not None:
            self._mark(row, outgoing.WAITING, pause=wait, tried=False)
            return
        try:
            if row.kind in self._workers:
                await self._enter(row, await self._workers[row.kind](row.body))
                self._mark(row, outgoing.FINISHED)
            else:
                body = self._shown(row.body)
                reference = await self._channels[row.channel].send(row if body is row.body else replace(row, body=body))
                self._mark(row, outgoing.FINISHED, reference=reference)
        except SlowDown as slow:
            pause = timedelta(seconds=slow.seconds)
            self._paused_until[row.channel] = self._clock.now() + pause
            self._mark(row, outgoing.WAITING, pause=pause, tried=False)
        except NotReached as error:
            await self._retry(row, str(error))
        except Unknown as error:
            await self._retry(row, str(error), repeated=True)
        except Gone:
            self._mark(row, outgoing.GONE)
        except Refused as error:
            self._mark(row, outgoing.FAILED, reference=str(error))
        except Exception as error:
            log.error("outgoing row failed", row=row.id, kind=row.kind, error=type(error).__name__)
            await self._retry(row, type(error).__name__)

    def _must_wait(self, row: Sent) -> timedelta | None:
        """How long a row must wait for its channel, or for an earlier row of the same person that failed just now."""
        now = self._clock.now()
        paused_until = self._paused_until.get(row.channel, now)
        if paused_until > now and row.kind not in self._workers:
            return paused_until - now
        head, until = self._heads.get(self._lane(row), (row.id, now))
        return SWEEP if head < row.id and now < until else None

    async def _enter(self, row: Sent, outcome: dict[str, Any]) -> None:
        """What came of work enters as a turn like any other, once."""
        back = (row.body.get("result", row.kind), outcome)
        inbound = Inbound(row.channel, row.address, f"work:{row.id}", work=back)
        try:
            await asyncio.wrap_future(self._assistant.receive(inbound))
        except DatabaseDown as error:
            raise NotReached(str(error)) from None

    async def _retry(self, row: Sent, reason: str, repeated: bool = False) -> None:
        if row.attempt + 1 < MOST_ATTEMPTS:
            self._heads.setdefault(self._lane(row), (row.id, self._clock.now() + HEAD_HOLDS_BACK))
            pause = min(timedelta(seconds=2**row.attempt), LONGEST_PAUSE)
            self._mark(row, outgoing.WAITING, pause=pause, reference=reason, repeated=repeated)
            return
        if row.kind in self._workers:
            try:
                await self._enter(row, row.body | {"given_up": reason})
            except NotReached:  # nobody could be told yet
                self._mark(row, outgoing.WAITING, pause=LONGEST_PAUSE, reference=reason, tried=False)
                return
        self._mark(row, outgoing.FAILED, reference=reason, repeated=repeated)

    def _mark(
        self,
        row: Sent,
        state: str,
        *,
        pause: timedelta | None = None,
        reference: str | None = None,
        repeated: bool = False,
        tried: bool = True,
    ) -> None:
        now = self._clock.now()
        self._held.pop(row.id, None)
        if state != outgoing.WAITING and self._heads.get(self._lane(row), (0, now))[0] == row.id:
            del self._heads[self._lane(row)]
        self._marks.append(
            {
                "the_id": row.id, "the_holder": self._holder, "the_lease": row.lease, "state": state,
                "not_before": now + pause if pause is not None else None, "attempt": row.attempt + tried,
                "repeated": row.repeated or repeated, "reference": reference,
                "done_at": now if state != outgoing.WAITING else None,
            }
        )  # fmt: skip
        if self._marking is None or self._marking.done():
            self._marking = asyncio.create_task(self._bring_marks())

    async def _bring_marks(self) -> None:
        """Marks ride in the next batch, all that have gathered by then in one piece of work."""
        while self._marks:
            marks, self._marks = self._marks, []
            try:
                await asyncio.wrap_future(self._database.write(partial(outgoing.mark, marks=marks)))
            except DatabaseDown:
                self._marks = marks + self._marks
                await asyncio.sleep(SWEEP_SECONDS)

    async def _renew(self) -> None:
        ids, now = list(self._held), self._clock.now()
        if ids:
            await asyncio.wrap_future(self._database.write(lambda db: outgoing.renew(db, ids, self._holder, now)))

    async def _every(self, seconds: float, action: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await action()
            except DatabaseDown as error:
                log.warning("database unavailable", reason=str(error))
            except Exception as error:
                log.error("a tick failed", tick=action.__name__, error=type(error).__name__)
            await asyncio.sleep(seconds)


def _sent(row: Any) -> Sent:
    return Sent(
        row.id,
        row.kind,
        row.channel,
        row.person_id,
        row.address,
        row.body,
        row.lease,
        row.attempt,
        bool(row.repeated),
        row.urgency,
    )
