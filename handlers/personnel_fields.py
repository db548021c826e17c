"""Answers that are about somebody's person: a name, and what they are called at work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from bot.fields import Field, Json, Reading, Text, Wrong

LONGEST_NAME, LONGEST_TITLE = 20, 30
"""Characters."""
_GAP = re.compile(r"[\s,，、;；/]+")
_NAME = re.compile(r"[^\W\d_]+([·•・．.’'-][^\W\d_]+)*")
"""Letters of any script, and the marks that stand within names: a formula is none."""


@dataclass(frozen=True)
class Name(Text):
    """姓名."""

    least: int = 2

    def read(self, text: str, context: Reading) -> str:
        value = super().read(text, context)
        if _NAME.fullmatch(value) is None:
            raise Wrong("not_a_name")
        return value


class Called(NamedTuple):
    """What somebody is called: the name, and the 职务; empty: it was not said."""

    name: str
    title: str


@dataclass(frozen=True)
class NameAndTitle(Field):
    """姓名 and 职务 in one line, with a comma or a gap between them. A name of two characters may have a gap in it."""

    kind = "text"
    free = True

    def read(self, text: str, context: Reading) -> Called:
        first, *rest = [part for part in _GAP.split(text.strip()) if part] or [""]
        if len(first) == 1 and rest and len(rest[0]) == 1:
            first, rest = first + rest[0], rest[1:]
        title = " ".join(rest)
        if len(first) > LONGEST_NAME:
            raise Wrong("name_too_long", count=len(first), most=LONGEST_NAME)
        if len(title) > LONGEST_TITLE:
            raise Wrong("title_too_long", count=len(title), most=LONGEST_TITLE)
        if len(first) < 2 or _NAME.fullmatch(first) is None:
            raise Wrong("name")
        return Called(first, title)

    def dump(self, value: Called) -> Json:
        return list(value)

    def load(self, stored: Json) -> Called:
        name, title = stored
        return Called(name, title)
