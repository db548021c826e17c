"""What somebody writes into a notice is never a template and never markup: it stands as written, on every channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.messages import parts_of
from models.notices.audience import Audience, Scope
from tests.emulators.telegram import TelegramEmulator
from tests.notice_board import Board
from tests.test_telegram_sending import Bench
from tests.wecom_sender import case
from tests.world import World, text_of

pytestmark = pytest.mark.anyio
WRITTEN = (
    "{{7*7}} {% raw %} {# 注 #}", "<b>粗</b> <script>alert(1)</script> &lt;", "_斜_ *星* ~~删~~ `码` [链接](http://example.com)",
    "@all @所有人 <@all>", '<a href="https://example.com">点这里</a>', "=1+1", "\\n %s ${HOME}",
)  # fmt: skip
UNSEEN = "\u200b"
"""What WeCom is kept from making a link by, and nobody sees."""
HEADING = "请选择：\n"
"""Stands on a card whose first line has no room as its heading."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def bodies(folder: Path) -> dict[str, dict[str, Any]]:
    """The messages in which somebody on Telegram gets notices that say so."""
    world = World(folder)
    page, phone = world.phone("就业促进科负责人"), world.phone("就业促进科法治员", "telegram")
    board = Board(world)
    for written in WRITTEN:
        board.send(written, text=written, receipt=True, question=written, audience=Audience(Scope.BUREAU).stored())
    board.passes(seconds=60)
    found = dict(zip(WRITTEN, (one.body for one in phone.seen if "lot" in one.body), strict=True))
    board.author.say("通知")
    shown = [one for one in page.seen if "lot" in one.body]
    for written, copy in zip(WRITTEN, shown, strict=True):
        assert copy.body["parts"] == found[written]["parts"]
        page.press("收到", of=copy)
        page.say(written)
        assert any(f"回复：{written}" in text_of(one) for one in page.seen)
    assert [one for (one,) in world.rows("SELECT answer FROM receipt WHERE answer IS NOT NULL")] == list(WRITTEN)
    world.close()
    return found


async def test_it_arrives_as_written(tmp_path: Path) -> None:
    for written, body in bodies(tmp_path).items():
        told = "\n".join(text for _, text in body["parts"])
        assert [tuple(part) for part in body["parts"]] == parts_of(told)
        assert told.startswith(f"通知《{written}》\n{written}\n")
        assert f"并回答：{written}。" in told
        await _by_telegram(tmp_path / "telegram", body, told)
        await _by_wecom(tmp_path / "wecom", body, told)


async def _by_telegram(folder: Path, body: dict[str, Any], told: str) -> None:
    async with TelegramEmulator(overall=None) as telegram:
        bench = Bench(telegram, folder)
        await bench.start()
        await bench.say(*body["parts"], buttons=body["buttons"])
        assert [(one.text, one.entities) for one in bench.someone.seen] == [(told, [])]
        await bench.channel.stop()


async def _by_wecom(folder: Path, body: dict[str, Any], told: str) -> None:
    async with case(folder) as here:
        await here.bring(here.row(told, buttons=body["buttons"]))
        seen = "\n".join(one.words for one in here.someone.seen)
        assert seen.replace(UNSEEN, "").replace(HEADING, "") == told
        assert {one.message.member for one in here.wecom.ledger.history} == {"zhangsan"}
