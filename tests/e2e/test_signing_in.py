"""Joining, coming back and leaving on a narrow phone, on the real server with real commands."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlmodel import col

from bot.clock import Clock, day_of
from models import demo, schema
from models.database import open_database
from models.db import Transaction
from models.meta import Meta
from models.people import Address, Person
from tests.e2e.server import ROOT

NARROW = {"width": 360, "height": 740}
BUREAU, SECTION, HEAD = "示范区人社局", "法制科科长", "就业促进科负责人"
REFUSED = "Failed to load resource: the server responded with a status of 403 (Forbidden)"


TOO_SMALL = """() => Array.from(document.querySelectorAll("p, label, input, button")).filter((one) => {
    const low = one.matches("input, button") && one.offsetHeight < 48;
    return one.offsetHeight && (low || parseFloat(getComputedStyle(one).fontSize) < 16);
}).map((one) => one.outerHTML)"""


class Real:
    """`python -m bot serve` on a bureau whose people have joined nowhere; each mobile ends in 5678."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        data = folder / "data"
        data.mkdir()
        url = f"sqlite:///{data / 'assistant.sqlite3'}"
        schema.migrate(url)
        database = open_database(url)
        database.write(_fill).result()
        database.close()
        named = {"DATA_DIR": str(data), "PORT": str(self.port), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        self._environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | named
        self._process = self._run("serve", stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert "服务已启动" in self._process.stdout.readline()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def code(self, called: str) -> str:
        """What `invite` prints for somebody."""
        printed = self._run("invite", BUREAU, called, stdout=subprocess.PIPE).communicate()[0]
        found = re.search(rf"{self.url}/join#(\S+)", printed)
        assert found, printed
        return found[1]

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate()

    def _run(self, *arguments: str, stdout: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "bot", *arguments]
        return subprocess.Popen(command, cwd=self._folder, env=self._environment, stdout=stdout, text=True)


def _fill(db: Transaction) -> None:
    now = Clock().now()
    demo.fill(db, now, day_of(now))
    db.session.execute(sa.delete(Meta))
    db.session.execute(sa.delete(Address))
    number = sa.func.printf("%06d", col(Person.id))
    db.session.execute(sa.update(Person).values(mobile=sa.literal("1") + number + sa.literal("5678")))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    real = Real(tmp_path_factory.mktemp("real"))
    yield real
    real.stop()


@pytest.fixture
def page(phone: BrowserContext) -> Page:
    page = phone.new_page()
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    return page


def fits(page: Page) -> None:
    """Nothing is cut off sideways, all type is large, and everything to press is as large as a finger."""
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert page.evaluate(TOO_SMALL) == []


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def told(page: Page) -> Locator:
    return page.get_by_role("alert")


def join(page: Page, real: Real, called: str) -> None:
    page.goto(f"{real.url}/join#{real.code(called)}")
    page.get_by_label("在册手机号的后四位").fill("5678")
    button(page, "核对并进入").click()
    expect(page.locator("#messages .message")).to_have_count(1)


def test_one_joins_from_the_link_with_the_keyboard_alone(page: Page, real: Real, complaints: list[str]) -> None:
    code = real.code(HEAD)
    page.goto(f"{real.url}/join#{code}")
    expect(page.get_by_label("邀请码")).to_have_value(code)
    expect(page.get_by_label("在册手机号的后四位")).to_be_focused()
    assert page.url == f"{real.url}/join"  # the code is in no history
    fits(page)
    page.keyboard.type("5687")
    page.keyboard.press("Enter")
    expect(told(page)).to_contain_text("后四位与在册手机号不一致，请重新输入，还可再试4次。")
    fits(page)
    assert complaints.pop() == REFUSED
    page.keyboard.press("Shift+Home")
    page.keyboard.type("5678")
    page.keyboard.press("Tab")
    expect(button(page, "核对并进入")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#messages .message")).to_contain_text("已核对：示范区人社局 就业促进科 部门负责人。")
    page.reload()
    expect(page.locator("#messages .message")).to_have_count(1)


def test_what_is_missing_is_said_before_anything_is_sent(page: Page, real: Real) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"{real.url}/join")
    button(page, "核对并进入").click()
    expect(told(page)).to_have_text("请填写邀请码和手机号后四位。")
    expect(page.get_by_label("邀请码")).to_be_focused()
    page.goto(f"{real.url}/enter")
    button(page, "登录").click()
    expect(told(page)).to_have_text("链接不完整，请重新打开收到的链接。")
    assert sent == []


def test_an_answer_that_is_lost_is_asked_for_again_and_lets_in(page: Page, real: Real, complaints: list[str]) -> None:
    page.goto(f"{real.url}/join#{real.code('劳动关系科负责人')}")
    page.get_by_label("在册手机号的后四位").fill("5678")
    page.route("**/join", lambda route: (route.fetch(), route.abort()))
    button(page, "核对并进入").click()
    expect(told(page)).to_have_text("没有连上，请稍后再试。")
    page.unroute("**/join")
    button(page, "核对并进入").click()
    expect(page.locator("#messages .message")).to_contain_text("已核对")
    complaints.clear()


def test_a_link_is_a_button_and_opens_once(
    page: Page, real: Real, new_phone: Callable[[], BrowserContext], complaints: list[str]
) -> None:
    join(page, real, SECTION)
    page.get_by_label("输入内容").fill("网页登录")
    button(page, "发送").click()
    link = page.locator("#messages a[href*='/enter#']")
    expect(link).to_be_visible()
    address = link.get_attribute("href") or ""
    other = new_phone().new_page()
    other.set_viewport_size(NARROW)  # type: ignore[arg-type]
    other.goto(address)
    expect(button(other, "登录")).to_be_focused()
    assert other.url == f"{real.url}/enter"
    fits(other)
    other.keyboard.press("Enter")
    expect(other.locator("#messages .message").last).to_contain_text("您已在网页登录（")
    forwarded = new_phone().new_page()
    forwarded.goto(address)
    button(forwarded, "登录").click()
    expect(told(forwarded)).to_have_text("这个登录链接已经用过，或超过了时间，请重新索取。")
    assert complaints.pop() == REFUSED


def test_leaving_ends_it_and_the_page_says_how_to_come_back(page: Page, real: Real, complaints: list[str]) -> None:
    join(page, real, "法制科经办")
    chat = page.context.new_page()
    chat.goto(real.url)
    page.goto(f"{real.url}/leave")
    fits(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="我有邀请码")).to_be_visible()
    fits(page)
    chat.get_by_label("输入内容").fill("菜单")
    button(chat, "发送").click()
    expect(chat.get_by_text("本页登录已结束。")).to_be_visible()
    page.get_by_role("link", name="我有邀请码").click()
    expect(button(page, "核对并进入")).to_be_visible()
    complaints.clear()
