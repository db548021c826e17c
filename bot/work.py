"""Work done after a commit: looking into a file once its last byte is here, drawing a picture, reading a roster."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from bot.actions import DRAW, LOOK, PICTURES, ROSTER
from bot.channels import NotReached
from bot.clock import Clock
from bot.documents import charts, roster_reading
from bot.files import FileStore, StorageFull, Unfit
from bot.outbox import Worker
from models.db import Database, DatabaseDown


def workers(store: FileStore, database: Database, clock: Clock) -> dict[str, Worker]:
    """Every kind of work there is, by the kind its rows have. A picture comes back as a result of its own name."""

    async def look(body: dict[str, Any]) -> dict[str, Any]:
        """What a piece is: its hash, size and type, or why it is unfit. A link is taken as it is, never opened."""
        outcome: dict[str, Any] = {"piece": body["piece"], "echo": body.get("echo")}
        if "upload" not in body:
            return outcome
        outcome["upload"] = body["upload"]
        try:
            stored = await asyncio.to_thread(store.finish, body["upload"], body["name"])
        except Unfit as unfit:
            await asyncio.to_thread(store.discard, body["upload"])
            return outcome | {"unfit": {"code": unfit.code, "params": unfit.params}}
        except KeyError:
            return outcome | {"unfit": {"code": "interrupted", "params": {}}}
        except StorageFull as full:
            raise NotReached(str(full)) from None
        roster = await asyncio.to_thread(roster_reading.is_roster, store, stored)
        return outcome | {"sha256": stored.sha256, "size": stored.size, "mime": stored.mime, "roster": roster}

    async def draw(body: dict[str, Any]) -> dict[str, Any]:
        """A picture of an object as it is now, kept in the store: its hash and size."""
        try:
            show = partial(PICTURES[body["picture"]], subject=body["subject"], now=clock.now())
            context = await asyncio.to_thread(database.read, show)
            drawn = await asyncio.to_thread(charts.png, body["picture"], body["width"], **context)
            return body | {"sha256": await asyncio.to_thread(store.keep, drawn), "size": len(drawn)}
        except (DatabaseDown, StorageFull) as error:
            raise NotReached(str(error)) from None

    async def read_roster(body: dict[str, Any]) -> dict[str, Any]:
        """What a roster file says, and what importing it would do."""
        try:
            return body | await asyncio.to_thread(roster_reading.read, store, database, body, clock.now())
        except DatabaseDown as error:
            raise NotReached(str(error)) from None

    return {LOOK: look, DRAW: draw, ROSTER: read_roster}
