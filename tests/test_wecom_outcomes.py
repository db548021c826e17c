"""What each errcode of WeCom leads to, and how its token is kept, replaced and fetched."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels import Gone, NotReached, Refused, SlowDown, Unknown
from bot.channels.wecom import WeComChannel, outcomes
from bot.channels.wecom.outcomes import ApiError, Pauses, outcome
from tests.wecom_sender import case
from tests.wecom_service import settings
from tests.world import FrozenClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_whoever_may_not_see_the_app_or_has_no_licence_is_gone(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        with pytest.raises(Gone):
            await here.bring(here.row(address="nobody"))
        here.someone.account.licensed = False
        with pytest.raises(Gone):
            await here.bring(here.row())
        here.someone.account.licensed, here.someone.account.visible = True, False
        with pytest.raises(Gone):
            await here.bring(here.row())
        here.someone.account.visible = True
        await here.bring(here.row(address="ZhangSan"))
        assert len(here.someone.seen) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1, Unknown), (40003, Gone), (60111, Gone), (60011, Gone), (81013, Gone), (60020, SlowDown), (48002, SlowDown),
        (301002, SlowDown), (45009, SlowDown), (45033, SlowDown), (40035, Refused), (44004, Refused), (45002, Refused),
        (40204, Refused), (82004, Refused), (99999, Refused),
    ],
)  # fmt: skip
async def test_what_each_errcode_leads_to(code: int, kind: type[Exception], tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.wecom.faults.fail(code, "message/send")
        with pytest.raises(kind):
            await here.bring(here.row())


async def test_every_named_errcode_has_its_outcome() -> None:
    for name in ("CONFIGURATION", "NOBODY", "BLOCKED"):
        for code in getattr(outcomes, name):
            found = outcome(ApiError(code), Pauses(FrozenClock()))
            assert isinstance(found, {"CONFIGURATION": SlowDown, "NOBODY": Gone, "BLOCKED": Refused}[name]), code


async def test_told_that_it_was_too_often_it_waits_longer_each_time_until_something_gets_through(
    tmp_path: Path,
) -> None:
    async with case(tmp_path) as here:
        here.wecom.faults.fail(45009, "message/send", times=10)
        waits = []
        for _ in range(5):
            with pytest.raises(SlowDown) as slow:
                await here.bring(here.row())
            waits.append(slow.value.seconds)
            with pytest.raises(SlowDown) as slow:  # what was on its way meanwhile
                await here.bring(here.row())
            assert slow.value.seconds == waits[-1]
            here.clock.pass_(seconds=waits[-1])
        assert waits == [60, 240, 960, 3600, 3600]
        await here.bring(here.row())
        here.wecom.faults.fail(45009, "message/send")
        with pytest.raises(SlowDown) as slow:
            await here.bring(here.row())
        assert slow.value.seconds == 60


@pytest.mark.parametrize(("how", "kind"), [("error", Unknown), ("reset", Unknown), ("cut", Unknown)])
async def test_an_answer_that_does_not_come(how: str, kind: type[Exception], tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row())  # the token is here
        here.wecom.faults.fail(how, "message/send")
        with pytest.raises(kind):
            await here.bring(here.row())


async def test_without_a_network_nothing_is_sent_for_certain(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row())
        await here.wecom.offline()
        with pytest.raises(NotReached):
            await here.bring(here.row())
        await here.wecom.online()
        await here.bring(here.row())


# The token


async def test_the_token_is_fetched_once_by_however_many(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await asyncio.gather(*(here.bring(here.row()) for _ in range(20)))
        assert here.wecom.calls["gettoken"] == 1
        assert len(here.someone.seen) == 20


async def test_it_is_renewed_before_its_end(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row())
        here.clock.pass_(seconds=7200 - 299)
        await here.bring(here.row())
        assert here.wecom.calls["gettoken"] == 2


async def test_a_token_that_is_refused_is_replaced_once_for_all_who_have_it(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row())
        here.wecom.invalidate()
        await asyncio.gather(*(here.bring(here.row()) for _ in range(20)))
        assert here.wecom.calls["gettoken"] == 2
        assert len(here.someone.seen) == 21


async def test_a_token_that_is_refused_twice_is_the_operators_concern(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.wecom.faults.fail(42001, "message/send", times=2)
        with pytest.raises(SlowDown):
            await here.bring(here.row())
        await here.bring(here.row())


async def test_a_wrong_secret_is_tried_once_an_hour(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.wecom.secret = "another"
        here.wecom.calls.clear()
        here.channel._api._tokens._token = ""
        for _ in range(5):
            with pytest.raises(SlowDown):
                await here.bring(here.row())
        assert here.wecom.calls["gettoken"] <= 1
        here.wecom.secret = settings("").secret
        here.clock.pass_(seconds=3601)
        await here.bring(here.row())


@pytest.mark.parametrize("how", ["error", "reset", "cut", -1])
async def test_without_a_token_nothing_is_sent_for_certain(how: Any, tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row())
        here.clock.pass_(hours=2)
        fault = here.wecom.faults.fail(how, "gettoken", times=3)  # what only asks, aiohttp tries again by itself
        with pytest.raises(NotReached):
            await here.bring(here.row())
        fault.left = 0
        await here.bring(here.row())


def test_the_duplicate_check_lasts_longer_than_it_is_tried_again() -> None:
    from bot.channels.wecom.sending import CHECKED
    from bot.outbox.outcomes import PAUSES

    assert timedelta(seconds=sum(PAUSES)) < CHECKED <= timedelta(hours=4)
    assert WeComChannel.traits.remembers == CHECKED
