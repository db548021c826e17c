"""WeCom out of reach, an address that is not trusted, a secret that is refused: the operator is told, nothing is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from structlog.testing import capture_logs

from bot import logs
from bot.channels.wecom import outcomes
from bot.messages import Inbound
from models.outgoing import Urgency
from tests.emulators.wecom import AES_KEY, SECRET, TOKEN, Member
from tests.wecom_service import Service, service

pytestmark = pytest.mark.anyio
UNREACHABLE, NOT_TRUSTED, REFUSED, WELL = "连不上企业微信", "企业可信IP", "WECOM_SECRET", "已恢复正常"


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


async def written(here: Service, text: str = "目录") -> None:
    """A message to somebody that comes of no callback: from the web page, as it were."""
    await here.app.assistant.take(Inbound("wecom", "zhangsan", text, text=text))
    await here.app.outbox.settled()


async def until_sent(here: Service, count: int) -> None:
    """Time passes until so many messages have gone out."""
    async with asyncio.timeout(10):
        while sum(row[0] == "done" for row in here.rows()) < count:
            here.clock.pass_(seconds=61)
            await here.app.outbox.sweep()
            await asyncio.sleep(0.01)


async def test_without_a_network_at_the_start_and_then_with_one(tmp_path: Path, told: list[Any]) -> None:
    async with service(tmp_path, started=False) as here:
        await here.wecom.offline()
        async with asyncio.timeout(2):
            await here.start()
        await here.until(lambda: lines(told, UNREACHABLE))
        await asyncio.sleep(0.05)
        assert lines(told, UNREACHABLE) == 1
        await here.wecom.online()
        await here.until(lambda: here.wecom.menu)
        await here.said(here.someone(), "菜单")
        assert lines(told, WELL) == 1


async def test_starting_waits_for_nobody(tmp_path: Path) -> None:
    async with service(tmp_path, started=False) as here:
        hanging = here.wecom.faults.fail("hang", "menu/create")
        async with asyncio.timeout(2):
            await here.start()
        await hanging.reached.wait()
        hanging.release()
        await here.said(here.someone(), "菜单")


async def test_from_an_address_that_is_not_trusted_messages_wait_and_members_are_heard(
    tmp_path: Path, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "UNCONFIGURED_SECONDS", 0.2)
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "菜单")
        here.wecom.trusted = False
        someone.say("帮助")
        await here.quiet()
        await here.until(lambda: lines(told, NOT_TRUSTED))
        assert here.rows()[-1][0] == "waiting"
        here.wecom.trusted = True
        await until_sent(here, 2)
        assert [row[2:] for row in here.rows()] == [(0, 1), (0, 1)], "a refusal was counted as an attempt"


async def test_a_secret_that_is_refused_is_not_tried_again_and_again(tmp_path: Path, told: list[Any]) -> None:
    async with service(tmp_path, started=False) as here:
        here.wecom.secret = "another"
        await here.start()
        here.someone()
        for text in ("菜单", "目录", "帮助"):
            await written(here, text)
        await here.until(lambda: lines(told, REFUSED))
        assert here.wecom.calls["gettoken"] == 1
        assert all(row[0] == "waiting" for row in here.rows())


async def test_a_connection_cut_after_a_reply_was_taken_may_bring_it_twice_and_says_so(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "菜单")
        here.wecom.faults.fail("cut", "message/send")
        await written(here, "帮助")
        await until_sent(here, 2)
        assert sum("按按钮或直接打字都可以" in one.words for one in someone.seen) == 2
        assert "可能重复" in someone.seen[-1].words


@pytest.mark.parametrize("how", ["cut", "error"])
async def test_a_reminder_comes_once_however_its_answer_was_lost_and_is_not_marked(how: str, tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "菜单")
        person = here.person("法制科法治联络员")

        def remind(turn: Any) -> None:
            turn.bring(person, {"parts": [("text", "还剩17题。")]}, Urgency.NOTICE)

        here.wecom.faults.fail(how, "message/send")
        await asyncio.wrap_future(here.app.assistant.by_itself("test", remind))
        await until_sent(here, 2)
        assert [one.words for one in someone.seen if "17题" in one.words] == ["还剩17题。"]


async def test_around_the_full_hour_notices_are_spread_and_replies_are_not(tmp_path: Path) -> None:
    async with service(tmp_path, started=False) as here:
        await here.start(spread=5)  # the tests' clock shows 09:00
        someone = here.someone()
        await here.said(someone, "菜单")
        person = here.person("法制科法治联络员")

        def remind(turn: Any) -> None:
            turn.bring(person, {"parts": [("text", "还剩17题。")]}, Urgency.REMINDER)

        await asyncio.wrap_future(here.app.assistant.by_itself("test", remind))
        await here.app.outbox.sweep()
        assert here.rows()[-1][0] == "waiting"
        here.clock.pass_(minutes=2)
        await here.app.outbox.sweep()
        await here.app.outbox.settled()
        first = here.rows()[-1][0]
        here.clock.pass_(minutes=5)
        await here.app.outbox.sweep()
        await here.app.outbox.settled()
        assert (first in ("waiting", "done"), here.rows()[-1][0]) == (True, "done")


async def test_no_more_goes_to_a_member_than_wecom_shows(tmp_path: Path) -> None:
    async with service(tmp_path, started=False, windows=((5, 1.0), (8, 2.0))) as here:
        with patch("bot.channels.wecom.AN_HOUR", (8, 2.0)), patch("bot.channels.wecom.TO_ONE_AT_ONCE", 5):
            await here.start()
        someone = here.someone()
        for number in range(12):
            someone.say("帮助" if number % 2 else "菜单")
        await here.wecom.quiet()
        await here.until(lambda: len(someone.seen) == 12)
        assert here.wecom.ledger.dropped == []


async def test_a_restart_forgets_nothing_of_what_a_member_was_sent(tmp_path: Path) -> None:
    async with service(tmp_path, started=False, windows=((4, 1.5),)) as here:
        with patch("bot.channels.wecom.AN_HOUR", (4, 1.5)), patch("bot.channels.wecom.TO_ONE_AT_ONCE", 4):
            await here.start()
            someone = here.someone()
            await _four_answers(here, someone)
            await here.stop()
            await here.start()
            await _four_answers(here, someone)
        assert here.wecom.ledger.dropped == []


async def _four_answers(here: Service, someone: Member) -> None:
    count = len(someone.seen) + 4
    for text in ("菜单", "帮助", "菜单", "帮助"):
        someone.say(text)
    await here.wecom.quiet()
    await here.until(lambda: len(someone.seen) == count)


async def test_no_secret_stands_in_any_log(tmp_path: Path, caplog: pytest.LogCaptureFixture, told: list[Any]) -> None:
    with caplog.at_level(logging.INFO):
        async with service(tmp_path) as here:
            someone = here.someone()
            await here.said(someone, "菜单")
            token = here.wecom._token
            for how in ("error", "reset", "cut"):
                here.wecom.faults.fail(how, "message/send")
                await written(here, f"目录{how}")
            here.clock.pass_(hours=3)
            here.wecom.faults.fail("reset", "gettoken", times=3)
            await written(here, "帮助")
            rows = here.rows()
    seen = caplog.text + str(told) + str(rows)
    assert not [secret for secret in (SECRET, TOKEN, AES_KEY, token) if secret in seen]


def test_secrets_in_addresses_are_taken_out_of_whatever_is_logged() -> None:
    for text in (
        f"/cgi-bin/gettoken?corpid=ww1&corpsecret={SECRET}",
        f"/cgi-bin/message/send?access_token={'a' * 200}",
    ):
        assert SECRET not in logs.redacted(text)
        assert "a" * 20 not in logs.redacted(text)
    assert AES_KEY not in logs.redacted(f"WECOM_AES_KEY={AES_KEY}")
