"""审核事项设置: what the legal section sets for the matters of its bureau."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot import conversation, reminding
from bot.actions import action, command
from bot.fields import Ask, OneOf, Option
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers.matter_cards import KIND, TASK
from handlers.setting_fields import field_of, value_of
from models import bureau_settings
from models.affairs import affairs
from models.matters import defaults
from models.matters.defaults import GROUPS, MATTER_SETTINGS
from models.rights import Place, Right

flow = Flow("matter_settings", right=Right.MANAGE)
_KINDS = affairs().kinds
NAMES = {
    **{defaults.days_key(key): kind.title for key, kind in _KINDS.items()},
    **{key: title for kind in _KINDS.values() for key, title in kind.outputs.items()},
    **{defaults.openers_key(key): _KINDS[key].title for key in defaults.OPENED_AS_SET},
}
"""What official data calls a setting; the templates name the others."""
OF_ITS_OWN = ("answers", "paper")
"""Groups whose settings are asked for in words of their own, each; those of the others are alike."""


@dataclass(frozen=True)
class Facts:
    """The bureau, what is set there, and what the settings of the kinds are called."""

    bureau: int
    values: dict[str, Any]
    names: dict[str, str]


@command("matter_settings", right=Right.MANAGE, ambiguous=False)
@action("mt.set", right=Right.MANAGE)
def settings(turn: Turn, button: Button) -> None:
    """What is set, and which of it is to be changed."""
    assert turn.post is not None
    conversation.begin(turn, flow, turn.post.bureau_id)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Read afresh. Refuse: the bureau is none whose settings are the sender's."""
    if turn.acts(Right.MANAGE, Place(subject)) is None:
        raise Refuse(None, "no_right")
    return Facts(subject, bureau_settings.all_of(turn.db, subject, MATTER_SETTINGS), NAMES)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Of which sort, which one, and its new value."""
    yield Ask("group", OneOf(tuple(GROUPS)))
    options = tuple(Option(key, NAMES.get(key)) for key in GROUPS[a.group])
    yield Ask(f"which_{a.group}", OneOf(options), wording="which", about=tuple(GROUPS[a.group]))
    key = a[f"which_{a.group}"]
    own = f"to_{key}" if a.group in OF_ITS_OWN else f"to_{a.group}"
    yield Ask(f"to_{key}", field_of(MATTER_SETTINGS[key]), wording=own, about=key)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It holds from the next turn on: for what is opened, asked and accepted then."""
    a, facts = talk.place.answers, talk.facts
    key = a[f"which_{a.group}"]
    value = value_of(MATTER_SETTINGS[key], a[f"to_{key}"])
    bureau_settings.change(turn.db, facts.bureau, key, value, turn.actor.person_id, turn.now)
    turn.audit("set", "bureau", facts.bureau, {key: facts.values[key]}, {key: value})
    if a.group == "answers":
        for kind in (TASK, KIND):
            reminding.replan(turn, kind)
    turn.say("changed", [Button("mt.set"), Button("menu")], key=key, value=value, names=NAMES)
