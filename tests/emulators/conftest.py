"""An emulated Telegram, and python-telegram-bot beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from telegram import Bot

from tests.emulators.telegram import TelegramEmulator

A_PERSON = 501


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.time = datetime(2026, 8, 19, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def spans(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's spans of time are timedeltas, as they will be in its next version."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(clock) as telegram:
        yield telegram


@pytest.fixture
async def bot(telegram: TelegramEmulator) -> AsyncIterator[Bot]:
    """The library, as its manual sets it up, and somebody who has pressed Start."""
    await telegram.person(A_PERSON).start()
    async with Bot(telegram.token, f"{telegram.url}/bot", f"{telegram.url}/file/bot") as bot:
        yield bot
