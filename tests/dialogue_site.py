"""Dialogues through the web server's own calls: what the page would show is what the dialogue says.

The terminal's lines go to the same assistant beside it.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import httpx
from rich.console import Console

from bot.app import FORGOTTEN_AFTER_SECONDS, App, web_app
from bot.channels import Channel
from bot.channels.terminal import NAME as TERMINAL
from bot.channels.terminal import TerminalChannel
from bot.channels.web import NAME as WEB
from bot.channels.web import WebChannel
from bot.channels.web.visitors import DemoVisitors
from bot.due import DUE
from bot.files import FileStore
from bot.masking import masked
from bot.messages import MOST_TYPED, Inbound, Piece, cleaned
from bot.render import Words
from bot.rows import Sent
from models import people
from models.db import Database
from tests.dialogue_files import Sending
from tests.dialogue_screens import Delivery, Screen, Shown, Stage, all_words, fail_once
from tests.world import SITE, VAULT, FrozenClock, demo_database

T = TypeVar("T")
MOST_AT_ONCE = 30
"""Messages that one line of a dialogue may bring."""


class _Printer(TerminalChannel):
    """The terminal, which also remembers what it printed for whom."""

    def __init__(self) -> None:
        super().__init__(Console(file=io.StringIO()))
        self.printed: list[Sent] = []

    async def send(self, row: Sent) -> str | None:
        self.printed.append(row)
        return await super().send(row)


class Site(Stage):
    """The web server with its page's calls, and a terminal beside it."""

    def __init__(self, folder: Path, words: Words | None = None) -> None:
        self._folder = folder
        self._words = lambda: words or all_words()
        self.clock = FrozenClock()
        self.place = folder / "site.sqlite3"
        shutil.copy(demo_database(), self.place)
        self.printer = _Printer()
        self._runner = asyncio.Runner()
        self._visitors = DemoVisitors(b"secret")
        self._start()

    def _channels(self) -> dict[str, Channel]:
        return {WEB: WebChannel(), TERMINAL: self.printer}

    def _start(self) -> None:
        channels = self._channels()
        with patch("bot.app.Words", self._words):  # compiling the templates anew takes longer than all the rest
            self.app = App(f"sqlite:///{self.place}", self._folder, channels, self.clock, vault=VAULT, site=SITE)
        self.web = web_app(self.app, self._visitors, None)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.web), base_url="http://site")
        self.run(self.app.start())

    @property
    def database(self) -> Database:
        return self.app.database

    @property
    def store(self) -> FileStore:
        return self.app.store

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the server's loop, and wait until all that follows from it is done."""

        async def all_of_it() -> T:
            result = await work
            await self.app.outbox.settled()
            return result

        return self._runner.run(all_of_it())

    def screen(self, person: int, channel: str) -> Screen:
        if person > 0:
            self.database.write(lambda db: people.have_address(db, person, channel, str(person))).result()
        if channel == TERMINAL:
            return _PrintedScreen(self, str(person))
        return _PageScreen(self, self._visitors.key(str(person)))

    def receive(self, inbound: Inbound) -> None:
        async def received() -> None:
            await self.app.assistant.take(inbound)

        self.run(received())

    def restart(self) -> None:
        self._stop()
        self._start()

    def give_up_uploads(self) -> None:
        for path in (self._folder / "evidence" / "incoming").rglob("*"):
            long_ago = path.stat().st_mtime - FORGOTTEN_AFTER_SECONDS - 1
            os.utime(path, (long_ago, long_ago))
        self.run(self.app.give_up_stale_uploads())

    def sweep(self) -> None:
        self.run(self.app.outbox.sweep())

    def due(self) -> None:
        for function in DUE:  # what each brings has arrived before the next looks at it
            self.run(self.app.due_work.do(function))
        self.run(self.app.reminders.tick())

    def break_next(self) -> None:
        fail_once(self.app.assistant)

    def close(self) -> None:
        self._stop()
        self._end()

    def _end(self) -> None:
        """What outlived the server ends, too."""
        self._runner.close()

    def _stop(self) -> None:
        self._runner.run(self.http.aclose())
        self._runner.run(self.app.stop())


class _PrintedScreen(Screen):
    def __init__(self, site: Site, address: str) -> None:
        self._site = site
        self._address = address

    def deliver(self, delivery: Delivery) -> None:
        press, label = delivery.press or (None, None)
        self._receive(delivery.key, text=delivery.text, press=press, label=label, seen=delivery.seen)

    def send(self, files: list[Sending]) -> None:
        album = str(uuid.uuid4()) if len(files) > 1 else None
        taken = [(file, upload) for file in files if (upload := self._announced(file, album)) is not None]
        for file, upload in taken:
            self._site.app.store.begin(upload)
            self._site.app.store.append(upload, 0, file.data, file.size)
            self._receive(f"here:{upload}", work=("here", {"upload": upload}))

    def messages(self) -> list[Shown]:
        printed = [row for row in self._site.printer.printed if row.address == self._address]
        return [Shown.of_row(row) for row in printed if row.kind == "message"]

    def _announced(self, file: Sending, album: str | None) -> str | None:
        upload = f"{self._address}_{uuid.uuid4().hex}_{file.size}"
        rows = self._receive(upload, piece=Piece(file.name, file.size, upload, album=album))
        refused = any(row.kind == "message" and row.body.get("taken") != upload for row in rows)
        return None if refused or not file.data else upload

    def _receive(self, key: str, **what: Any) -> list[Sent]:
        async def receive() -> list[Sent]:
            inbound = Inbound(TERMINAL, self._address, key, **what)
            return await self._site.app.assistant.take(inbound)

        return self._site.run(receive())


class _PageScreen(Screen):
    """The page: everything over HTTP, and what it lists of the person's own words is what was said."""

    def __init__(self, site: Site, key: str) -> None:
        self._site = site
        self._headers = {"x-key": key}
        self._list: list[Shown] = []
        self._said: set[str] = {"", all_words().text("guard", "not_kept")}
        self._newest = 0

    def deliver(self, delivery: Delivery) -> None:
        said: dict[str, Any] = {"id": delivery.key, "seen": delivery.seen}
        if delivery.press is not None:
            said |= {"press": delivery.press[0], "label": delivery.press[1] or ""}
        else:
            said["text"] = delivery.text
        self._said.add(masked(cleaned(delivery.text or (delivery.press or ("", ""))[1] or "")[:MOST_TYPED]))
        answer = self._call("POST", "/api/say", json=said)
        assert answer.status_code == 200, answer.text

    def send(self, files: list[Sending]) -> None:
        album = {"album": str(uuid.uuid4())} if len(files) > 1 else {}
        taken = [(file, upload) for file in files if (upload := self._announced(file, album)) is not None]
        for file, upload in taken:
            half = file.size // 2
            self._append(upload, 0, file.data[:half])
            if not file.breaks_off:
                self._append(upload, half, file.data[half:])

    def messages(self) -> list[Shown]:
        told = self._call("GET", f"/api/messages?limit={MOST_AT_ONCE}").json()["messages"]
        fresh = [one for one in told if one["id"] > self._newest]
        assert len(fresh) < MOST_AT_ONCE
        self._newest = max([self._newest, *(one["id"] for one in fresh)])
        said = [one if one["from"] == "me" else one["said"] for one in fresh if one["from"] == "me" or one["said"]]
        assert {"\n".join(part["text"] for part in one["parts"]) for one in said} <= self._said
        self._list += [Shown.of_page(one) for one in fresh if one["from"] == "assistant"]
        return list(self._list)

    def _announced(self, file: Sending, album: dict[str, str]) -> str | None:
        announced = {"id": str(uuid.uuid4()), "name": file.name, "size": file.size, **album}
        answer = self._call("POST", "/api/uploads", json=announced)
        if answer.status_code == 422:
            assert answer.json()["message"]
            return None
        return f"/api/uploads/{answer.json()['upload']}" if file.data else None

    def _append(self, upload: str, offset: int, data: bytes) -> None:
        answer = self._call("PATCH", upload, content=data, headers={"Upload-Offset": str(offset)})
        assert answer.status_code == 200, answer.text

    def _call(self, method: str, path: str, headers: dict[str, str] | None = None, **what: Any) -> httpx.Response:
        return self._site.run(self._site.http.request(method, path, headers=self._headers | (headers or {}), **what))
