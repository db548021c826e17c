"""修改记录 of an item: every version of its answers, who gave it, when, on which channel, and what it was."""

from __future__ import annotations

from typing import Any

from bot import render
from bot.actions import action
from bot.messages import Button
from bot.turn import Turn
from handlers.item_facts import item_at
from handlers.items import flow_for
from models import answering, assessments, campaigns, entries, judging
from models.catalogue_types import Indicator
from models.judging import Figure
from models.rights import Right

MOST_SHOWN = 12
LONGEST_SHOWN = 24


@action("hi", right=Right.SEE_ANSWERS, load=item_at)
def history(turn: Turn, row: Any, button: Button) -> None:
    """The latest versions, oldest first."""
    folder = flow_for(row.item).name
    figures = _figures(turn, row)
    versions = [one for one in answering.history(turn.db, row.id) if not one.key.endswith("_missed")]
    lines = [_line(turn, folder, figures, one) for one in versions[-MOST_SHOWN:]]
    turn.say("history", [Button("it", row.id, primary=True), Button("ov")], row=row, lines=lines)


def _figures(turn: Turn, row: Any) -> dict[str, Figure]:
    entry = entries.entry(campaigns.catalogue_of(turn.db, row.catalogue_id, row.sha256), row.item)
    if not isinstance(entry, Indicator):
        return {}
    period = assessments.campaign_file(turn.db, row).period
    return {figure.key: figure for figure in judging.figures(entry, period)}


def _line(turn: Turn, folder: str, figures: dict[str, Figure], version: Any) -> dict[str, Any]:
    figure = figures.get(version.key)
    with turn.within(folder):
        named = {"figure": figure} if figure is not None else {"key": version.key}
        what = turn.text("figure_name" if figure is not None else "part", **named)
    channel = turn.house.words.label("history", "channels", version.channel)
    value = _shown(turn, folder, version.key, version.value)
    if figure is not None and isinstance(version.value, str):
        value = render.figure(judging.stored_value(figure, version.value), figure.measure.unit)
    return {
        "at": version.at, "name": version.name, "absent": version.absent, "channel": channel, "what": what, "value": value,
    }  # fmt: skip


def _shown(turn: Turn, folder: str, key: str, value: Any) -> str:
    """A stored answer in words: a choice's label, what was written, or how many pieces."""
    with turn.within(folder):
        labels = turn.house.words.labels(folder, turn.text("asked_as", key=key))
    if value is None:
        return turn.text("passed")
    if isinstance(value, str):
        shown = labels.get(value, value)
        return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…"
    instead = labels[value["instead"]] if value.get("instead") is not None else ""
    if value.get("items"):
        return turn.text("pieces", count=len(value["items"]), rest=instead)
    return instead or turn.text("whole")
