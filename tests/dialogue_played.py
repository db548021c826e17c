"""Each dialogue played once in a process, with everything that was said in it noted."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.render import Words
from tests import dialogue, sample_flow
from tests.dialogue import Met, Player
from tests.dialogue_screens import Direct

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


@cache
def played(path: Path) -> Played:
    """A dialogue, played straight at the assistant as the web channel."""
    words = Listening()
    words.environment = sample_flow.words().environment
    with scratch() as folder, sample_flow.installed():
        stage = Direct(folder, words)
        try:
            player = Player(stage, "web")
            text = player.play(dialogue.read(path))
        finally:
            stage.close()
    return Played(text, player.met, frozenset(words.used))
