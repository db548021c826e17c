"""Results on their way into the database: what has gathered rides there in one piece of work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from bot.waiting import commit
from models import outgoing
from models.db import Database, DatabaseDown

TRY_AGAIN_SECONDS = 1.0


class Marks:
    """Marks of rows, in the order in which they were made; while the database is down they wait here.

    `durable` gets those that it holds from now on.
    """

    def __init__(self, database: Database, durable: Callable[[list[dict[str, Any]]], None]) -> None:
        self._database = database
        self._durable = durable
        self._waiting: list[dict[str, Any]] = []
        self._under_way: set[int] = set()
        self._batch = asyncio.Event()
        """Set when the next of them are in the database."""
        self._bringing: asyncio.Task[None] | None = None

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What is on its way."""
        return [] if self._bringing is None or self._bringing.done() else [self._bringing]

    def put(self, mark: dict[str, Any]) -> None:
        """Bring a mark, as `outgoing.mark` takes them."""
        self._waiting.append(mark)
        self._under_way.add(mark["the_id"])
        if self._bringing is None or self._bringing.done():
            self._bringing = asyncio.create_task(self._bring())

    async def brought(self, row: int) -> None:
        """Wait until the mark of a row is in the database, if it has one."""
        while row in self._under_way:
            await self._batch.wait()

    async def _bring(self) -> None:
        while self._waiting:
            marks, self._waiting = self._waiting, []
            try:
                await commit(self._database, partial(outgoing.mark, marks=list(marks)))
            except DatabaseDown:
                self._waiting = marks + self._waiting
                await asyncio.sleep(TRY_AGAIN_SECONDS)
            else:
                self._under_way.difference_update(mark["the_id"] for mark in marks)
                self._durable(marks)
                self._batch.set()
                self._batch = asyncio.Event()
