"""Updates on their way to the bot: fetched by getUpdates, or brought to its webhook until it says 2xx."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.emulators.telegram.calls import ApiError
from tests.emulators.telegram.ledger import Clock

MESSAGES_LAST, PRESSES_LAST = timedelta(hours=24), timedelta(seconds=150)
CLOSED_AFTER = timedelta(hours=23)
"""A webhook that has said 410 for so long is closed."""
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
Lane = tuple[str, int]
"""What keeps its order: the messages of a chat, the presses of a person."""
Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[tuple[int, Mapping[str, str], bytes]]]
"""Brings a body to an address with headers; status, headers and body of the answer. OSError: no answer."""


@dataclass
class Update:
    """One update, kept until it was taken or is too old."""

    id: int
    kind: str
    body: dict[str, Any]
    lane: Lane
    expires_at: datetime
    again: bool = False
    """Delivered once more although it was confirmed."""

    @property
    def told(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.body}


@dataclass(frozen=True)
class Webhook:
    """Where updates are brought."""

    url: str
    secret: str
    most: int
    allowed: tuple[str, ...]


@dataclass
class Deliveries:
    """The updates that wait, and how they leave."""

    clock: Clock
    post: Post
    answered: Callable[[bytes, str], Awaitable[None]]
    """Carries out what stands in the answer to a delivery: its body and content type."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    """Waits between attempts; a test need not."""
    allowed: tuple[str, ...] = ()
    webhook: Webhook | None = None
    next_id: int = 100_000_001
    pending: dict[int, Update] = field(default_factory=dict)
    known: dict[int, Update] = field(default_factory=dict)
    attempts: list[tuple[int, int | str]] = field(default_factory=list)
    """(update, status or name of the error) of every attempt on the webhook."""
    pauses: list[float] = field(default_factory=list)
    """The pauses before repeated attempts, in seconds."""
    expired: list[int] = field(default_factory=list)
    last_error: str = ""
    _lanes: dict[Lane, asyncio.Task[None]] = field(default_factory=dict)
    _connections: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(40))
    _waiting: asyncio.Future[None] | None = None
    _taken: asyncio.Event = field(default_factory=asyncio.Event)
    _broken: BaseException | None = None
    _gone_since: datetime | None = None
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def put(self, kind: str, body: dict[str, Any], lane: Lane) -> int:
        """Let an update come; its id."""
        number, self.next_id = self.next_id, self.next_id + 1
        lasts = PRESSES_LAST if kind == "callback_query" else MESSAGES_LAST
        update = Update(number, kind, body, lane, self.clock.now() + lasts)
        self.known[number] = update
        if kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT:
            self._queue(update)
        return number

    def redeliver(self, number: int) -> None:
        """Deliver an update once more, ahead of all others, as after a confirmation that got lost."""
        update = self.known[number]
        update.again = True
        self.pending = {number: update} | self.pending
        self._queue(update)

    async def quiet(self, seconds: float) -> None:
        """Wait until every update was taken. TimeoutError; whatever broke the emulator itself."""
        async with asyncio.timeout(seconds):
            while self.pending:
                if self._broken is not None:
                    raise self._broken
                self._taken.clear()
                await self._taken.wait()

    # Brought to a webhook

    def bring_to(self, webhook: Webhook | None) -> None:
        """Bring updates to a webhook from here on, those that wait first; None: keep them for getUpdates."""
        self.end()
        self.webhook = webhook
        self._connections = asyncio.Semaphore(webhook.most if webhook is not None else 1)
        for update in list(self.pending.values()):
            self._start(update.lane)

    def end(self) -> None:
        """Give up every attempt under way."""
        for task in self._lanes.values():
            task.cancel()
        self._lanes = {}

    def _queue(self, update: Update) -> None:
        self.pending[update.id] = update
        self._start(update.lane)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _start(self, lane: Lane) -> None:
        if self.webhook is not None and lane not in self._lanes:
            self._lanes[lane] = asyncio.create_task(self._drain(lane, self.webhook))
            self._lanes[lane].add_done_callback(self._ended)

    async def _drain(self, lane: Lane, webhook: Webhook) -> None:
        failures = 0
        while (update := next((one for one in self.pending.values() if one.lane == lane), None)) is not None:
            if self.clock.now() >= update.expires_at:
                self.expired.append(update.id)
                self._remove(update)
                failures = 0
                continue
            status, retry_after = await self._attempt(update, webhook)
            if 200 <= status < 300:
                self._remove(update)
                failures = 0
                continue
            failures += 1
            pause = self._pause(failures) if retry_after is None else min(retry_after, 3600.0)
            self.pauses.append(pause)
            await self.sleep(pause)
        del self._lanes[lane]

    def _ended(self, drained: asyncio.Task[None]) -> None:
        if not drained.cancelled() and drained.exception() is not None:
            self._broken = drained.exception()
            self._taken.set()

    def _pause(self, failures: int) -> float:
        """At once after the first failure, then 2, 4, 8 seconds up to one or two minutes."""
        return 0.0 if failures == 1 else min(2.0 ** (failures - 1), self._random.uniform(60, 120))

    async def _attempt(self, update: Update, webhook: Webhook) -> tuple[int, float | None]:
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        try:
            async with self._connections:
                status, told, body = await self.post(webhook.url, json.dumps(update.told).encode(), headers)
        except (OSError, TimeoutError) as error:
            self._failed(update, type(error).__name__)
            return 0, None
        if 200 <= status < 300:
            self.attempts.append((update.id, status))
            if body.strip():
                await self.answered(body, told.get("content-type", ""))
            return status, None
        self._failed(update, status)
        self._maybe_closed(status)
        retry_after = told.get("retry-after", "")
        return status, float(retry_after) if retry_after.isdigit() else None

    def _failed(self, update: Update, how: int | str) -> None:
        self.attempts.append((update.id, how))
        self.last_error = f"Wrong response from the webhook: {how}"

    def _maybe_closed(self, status: int) -> None:
        now = self.clock.now()
        self._gone_since = (self._gone_since or now) if status == 410 else None
        if self._gone_since is not None and now - self._gone_since >= CLOSED_AFTER:
            self.bring_to(None)

    def _remove(self, update: Update) -> None:
        self.pending.pop(update.id, None)
        self._taken.set()

    # Fetched by getUpdates

    async def fetch(self, offset: int, limit: int, timeout: int) -> list[dict[str, Any]]:
        """What waits from an update on, everything before it confirmed; waits `timeout` seconds. ApiError 409."""
        if self.webhook is not None:
            what = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise ApiError(409, f"Conflict: {what}")
        if self._waiting is not None and not self._waiting.done():
            what = "terminated by other getUpdates request; make sure that only one bot instance is running"
            self._waiting.set_exception(ApiError(409, f"Conflict: {what}"))
        self._confirm(offset)
        if not self.pending and timeout > 0:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait_for(self._waiting, min(timeout, 50))
            except TimeoutError:
                return []
        found = list(self.pending.values())[:limit]
        for update in found:
            update.again = False
        return [update.told for update in found]

    def drop(self) -> None:
        """Forget everything that waits."""
        for update in list(self.pending.values()):
            self._remove(update)

    def _confirm(self, offset: int) -> None:
        now, waiting = self.clock.now(), list(self.pending.values())
        confirmed = waiting[:offset] if offset < 0 else [one for one in waiting if one.id < offset and not one.again]
        for update in confirmed + [one for one in waiting if one.expires_at <= now]:
            self._remove(update)
