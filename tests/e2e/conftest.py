"""A browser; a page of the chat over a server in memory; and the real assistant with a phone to use it."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.fake_chat import FakeChat, serving
from tests.e2e.pictures import FOLDER, Camera
from tests.e2e.reader import PHONE
from tests.e2e.server import Server

CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
A_PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "timezone_id": "Asia/Shanghai",
    "reduced_motion": "reduce",
}
MISTAKES = re.compile("Content Security Policy|Refused to|Uncaught|TypeError")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="write the README's pictures into docs/pictures")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's chromium, without a window; gone with these tests, because its event loop would be in others' way."""
    if not shutil.which(CHROMIUM):
        pytest.fail("Chromium is missing: python3 run.py test installs it, or says how")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def fake() -> FakeChat:
    """The server's state, to be set up and looked into by the test."""
    return FakeChat()


@pytest.fixture
def base(fake: FakeChat) -> Iterator[str]:
    """The address of a server over `fake`."""
    with serving(fake) as address:
        yield address


@pytest.fixture(params=[pytest.param(PHONE, id="phone")])
def page(browser: Browser, base: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page not yet opened, on a phone unless the test says otherwise; no script or policy may have failed on it."""
    mistakes: list[str] = []
    context = browser.new_context(base_url=base, timezone_id="Asia/Shanghai", **request.param)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("console", lambda line: mistakes.append(line.text) if MISTAKES.search(line.text) else None)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()
    assert mistakes == []


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real assistant, begun on fresh data; no turn of it may have failed."""
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.stop()
    assert server.logged() == ""


@pytest.fixture
def camera(request: pytest.FixtureRequest) -> Camera:
    """Takes the README's pictures where that was asked for."""
    return Camera(FOLDER if request.config.getoption("--pictures", False) else None)


@pytest.fixture
def complaints() -> list[str]:
    """What the pages of `phone`s logged as errors and warnings; a test that provokes some takes them away again."""
    return []


@pytest.fixture
def new_phone(
    browser: Browser, complaints: list[str], request: pytest.FixtureRequest
) -> Iterator[Callable[[], BrowserContext]]:
    """Makes phones about whose pages there is nothing to complain; with a finer screen where pictures are taken."""
    made: list[BrowserContext] = []

    def new() -> BrowserContext:
        fine = request.config.getoption("--pictures", False)
        phone = browser.new_context(**A_PHONE, device_scale_factor=2 if fine else 1)
        phone.set_default_timeout(10_000)
        phone.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
        phone.on("weberror", lambda error: complaints.append(str(error.error)))
        made.append(phone)
        return phone

    yield new
    for phone in made:
        phone.close()
    assert complaints == []


@pytest.fixture
def phone(new_phone: Callable[[], BrowserContext]) -> BrowserContext:
    """One such phone."""
    return new_phone()
