"""Answers that only 人员变动 asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from bot.fields import Field, Json, Reading, Wrong

LONGEST_NAME, LONGEST_TITLE = 20, 30
"""Characters."""
_GAP = re.compile(r"[\s,，、;；/]+")


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
        if len(first) < 2 or first.isdecimal():
            raise Wrong("name")
        return Called(first, title)

    def dump(self, value: Called) -> Json:
        return list(value)

    def load(self, stored: Json) -> Called:
        name, title = stored
        return Called(name, title)
