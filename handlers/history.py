"""修改记录 of an item: every version of its answers, who gave it, when, on which channel, and what it was."""

from __future__ import annotations

from typing import Any

from bot.actions import action
from bot.messages import Button
from bot.turn import Turn
from handlers.items import flow_for
from handlers.self_assessment import SEES
from models import assessments

MOST_SHOWN = 12
LONGEST_SHOWN = 24


@action("hi", allow=SEES)
def history(turn: Turn, button: Button) -> None:
    """The latest versions, oldest first."""
    row = assessments.item(turn.db, button.id)
    if row is None or all(post.bureau_id != row.bureau_id for post in turn.actor.posts):
        turn.say("not_there")
        return
    folder = flow_for(row.item).name
    lines = [_line(turn, folder, row, one) for one in assessments.history(turn.db, button.id)[-MOST_SHOWN:]]
    turn.say("history", [Button("it", row.id, primary=True), Button("ov")], row=row, lines=lines)


def _line(turn: Turn, folder: str, row: Any, version: Any) -> dict[str, Any]:
    with turn.within(folder):
        what = turn.text("part", key=version.key)
    channel = turn.house.words.label("history", "channels", version.channel)
    value = _shown(turn, folder, version.key, version.value)
    return {"at": version.at, "name": version.name, "channel": channel, "what": what, "value": value}


def _shown(turn: Turn, folder: str, key: str, value: Any) -> str:
    """A stored answer in words: a choice's label, what was written, or how many pieces."""
    with turn.within(folder):
        labels = turn.house.words.labels(folder, turn.text("asked_as", key=key))
    if value is None:
        return turn.text("passed")
    if isinstance(value, str):
        shown = labels.get(value, value)
        return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…"
    if value.get("instead") is not None:
        return labels[value["instead"]]
    return turn.text("pieces", count=len(value["items"])) if "items" in value else turn.text("whole")
