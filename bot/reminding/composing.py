"""The message that reminds somebody: its lines in order, what they take in all, and the button that opens the first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from bot.messages import Button, Message
from bot.reminding.limits import Sort, Thing
from bot.reminding.registry import KINDS, Owed

if TYPE_CHECKING:
    from bot.turn import Turn

FOLDER = "reminders"
MOST_LINES = 5
AGAIN, EACH = "rm", "rm.all"
"""The actions 稍后提醒, and 逐条查看, which leads to all the lines."""

_LAST = datetime.max.replace(tzinfo=UTC)

Rows = list[list[tuple[str, str, bool]]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message, and its buttons, rendered."""

    text: str
    buttons: Rows
    """Where it stands alone."""
    opens: Rows
    """Among others: nothing that is done with one press, since it would not say to which."""
    minutes: int
    order: tuple[bool, bool, bool, datetime]
    is_news: bool


def body(turn: Turn, going: Sequence[Thing], leader: int, *, is_digest: bool, late: bool) -> dict[str, Any]:
    """The row's body of a message about some things, led by a reminder."""
    lines = lines_of(turn, going)
    with turn.within(FOLDER):
        again = Button(AGAIN, leader)
        if len(lines) == 1 and not is_digest and going[0].leader.body is not None:
            told: dict[str, Any] = going[0].leader.body
            return told | {"buttons": [*told.get("buttons", []), *turn.rendered([again])]}
        text = _text(turn, lines, is_digest=is_digest, late=late)
        opens = lines[0].buttons
        if len(lines) > 1:  # of several news a button would not say which it is about
            opens = [] if lines[0].is_news else [row[:1] for row in lines[0].opens[:1]]
        besides = turn.rendered([[again] if len(lines) == 1 else [again, Button(EACH, leader)]])
        return Message(text, [*opens, *besides]).body() | {"news": True}


def lines_of(turn: Turn, going: Iterable[Thing]) -> list[Line]:
    """Urgent ones first, then what is overdue, then by deadline; news at the end."""
    return sorted(chain.from_iterable(_lines(turn, thing) for thing in going), key=lambda line: line.order)


def _text(turn: Turn, lines: list[Line], *, is_digest: bool, late: bool) -> str:
    told: dict[str, Any] = {
        "lines": [line.text for line in lines[:MOST_LINES]], "more": max(0, len(lines) - MOST_LINES),
        "minutes": sum(line.minutes for line in lines), "late": late,
    }  # fmt: skip
    if not is_digest:
        return turn.text("urgent", **told)
    news = sum(line.is_news for line in lines)
    return turn.text("digest", today=turn.today, things=len(lines) - news, news=news, **told)


def _lines(turn: Turn, thing: Thing) -> Iterable[Line]:
    calm = thing.sort is Sort.DIGEST
    if thing.leader.body is not None:
        told, is_news = thing.leader.body, thing.is_news
        text, opens = "\n".join(part for _, part in told["parts"]).partition("\n")[0], told.get("buttons", [])
        if told.get("card"):  # what it is about may have changed since
            text, opens = (thing.owed[0].text, _button(turn, thing, thing.owed[0])) if thing.owed else (text, [])
        deadline = thing.deadline(turn.now) or _LAST
        yield Line(text, told.get("buttons", []), opens, 0, (is_news, calm, True, deadline), is_news)
        return
    for one in thing.owed:
        buttons = _button(turn, thing, one)
        yield Line(
            one.text, buttons, buttons, one.minutes, (False, calm, not one.overdue, one.deadline or _LAST), False
        )


def _button(turn: Turn, thing: Thing, one: Owed) -> Rows:
    with turn.within(KINDS[thing.leader.kind].folder):
        return turn.rendered([replace(one.button, primary=True)])
