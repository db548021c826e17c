"""Results on their way into the database: what has gathered rides there in one piece of work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

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
        self._references: dict[int, str] = {}
        self._bringing: asyncio.Task[None] | None = None

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What is on its way."""
        return [] if self._bringing is None or self._bringing.done() else [self._bringing]

    def put(self, mark: dict[str, Any]) -> None:
        """Bring a mark, as `outgoing.mark` takes them."""
        self._waiting.append(mark)
        if mark["state"] == outgoing.FINISHED and mark["reference"] is not None:
            self._references[mark["the_id"]] = mark["reference"]
        if self._bringing is None or self._bringing.done():
            self._bringing = asyncio.create_task(self._bring())

    def reference(self, row: int) -> str | None:
        """The platform's id of a message that was sent and whose mark is not in the database yet."""
        return self._references.get(row)

    async def _bring(self) -> None:
        while self._waiting:
            marks, self._waiting = self._waiting, []
            try:
                await asyncio.wrap_future(self._database.write(partial(outgoing.mark, marks=list(marks))))
            except DatabaseDown:
                self._waiting = marks + self._waiting
                await asyncio.sleep(TRY_AGAIN_SECONDS)
            else:
                for mark in marks:
                    self._references.pop(mark["the_id"], None)
                self._durable(marks)
