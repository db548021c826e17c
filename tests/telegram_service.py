"""The whole assistant with its Telegram channel, and an emulated Telegram at the other end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.channels.telegram import NAME, TelegramChannel
from bot.channels.telegram.settings import WEBHOOK_PATH, TelegramSettings
from bot.channels.web.visitors import DemoVisitors
from models import people
from tests.emulators.telegram import TOKEN, Message, Person, TelegramEmulator
from tests.platform_service import CONTACT, FAST, PATIENCE, PlatformService, no_pause, running
from tests.world import SITE

SECRET = "secret-of-the-webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Service(PlatformService):
    """One process, which may be started and stopped; Telegram goes on meanwhile."""

    def __init__(self, folder: Path, mode: str) -> None:
        super().__init__(folder, NAME)
        self.mode = mode
        self.telegram = TelegramEmulator(self.clock, overall=None, post=self._post, sleep=no_pause)
        self.channel: TelegramChannel

    async def start(self, **more: Any) -> None:
        """A process begins. `more`: other settings of the channel."""
        settings = TelegramSettings(
            _env_file=None, token=TOKEN, api=self.telegram.url, mode=self.mode, webhook_secret=SECRET, public_url=SITE,
            pace=FAST, chat_pace=FAST, **more,
        )  # type: ignore[call-arg]  # fmt: skip
        self.channel = TelegramChannel(settings, no_pause)
        await self.begin(self.channel, lambda app: DemoVisitors(b"secret"))

    def someone(self, name: str = CONTACT, chat: int = 501) -> Person:
        """One of the demo's people, who has joined on Telegram."""
        person = self.person(name)
        self.app.database.write(lambda db: people.have_address(db, person, NAME, str(chat))).result()
        found = self.telegram.person(chat, name)
        found.chat.opened = True
        return found

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

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        answer = await self.http.post(urlsplit(url).path, content=body, headers=dict(headers))
        return answer.status_code, answer.headers, answer.content


@asynccontextmanager
async def service(folder: Path, mode: str = "polling", *, started: bool = True) -> AsyncIterator[Service]:
    """The assistant on the demo bureaus, with Telegram."""
    found = Service(folder, mode)
    async with running(found, found.telegram, started=started):
        yield found
