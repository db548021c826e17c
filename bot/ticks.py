"""What the assistant does every so often, however the machine's clock is set meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock

LOOK_SECONDS = 10.0
MISFIRE_SECONDS = 60


class Ticks:
    """A scheduler that ticks; what is due, each tick reads from the database."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._watch: asyncio.Task[None] | None = None

    def every(self, seconds: float, function: Callable[[], Awaitable[None]]) -> None:
        """Call a function every so many seconds; never while it runs, and once after several times were missed."""
        self._scheduler.add_job(
            function, "interval", seconds=seconds, misfire_grace_time=MISFIRE_SECONDS, coalesce=True
        )

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._scheduler.start()
        self._watch = asyncio.create_task(self._mind_the_clock())

    def pause(self) -> None:
        """Begin nothing more; what runs is not cut off."""
        self._scheduler.pause()
        if self._watch is not None:
            self._watch.cancel()

    def stop(self) -> None:
        """End."""
        self._scheduler.shutdown(wait=False)

    async def _mind_the_clock(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.catch_up()

    def catch_up(self) -> None:
        """Call at once what would have to wait because the clock was set back: the scheduler waits for a time of day."""
        now = Clock().now()
        for job in self._scheduler.get_jobs():
            if job.next_run_time - now > job.trigger.interval + timedelta(seconds=LOOK_SECONDS):
                job.modify(next_run_time=now)
