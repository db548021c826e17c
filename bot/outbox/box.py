"""The outbox: after a commit, rows are sent or worked on here; results are marked with the lease they were taken with."""

from __future__ import annotations

import asyncio
import contextlib
import time as machine
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from bot import failpoints
from bot.assistant import Assistant
from bot.channels import Channel
from bot.clock import Clock
from bot.outbox.entering import Entering
from bot.outbox.line import Dealt, Line
from bot.outbox.marks import Marks
from bot.outbox.outcomes import Outcomes
from bot.outbox.rereading import Rereading, StillTrue, wanted
from bot.rows import ECHO, Sent
from bot.waiting import Door, commit, door_of
from models import lately, leases, outgoing
from models.db import Database, DatabaseDown, Transaction
from models.outgoing import LEASE, Why

log = structlog.get_logger()

Worker = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Does one kind of work: the row's body in, the outcome out, which enters as a turn."""

SWEEP_SECONDS = 1.0
MOST_PORTIONS = 20
"""At one sweep; the next goes on."""
RENEW_SECONDS = 9.0
SEND_SECONDS = 20.0
"""For so long an answer is waited for: shorter than a lease."""


class Outbox:
    """Sends what this process holds leases for, and takes over what nobody works on."""

    def __init__(
        self, database: Database, channels: Mapping[str, Channel], workers: Mapping[str, Worker], holder: str, clock: Clock,
        shown: Callable[[Sent], dict[str, Any]] = lambda row: row.body,
        still_true: StillTrue = lambda turn, body: True,
        time: Callable[[], float] = machine.monotonic,
    ) -> None:  # fmt: skip
        """`shown`: a message's body as its reader is to see it. `time`: seconds of a clock that only goes forward."""
        self._database = database
        self._workers = workers
        self._holder = holder
        self._clock = clock
        self._time = time
        self._shown = shown
        self._still_true = still_true
        self._lines = {name: Line(channel, workers, self._deal_with, time) for name, channel in channels.items()}
        self._marks = Marks(database, self._durable)
        self._held: dict[int, Sent] = {}
        """What we hold a lease for: until its mark is in the database, nobody is to take it."""
        self._entering: Entering
        self._outcomes: Outcomes
        self._rereading: Rereading
        self._door: Door | None = None
        """Into our event loop, while we work."""
        self._ticks: list[asyncio.Task[None]] = []
        self._sweeps: set[asyncio.Task[None]] = set()

    def start(self, assistant: Assistant) -> None:
        """Begin, in the running event loop."""
        self._entering = Entering(self._database, assistant)
        self._rereading = Rereading(self._database, assistant, self._holder, self._still_true)
        self._outcomes = Outcomes(self._lines, self._entering, self._clock, self._time, self._mark)
        self._door = door_of(asyncio.get_running_loop())
        for line in self._lines.values():
            self._look_back(line)
        self._ticks = [
            asyncio.create_task(self._every(SWEEP_SECONDS, self.sweep)),
            asyncio.create_task(self._every(RENEW_SECONDS, self._renew)),
        ]

    def _look_back(self, line: Line) -> None:
        """What any process has sent lately counts, too, where the platform counts over more than a second."""
        pace, now = line.channel.traits.pace, self._clock.now()
        if pace is None or not pace.windows:
            return
        since = now - timedelta(seconds=max(seconds for _, seconds in pace.windows))
        with contextlib.suppress(DatabaseDown):
            for row in self._database.read(partial(lately.gone_out, channel=line.channel.name, since=since)):
                line.went_out(row.address, (now - row.done_at).total_seconds(), row.reference or "")

    async def stop(self) -> None:
        """Finish what is on its way, bring the marks, and end. What waits for a slot is left to the next process at once."""
        for tick in self._ticks:
            tick.cancel()
        await asyncio.gather(*self._ticks, *self._sweeps, return_exceptions=True)
        for line in self._lines.values():
            self._outcomes.put_back(line, 0.0, Why.BEHIND)
        while tasks := self._tasks():
            await asyncio.gather(*tasks, return_exceptions=True)
        self._door = None
        with contextlib.suppress(DatabaseDown):
            await commit(self._database, self._give_up)

    async def settled(self) -> None:
        """Wait until everything taken has been dealt with, and what came of it too."""
        await asyncio.sleep(0)
        while (tasks := self._tasks()) or any(line.waiting for line in self._lines.values()):
            if tasks:
                await asyncio.wait(tasks)
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(0.002)

    def offer(self, rows: list[Sent]) -> None:
        """Take rows of a committed turn; may be called from any thread."""
        if self._door is not None:
            self._door.call(self._take, rows)

    async def sweep(self) -> None:
        """Take up what is due on our channels and nobody works on, as far as there is room."""
        for line in self._lines.values():
            await self._sweep(line)

    def pump(self) -> None:
        """Send what may go by now; by itself it goes when its time comes."""
        for line in self._lines.values():
            line.pump()

    async def _sweep(self, line: Line) -> None:
        async with line.sweeping:
            for _ in range(MOST_PORTIONS):
                if (room := line.room()) <= 0:
                    return
                now, channel = self._clock.now(), line.channel.name
                find = partial(outgoing.due, channel=channel, now=now, most=room)
                found = [row for row in await asyncio.to_thread(self._database.read, find) if row.id not in self._held]
                if not found:
                    return
                take = partial(self._take_over, channel=channel, rows=found)
                taken = await commit(self._database, take)
                self._take([_sent(row) for row in taken])
                if len(taken) < room:
                    return

    def _take_over(self, db: Transaction, channel: str, rows: list[Any]) -> list[Any]:
        """Lease rows: one process at a time takes up what is due on a channel, so that its order and pace are kept."""
        now = self._clock.now()
        if not leases.take(db, f"send:{channel}", self._holder, now, LEASE):
            return []
        return outgoing.take_all(db, rows, self._holder, now)

    def _give_up(self, db: Transaction) -> None:
        for name in self._lines:
            leases.give_up(db, f"send:{name}", self._holder)

    def _take(self, rows: list[Sent]) -> None:
        if self._door is None:  # offered as we ended: the next process takes them up
            return
        waits_its_turn = set()
        for row in rows:
            line = self._lines[row.channel]
            if row.lease:
                self._held[row.id] = row
            elif row.kind != ECHO:
                waits_its_turn.add(line)
                continue
            wait = line.must_wait(row) if row.lease else None
            if wait is not None:
                self._outcomes.waits(row, *wait)
                continue
            for overtaken in line.enter(row):
                self._mark(overtaken, outgoing.GONE, Why.OVERTAKEN, tried=False)
        for line in waits_its_turn:
            self._start_sweep(line)

    def _start_sweep(self, line: Line) -> None:
        async def sweep() -> None:
            with contextlib.suppress(DatabaseDown):  # the next sweep is due in a second anyway
                await self._sweep(line)

        task = asyncio.create_task(sweep())
        self._sweeps.add(task)
        task.add_done_callback(self._sweeps.discard)

    async def _deal_with(self, row: Sent) -> Dealt:
        line = self._lines[row.channel]
        if not row.lease:
            with contextlib.suppress(Exception):  # whoever was not told now looks by the next message
                await line.channel.send(row)
            return Dealt.ASKED
        failpoints.reach(failpoints.SENDING)
        try:
            reference = await (self._work(row) if row.kind in self._workers else self._send(line, row))
        except Exception as error:
            return await self._outcomes.of(row, error)
        failpoints.reach(failpoints.SENT)
        self._mark(row, outgoing.FINISHED, reference)
        if self._outcomes.reached(row):
            log.info("channel in reach again", channel=row.channel)
            self._lines[row.channel].goes_on()
            self._database.write(partial(outgoing.release, channel=row.channel, now=self._clock.now()))
        return Dealt.ASKED

    async def _work(self, row: Sent) -> None:
        await self._entering.worked(row, await self._workers[row.kind](row.body))

    async def _send(self, line: Line, row: Sent) -> str | None:
        channel, traits = line.channel, line.channel.traits
        sent = row
        if wanted(row, traits):
            await self._marks.brought(row.body.get("edits", 0))
            sent = await self._rereading.read(row, traits)
        body = self._shown(sent)
        if body is not sent.body:
            sent = replace(sent, body=body)
        if traits.pace is None:
            return await channel.send(sent)
        async with asyncio.timeout(SEND_SECONDS):
            return await channel.send(sent)

    def _mark(
        self, row: Sent, state: str, reference: str | None, *, seconds: float | None = None, tried: bool = True,
        repeated: bool = False,
    ) -> None:  # fmt: skip
        now = self._clock.now()
        waits_until = None if seconds is None else now + timedelta(seconds=seconds)
        if waits_until is None:
            self._lines[row.channel].forget(row)
        self._marks.put(
            {
                "the_id": row.id, "the_holder": self._holder, "the_lease": row.lease, "state": state,
                "lease_until": waits_until, "attempt": row.attempt + tried, "repeated": row.repeated or repeated,
                "reference": reference, "done_at": now if waits_until is None else None,
            }
        )  # fmt: skip

    def _durable(self, marks: list[dict[str, Any]]) -> None:
        failpoints.reach(failpoints.MARKED)
        for mark in marks:
            held = self._held.get(mark["the_id"])
            if held is not None and held.lease == mark["the_lease"]:
                del self._held[held.id]

    async def _renew(self) -> None:
        for line in self._lines.values():
            line.tidy()
        hold_on = partial(self._hold_on, ids=list(self._held))
        if brought := await commit(self._database, hold_on):
            log.warning("clock was set back", rows=brought)

    def _hold_on(self, db: Transaction, ids: list[int]) -> int:
        now = self._clock.now()
        outgoing.renew(db, ids, self._holder, now)
        return sum(outgoing.bring_near(db, name, now) for name in self._lines)

    def _tasks(self) -> list[asyncio.Task[None]]:
        dealing = [task for line in self._lines.values() for task in line.tasks]
        return [*dealing, *self._marks.tasks, *self._sweeps]

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
        row.id, row.kind, row.channel, row.person_id, row.address, row.body, row.lease, row.attempt, bool(row.repeated),
        row.urgency, row.until, row.not_before or row.created_at, row.sender_id, again=True,
    )  # fmt: skip
