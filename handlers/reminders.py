"""稍后提醒: whoever was reminded says when to be reminded again, of everything that the message was about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.actions import Target, action, base36, from36
from bot.messages import Button, Message
from bot.reminding import composing, telling
from bot.reminding.hours import Hours
from bot.reminding.knowing import Knowledge
from bot.turn import Turn
from models import reminders
from models.rights import Place, Right

PAGE = 10
FURTHEST = timedelta(days=31)
"""The longest break before a working day, and more than any."""


def message_at(turn: Turn, the_id: int) -> Target | None:
    """The rows of the message that a reminder leads."""
    rows = reminders.told_in(turn.db, the_id)
    leader = next((row for row in rows if row.id == the_id), None)
    if leader is None:
        return None
    return Target([row for row in rows if row.person_id == leader.person_id], Place(0, person=leader.person_id))


@action("rm.all", right=Right.USE, load=message_at)
def each(turn: Turn, rows: list[Any], button: Button) -> None:
    """逐条查看: every line of the message, with the button that opens it; the button's version is where to begin."""
    things = telling.things(turn, rows)
    lines = composing.lines_of(turn, [*things, *Knowledge(turn).riding(turn.actor.person_id, things)])
    if not lines:
        turn.say("all_done", Button("menu"))
        return
    start = button.version if button.version < len(lines) else 0
    page = list(enumerate(lines[start : start + PAGE], start + 1))
    opens = [
        [(f"{number} {label}", token, False)]
        for number, line in page for row in line.opens[:1] for label, token, _ in row[:1]
    ]  # fmt: skip
    onward = (
        [Button("rm.all", button.id, start + PAGE, label=turn.text("next_page"))] if len(lines) > start + PAGE else []
    )
    text = turn.text("each", page=page, total=len(lines))
    turn.send(Message(text, [*opens, *turn.rendered([[*onward, Button("rm", button.id)]])]))


@action("rm", right=Right.USE, load=message_at)
def later(turn: Turn, rows: list[Any], button: Button) -> None:
    """稍后提醒: the times at which that is decent."""
    _ask(turn, rows, button.id)


@action("rm.at", right=Right.USE, load=message_at)
def remind_again(turn: Turn, rows: list[Any], button: Button) -> None:
    """The time is chosen; the button carries it in minutes since 1970."""
    about, minute = telling.about(turn, rows), from36(button.arg)
    moment = datetime.fromtimestamp(60 * minute, UTC) if 60 * minute < (turn.now + FURTHEST).timestamp() else turn.now
    if not about:
        turn.say("all_done", Button("menu"))
    elif moment <= turn.now or _hours(turn).held(moment, telling.deadline(turn, about)):
        _ask(turn, rows, button.id, turn.text("too_late"))
    else:
        telling.again(turn, about, moment)
        turn.say("will", Button("menu"), moment=moment, today=turn.today)


def _ask(turn: Turn, rows: list[Any], leader: int, lead: str = "") -> None:
    about = telling.about(turn, rows)
    if about:
        turn.say("when", list(_offered(turn, about, leader)), count=len(about), lead=lead)
    else:
        turn.say("all_done", Button("menu"))


def _offered(turn: Turn, about: list[Any], leader: int) -> Iterator[Button]:
    for name, moment in _hours(turn).offers(turn.now, telling.deadline(turn, about)):
        label = turn.text(f"at_{name}", moment=moment, today=turn.today)
        yield Button("rm.at", leader, arg=base36(int(moment.timestamp()) // 60), label=label)


def _hours(turn: Turn) -> Hours:
    return Knowledge(turn).hours(turn.actor.posts[0].bureau_id)
