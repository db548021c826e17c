"""Each dialogue played once in a process, with everything that was said in it noted."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.channels.telegram import NAME as TELEGRAM
from bot.channels.web import NAME as WEB
from bot.channels.wecom import NAME as WECOM
from bot.render import Words
from tests import dialogue, sample_flow
from tests.dialogue import Met, Player
from tests.dialogue_screens import Direct, Stage
from tests.dialogue_telegram import Telegram
from tests.dialogue_wecom import Everywhere, WeCom

MEMORY = "/dev/shm"


class Listening(Words):
    """The words, noting each sentence that is used, by folder and name."""

    def __init__(self) -> None:
        super().__init__()
        self.used: set[tuple[str, str]] = set()

    def text(self, folder: str, name: str, /, **context: Any) -> str:
        self.used.add((folder, name))
        return super().text(folder, name, **context)


@dataclass(frozen=True)
class Played:
    """How a dialogue went, and what was met in it."""

    text: str
    met: Met
    sentences: frozenset[tuple[str, str]]


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of its own, in memory where the machine has such a place: reopening databases waits for the disk."""
    with TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


def recorded(path: Path) -> str:
    """The channel as which a dialogue is written down: the web, or WeCom or Telegram where it is about that."""
    named = dialogue.channels(dialogue.read(path))
    return next((one for one in (WECOM, TELEGRAM) if one in named), WEB)


def stage_of(path: Path, folder: Path, words: Words) -> Stage:
    """The stage as which a dialogue is written down."""
    named = dialogue.channels(dialogue.read(path))
    if {TELEGRAM, WECOM} <= named:
        return Everywhere(folder, words)
    stages: dict[str, Callable[[Path, Words], Stage]] = {WEB: Direct, TELEGRAM: Telegram, WECOM: WeCom}
    return stages[recorded(path)](folder, words)


@cache
def played(path: Path) -> Played:
    """A dialogue, played straight at the assistant as the web channel, or through what else it is about."""
    words = Listening()
    words.environment = sample_flow.words().environment
    channel = recorded(path)
    with scratch() as folder, sample_flow.installed():
        stage = stage_of(path, folder, words)
        try:
            player = Player(stage, channel)
            text = player.play(dialogue.read(path))
        finally:
            stage.close()
    return Played(text, player.met, frozenset(words.used))
