"""What a reader of the chat page does and sees, for the tests of it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.e2e.fake_chat import FakeChat

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1200, "height": 800}}
QUESTION = ("第 11/60 项", "┃政务服务事项网上可办率不低于90%。", "本单位情况？")

on_a_desktop = pytest.mark.parametrize("page", [pytest.param(DESKTOP, id="desktop")], indirect=True)


def open_chat(page: Page, fake: FakeChat) -> None:
    """Open the chat and wait until what was said before is shown and the stream stands."""
    before = fake.streams
    page.goto("/chat")
    page.locator("#log[aria-busy=false]").wait_for(state="attached")
    until(page, lambda: fake.streams > before)


def until(page: Page, true: Callable[[], object]) -> None:
    """Let the page go on until something is true of the server, for five seconds at most."""
    for _ in range(500):
        if true():
            return
        page.wait_for_timeout(10)
    raise AssertionError("it never came true")


def come_back(page: Page) -> None:
    """Tell the page that the network is there again, as a phone does."""
    page.evaluate("dispatchEvent(new Event('online'))")


def field(page: Page) -> Locator:
    """Where one writes."""
    return page.get_by_label("输入内容")


def say(page: Page, text: str) -> None:
    """Write and send."""
    field(page).fill(text)
    page.get_by_role("button", name="发送", exact=True).click()


def choice(page: Page, label: str) -> Locator:
    """A button under a message."""
    return page.locator(".choices").get_by_role("button", name=label, exact=True)


def texts(page: Page) -> list[str]:
    """All that has been said, in the order shown."""
    return page.locator(".message .bubble").all_inner_texts()
