"""The dialogues are the specification that legal staff read: kept to the letter, on every channel."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from bot.channels.telegram import NAME as TELEGRAM
from bot.channels.web import NAME as WEB
from bot.channels.wecom import NAME as WECOM
from tests import dialogue, dialogue_personnel, sample_flow
from tests.dialogue import Player
from tests.dialogue_played import played, recorded, scratch
from tests.dialogue_screens import Direct, Stage
from tests.dialogue_site import Site
from tests.dialogue_telegram import Telegram
from tests.dialogue_wecom import WeCom

NOT_ON_TELEGRAM = re.compile("^> (（未看到上一条）|〔20001个|[　⏎]+$)", re.MULTILINE)
"""Nobody tells there what somebody had in view; and its apps send neither nothing nor more than a message holds."""

NOT_ON_WECOM = re.compile(
    "^> (（未看到上一条）|（修改上一条）|〔20001个|[　⏎]+$|〔贴图〕|〔相册|.*(空|MB)〕|〔(照片|文件).*〕.)",
    re.MULTILINE,
)
"""Besides, nobody there changes what they have said, several pictures come as so many messages that nothing joins, stickers are none of
the kinds that come (path/90239), no size is told before a file is fetched, and nothing can be written beside one."""
NOT_IN_TERMINAL = re.compile(rf"^(  \[稍后提醒\]|…… .*发出通知|…… {dialogue_personnel.NUMBERS})", re.MULTILINE)
"""Nothing comes there by itself, and no number of others is typed there."""

STAGES: dict[str, Callable[[Path], Stage]] = {
    "terminal": Direct, "page": Site, TELEGRAM: partial(Telegram, as_elsewhere=True),
    WECOM: partial(WeCom, as_elsewhere=True),
}  # fmt: skip


ACTS_BETWEEN = 5
"""How many acts there are between two restarts where a dialogue is played once more, on another channel."""


def cases() -> Iterator[ParameterSet]:
    """Each dialogue straight at the assistant, and through the calls of the page, Telegram and WeCom where it may be there.

    One about Telegram or WeCom is played there alone.
    """
    for path in dialogue.paths():
        for way in ways(path) if recorded(path) == WEB else [recorded(path)]:
            yield pytest.param(path, way, id=f"{path.parent.name}/{path.stem}-{way}")


def ways(path: Path) -> list[str]:
    """Where a dialogue is played that is about neither."""
    named, text = dialogue.channels(dialogue.read(path)), path.read_text("utf-8")
    possible = [
        one for one, not_there in ((TELEGRAM, NOT_ON_TELEGRAM), (WECOM, NOT_ON_WECOM))
        if None in named and not_there.search(text) is None
    ]  # fmt: skip
    terminal = None in named and NOT_IN_TERMINAL.search(text) is None
    return ["web"] + ["terminal"] * terminal + ["page"] * (named != {"terminal"}) + possible


@pytest.mark.parametrize(("path", "way"), list(cases()))
def test_dialogue(path: Path, way: str, request: pytest.FixtureRequest) -> None:
    recording = request.config.getoption("--record")
    if way == recorded(path):
        went = played(path).text
        if recording:
            path.write_text(went, "utf-8")
    elif recording:
        return
    else:
        went = elsewhere(path, way)
    assert went == path.read_text("utf-8")
    assert f"\n{dialogue.MISSING}" not in went


def elsewhere(path: Path, way: str) -> str:
    """How a dialogue goes in the terminal, on the page, or on Telegram."""
    with scratch() as folder, sample_flow.installed():
        stage = STAGES[way](folder)
        try:
            return Player(stage, "web" if way == "page" else way, ACTS_BETWEEN).play(dialogue.read(path))
        finally:
            stage.close()
