"""The whole assistant with its WeCom channel, and an emulated WeCom at the other end."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx

from bot.app import App, web_app
from bot.channels.web import WebChannel
from bot.channels.web.visitors import SessionVisitors
from bot.channels.wecom import NAME, WeComChannel
from bot.channels.wecom.settings import CALLBACK_PATH, WeComSettings
from models import holders, people
from models.db import Database
from tests.emulators.wecom import AES_KEY, AGENT, CORP, SECRET, TOKEN, Member, Message, WeComEmulator
from tests.world import SITE, VAULT, FrozenClock, demo_database, the_words

CONTACT = "法制科法治联络员"
FAST = 100_000
PATIENCE = 10
BUREAU = "示范区人社局"


async def no_pause(_: float) -> None:
    """As good as no pause between attempts."""
    await asyncio.sleep(0.005)


def settings(api: str, **more: Any) -> WeComSettings:
    """The settings of the emulated app."""
    told: dict[str, Any] = {
        "corp_id": CORP, "agent_id": AGENT, "secret": SECRET, "token": TOKEN, "aes_key": AES_KEY, "api": api,
        "public_url": SITE, "pace": FAST, "member_pace": FAST, "spread": 0,
    }  # fmt: skip
    return WeComSettings(_env_file=None, **told | more)


class Service:
    """One process, which may be started and stopped; WeCom goes on meanwhile."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.folder = folder
        self.place = folder / "service.sqlite3"
        self.clock = FrozenClock()
        self.wecom = WeComEmulator(self.clock, post=self._post, sleep=no_pause, **{"windows": ()} | more)
        self.wecom.callbacks.url = SITE + CALLBACK_PATH
        self.app: App
        self.channel: WeComChannel
        self.http: httpx.AsyncClient

    async def start(self, **more: Any) -> None:
        """A process begins. `more`: other settings of the channel."""
        self.channel = WeComChannel(settings(self.wecom.url, **more), no_pause)
        with patch("bot.app.Words", the_words):  # compiling the templates anew takes longer than all the rest
            channels: dict[str, Any] = {"web": WebChannel(), NAME: self.channel}
            url = f"sqlite:///{self.place}"
            self.app = App(url, self.folder, channels, self.clock, vault=VAULT, site=SITE)
        visitors = SessionVisitors(self.app.database, VAULT, self.clock, secure=True)
        web = web_app(self.app, visitors, None)
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

    def someone(self, called: str = CONTACT, userid: str = "ZhangSan") -> Member:
        """One of the demo's people, who is a member of the corp: the roster says so, and nothing else does."""
        person = self.person(called)

        def note(db: Any) -> None:
            db.session.get(people.Person, person).wecom_id = userid

        self.database.write(note).result()
        return self.wecom.member(userid)

    async def until(self, true: Callable[[], Any]) -> None:
        """Wait for something that is on its way."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.002)

    async def quiet(self) -> None:
        """Wait until everything that came was taken, and everything that follows is out."""
        await self.wecom.quiet(PATIENCE)
        await self.app.outbox.settled()
        await self.channel._pressed.settled()

    async def said(self, member: Member, text: str) -> Message:
        """Let somebody type; the last message that they then see."""
        before = len(member.account.messages)
        member.say(text)
        await self.quiet()
        await self.until(lambda: len(member.account.messages) > before)
        return member.seen[-1]

    async def pressed(self, member: Member, label: str) -> Message:
        """Let somebody press; the last message that they then see."""
        member.press(label)
        await self.quiet()
        return member.seen[-1]

    def rows(self, kind: str = "message") -> list[Any]:
        """The outgoing rows of WeCom, oldest first."""
        sql = "SELECT state, reference, repeated, attempt FROM outgoing WHERE channel = ? AND kind = ? ORDER BY id"

        def look(db: Any) -> list[Any]:
            db.execute("SELECT 1")
            return db._cursor.connection.execute(sql, (NAME, kind)).fetchall()

        return self.app.database.read(look)

    async def _post(self, method: str, url: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(url)
        answer = await self.http.request(method, f"{parts.path}?{parts.query}", content=body)
        return answer.status_code, answer.content


@asynccontextmanager
async def service(folder: Path, *, started: bool = True, **more: Any) -> AsyncIterator[Service]:
    """The assistant on the demo bureaus, with WeCom."""
    shutil.copy(demo_database(), folder / "service.sqlite3")
    found = Service(folder, **more)
    async with found.wecom:
        if started:
            await found.start()
        try:
            yield found
        finally:
            if hasattr(found, "app"):
                await found.stop()
