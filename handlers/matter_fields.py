"""What only matters ask for: officers who may be asked, who handles what it is about, and the due date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot import reading
from bot.fields import Day, Found, Option, Reading, Several, choice_typed
from models.matters.assignments import Candidate

SEVERAL, ELSEWHERE, USUAL = "several", "elsewhere", "usual"
"""不止一人; 名单以外的人承办; the due date as the settings give it."""
MOST_SHOWN = 6
"""Officers shown with their load; the others are found by a part of their name or unit."""


@dataclass(frozen=True)
class Officer(Found):
    """One of those who may be asked, by a button, its number, or a part of the name; or several of them."""

    instead: tuple[str, ...] = ()

    def options(self) -> tuple[Option, ...]:
        return self.find("")[:MOST_SHOWN]

    def read(self, text: str, context: Reading) -> int:
        key = choice_typed(text, self.options(), context.labels)
        return super().read(text, context) if key is None else self.load(key)


@dataclass(frozen=True)
class Handlers(Several):
    """Who of the unit handles what a matter is about; or somebody else does, who is not on the roster."""

    instead = (ELSEWHERE,)


@dataclass(frozen=True)
class DueDay(Day):
    """A due date; the one that the settings give is offered."""

    usually: date = date.max
    called: str = ""
    """What that day is called on its button."""

    def options(self) -> tuple[Option, ...]:
        return (Option(USUAL, self.called),)

    def chosen(self, key: str, context: Reading) -> date:
        return self.usually


def officer(candidates: Iterable[Candidate]) -> Officer:
    """The question for one of some candidates, in their order."""
    listed = tuple(candidates)

    def find(part: str) -> tuple[Option, ...]:
        named = {one.person_id: (one.name, one.unit) for one in listed}
        return tuple(
            Option(str(person), name) for person, (name, unit) in named.items()
            if part in reading.tidy(name) or part in reading.tidy(unit)
        )  # fmt: skip

    return Officer(find, (SEVERAL,) if len(listed) > 1 else ())


def officers(candidates: Iterable[Candidate]) -> Several:
    """The question for several of some candidates."""
    return Several(tuple(Option(str(one.person_id), one.name) for one in candidates), least=2)
