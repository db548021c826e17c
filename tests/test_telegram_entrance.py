"""People get onto a page out of Telegram as who Telegram says, signed; holding the address, or what another was told, is not enough."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import token as press_of
from bot.app import web_app
from bot.channels.telegram.entrance import PATH, reached
from bot.channels.telegram.signature import signer
from bot.channels.telegram.writing import keyboard
from bot.channels.web.visitors import SessionVisitors
from bot.messages import Button
from models import people
from tests.emulators.telegram import TOKEN
from tests.sample_matters import FACTS, REVIEWER, matter
from tests.telegram_service import Service, service
from tests.world import BEGINNING, SITE, VAULT

pytestmark = pytest.mark.anyio
CHAT = 501


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def signed(chat: int = CHAT, at: float | None = None, key: str = TOKEN, **more: str) -> str:
    """What Telegram tells a page that somebody opens."""
    said = {
        "auth_date": str(int(BEGINNING.timestamp() if at is None else at)), "query_id": "AAH", "signature": "x_-",
        "user": json.dumps({"id": chat, "first_name": "甲 & 乙"}), **more,
    }  # fmt: skip
    lines = "\n".join(f"{name}={value}" for name, value in sorted(said.items()))
    secret = hmac.new(b"WebAppData", key.encode(), hashlib.sha256).digest()
    return urlencode({**said, "hash": hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()})


def fragment(data: str) -> str:
    """What stands behind the # of the address then."""
    return urlencode({"tgWebAppData": data, "tgWebAppVersion": "8.0", "tgWebAppPlatform": "android"})


def test_whom_telegram_names_is_believed() -> None:
    assert signer(signed(), TOKEN, BEGINNING) == str(CHAT)
    assert signer(signed(at=BEGINNING.timestamp() - 599), TOKEN, BEGINNING) == str(CHAT)


@pytest.mark.parametrize(
    "data",
    [
        "", "hash=", "user=x", signed(key="1:another"), signed(at=BEGINNING.timestamp() - 601),
        signed(at=BEGINNING.timestamp() + 61), signed() + "&user=%7B%22id%22%3A502%7D", signed().replace("501", "502"),
        signed(user="[]"), signed(user='{"id": "501"}'), signed(user='{"id": true}'), signed(user='{"id": -5}'),
        signed(auth_date="soon"), signed(user=json.dumps({"id": CHAT, "x": "y" * 5000})),
    ],
)  # fmt: skip
def test_nothing_else_is(data: str) -> None:
    assert signer(data, TOKEN, BEGINNING) is None


@given(st.text(max_size=60), st.integers(0, 400), st.integers(0, 255))
def test_whatever_is_changed_breaks_it(noise: str, place: int, other: int) -> None:
    data = signed()
    changed = data[: place % len(data)] + chr(32 + other % 90) + data[place % len(data) + 1 :]
    assert signer(noise, TOKEN, BEGINNING) is None
    assert changed == data or signer(changed, TOKEN, BEGINNING) in (None, str(CHAT))


def test_only_a_site_by_https_is_opened() -> None:
    assert reached(SITE)
    assert not any(map(reached, ("", "http://fz.example.gov.cn", "https://", "fz.example.gov.cn")))


def test_the_button_stands_first() -> None:
    assert keyboard([[("菜单", "menu-0-0", False)]], [{"text": "打开", "web_app": {"url": "https://x.y"}}]) == {
        "inline_keyboard": [
            [{"text": "打开", "web_app": {"url": "https://x.y"}}], [{"text": "菜单", "callback_data": "menu-0-0"}],
        ]
    }  # fmt: skip


class Reader:
    """A reviewer of an 内部 matter with a telephone, and the page as their Telegram would open it."""

    def __init__(self, here: Service, http: httpx.AsyncClient) -> None:
        self.here, self.http = here, http
        self.person = here.someone(REVIEWER, CHAT)
        self.matter = matter(here.database, BEGINNING, confidential=True)

    async def address(self) -> str:
        """Where the button below 查看内容 leads."""
        before = len(self.person.seen)
        await self.person.press_data(press_of(Button("mt.in", self.matter)), self.person.seen[-1])
        await self.here.quiet()
        await self.here.until(lambda: len(self.person.seen) > before)
        markup: Any = self.person.seen[-1].markup
        ((button,),) = markup["inline_keyboard"]
        assert FACTS not in self.person.seen[-1].text
        assert button["text"] == "打开"
        return str(urlsplit(button["web_app"]["url"]).path)

    async def tell(self, path: str, data: str, kind: str = "application/json") -> httpx.Response:
        """What the page posts."""
        body = json.dumps({"id": str(uuid4()), "told": fragment(data)})
        return await self.http.post(path, content=body, headers={"content-type": kind})


@asynccontextmanager
async def reader(folder: Path) -> AsyncIterator[Reader]:
    async with service(folder) as here:
        visitors = SessionVisitors(here.database, VAULT, here.clock, secure=True)
        web = web_app(here.app, visitors, None)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url=SITE) as http:
            found = Reader(here, http)
            await here.said(found.person, "菜单")
            yield found


async def test_one_press_and_the_page_is_there(tmp_path: Path) -> None:
    async with reader(tmp_path) as one:
        path = await one.address()
        assert path.startswith(f"{PATH}/view/matter.")
        page = await one.http.get(path)
        assert (page.status_code, FACTS in page.text) == (200, False)
        assert "data-at-once" in page.text
        answer = await one.tell(path, signed())
        assert answer.json() == {"to": path.removeprefix(PATH)}
        shown = await one.http.get(answer.json()["to"])
        assert shown.status_code == 200
        assert FACTS in shown.text


async def test_the_address_alone_shows_nothing(tmp_path: Path) -> None:
    async with reader(tmp_path) as one:
        path = await one.address()
        assert (await one.http.get(path.removeprefix(PATH))).status_code == 403
        for data in ("", signed(key="1:another"), signed(at=BEGINNING.timestamp() - 700)):
            answer = await one.tell(path, data)
            assert (answer.status_code, "没有认出您的身份" in answer.json()["message"]) == (403, True)
        assert (await one.tell(path, signed(), "text/plain")).status_code == 403
        assert (await one.http.get(path.removeprefix(PATH))).status_code == 403


async def test_another_who_is_signed_by_telegram_sees_nothing_of_it(tmp_path: Path) -> None:
    async with reader(tmp_path) as one:
        path = await one.address()
        one.here.someone("工伤保险科法治员", 502)
        answer = await one.tell(path, signed(502))
        shown = await one.http.get(answer.json()["to"])
        assert (shown.status_code, FACTS in shown.text) == (404, False)
        assert (await one.tell(path, signed(503))).status_code == 403


async def test_nobody_is_led_anywhere_else(tmp_path: Path) -> None:
    async with reader(tmp_path) as one:
        for path in ("/chat", "//evil.example/view/x", "/view/a b", "/view/../chat", "/view/x/y"):
            answer = await one.tell(PATH + path, signed())
            assert answer.status_code in (403, 404, 405), path


async def test_whoever_has_left_office_or_is_a_number_on_the_roster_is_turned_away(tmp_path: Path) -> None:
    """Accounts on the roster are another platform's: a chat that has the same number is a stranger's."""
    async with reader(tmp_path) as one:
        path = await one.address()
        section = one.here.person("法制科科长")

        def note(db: Any) -> None:
            db.session.get(people.Person, section).wecom_id = "504"

        one.here.database.write(note).result()
        assert (await one.tell(path, signed(504))).status_code == 403
        one.here.clock.pass_(hours=1)
        assert (await one.tell(path, signed())).status_code == 403
        late = (BEGINNING + timedelta(hours=1)).timestamp()
        assert (await one.tell(path, signed(at=late))).status_code == 200

        def leaves(db: Any) -> None:
            sql = f"UPDATE post SET ends_on = '2026-08-01' WHERE person_id = {one.here.person(REVIEWER)}"
            db.session.connection().exec_driver_sql(sql)

        one.here.database.write(leaves).result()
        assert (await one.tell(path, signed(at=late))).status_code == 403
