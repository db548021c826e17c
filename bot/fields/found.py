"""One of many choices: a few are shown as buttons, the others are found by a part of their name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot import reading
from bot.fields.base import Field, Json, Option, Reading, Wrong

MOST_SHOWN = 12
MOST_NAMED = 5


@dataclass(frozen=True)
class Found(Field):
    """One of the choices that `find` gives for what was typed; all of them as buttons where they are few.

    `find` returns the choices in whose name a text stands, and all for the empty text; keys are whole numbers.
    """

    kind = "text"
    find: Callable[[str], tuple[Option, ...]]

    def options(self) -> tuple[Option, ...]:
        every = self.find("")
        return every if len(every) <= MOST_SHOWN else ()

    def read(self, text: str, context: Reading) -> int:
        typed = reading.tidy(text)
        found = self.find(typed)
        exact = [option for option in found if reading.tidy(option.label or "") == typed]
        if not found:
            raise Wrong("not_found", typed=text[:20])
        if len(found) > 1 and len(exact) != 1:
            names = [option.label for option in found[:MOST_NAMED]]
            raise Wrong("several_found", names=names, more=len(found) - len(names))
        return int((exact or found)[0].key)

    def chosen(self, key: str, context: Reading) -> int:
        return self.load(key)

    def dump(self, value: int) -> Json:
        return str(value)

    def load(self, stored: Json) -> int:
        if all(option.key != str(stored) for option in self.find("")):
            raise Wrong("gone")
        return int(stored)
