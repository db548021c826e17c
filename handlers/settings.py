"""本局设置: what the legal section sets for its bureau."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot import conversation, fields, reminding
from bot.actions import action, command
from bot.fields import Ask, OneOf
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import counties
from handlers.setting_fields import field_of, value_of
from models import bureau_settings
from models.bureau_settings import DIGEST_AT, GENERAL
from models.campaign_files import COUNTY_BY
from models.rights import Place, Right

flow = Flow("settings", right=Right.MANAGE)


@dataclass(frozen=True)
class Facts:
    """The bureau, what is set there, and the days that can be set for its counties (None: no city, or all is over)."""

    bureau: int
    values: dict[str, Any]
    days: counties.Days | None


@command("settings", right=Right.MANAGE, ambiguous=False)
@action("set", right=Right.MANAGE)
def settings(turn: Turn, button: Button) -> None:
    """What is set, and which of it is to be changed."""
    assert turn.post is not None
    conversation.begin(turn, flow, turn.post.bureau_id)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Read afresh. Refuse: the bureau is none whose settings are the sender's."""
    if turn.acts(Right.MANAGE, Place(subject)) is None:
        raise Refuse(None, "no_right")
    values = bureau_settings.all_of(turn.db, subject, GENERAL)
    days = counties.days(turn, subject)
    del values[COUNTY_BY]
    return Facts(subject, values if days is None else values | {COUNTY_BY: days.stands}, days)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Which one, and its new value."""
    yield Ask("which", OneOf(tuple(a.facts.values)))
    kind = GENERAL[a.which]
    days = a.facts.days
    field = fields.Day(days.first, days.last) if a.which == COUNTY_BY else field_of(kind)
    yield Ask(f"to_{a.which}", field, wording=f"to_{a.which}", about=kind)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It holds from the next turn on."""
    a, facts = talk.place.answers, talk.facts
    value = value_of(GENERAL[a.which], a[f"to_{a.which}"])
    bureau_settings.change(turn.db, facts.bureau, a.which, value, turn.actor.person_id, turn.now)
    turn.audit("set", "bureau", facts.bureau, {a.which: facts.values[a.which]}, {a.which: value})
    if a.which == COUNTY_BY and value != facts.values[COUNTY_BY]:
        counties.moved(turn, facts.bureau, facts.values[COUNTY_BY])
    if a.which == DIGEST_AT:
        reminding.replan(turn)
    turn.say("changed", [Button("set"), Button("menu")], which=a.which, value=value)
