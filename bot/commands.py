"""Typed words that are commands anywhere: found by the phrases that the templates list."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache

from bot import acting
from bot.actions import COMMANDS, Command
from bot.messages import Button
from bot.reading import ORDINAL, Unreadable, read_ordinal, tidy
from bot.render import COMMON, Words
from bot.turn import Turn


def find(words: Words, text: str) -> tuple[Command, int | None] | None:
    """The command that a text is as a whole, with the number in it (改 13, 改十三); else None."""
    phrase = tidy(text).rstrip("。.!！")
    if len(phrase) > 20:
        return None
    for pattern, name in _phrases(words):
        found = pattern.fullmatch(phrase)
        if found is None:
            continue
        if not found.groups():
            return COMMANDS[name], None
        with suppress(Unreadable):
            return COMMANDS[name], read_ordinal(found[1])
    return None


def run(turn: Turn, found: Command, number: int | None) -> None:
    """Do what a command says, if the sender may."""
    with turn.within(found.folder):
        if acting.acts(turn, found.right):
            found.run(turn, Button(found.name, number or 0))


@cache
def _phrases(words: Words) -> list[tuple[re.Pattern[str], str]]:
    folders = {COMMON} | {one.folder for one in COMMANDS.values()}
    return [
        (re.compile(re.escape(tidy(phrase)).replace(r"\{n\}", f"({ORDINAL})")), name)
        for folder in sorted(folders)
        for name, phrases in words.commands(folder).items()
        for phrase in phrases
    ]
