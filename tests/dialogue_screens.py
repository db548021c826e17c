"""What people look at while a dialogue is played: a phone straight at the assistant, or the page over its HTTP calls.

A stage is the assistant with all its screens. `Direct` hands deliveries to `Assistant.receive`; `Site` goes through the
web server's own calls, the terminal's lines excepted. What both show must be the same.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar
from unittest.mock import patch

import httpx
from rich.console import Console

from bot.app import FORGOTTEN_AFTER_SECONDS, App, web_app
from bot.channels.terminal import NAME as TERMINAL
from bot.channels.terminal import TerminalChannel
from bot.channels.web import NAME as WEB
from bot.channels.web import WebChannel
from bot.channels.web.visitors import DemoVisitors
from bot.messages import MOST_TYPED, Inbound, Piece, cleaned
from bot.render import Words
from bot.turn import Sent, Turn
from models import people
from models.db import Database
from tests import sample_flow
from tests.dialogue_files import Sending
from tests.world import FrozenClock, Phone, World, demo_database

T = TypeVar("T")


@cache
def all_words() -> Words:
    """The words of everything, the sample conversation's too, read once for all tests of a process."""
    return sample_flow.words()


@dataclass(frozen=True)
class Shown:
    """A message as somebody sees it: parts of (kind, text), rows of (label, token)."""

    id: int
    parts: tuple[tuple[str, str], ...]
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    picture: bool = False
    replaces: int | None = None

    @classmethod
    def of_row(cls, row: Sent) -> Shown:
        rows = tuple(tuple((label, token) for label, token, _ in line) for line in row.body.get("buttons", ()))
        parts = tuple((kind, text) for kind, text in row.body["parts"])
        return cls(row.id, parts, rows, "picture" in row.body, row.body.get("edits"))

    @classmethod
    def of_page(cls, told: dict[str, Any]) -> Shown:
        rows = tuple(tuple((button["label"], button["press"]) for button in line) for line in told["buttons"])
        parts = tuple((part["kind"], part["text"]) for part in told["parts"])
        return cls(told["id"], parts, rows, told["picture"] is not None, told["edits"])

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.parts)

    def token(self, label: str) -> str | None:
        """What the button so labelled carries, or None."""
        return next((token for row in self.buttons for shown, token in row if shown == label), None)


@dataclass
class Delivery:
    """Something that a person does: a text, or a press of (token, label), with the newest message then in view."""

    text: str | None = None
    press: tuple[str, str | None] | None = None
    seen: int = 0
    key: str = field(default_factory=lambda: str(uuid.uuid4()))


class Screen(Protocol):
    """One person on one channel."""

    def deliver(self, delivery: Delivery) -> None: ...

    def send(self, file: Sending) -> None: ...

    def messages(self) -> list[Shown]:
        """Every message shown so far, oldest first."""


class Stage(Protocol):
    """The assistant with its clock, database and screens."""

    clock: FrozenClock
    place: Path

    @property
    def database(self) -> Database: ...

    def screen(self, person: int | None, channel: str) -> Screen: ...

    def restart(self) -> None:
        """Forget everything that is not in the database or on the disk."""

    def give_up_uploads(self) -> None:
        """What broke off half an hour ago is given up."""

    def sweep(self) -> None:
        """Bring what another process left to be sent."""

    def break_next(self) -> None:
        """The next turn meets a fault in its own code."""

    def close(self) -> None: ...


class Direct:
    """Deliveries straight to the assistant."""

    def __init__(self, folder: Path, words: Words | None = None) -> None:
        self._world = World(folder, words or all_words())
        self.clock, self.place = self._world.clock, self._world.place
        self.broken_off: list[str] = []

    @property
    def database(self) -> Database:
        return self._world.database

    def screen(self, person: int | None, channel: str) -> Screen:
        if person is not None:
            self.database.write(lambda db: people.have_address(db, person, channel, str(person))).result()
        return _PhoneScreen(self, Phone(self._world, channel, str(person or 0)))

    def restart(self) -> None:
        self._world.restart()

    def give_up_uploads(self) -> None:
        for upload in self.broken_off:
            outcome = {"upload": upload, "unfit": {"code": "interrupted", "params": {}}}
            self._world.receive(Inbound(WEB, upload.partition("_")[0], f"stale:{upload}", work=("look", outcome)))
        self.broken_off.clear()

    def sweep(self) -> None:
        self._world.sweep()

    def break_next(self) -> None:
        self._world.assistant._dispatch = _fail

    def close(self) -> None:
        self._world.close()

    def begin_upload(self, upload: str, data: bytes) -> None:
        self.broken_off.append(upload)
        self._world.store.begin(upload)
        self._world.store.append(upload, 0, data, len(data) * 2)


class _PhoneScreen:
    def __init__(self, stage: Direct, phone: Phone) -> None:
        self._stage = stage
        self._phone = phone
        self._shown: list[Shown] = []

    def deliver(self, delivery: Delivery) -> None:
        press, label = delivery.press or (None, None)
        self._phone.deliver(delivery.key, text=delivery.text, press=press, label=label, seen=delivery.seen)

    def send(self, file: Sending) -> None:
        if not file.breaks_off and file.data:
            self._phone.send_file(file.name, file.data)
            return
        upload = self._phone.announce(file.name, file.size)
        if upload is not None:
            self._stage.begin_upload(upload, file.data[: file.size // 2])

    def messages(self) -> list[Shown]:
        self._shown += map(Shown.of_row, self._phone.seen[len(self._shown) :])
        return list(self._shown)


def _fail(turn: Turn) -> None:
    raise RuntimeError


class _Printer(TerminalChannel):
    """The terminal, which also remembers what it printed for whom."""

    def __init__(self) -> None:
        super().__init__(Console(file=io.StringIO()))
        self.printed: list[Sent] = []

    async def send(self, row: Sent) -> str | None:
        self.printed.append(row)
        return await super().send(row)


class Site:
    """The web server with its page's calls, and a terminal beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.clock = FrozenClock()
        self.place = folder / "site.sqlite3"
        shutil.copy(demo_database(), self.place)
        self.printer = _Printer()
        self._runner = asyncio.Runner()
        self._visitors = DemoVisitors(b"secret")
        self._start()

    def _start(self) -> None:
        channels: dict[str, Any] = {WEB: WebChannel(), TERMINAL: self.printer}
        with patch("bot.app.Words", all_words):  # compiling the templates anew takes longer than all the rest
            self.app = App(f"sqlite:///{self.place}", self._folder, channels, self.clock)
        self.web = web_app(self.app, self._visitors, None)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.web), base_url="http://site")
        self.run(self.app.start())

    @property
    def database(self) -> Database:
        return self.app.database

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the server's loop, and wait until all that follows from it is done."""

        async def all_of_it() -> T:
            result = await work
            await self.app.outbox.settled()
            return result

        return self._runner.run(all_of_it())

    def screen(self, person: int | None, channel: str) -> Screen:
        if person is not None:
            self.database.write(lambda db: people.have_address(db, person, channel, str(person))).result()
        if channel == TERMINAL:
            return _PrintedScreen(self, str(person or 0))
        return _PageScreen(self, self._visitors.key(str(person or 0)))

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

    def break_next(self) -> None:
        self.app.assistant._dispatch = _fail

    def close(self) -> None:
        self._stop()
        self._runner.close()

    def _stop(self) -> None:
        self._runner.run(self.http.aclose())
        self._runner.run(self.app.stop())


class _PrintedScreen:
    def __init__(self, site: Site, address: str) -> None:
        self._site = site
        self._address = address

    def deliver(self, delivery: Delivery) -> None:
        press, label = delivery.press or (None, None)
        self._receive(delivery.key, text=delivery.text, press=press, label=label, seen=delivery.seen)

    def send(self, file: Sending) -> None:
        upload = f"{self._address}_{uuid.uuid4().hex}_{file.size}"
        rows = self._receive(upload, piece=Piece(file.name, file.size, upload))
        if not any(row.kind == "message" for row in rows):
            self._site.app.store.begin(upload)
            self._site.app.store.append(upload, 0, file.data, file.size)
            self._receive(f"here:{upload}", work=("here", {"upload": upload}))

    def messages(self) -> list[Shown]:
        printed = [row for row in self._site.printer.printed if row.address == self._address]
        return [Shown.of_row(row) for row in printed if row.kind == "message"]

    def _receive(self, key: str, **what: Any) -> list[Sent]:
        async def receive() -> list[Sent]:
            inbound = Inbound(TERMINAL, self._address, key, **what)
            return await asyncio.wrap_future(self._site.app.assistant.receive(inbound))

        return self._site.run(receive())


class _PageScreen:
    """The page: everything over HTTP, and what it lists of the person's own words is what was said."""

    def __init__(self, site: Site, key: str) -> None:
        self._site = site
        self._headers = {"x-key": key}
        self._list: list[Shown] = []
        self._said: set[str] = {""}
        self._newest = 0

    def deliver(self, delivery: Delivery) -> None:
        said: dict[str, Any] = {"id": delivery.key, "seen": delivery.seen}
        if delivery.press is not None:
            said |= {"press": delivery.press[0], "label": delivery.press[1] or ""}
        else:
            said["text"] = delivery.text
        self._said.add(cleaned(delivery.text or (delivery.press or ("", ""))[1] or "")[:MOST_TYPED])
        answer = self._call("POST", "/api/say", json=said)
        assert answer.status_code == 200, answer.text

    def send(self, file: Sending) -> None:
        announced = {"id": str(uuid.uuid4()), "name": file.name, "size": file.size}
        answer = self._call("POST", "/api/uploads", json=announced)
        if answer.status_code == 422:
            assert answer.json()["message"]
            return
        upload = f"/api/uploads/{answer.json()['upload']}"
        half = file.size // 2
        self._append(upload, 0, file.data[:half])
        if not file.breaks_off:
            self._append(upload, half, file.data[half:])

    def messages(self) -> list[Shown]:
        told = self._call("GET", "/api/messages?limit=100").json()["messages"]
        fresh = [one for one in told if one["id"] > self._newest and one["from"] == "assistant"]
        self._list += map(Shown.of_page, fresh)
        assert {Shown.of_page(one).text for one in told if one["from"] == "me"} <= self._said
        self._newest = max([self._newest, *(one["id"] for one in told)])
        return list(self._list)

    def _append(self, upload: str, offset: int, data: bytes) -> None:
        answer = self._call("PATCH", upload, content=data, headers={"Upload-Offset": str(offset)})
        assert answer.status_code == 200, answer.text

    def _call(self, method: str, path: str, headers: dict[str, str] | None = None, **what: Any) -> httpx.Response:
        return self._site.run(
            self._site.http.request(method, path, headers=self._headers | (headers or {}), **what)
        )


Staging = Callable[[Path], Stage]
