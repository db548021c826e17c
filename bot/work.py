"""Work done after a commit: looking into a file once its last byte is here, fetching one, drawing, reading a roster."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from bot import failpoints
from bot.actions import DRAW, FETCH, LOOK, PICTURES, ROSTER
from bot.channels import Channel, NotReached, Refused, Unknown
from bot.clock import Clock
from bot.documents import charts, roster_reading
from bot.files import FileStore, StorageFull, TooLarge, Unfit
from bot.messages import UNSAID
from bot.outbox import Worker
from models.db import Database, DatabaseDown

MOST_UNSAID = 200 * 1024 * 1024
"""Bytes that a file may have whose size nobody has said, where the channel sets no bound of its own."""
NO_CHANNELS: Mapping[str, Channel] = MappingProxyType({})


def workers(
    store: FileStore, database: Database, clock: Clock, channels: Mapping[str, Channel] = NO_CHANNELS
) -> dict[str, Worker]:
    """Every kind of work there is, by the kind its rows have. A picture comes back as a result of its own name."""
    work = _Work(store, database, clock, channels)
    return {LOOK: work.look, DRAW: work.draw, ROSTER: work.read_roster, FETCH: work.fetch}


class _Work:
    def __init__(self, store: FileStore, database: Database, clock: Clock, channels: Mapping[str, Channel]) -> None:
        self._store = store
        self._database = database
        self._clock = clock
        self._channels = channels

    async def look(self, body: dict[str, Any]) -> dict[str, Any]:
        """What a piece is: its hash, size and type, or why it is unfit. A link is taken as it is, never opened."""
        outcome: dict[str, Any] = {"piece": body["piece"], "echo": body.get("echo")}
        if "upload" not in body:
            return outcome
        outcome["upload"] = body["upload"]
        try:
            stored = await asyncio.to_thread(self._store.finish, body["upload"], body["name"])
        except Unfit as unfit:
            await asyncio.to_thread(self._store.discard, body["upload"])
            return outcome | {"unfit": {"code": unfit.code, "params": unfit.params}}
        except KeyError:
            return outcome | {"unfit": {"code": "interrupted", "params": {}}}
        except StorageFull as full:
            raise NotReached(str(full)) from None
        roster = await asyncio.to_thread(roster_reading.is_roster, self._store, stored)
        failpoints.reach(failpoints.LOOKED)
        return outcome | {"sha256": stored.sha256, "size": stored.size, "mime": stored.mime, "roster": roster}

    async def fetch(self, body: dict[str, Any]) -> dict[str, Any]:
        """The bytes of a file that a platform holds, from where an earlier attempt stopped; or why they did not come.

        Where nobody knows how large it is, it is whole when the platform has no more of it.
        """
        upload, size = body["upload"], body["size"]
        largest = self._channels[body["channel"]].traits.largest_file or MOST_UNSAID
        most = largest if size == UNSAID else size
        failpoints.reach(failpoints.FETCHING)
        try:
            await asyncio.to_thread(self._store.begin, upload)
            offset = await asyncio.to_thread(self._store.offset, upload)
            if offset < most:
                async for chunk in self._channels[body["channel"]].fetch(body["source"], offset):
                    offset = await asyncio.to_thread(self._store.append, upload, offset, chunk, most)
        except (StorageFull, Unknown) as error:
            raise NotReached(str(error)) from None
        except (Refused, TooLarge):
            return {"upload": upload, "unfit": {"code": "not_fetched", "params": {}}}
        if size not in (UNSAID, offset):
            raise NotReached("broken off")
        failpoints.reach(failpoints.WHOLE)
        return {"upload": upload}

    async def draw(self, body: dict[str, Any]) -> dict[str, Any]:
        """A picture of an object as it is now, kept in the store: its hash and size."""
        try:
            show = partial(PICTURES[body["picture"]], subject=body["subject"], now=self._clock.now())
            context = await asyncio.to_thread(self._database.read, show)
            drawn = await asyncio.to_thread(charts.png, body["picture"], body["width"], **context)
            return body | {"sha256": await asyncio.to_thread(self._store.keep, drawn), "size": len(drawn)}
        except (DatabaseDown, StorageFull) as error:
            raise NotReached(str(error)) from None

    async def read_roster(self, body: dict[str, Any]) -> dict[str, Any]:
        """What a roster file says, and what importing it would do."""
        try:
            now = self._clock.now()
            return body | await asyncio.to_thread(roster_reading.read, self._store, self._database, body, now)
        except DatabaseDown as error:
            raise NotReached(str(error)) from None
