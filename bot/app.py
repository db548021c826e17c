"""The one place where everything is put together."""

from __future__ import annotations

import asyncio
import gc
import importlib
import pkgutil
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from starlette.applications import Starlette
from starlette.routing import BaseRoute

import handlers
from bot import downloads, hidden, router, work
from bot.actions import Made, Stored
from bot.assistant import Assistant
from bot.channels import Channel, Surroundings
from bot.channels.web import NAME as WEB
from bot.channels.web import WebChannel
from bot.channels.web.calls import Calls
from bot.channels.web.pages import PageNeeds, Pages, errors, middleware
from bot.channels.web.signing_in import SigningIn
from bot.channels.web.uploads import Uploads
from bot.channels.web.visitors import SessionVisitors, Visitors
from bot.clock import Clock
from bot.files import FileStore
from bot.messages import Inbound
from bot.outbox import Outbox
from bot.render import Words
from bot.sealing import HEADS_FILE, SEAL_SECONDS, Sealer
from bot.talk import FLOWS
from bot.ticking import TICK_SECONDS, Ticking
from bot.turn import House, Sent, Turn
from models.database import open_database
from models.vault import Vault

log = structlog.get_logger()

FORGOTTEN_AFTER_SECONDS = 30 * 60
"""An upload untouched for so long is taken as interrupted."""


def discover() -> None:
    """Import every handler, so that its flow, actions and commands are known."""
    for module in pkgutil.iter_modules(handlers.__path__):
        found = importlib.import_module(f"handlers.{module.name}")
        flow = getattr(found, "flow", None)
        if flow is not None:
            FLOWS[flow.name] = flow


class App:
    """One process of the assistant: a database, an assistant on it, the channels it runs, and its outbox."""

    def __init__(
        self, url: str, folder: Path, channels: dict[str, Channel], clock: Clock | None = None,
        *, vault: Vault | None = None, site: str | None = None,
    ) -> None:  # fmt: skip
        """`vault`: the installation's, where codes and links are to outlive this process. `site`: as of `House`."""
        discover()
        self.vault = vault or Vault.random()
        self.clock = clock or Clock()
        self.words = Words()
        self.database = open_database(url)
        self.store = FileStore(folder / "evidence")
        self.channels = channels
        holder = secrets.token_hex(8)
        traits = {WEB: WebChannel.traits} | {name: channel.traits for name, channel in channels.items()}
        house = House(self.words, traits, holder, frozenset(channels), self.vault, site)
        shown = partial(hidden.shown, vault=self.vault)
        self.outbox = Outbox(
            self.database,
            channels,
            work.workers(self.store, self.database, self.clock, channels),
            holder,
            self.clock,
            shown,
        )
        self.assistant = Assistant(self.database, house, self.clock, router.dispatch, self.outbox.offer)
        self.sealer = Sealer(self.database, folder / HEADS_FILE, holder, self.clock)
        self.ticking = Ticking(self.assistant)
        self._scheduler = AsyncIOScheduler(timezone="UTC")

    async def start(self) -> None:
        """Begin sending and ticking, in the running event loop."""
        self.outbox.start(self.assistant)
        for name, channel in self.channels.items():
            await channel.start(
                Surroundings(self._receive, partial(self._file, name), self.store, self.words, self.clock)
            )
        self._scheduler.add_job(self.give_up_stale_uploads, "interval", minutes=1, misfire_grace_time=60, coalesce=True)
        self._scheduler.add_job(
            self.sealer.tick, "interval", seconds=SEAL_SECONDS, misfire_grace_time=60, coalesce=True
        )
        self._scheduler.add_job(
            self.ticking.tick, "interval", seconds=TICK_SECONDS, misfire_grace_time=60, coalesce=True
        )
        self._scheduler.start()
        # What is loaded by now stays: looking through it again and again would cost a turn 15 % of its time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 10, 10)

    async def stop(self) -> None:
        """End in good order: what is on its way is finished, then the database closed."""
        self._scheduler.pause()  # a tick that runs is waited for, not cut off
        self.ticking.stop()
        await self.outbox.stop()
        for channel in self.channels.values():
            await channel.stop()
        await self.sealer.stop()
        self._scheduler.shutdown(wait=False)
        await asyncio.to_thread(self.database.close)

    async def _receive(self, inbound: Inbound) -> list[Sent]:
        return await asyncio.wrap_future(self.assistant.receive(inbound))

    async def _file(self, channel: str, address: str, url: str) -> Stored | Made | None:
        name = downloads.named(url)
        return (
            None if name is None else await asyncio.to_thread(downloads.find, self.assistant, channel, address, *name)
        )

    async def give_up_stale_uploads(self) -> None:
        """Tell whoever began an upload that stopped half-way that it did not arrive."""
        for upload in await asyncio.to_thread(self.store.stale, time.time() - FORGOTTEN_AFTER_SECONDS):
            address = upload.partition("_")[0]
            outcome = {"upload": upload, "unfit": {"code": "interrupted", "params": {}}}
            inbound = Inbound(WEB, address, f"stale:{upload}", work=("look", outcome))
            await self._receive(inbound)
            await asyncio.to_thread(self.store.discard, upload)


def web_app(
    app: App, visitors: Visitors, hosts: list[str] | None, roles: Callable[[], list[dict[str, Any]]] | None = None
) -> Starlette:
    """The web server of a process that runs the web channel."""
    channel = app.channels[WEB]
    assert isinstance(channel, WebChannel)
    calls = Calls(app.assistant, app.database, channel, visitors, app.words, app.store, app.vault)

    def look(address: str, function: Callable[[Turn], Any]) -> Any:
        return app.assistant.look(WEB, address, function)

    pages = Pages(PageNeeds(app.words, visitors, look, roles))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await app.start()
        yield
        calls.closing.set()
        await app.stop()

    routes: list[BaseRoute] = [*calls.routes(), *Uploads(calls).routes(), *pages.routes()]
    routes += [route for one in app.channels.values() for route in one.routes()]
    if isinstance(visitors, SessionVisitors):
        routes += SigningIn(calls, visitors, pages, app.clock).routes()
    return Starlette(
        routes=routes, middleware=middleware(hosts, app.words), exception_handlers=errors(app.words), lifespan=lifespan
    )
