"""The whole assistant with one channel besides the web page, for tests with an emulated platform at the other end."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import httpx

from bot.app import App, web_app
from bot.channels import Channel
from bot.channels.web import WebChannel
from bot.channels.web.visitors import Visitors
from models import holders
from models.db import Database
from tests.world import SITE, VAULT, FrozenClock, demo_database, the_words

CONTACT = "法制科法治联络员"
FAST = 100_000
PATIENCE = 10
BUREAU = "示范区人社局"


async def no_pause(_: float) -> None:
    """As good as no pause between attempts."""
    await asyncio.sleep(0.005)


class PlatformService:
    """One process, which may be started and stopped; the platform, whose channel has this name, goes on meanwhile."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.place = folder / "service.sqlite3"
        self.clock = FrozenClock()
        self.app: App
        self.http: httpx.AsyncClient

    async def begin(self, channel: Channel, visitors: Callable[[App], Visitors]) -> None:
        """A process begins, with this channel. `visitors`: who the page is for."""
        with patch("bot.app.Words", the_words):  # compiling the templates anew takes longer than all the rest
            channels: dict[str, Any] = {"web": WebChannel(), self.name: channel}
            url = f"sqlite:///{self.place}"
            self.app = App(url, self.folder, channels, self.clock, vault=VAULT, site=SITE)
        web = web_app(self.app, visitors(self.app), None)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url=SITE)
        await self.app.start()

    async def start(self) -> None:
        """A process begins."""
        raise NotImplementedError

    async def stop(self) -> None:
        """It ends in good order."""
        await self.http.aclose()
        await self.app.stop()

    @property
    def database(self) -> Database:
        return self.app.database

    def person(self, called: str) -> int:
        """The id of one of the demo's people."""
        rows = self.database.read(holders.everyone)
        return next(int(row.person_id) for row in rows if (row.name, row.bureau) == (called, BUREAU))

    async def until(self, true: Callable[[], Any]) -> None:
        """Wait for something that is on its way."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.002)

    def rows(self, kind: str = "message") -> list[Any]:
        """The outgoing rows of the platform, oldest first."""
        sql = "SELECT state, reference, repeated, attempt FROM outgoing WHERE channel = ? AND kind = ? ORDER BY id"

        def look(db: Any) -> list[Any]:
            db.execute("SELECT 1")
            return db._cursor.connection.execute(sql, (self.name, kind)).fetchall()

        return self.app.database.read(look)


S = TypeVar("S", bound=PlatformService)


@asynccontextmanager
async def running(service: S, platform: AbstractAsyncContextManager[Any], *, started: bool) -> AsyncIterator[S]:
    """A service on the demo bureaus as long as its platform runs; begun at once, if it is to be `started`."""
    shutil.copy(demo_database(), service.place)
    async with platform:
        if started:
            await service.start()
        try:
            yield service
        finally:
            if hasattr(service, "app"):
                await service.stop()
