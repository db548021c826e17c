"""A browser, and a page of the chat over a server in memory."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.fake_chat import FakeChat, serving
from tests.e2e.reader import PHONE

CHROMIUM = "/usr/bin/chromium"
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
MISTAKES = re.compile("Content Security Policy|Refused to|Uncaught|TypeError")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, without a window; gone with its module, because its event loop would be in others' way."""
    if not shutil.which(CHROMIUM):
        pytest.skip("needs chromium")
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
