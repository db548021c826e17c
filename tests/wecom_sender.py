"""The WeCom channel alone, with nothing behind it, and an emulated WeCom at the other end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.actions import Made, Stored
from bot.channels import More, Surroundings
from bot.channels.wecom import WeComChannel
from bot.channels.wecom.api import Alone
from bot.files import FileStore
from bot.rows import Sent
from tests.emulators.wecom import Member, WeComEmulator
from tests.platform_service import no_pause
from tests.wecom_service import settings
from tests.world import BEGINNING, FrozenClock, the_words

BUTTONS = [[("符合", "a-1-0-yes", True), ("不符合", "a-1-0-no", False)]]


class Case:
    """The channel alone, and somebody at the other end."""

    def __init__(self, folder: Path, wecom: WeComEmulator) -> None:
        self.wecom = wecom
        self.clock: FrozenClock = wecom.ledger.clock  # type: ignore[assignment]
        self.store = FileStore(folder / "evidence")
        self.files: dict[str, Stored | Made] = {}
        self.channel = WeComChannel(settings(wecom.url), no_pause)
        self.someone: Member = wecom.member("zhangsan")
        self._number = 0

    async def start(self) -> None:
        async def receive(inbound: Any) -> list[Any]:
            return []

        async def file(address: str, url: str) -> Stored | Made | None:
            return self.files.get(url)

        await self.channel.start(Surroundings(receive, file, self.store, the_words(), self.clock, Alone()))

    def row(self, text: str = "您好。", address: str = "zhangsan", **more: Any) -> Sent:
        self._number += 1
        about = {name: more.pop(name) for name in ("urgency", "replaces", "attempt", "lease") if name in more}
        body = {"parts": [("text", text)] if text else []} | more
        return Sent(self._number, "message", "wecom", 1, address, body, due=BEGINNING, **about)

    async def bring(self, row: Sent) -> str | None:
        """Bring a row, all its pieces."""
        while True:
            try:
                return await self.channel.send(row)
            except More:
                pass


@asynccontextmanager
async def case(folder: Path) -> AsyncIterator[Case]:
    async with WeComEmulator(FrozenClock(), windows=()) as wecom:
        found = Case(folder, wecom)
        await found.start()
        try:
            yield found
        finally:
            await found.channel.stop()
