"""The questions of a reviewer's conversation: the points of a kind of matter, and what an answer to one does to the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.fields import Ask, Instead, OneOf, Option, Reading, Several, Text
from bot.flow import Answers, Draft
from handlers.matter_writing import (
    ALL,
    DROP,
    EACH,
    ENOUGH,
    EXCEPT,
    FILE,
    GOOD,
    MORE,
    MOST_LINES,
    NO_MORE,
    SHORT,
    Writing,
)  # fmt: skip
from models.affairs import Check, Scale
from models.matters.opinions import Conclusion

REASON, WHOLE = Text(300, least=2), Text(1000, least=2)
FACT, BETWEEN, ANOTHER = (Text(100, least=2, instead=instead) for instead in ((), (DROP,), (NO_MORE,)))
MOST_NAMED, LONGEST_NAME = 8, 24


@dataclass(frozen=True)
class Cited(Text):
    """What proves a fact: written, or the name of an attachment, of which some are shown."""

    names: tuple[str, ...] = ()

    def options(self) -> tuple[Option, ...]:
        return tuple(
            Option(f"f{place}", name if len(name) <= LONGEST_NAME else f"{name[:12]}…{name[-9:]}")
            for place, name in enumerate(self.names[:MOST_NAMED])
        )

    def chosen(self, key: str, context: Reading) -> str:
        return self.names[int(key[1:])]


def asked_of(a: Answers, check: Check) -> Iterator[Ask]:
    """What is asked of a point: a verdict and, unless it is the good one, why; the lines of its grid; or what one thinks."""
    n = check.number
    if check.scale is Scale.GRID:
        yield from _grid(a, check)
    elif check.scale is Scale.OPINION:
        yield Ask(f"o{n}", WHOLE, "free", check)
    else:
        excepted = a.way == EXCEPT and str(n) in a.exceptions.items and not a.begun(f"v{n}")
        choices = tuple(Option(str(place), word) for place, word in enumerate(check.verdicts))
        yield Ask(f"v{n}", OneOf(choices[1:] if excepted else choices), "verdict", check)
        if a[f"v{n}"] != GOOD:
            yield Ask(f"w{n}", REASON, "why", check)


def _grid(a: Answers, check: Check) -> Iterator[Ask]:
    facts: Writing = a.facts
    back = facts.lines_sent_back(check)
    if back:
        lines = [Option(str(place), facts.line_label(place, line)) for place, line in enumerate(back, 1)]
        yield Ask(f"r{check.number}", Several((*lines, Option(MORE))), "lines", check)
    for place in range(1, MOST_LINES + 1):
        line = f"{check.number}_{place}"
        only = FACT if place == 1 else ANOTHER
        field = BETWEEN if a.begun(f"b{check.number}_{place + 1}") else only
        yield Ask(f"s{line}", field, "shows" if place == 1 else "shows_too", check)
        if not isinstance(a[f"s{line}"], str):
            return
        yield Ask(f"b{line}", Cited(100, least=2, names=facts.materials), "by", check)
        yield Ask(f"e{line}", OneOf((ENOUGH, SHORT)), "enough", check)


def unsettle(a: Answers, key: str, value: Any, draft: Draft) -> None:
    """全部合法 in one press, or all but the exceptions; what belonged to an answer that is another now is asked again."""
    judged = a.facts.judged
    if key == "way" and value == ALL:
        _judge_good(draft, judged)
    elif key == "way" and value == EACH and a.get("way") in (ALL, EXCEPT):
        draft.forget(*(f"v{one.number}" for one in judged))
    elif key == "exceptions":
        _judge_good(draft, [one for one in judged if str(one.number) not in value.items])
        named = [f"v{number}" for number in value.items]
        draft.forget(*(one for one in named if draft.answers.get(one) == GOOD))
    elif key[0] == "r":
        _ask_lines_anew(draft, key[1:], value.items, len(a.facts.lines_sent_back(a.facts.check(key))))
    elif key[0] == "s" and value == Instead(DROP):
        _drop_line(draft, *map(int, key[1:].split("_")))
    elif key[0] == "s" and a.get(key) != value:
        draft.forget(f"b{key[1:]}", f"e{key[1:]}")
    elif key[0] == "v" and a.get(key) != value:
        draft.forget(f"w{key[1:]}")
    elif key == "conclusion" and a.get(key) not in (None, value):
        _reason_anew(draft, value)


def _ask_lines_anew(draft: Draft, number: str, lines: Iterable[str], count: int) -> None:
    """The lines of a grid that were chosen are asked anew, and a further one if that was; the others stay."""
    for line in lines:
        place = str(count + 1) if line == MORE else line
        draft.forget(*(f"{letter}{number}_{place}" for letter in "sbe"))


def _drop_line(draft: Draft, number: int, place: int) -> None:
    """A line of a grid that others follow goes, and these move up."""
    while True:
        here, following = ([f"{letter}{number}_{one}" for letter in "sbe"] for one in (place, place + 1))
        draft.forget(*here)
        for key, other in zip(here, following, strict=True):
            if other in draft.answers:
                draft.put(key, draft.answers[other])
        if following[1] not in draft.answers:
            draft.forget(*following)
            return
        place += 1


def _judge_good(draft: Draft, checks: Iterable[Check]) -> None:
    for check in checks:
        draft.put(f"v{check.number}", GOOD)


def _reason_anew(draft: Draft, conclusion: Conclusion) -> None:
    if conclusion is Conclusion.AGREED:
        draft.forget("text")
    elif "text" in draft.answers:
        draft.at = "text"


def way_back(a: Answers, key: str) -> str | None:
    """返回 passes over what was judged in one press."""
    if a.get("way") not in (ALL, EXCEPT):
        return None
    numbers = sorted(map(int, a.exceptions.items)) if "exceptions" in a else ()
    asked = ["way", "exceptions", *(one for n in numbers for one in (f"v{n}", f"w{n}")), "conclusion"]
    asked = [one for one in asked if one in a or one == key]
    return asked[asked.index(key) - 1] if key in asked[1:] else None


def in_order(a: Answers) -> Iterator[str]:
    """Where what is said begins of each point, by its number, and of the whole; or the file, and the whole."""
    if a.get("way") == FILE:
        yield "file"
    else:
        yield from (first_of(check) for check in a.facts.kind.checks)
    yield from ("conclusion", "text")


def first_of(check: Check) -> str:
    """The question with which a point begins."""
    return {Scale.GRID: f"s{check.number}_1", Scale.OPINION: f"o{check.number}"}.get(check.scale, f"v{check.number}")
