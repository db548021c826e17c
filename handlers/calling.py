"""Lists of people whom the legal section is to telephone: a page at a time, each with a button that notes the call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.messages import Button
from bot.turn import Turn
from handlers.own_data import carries_personal


def say_page(
    turn: Turn, lines: Sequence[Any], start: int, most: int, *, mark: Callable[[Any, str], Button | None],
    onward: Callable[[int, str], Button], back: Button, look: Callable[[Any], Any] = lambda line: line, **more: Any,
) -> None:  # fmt: skip
    """Say `most` of some lines, from a place on (or from the first, where there is none), in the words of the handler.

    `mark`: (line, label) → the button that notes the call; None: there is nothing to note. `onward`: (place, label) → the
    button to the page that begins there. `back`: the last button. `look`: finds what is only wanted of those that are shown.
    `more`: what the sentence draws on besides.
    """
    start = start if start < len(lines) else 0
    shown, shows = [look(one) for one in lines[start : start + most]], carries_personal(turn)
    marks = [mark(line, turn.text("called_label", number=number)) for number, line in enumerate(shown, start + 1)]
    further = [onward(start + most, turn.text("next_page"))] if len(lines) > start + most else []
    elsewhere = [] if shows or not shown else [Button("si.web")]
    turn.say(
        "list", [one for one in marks if one is not None], [*further, *elsewhere, back], lines=shown, start=start,
        total=len(lines), shows=shows, **more,
    )  # fmt: skip
