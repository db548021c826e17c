"""Typed words that are commands anywhere: found by the phrases that the templates list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from bot import acting
from bot.actions import COMMANDS, Command
from bot.messages import Button
from bot.reading import ORDINAL, Unreadable, read_ordinal, tidy
from bot.render import COMMON, Words
from bot.turn import Turn

NUMBER = "{n}"
"""Stands in a phrase for the number typed with it."""


def find(words: Words, text: str) -> tuple[Command, int | None] | None:
    """The command that a text is as a whole, with the number in it (改 13, 改十三); else None."""
    phrase = tidy(text).rstrip("。.!！")
    if len(phrase) > 20:
        return None
    known = _phrases(words)
    if phrase in known.whole:
        return COMMANDS[known.whole[phrase]], None
    found = known.numbered.fullmatch(phrase)
    if found is not None:
        with suppress(Unreadable):
            return COMMANDS[known.numbered_names[str(found.lastgroup)]], read_ordinal(found[found.lastindex or 0])
    return None


def learn(words: Words) -> None:
    """Read all phrases now, so that nobody waits for it: the first text would have every template loaded."""
    _phrases(words)


def run(turn: Turn, found: Command, number: int | None) -> None:
    """Do what a command says, if the sender may; else what it means to those who may not."""
    if found.instead is not None and not turn.actor.may(found.right) and turn.actor.may(COMMANDS[found.instead].right):
        found = COMMANDS[found.instead]
    with turn.within(found.folder):
        if acting.acts(turn, found.right):
            found.run(turn, Button(found.name, number or 0))


@dataclass(frozen=True)
class _Phrases:
    """The phrases that are commands as they stand, and in one pattern those with a number in them."""

    whole: Mapping[str, str]
    numbered: re.Pattern[str]
    numbered_names: Mapping[str, str]
    """The command by the name of its group in the pattern."""


@cache
def _phrases(words: Words) -> _Phrases:
    folders = {COMMON} | {one.folder for one in COMMANDS.values()}
    listed = [
        (tidy(phrase), name)
        for folder in sorted(folders)
        for name, phrases in words.commands(folder).items()
        for phrase in phrases
    ]
    numbered = [(re.escape(phrase), name) for phrase, name in listed if NUMBER in phrase]
    patterns = [
        phrase.replace(re.escape(NUMBER), f"(?P<n{place}>{ORDINAL})") for place, (phrase, _) in enumerate(numbered)
    ]
    return _Phrases(
        {phrase: name for phrase, name in reversed(listed) if NUMBER not in phrase},
        re.compile("|".join(patterns)),
        {f"n{place}": name for place, (_, name) in enumerate(numbered)},
    )
