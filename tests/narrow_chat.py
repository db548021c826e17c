"""A channel that brings no large files, and a person on it who opens upload pages."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bot.channels import Channel, Traits
from bot.messages import Inbound
from bot.rows import Sent
from models import people
from tests import sample_files as samples
from tests.web_site import Browser, WebSite

MEGABYTE = 1024 * 1024
CHUNK = MEGABYTE
CONTACT = "法制科法治联络员"


class Chat(Channel):
    """Keeps what it sends."""

    name = "telegram"
    traits = Traits(lists=False, pushes=True, largest_file=20 * MEGABYTE)

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    async def send(self, row: Sent) -> str | None:
        self.sent.append(row)
        return None

    def told(self, address: str) -> list[str]:
        """What an address was told, as texts."""
        return ["\n".join(text for _, text in row.body["parts"]) for row in self.sent if row.address == address]


class Officer:
    """A liaison in the narrow chat. Its address there is longer than the id of an upload could carry."""

    def __init__(self, site: WebSite, chat: Chat, called: str = CONTACT) -> None:
        self.site, self.chat = site, chat
        self.person = site.person(called)
        self.address = f"chat of {called} number {self.person}"
        self.join()

    def join(self) -> None:
        """Be reachable in the chat."""
        have = lambda db: people.have_address(db, self.person, Chat.name, self.address)  # noqa: E731
        self.site.app.database.write(have).result()

    def say(self, *texts: str) -> str:
        """Type texts; what is answered to the last."""
        for text in texts:
            self._deliver(text=text)
        return self.told[-1]

    def press(self, token: str) -> None:
        """Press a button."""
        self._deliver(press=token)

    @property
    def told(self) -> list[str]:
        return self.chat.told(self.address)

    def asked_for_evidence(self, item: int = 1) -> Officer:
        """Be asked for an item's evidence."""
        assert self.say(f"改{item}", "符合", "跳过").startswith("请提供佐证")
        return self

    def link(self) -> str:
        """The token of a link asked for now."""
        said = self.say("上传文件")
        found = re.search(r"/upload#(\S+)", said)
        assert found, said
        return found[1]

    def page(self, token: str | None = None) -> UploadPage:
        """An upload page opened by a link of one's own, in a browser of its own."""
        page = UploadPage(self.site)
        assert page.open(self.link() if token is None else token).status_code == 200
        return page

    def _deliver(self, **what: Any) -> None:
        async def receive() -> None:
            inbound = Inbound(Chat.name, self.address, str(uuid.uuid4()), **what)
            await self.site.app.assistant.take(inbound)

        self.site.run(receive())


@contextmanager
def officer(folder: Path) -> Iterator[Officer]:
    """A liaison in the chat beside a web server."""
    chat = Chat()
    site = WebSite(folder, beside=[chat])
    try:
        yield Officer(site, chat)
    finally:
        site.close()


def refused(answer: httpx.Response) -> tuple[int, str]:
    """The status of an answer, and its sentence."""
    return answer.status_code, answer.json()["message"]


def calls_about(upload: str) -> list[tuple[str, str]]:
    """Every call about an upload, as method and path."""
    return [(method, f"/uploads/{upload}") for method in ("GET", "PATCH", "DELETE")]


def video(size: int) -> bytes:
    """A sound video of so many bytes."""
    data = samples.mp4()
    return data + samples.box(b"free", bytes(size - len(data) - 8))


class UploadPage:
    """What the upload page calls, in a browser."""

    def __init__(self, site: WebSite, browser: Browser | None = None) -> None:
        self._browser = browser or site.browser()
        self.cookies = self._browser.http.cookies
        self.key = ""
        self.attempt = str(uuid.uuid4())

    def open(self, token: str, **said: Any) -> httpx.Response:
        """Post a link's token, as this browser does however often."""
        answer = self._browser.post("/upload", id=self.attempt, token=token, **said)
        if answer.status_code == 200:
            self.key = answer.json()["key"]
        return answer

    def another_tab(self, site: WebSite) -> UploadPage:
        """Another page in the same browser."""
        return UploadPage(site, self._browser)

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **what: Any) -> httpx.Response:
        return self._browser.call(method, f"/api/link{path}", headers={"x-key": self.key} | (headers or {}), **what)

    def announce(self, name: str, size: int, **more: Any) -> httpx.Response:
        return self.call("POST", "/uploads", json={"id": str(uuid.uuid4()), "name": name, "size": size, **more})

    def append(self, upload: str, offset: int, data: bytes) -> httpx.Response:
        return self.call("PATCH", f"/uploads/{upload}", {"upload-offset": str(offset)}, content=data)

    def offset(self, upload: str) -> httpx.Response:
        return self.call("GET", f"/uploads/{upload}")

    def bring(self, name: str, data: bytes, **more: Any) -> httpx.Response:
        """A file, announced and sent whole; what the last call answered."""
        answer = self.announce(name, len(data), **more)
        if answer.status_code == 200:
            upload = answer.json()["upload"]
            for start in range(0, len(data), CHUNK):
                answer = self.append(upload, start, data[start : start + CHUNK])
        return answer

    @property
    def is_open(self) -> bool:
        return self.call("GET", "").status_code == 200
