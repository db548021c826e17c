"""The web server as it is for real work, in memory, and browsers on different networks."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Coroutine, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import httpx
import sqlalchemy as sa
from sqlmodel import col

from bot.app import App, web_app
from bot.channels import Channel
from bot.channels.web import WebChannel
from bot.channels.web.visitors import SessionVisitors
from models import holders, joining, sessions
from models.people import Address, Person, Post
from tests.world import SITE, VAULT, FrozenClock, demo_database, the_words

T = TypeVar("T")
HOME = "示范区人社局"
HEAD = "就业促进科负责人"
SECTION = "法制科科长"
PHONE = "Mozilla/5.0 (Linux; Android 14) Mobile"


class WebSite:
    """A server with sessions; nobody has joined it on any channel. `starts`: it runs in a loop of its own.

    `beside`: the channels that it runs beside the page.
    """

    def __init__(self, folder: Path, *, site: str = SITE, starts: bool = True, beside: Sequence[Channel] = ()) -> None:
        self.clock = FrozenClock()
        self.place = folder / "site.sqlite3"
        shutil.copy(demo_database(), self.place)
        channels: dict[str, Channel] = {"web": WebChannel(), **{one.name: one for one in beside}}
        with patch("bot.app.Words", the_words):
            self.app = App(f"sqlite:///{self.place}", folder, channels, self.clock, vault=VAULT, site=site)
        self.visitors = SessionVisitors(self.app.database, VAULT, self.clock, secure=site.startswith("https:"))
        self.web = web_app(self.app, self.visitors, None)
        self.site = site
        self._runner = asyncio.Runner()
        if starts:
            self.run(self.app.start())
        self.change(sa.delete(Address))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the server's loop, and wait until all that follows from it is done."""

        async def all_of_it() -> T:
            result = await work
            await self.app.outbox.settled()
            return result

        return self._runner.run(all_of_it())

    def change(self, *changes: Any) -> None:
        for change in changes:
            self.app.database.write(lambda db, change=change: db.session.execute(change)).result()

    def rows(self, query: Any) -> list[Any]:
        return list(self.app.database.read(lambda db: db.session.execute(query).all()))

    def person(self, called: str) -> int:
        rows = self.app.database.read(holders.everyone)
        return next(int(row.person_id) for row in rows if (row.name, row.bureau) == (called, HOME))

    def invited(self, called: str, mobile: str = "13800005678") -> str:
        """A code for somebody whose mobile is on file."""
        person = self.person(called)
        self.change(sa.update(Person).where(col(Person.id) == person).values(mobile=mobile))
        name = self.app.database.write(lambda db: joining.issue(db, VAULT, person, None, self.clock.now())).result()
        return VAULT.code(name)

    def link(self, called: str) -> str:
        """The token of a one-time link for somebody."""
        person = self.person(called)
        make = self.app.database.write(lambda db: sessions.make_link(db, VAULT, person, person, self.clock.now()))
        return VAULT.token(make.result())

    def leaves(self, called: str, ends_on: date) -> None:
        """Somebody's posts end."""
        ends = sa.update(Post).where(col(Post.person_id) == self.person(called)).values(ends_on=ends_on)
        self.change(ends)

    def browser(self, network: str = "203.0.113.5") -> Browser:
        return Browser(self, network)

    def close(self) -> None:
        self.run(self.app.stop())
        self._runner.close()


class Browser:
    """One browser, with its cookies."""

    def __init__(self, site: WebSite, network: str) -> None:
        self._site = site
        transport = httpx.ASGITransport(site.web, client=(network, 5))
        self.http = httpx.AsyncClient(transport=transport, base_url=site.site, headers={"user-agent": PHONE})

    def call(self, method: str, path: str, **what: Any) -> httpx.Response:
        return self._site.run(self.http.request(method, path, **what))

    def get(self, path: str) -> httpx.Response:
        return self.call("GET", path)

    def post(self, path: str, headers: dict[str, str] | None = None, **said: Any) -> httpx.Response:
        return self.call("POST", path, json={"id": str(uuid.uuid4())} | said, headers=headers or {})

    def join(self, code: str, digits: str = "5678", **said: Any) -> httpx.Response:
        return self.post("/join", code=code, digits=digits, **said)

    def say(self, text: str, key: str | None = None) -> httpx.Response:
        """What the chat page does: with its key, unless another is given."""
        return self.post("/api/say", {"x-key": self.key if key is None else key}, text=text)

    @property
    def key(self) -> str:
        """The key in the page that this browser is shown. AssertionError: it is shown none."""
        page = self.get("/").text
        assert 'data-key="' in page
        return page.partition('data-key="')[2].partition('"')[0]

    @property
    def is_in(self) -> bool:
        return self.get("/api/messages").status_code == 200

    @property
    def told(self) -> list[str]:
        """The messages in its list."""
        messages = self.get("/api/messages").json()["messages"]
        return ["\n".join(part["text"] for part in one["parts"]) for one in messages if one["from"] == "assistant"]
