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
from starlette.applications import Starlette
from starlette.routing import BaseRoute

import handlers
from bot import commands, downloads, hidden, reminding, router, work
from bot.actions import Made, Stored
from bot.assistant import Assistant
from bot.channels import Channel, Surroundings
from bot.channels.web import NAME as WEB
from bot.channels.web import WebChannel
from bot.channels.web.calls import Calls
from bot.channels.web.door import Door
from bot.channels.web.guests import Guests, sender_of
from bot.channels.web.pages import PageNeeds, Pages, errors, middleware
from bot.channels.web.signing_in import SigningIn
from bot.channels.web.upload_page import UploadPage
from bot.channels.web.uploads import Uploads
from bot.channels.web.view_page import ViewPages
from bot.channels.web.visitors import SessionVisitors, Visitors
from bot.clock import Clock
from bot.due_work import DUE_SECONDS, DueWork
from bot.files import FileStore
from bot.house import House
from bot.messages import Inbound
from bot.outbox import Outbox
from bot.reminders import TICK_SECONDS, Reminders
from bot.render import Words
from bot.rows import Sent
from bot.sealing import HEADS_FILE, SEAL_SECONDS, Sealer
from bot.sharing import SharedByDatabase
from bot.talk import FLOWS
from bot.ticks import Ticks
from bot.turn import Turn
from bot.waiting import commit
from models import accounts
from models.database import open_database
from models.outgoing import Urgency
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
        self._shared = SharedByDatabase(self.database, holder, self.clock)
        house = House(self.words, traits, holder, frozenset(channels), self.vault, site, self._invitations)
        self.outbox = Outbox(
            self.database,
            channels,
            work.workers(self.store, self.database, self.clock, channels),
            holder,
            self.clock,
            self._shown,
            reminding.still,
        )
        self.assistant = Assistant(self.database, house, self.clock, router.dispatch, self.outbox.offer)
        self.sealer = Sealer(self.database, folder / HEADS_FILE, holder, self.clock)
        self.reminders = Reminders(self.database, self.assistant, holder, self.clock)
        self.due_work = DueWork(self.assistant)
        self._ticks = Ticks()

    async def start(self) -> None:
        """Begin sending and ticking, in the running event loop."""
        self.outbox.start(self.assistant)
        for name, channel in self.channels.items():
            await channel.start(
                Surroundings(self._receive, partial(self._file, name), self.store, self.words, self.clock, self._shared)
            )
        self._ticks.every(60, self.give_up_stale_uploads)
        self._ticks.every(SEAL_SECONDS, self.sealer.tick)
        self._ticks.every(DUE_SECONDS, self.due_work.tick)
        self._ticks.every(TICK_SECONDS, self.reminders.tick)
        self._ticks.every(60, self.join_by_roster)
        await self.join_by_roster()
        self._ticks.start()
        commands.learn(self.words)
        # What is loaded by now stays: looking through it again and again would cost a turn 15 % of its time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 10, 10)

    async def stop(self) -> None:
        """End in good order: what is on its way is finished, then the database closed."""
        self._ticks.pause()  # a tick that runs is waited for, not cut off
        self.due_work.stop()
        await self.reminders.stop()
        await self.outbox.stop()
        for channel in self.channels.values():
            await channel.stop()
        await self.sealer.stop()
        self._ticks.stop()
        await asyncio.to_thread(self.database.close)

    def _shown(self, row: Sent) -> dict[str, Any]:
        """What a row hides, and, where the person may have had it before, that it may be a repetition."""
        body = hidden.shown(row.body, self.vault)
        if row.repeated and self._may_show_twice(row):
            mark = self.words.environment.get_template("common/undelivered.j2").module.MAYBE_AGAIN  # type: ignore[attr-defined]
            return body | {"parts": [("text", mark), *body["parts"]]}
        return body

    def _may_show_twice(self, row: Sent) -> bool:
        """Whether a second copy would be seen: in a list it is the same row, and some platforms take none for a while."""
        traits = self.channels[row.channel].traits
        taken_once = (
            row.urgency != Urgency.REPLY and self.clock.now() - (row.due or self.clock.now()) < traits.remembers
        )
        return traits.pushes and not taken_once

    def _invitations(self, code: str) -> list[str]:
        found = (channel.invitation(code) for channel in self.channels.values())
        return [address for address in found if address is not None]

    async def _receive(self, inbound: Inbound) -> list[Sent]:
        return await self.assistant.take(inbound)

    async def _file(self, channel: str, address: str, url: str) -> Stored | Made | None:
        name = downloads.named(url)
        if name is None:
            return None
        return await asyncio.to_thread(downloads.find, self.assistant, self.store, channel, address, *name)

    async def join_by_roster(self) -> None:
        """Let everybody be told something on the channels that know people by the roster."""
        for name, channel in self.channels.items():
            if channel.traits.identifies:
                await commit(self.database, partial(accounts.join_all, channel=name))

    async def give_up_stale_uploads(self) -> None:
        """Tell whoever began an upload that stopped half-way that it did not arrive."""
        for upload in await asyncio.to_thread(self.store.stale, time.time() - FORGOTTEN_AFTER_SECONDS):
            sender = await asyncio.to_thread(self.database.read, partial(sender_of, upload=upload))
            outcome = {"upload": upload, "unfit": {"code": "interrupted", "params": {}}}
            if sender is not None:
                await self._receive(Inbound(*sender, f"stale:{upload}", work=("look", outcome)))
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

    # Routes are tried in order: what platforms call comes first, with every delivery.
    routes: list[BaseRoute] = [route for one in app.channels.values() for route in one.routes()]
    routes += [*calls.routes(), *Uploads(calls).routes(), *pages.routes()]
    routes += ViewPages(calls, pages, app.clock).routes()
    if isinstance(visitors, SessionVisitors):
        guests = Guests(app.database, app.vault, app.clock, secure=visitors.secure)
        signing_in = SigningIn(calls, visitors, pages, app.clock)
        door = Door(calls, visitors, pages, signing_in, app.clock)
        routes += signing_in.routes()
        routes += [route for one in app.channels.values() for route in one.entrance(door)]
        routes += UploadPage(calls, pages, guests, app.assistant, app.clock).routes()
    return Starlette(
        routes=routes, middleware=middleware(hosts, app.words), exception_handlers=errors(app.words), lifespan=lifespan
    )
