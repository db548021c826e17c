"""The whole assistant with its WeCom channel, and an emulated WeCom at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.channels.web.visitors import SessionVisitors
from bot.channels.wecom import NAME, WeComChannel
from bot.channels.wecom.settings import CALLBACK_PATH, WeComSettings
from models import people
from tests.emulators.wecom import AES_KEY, AGENT, CORP, SECRET, TOKEN, Member, Message, WeComEmulator
from tests.platform_service import CONTACT, FAST, PATIENCE, PlatformService, no_pause, running
from tests.world import SITE, VAULT


def settings(api: str, **more: Any) -> WeComSettings:
    """The settings of the emulated app."""
    told: dict[str, Any] = {
        "corp_id": CORP, "agent_id": AGENT, "secret": SECRET, "token": TOKEN, "aes_key": AES_KEY, "api": api,
        "public_url": SITE, "pace": FAST, "member_pace": FAST, "spread": 0,
    }  # fmt: skip
    return WeComSettings(_env_file=None, **told | more)


class Service(PlatformService):
    """One process, which may be started and stopped; WeCom goes on meanwhile."""

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder, NAME)
        self.wecom = WeComEmulator(self.clock, post=self._post, sleep=no_pause, **{"windows": ()} | more)
        self.wecom.callbacks.url = SITE + CALLBACK_PATH
        self.channel: WeComChannel

    async def start(self, **more: Any) -> None:
        """A process begins. `more`: other settings of the channel."""
        self.channel = WeComChannel(settings(self.wecom.url, **more), no_pause)
        await self.begin(self.channel, lambda app: SessionVisitors(app.database, VAULT, self.clock, secure=True))

    def someone(self, called: str = CONTACT, userid: str = "ZhangSan") -> Member:
        """One of the demo's people, who is a member of the corp: the roster says so, and nothing else does."""
        person = self.person(called)

        def note(db: Any) -> None:
            db.session.get(people.Person, person).wecom_id = userid

        self.database.write(note).result()
        return self.wecom.member(userid)

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

    async def _post(self, method: str, url: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(url)
        answer = await self.http.request(method, f"{parts.path}?{parts.query}", content=body)
        return answer.status_code, answer.content


@asynccontextmanager
async def service(folder: Path, *, started: bool = True, **more: Any) -> AsyncIterator[Service]:
    """The assistant on the demo bureaus, with WeCom."""
    found = Service(folder, **more)
    async with running(found, found.wecom, started=started):
        yield found


async def until_stored(here: Service, count: int) -> None:
    """Let time pass until so many files are here."""
    await here.quiet()
    sql = "SELECT count(*) FROM evidence WHERE stage = 'stored'"
    async with asyncio.timeout(10):
        while here.app.database.read(lambda db: db.session.connection().exec_driver_sql(sql).scalar()) < count:
            here.clock.pass_(minutes=11)
            await here.app.outbox.sweep()
            await here.app.outbox.settled()
