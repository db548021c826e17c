"""Telegram out of reach, a token refused, another program on the same bot: the operator is told, nothing is lost, all comes back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import logs
from bot.channels.telegram import outcomes, webhook
from bot.channels.telegram.polling import LONGEST_PAUSE, Pauses
from bot.messages import Inbound
from tests.emulators.telegram import TOKEN, ApiError
from tests.telegram_service import SECRET, Service, service
from tests.world import SITE

pytestmark = pytest.mark.anyio
MODES = pytest.mark.parametrize("mode", ["polling", "webhook"])
UNREACHABLE, REJECTED, CONFLICT = "连不上 Telegram", "不接受 TELEGRAM_TOKEN", "另有一处程序"
WELL = "已恢复正常"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def told() -> Iterator[list[Any]]:
    """What stands in the log."""
    with capture_logs() as entries:
        yield entries


def lines(told: list[Any], words: str) -> int:
    return sum(words in one["event"] for one in told)


@MODES
async def test_without_a_network_at_the_start_and_then_with_one(mode: str, tmp_path: Path, told: list[Any]) -> None:
    async with service(tmp_path, mode, started=False) as here:
        await here.telegram.offline()
        async with asyncio.timeout(2):
            await here.start()
        await here.until(lambda: lines(told, UNREACHABLE))
        await asyncio.sleep(0.05)
        assert lines(told, UNREACHABLE) == 1
        await here.telegram.online()
        someone = here.someone()
        await here.said(someone, "菜单")
        assert lines(told, WELL) == 1


@MODES
async def test_starting_waits_for_nobody(mode: str, tmp_path: Path) -> None:
    async with service(tmp_path, mode, started=False) as here:
        hanging = here.telegram.faults.fail("hang", "getMe")
        async with asyncio.timeout(2):
            await here.start()
        await hanging.reached.wait()
        hanging.release()
        await here.said(here.someone(), "菜单")


@MODES
async def test_a_wrong_token_is_said_and_what_is_to_be_sent_waits(
    mode: str, tmp_path: Path, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "WITHOUT_TOKEN_SECONDS", 0.2)
    async with service(tmp_path, mode) as here:
        someone = here.someone()
        await here.said(someone, "菜单")
        here.telegram.revoke()
        await _written(here)
        await here.until(lambda: lines(told, REJECTED))
        assert here.rows()[-1][0] == "waiting"
        here.telegram.faults.revoked = False
        await _sent(here, 2)
        await here.said(someone, "帮助")
        assert [row[3] for row in here.rows()] == [1, 1, 1], "a refusal was counted as an attempt"
        assert TOKEN not in str(told)


async def _written(here: Service) -> None:
    """A message to somebody that comes of no update: from the web page, as it were."""
    await here.app.assistant.take(Inbound("telegram", "501", "from elsewhere", text="目录"))
    await here.app.outbox.settled()


async def _sent(here: Service, count: int) -> None:
    """Time passes until so many messages have gone out."""
    async with asyncio.timeout(10):
        while sum(row[0] == "done" for row in here.rows()) < count:
            here.clock.pass_(seconds=10)
            await here.app.outbox.sweep()
            await asyncio.sleep(0.01)


async def test_out_of_reach_for_a_while_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "菜单")
        await here.telegram.offline()
        await _written(here)
        await here.telegram.online()
        await _sent(here, 2)
        assert len(someone.seen) == 2
        assert not any(row[2] for row in here.rows()), "marked as possibly repeated"


async def test_a_connection_cut_after_the_message_was_taken_may_bring_it_twice_and_says_so(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        here.telegram.faults.fail("cut", "sendMessage")
        await _written(here)
        await _sent(here, 1)
        assert [one.text.startswith("（可能重复）") for one in someone.seen] == [False, True]
        assert [bool(row[2]) for row in here.rows()] == [True]


async def test_told_to_slow_down_the_message_comes_once_and_later(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        here.telegram.faults.fail(ApiError(429, "Too Many Requests: retry after 1", retry_after=1), "sendMessage")
        await _written(here)
        assert here.rows()[0][0] == "waiting"
        await _sent(here, 1)
        assert len(someone.seen) == 1
        assert not here.rows()[0][2]


async def test_another_program_on_the_same_bot_is_said_once_and_tried_again(tmp_path: Path, told: list[Any]) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
        fault = here.telegram.faults.fail(ApiError(409, conflict), "getUpdates", times=3)
        await here.said(someone, "菜单")
        await here.until(lambda: fault.left == 0)
        await here.said(someone, "帮助")
        assert lines(told, CONFLICT) == 1


async def test_a_menu_that_is_refused_hinders_nothing(tmp_path: Path) -> None:
    async with service(tmp_path, started=False) as here:
        here.telegram.faults.fail(ApiError(400, "Bad Request: BOT_COMMAND_INVALID"), "setMyCommands", times=100)
        await here.start()
        await here.said(here.someone(), "菜单")


async def test_troubles_are_said_again_after_a_minute(tmp_path: Path, told: list[Any]) -> None:
    async with service(tmp_path, started=False) as here:
        await here.telegram.offline()
        await here.start()
        await here.until(lambda: lines(told, UNREACHABLE) == 1)
        here.clock.pass_(seconds=61)
        await here.until(lambda: lines(told, UNREACHABLE) == 2)


async def test_an_address_that_telegram_does_not_take_is_said_with_the_reason(tmp_path: Path, told: list[Any]) -> None:
    async with service(tmp_path, "webhook", started=False) as here:
        refused = ApiError(400, "Bad Request: bad webhook: failed to resolve host")
        here.telegram.faults.fail(refused, "setWebhook", times=2)
        await here.start()
        await here.said(here.someone(), "菜单")
        assert lines(told, "failed to resolve host") == 1


async def test_a_webhook_that_was_moved_is_brought_back_and_one_that_fails_is_told(
    tmp_path: Path, told: list[Any]
) -> None:
    async with service(tmp_path, "webhook") as here:
        await here.until(lambda: here.telegram.deliveries.webhook)
        operator, api = here.channel._operator, here.channel._api
        look = (api, here.channel._settings, operator, here.clock)
        await webhook.look(*look)
        assert told == []
        await api.bot.delete_webhook()
        await webhook.look(*look)
        assert here.telegram.deliveries.webhook is not None
        assert here.telegram.deliveries.webhook.url == f"{SITE}/telegram/webhook"
        assert lines(told, "被改送到别处") == 1
        here.telegram.deliveries.last_error = "Wrong response from the webhook: 502"
        await webhook.look(*look)
        assert lines(told, "502") == 1


async def test_pauses_grow_up_to_a_minute_and_begin_anew() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pauses = Pauses(sleep)
    for _ in range(8):
        await pauses.after(OSError())
    pauses.over()
    await pauses.after(OSError())
    assert slept == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE, 1]


@MODES
async def test_no_secret_stands_in_any_log(
    mode: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, told: Any
) -> None:
    with caplog.at_level(logging.INFO):
        async with service(tmp_path, mode) as here:
            someone = here.someone()
            await here.said(someone, "菜单")
            for how in ("error", "reset", "cut"):
                here.telegram.faults.fail(how, "getUpdates")
                here.telegram.faults.fail(how, "sendMessage")
                await someone.say("目录")
                await here.telegram.quiet()
                await here.app.outbox.settled()
            await here.telegram.offline()
            await _written(here)
            rows = here.rows()
    written = caplog.text + str(told) + str(rows)
    assert TOKEN.partition(":")[2] not in written
    assert SECRET not in written


def test_a_token_is_taken_out_of_whatever_is_logged() -> None:
    for text in (f"https://api.telegram.org/bot{TOKEN}/sendMessage", f"token {TOKEN}", f"'{TOKEN}'"):
        assert TOKEN.partition(":")[2] not in logs.redacted(text)
