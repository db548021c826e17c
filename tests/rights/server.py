"""The real web server over the tests' world, and people signed in on it."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from bot.app import web_app
from bot.channels.web.visitors import SessionVisitors
from tests.dialogue_site import Site
from tests.rights.people import Actor, cookie_of
from tests.rights.world import made
from tests.world import VAULT


class Server:
    """The real server over the tests' world: people are signed in by cookie."""

    def __init__(self, folder: Path) -> None:
        with patch("tests.dialogue_site.demo_database", lambda: made().place):
            self.site = Site(folder)
        visitors = SessionVisitors(self.site.database, VAULT, self.site.clock, secure=False)
        self.web = web_app(self.site.app, visitors, None)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.web), base_url="http://site")

    def headers(self, actor: Actor | None) -> dict[str, str]:
        if actor is None:
            return {}
        cookie = cookie_of(actor.person)
        return {"cookie": f"session={cookie}", "x-key": VAULT.mark("page", cookie)}

    def call(self, actor: Actor | None, method: str, path: str, **what: Any) -> httpx.Response:
        headers = self.headers(actor) | what.pop("headers", {})
        return self.site.run(self.http.request(method, path, headers=headers, **what))

    def say(self, actor: Actor | None, **said: Any) -> httpx.Response:
        return self.call(actor, "POST", "/api/say", json={"id": str(uuid.uuid4()), **said})

    def listed(self, actor: Actor) -> str:
        return self.call(actor, "GET", "/api/messages?limit=100").text

    def newest(self, actor: Actor) -> str:
        return str(self.call(actor, "GET", "/api/messages?limit=1").json()["messages"][0]["parts"])

    def streamed(self, actor: Actor | None) -> tuple[int, str]:
        """The status of the stream, and what it brings before it first has nothing to bring."""
        return self.site.run(self._streamed(self.headers(actor)))

    async def _streamed(self, headers: dict[str, str]) -> tuple[int, str]:
        status, came, ended = 0, "", asyncio.Event()

        async def receive() -> dict[str, Any]:
            await ended.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal status, came
            status = message.get("status", status)
            came += message.get("body", b"").decode()
            if "still here" in came or not message.get("more_body", True):
                ended.set()

        scope = {
            "type": "http", "method": "GET", "path": "/api/stream", "raw_path": b"/api/stream", "query_string": b"",
            "root_path": "", "scheme": "http", "server": ("site", 80), "http_version": "1.1",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        with patch("bot.channels.web.calls.HEARTBEAT_SECONDS", 0.001):
            await self.web(scope, receive, send)
        return status, came

    def close(self) -> None:
        self.site.run(self.http.aclose())
        self.site.close()
