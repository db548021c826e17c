"""What only notices ask for: a title of one line, and some of many people or units by their names, several in one go."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot import reading
from bot.fields import Gathered, Option, Reading, Several, Text, Wrong

MOST_SHOWN = 12
"""So few are shown as buttons."""
MOST_NAMED = 5

_APART = re.compile("[、,，;；\n]+")
_BESIDE = "（"


@dataclass(frozen=True)
class Title(Text):
    """A text of one line."""

    def read(self, text: str, context: Reading) -> str:
        return super().read(" ".join(text.split()), context)


@dataclass(frozen=True)
class Listed(Several):
    """Some of many choices, whose labels are a name and perhaps what tells it apart: 某某（就业促进科）."""

    most: int = 5000

    def options(self) -> tuple[Option, ...]:
        return self.choices if len(self.choices) <= MOST_SHOWN else ()

    def read(self, text: str, context: Reading) -> Gathered:
        try:
            numbers = reading.read_choices(text, len(self.options()))
        except reading.Unreadable:
            found = [self._named(part) for one in _APART.split(text) if (part := reading.tidy(one))]
        else:
            found = [self.choices[number - 1].key for number in numbers]
        return self.closed(tuple(dict.fromkeys(found)), None)

    def _named(self, typed: str) -> str:
        """The key of the one that is meant. Wrong: nobody is called so, or several are."""
        names = {option.key: reading.tidy(option.label or "") for option in self.choices}
        exact = [
            key for key, label in names.items() if typed in (label, _told_apart(label), label.partition(_BESIDE)[0])
        ]
        found = exact or [key for key, label in names.items() if typed in label]
        if not found:
            raise Wrong("not_listed", typed=typed[:20])
        if len(found) > 1:
            called = [option.label for option in self.choices if option.key in found[:MOST_NAMED]]
            raise Wrong("several_listed", typed=typed[:20], names=called, more=len(found) - len(called))
        return found[0]


def _told_apart(label: str) -> str:
    """就业促进科某某, as people write whom they mean."""
    name, _, beside = label.partition(_BESIDE)
    return beside.rstrip("）") + name
