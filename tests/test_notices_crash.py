"""A notice to hundreds by Telegram, some of them out of reach, the process killed half-way: the report is what people saw."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import failpoints as at
from tests import notice_crowd
from tests.crash_server import TICK_SECONDS
from tests.crashing import Kill, Nursery, Service, killed, nursery
from tests.emulators.telegram import Person
from tests.notice_board import AUTHOR
from tests.notice_crowd import Fates, Report
from tests.world import BEGINNING, World, the_words

pytestmark = pytest.mark.anyio
PEOPLE = 300
TITLE = "旁听庭审"
PACE = 150
"""Messages a second."""
HALF_WAY: list[Kill] = [(at.WRITTEN, 2), (at.SENT, PEOPLE // 2), (at.SENDING, PEOPLE // 4)]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where processes begin."""
    with nursery(tmp_path_factory.mktemp("crash") / "log") as made:
        yield made


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A notice to all is written, and sent by two presses; nothing has gone out yet."""
    world = World(tmp_path)
    head = world.person("就业促进科负责人")
    [(unit,)] = world.rows("SELECT unit_id FROM post WHERE person_id = ?", head)
    notice_crowd.join(world.place, unit, PEOPLE)
    author = world.phone(AUTHOR)
    for text in ("写通知", TITLE, "周五上午九时，请着正装。"):
        author.say(text)
    author.press("全局人员")
    sends = author.token(author.labels()[0])
    for _ in range(2):
        author.deliver(press=sends)
    assert world.rows("SELECT count(*) FROM notice") == [(1,)]
    world.close()
    return f"sqlite:///{world.place}"


def report(service: Service, url: str, meant: Fates) -> Report:
    """What the assistant says of it, once that is what people saw."""
    told = notice_crowd.report(url, 1, the_words())
    assert notice_crowd.differences(told, service.telegram, TITLE, meant) == []
    return told


async def test_killed_half_way_everybody_has_it_once_or_it_says_so(here: Nursery, tmp_path: Path, url: str) -> None:
    begins = BEGINNING + timedelta(seconds=61)
    told: list[Report] = []

    def holds(service: Service) -> None:
        told.append(report(service, url, meant))
        twice = {one.person_id for one in told[0].listed if one.repeated}
        known = {row for row, kills in service.in_flight.items() if kills}
        assert len(twice) <= len(known)

    async with killed(
        here, tmp_path, url, HALF_WAY, begins, pace=PACE, due_seconds=TICK_SECONDS, holds=holds
    ) as service:
        meant = notice_crowd.fates(service.telegram, range(notice_crowd.FIRST, notice_crowd.FIRST + PEOPLE))
        await service.until(lambda: not service.kills)
        await service.until(lambda: _said(service) >= PEOPLE - len(meant.blocked | meant.failing))
    figures = told[0].figures
    assert figures.failed == len(meant.blocked | meant.failing)
    assert figures.sent == figures.total - figures.failed


async def test_stopped_on_its_way_it_reaches_nobody_else(here: Nursery, tmp_path: Path, url: str) -> None:
    begins = BEGINNING + timedelta(seconds=61)
    told: list[Report] = []

    def holds(service: Service) -> None:
        told.append(report(service, url, meant))

    async with killed(
        here, tmp_path, url, [(at.SENT, PEOPLE // 5)], begins, pace=PACE, due_seconds=TICK_SECONDS, holds=holds
    ) as service:
        author = service.someone("示范区人社局", AUTHOR)
        meant = notice_crowd.fates(service.telegram, range(notice_crowd.FIRST, notice_crowd.FIRST + PEOPLE))
        await service.until(lambda: not service.kills and _said(service) > PEOPLE // 5)
        await _see(service, author)
        await service.until(lambda: _said(service) >= PEOPLE * 0.4)
        for _ in range(2):
            await author.press("停止发送")
        await service.settled()
        await _see(service, author)
    figures = told[0].figures
    assert figures.stopped > PEOPLE * 0.3
    assert figures.sent < PEOPLE * 0.7 + 30
    assert f"已发出 {figures.sent}，未发出 {figures.failed}，已停发 {figures.stopped}" in author.seen[-1].text


async def _see(service: Service, author: Person) -> None:
    """The author looks at how it stands."""
    await author.say("通知")
    await service.settled(author)
    await author.press("查看1")
    await service.settled(author)


def _said(service: Service) -> int:
    """How many messages have told somebody of it."""
    return len({
        one.chat_id for one in service.telegram.effects("sendMessage")
        if TITLE in one.text and one.chat_id >= notice_crowd.FIRST
    })  # fmt: skip
