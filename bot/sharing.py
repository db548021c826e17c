"""What all processes of an installation share, by its database."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.waiting import commit
from models import leases, shared_values
from models.db import Database, Transaction


class SharedByDatabase:
    """As `bot.channels.Shared` promises. `holder`: this process, among all that use the database."""

    def __init__(self, database: Database, holder: str, clock: Clock) -> None:
        self._database = database
        self._holder = holder
        self._clock = clock

    async def read(self, name: str) -> tuple[str, datetime] | None:
        """A value, and until when it is good; None: there is none, or none any more."""
        find = partial(shared_values.read, name=name, now=self._clock.now())
        return await asyncio.to_thread(self._database.read, find)

    async def keep(self, name: str, value: str, until: datetime) -> None:
        """Keep a value, for everybody to read."""
        await commit(self._database, partial(shared_values.keep, name=name, value=value, until=until))

    async def take(self, name: str, span: timedelta) -> bool:
        """Be the one process that does something for `span` from now on; False: another is."""

        def work(db: Transaction) -> bool:
            return leases.take(db, name, self._holder, self._clock.now(), span)

        return await commit(self._database, work)

    async def give_up(self, name: str) -> None:
        """Let another process do it."""
        await commit(self._database, partial(leases.give_up, name=name, holder=self._holder))
