"""The whole assistant with its Telegram channel, and an emulated Telegram at the other end."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx

from bot.app import App, web_app
from bot.channels.telegram import NAME, TelegramChannel
from bot.channels.telegram.settings import WEBHOOK_PATH, TelegramSettings
from bot.channels.web import WebChannel
from bot.channels.web.visitors import DemoVisitors
from models import holders, people
from models.db import Database
from tests.emulators.telegram import TOKEN, Message, Person, TelegramEmulator
from tests.world import SITE, VAULT, FrozenClock, demo_database, the_words

CONTACT = "法制科法治联络员"
SECRET = "secret-of-the-webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
FAST = 100_000
PATIENCE = 10
BUREAU = "示范区人社局"


async def no_pause(_: float) -> None:
    """As good as no pause between attempts."""
    await asyncio.sleep(0.005)


class Service:
    """One process, which may be started and stopped; Telegram goes on meanwhile."""

    def __init__(self, folder: Path, mode: str) -> None:
        self.folder = folder
        self.place = folder / "service.sqlite3"
        self.clock = FrozenClock()
        self.mode = mode
        self.telegram = TelegramEmulator(self.clock, overall=None, post=self._post, sleep=no_pause)
        self.app: App
        self.channel: TelegramChannel
        self.http: httpx.AsyncClient

    async def start(self, **more: Any) -> None:
        """A process begins. `more`: other settings of the channel."""
        settings = TelegramSettings(
            _env_file=None, token=TOKEN, api=self.telegram.url, mode=self.mode, webhook_secret=SECRET, public_url=SITE,
            pace=FAST, chat_pace=FAST, **more,
        )  # type: ignore[call-arg]  # fmt: skip
        self.channel = TelegramChannel(settings, no_pause)
        with patch("bot.app.Words", the_words):  # compiling the templates anew takes longer than all the rest
            channels: dict[str, Any] = {"web": WebChannel(), NAME: self.channel}
            url = f"sqlite:///{self.place}"
            self.app = App(url, self.folder, channels, self.clock, vault=VAULT, site=SITE)
        web = web_app(self.app, DemoVisitors(b"secret"), None)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url=SITE)
        await self.app.start()

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

    def someone(self, name: str = CONTACT, chat: int = 501) -> Person:
        """One of the demo's people, who has joined on Telegram."""
        person = self.person(name)
        self.app.database.write(lambda db: people.have_address(db, person, NAME, str(chat))).result()
        found = self.telegram.person(chat, name)
        found.chat.opened = True
        return found

    async def until(self, true: Callable[[], Any]) -> None:
        """Wait for something that is on its way."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.002)

    async def quiet(self) -> None:
        """Wait until everything that came was taken, and everything that follows is out."""
        await self.telegram.quiet(PATIENCE)
        await self.app.outbox.settled()

    async def said(self, person: Person, text: str) -> Message:
        """Let somebody type; the last message that they then see."""
        before = len(person.seen)
        await person.say(text)
        await self.quiet()
        await self.until(lambda: len(person.seen) > before)
        return person.seen[-1]

    async def deliver(self, update: Any, secret: str | None = SECRET) -> httpx.Response:
        """Call the webhook as somebody who says so."""
        headers = {} if secret is None else {SECRET_HEADER: secret.encode()}
        if isinstance(update, bytes):
            return await self.http.post(WEBHOOK_PATH, content=update, headers=headers)
        return await self.http.post(WEBHOOK_PATH, json=update, headers=headers)

    def rows(self, kind: str = "message") -> list[Any]:
        """The outgoing rows of Telegram, oldest first."""
        sql = "SELECT state, reference, repeated, attempt FROM outgoing WHERE channel = ? AND kind = ? ORDER BY id"

        def look(db: Any) -> list[Any]:
            db.execute("SELECT 1")
            return db._cursor.connection.execute(sql, (NAME, kind)).fetchall()

        return self.app.database.read(look)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        answer = await self.http.post(urlsplit(url).path, content=body, headers=dict(headers))
        return answer.status_code, answer.headers, answer.content


@asynccontextmanager
async def service(folder: Path, mode: str = "polling", *, started: bool = True) -> AsyncIterator[Service]:
    """The assistant on the demo bureaus, with Telegram."""
    shutil.copy(demo_database(), folder / "service.sqlite3")
    found = Service(folder, mode)
    async with found.telegram:
        if started:
            await found.start()
        try:
            yield found
        finally:
            if hasattr(found, "app"):
                await found.stop()
