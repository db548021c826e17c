"""本局设置: what the legal section sets for its bureau."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, Field, Number, OneOf, Option, Several
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from models import bureau_settings
from models.bureau_settings import SETTINGS, Kind, One, Some, Whole
from models.rights import Place, Right

flow = Flow("settings", right=Right.MANAGE)


@dataclass(frozen=True)
class Facts:
    """The bureau, and what is set there."""

    bureau: int
    values: dict[str, Any]


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
    return Facts(subject, bureau_settings.all_of(turn.db, subject))


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Which one, and its new value."""
    yield Ask("which", OneOf(tuple(SETTINGS)))
    kind = SETTINGS[a.which]
    yield Ask(f"to_{a.which}", _field(kind), wording=f"to_{a.which}", about=kind)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It holds from the next turn on."""
    a, facts = talk.place.answers, talk.facts
    value = _value(SETTINGS[a.which], a[f"to_{a.which}"])
    bureau_settings.change(turn.db, facts.bureau, a.which, value, turn.actor.person_id, turn.now)
    turn.audit("set", "bureau", facts.bureau, {a.which: facts.values[a.which]}, {a.which: value})
    turn.say("changed", [Button("set"), Button("menu")], which=a.which, value=value)


def _field(kind: Kind) -> Field:
    if isinstance(kind, Whole):
        return Number(kind.unit, least=Decimal(kind.least), most=Decimal(kind.most), whole=True)
    return OneOf(kind.choices) if isinstance(kind, One) else Several(tuple(map(Option, kind.choices)))


def _value(kind: Kind, answer: Any) -> Any:
    if isinstance(kind, Whole):
        return int(answer)
    return tuple(answer.items) if isinstance(kind, Some) else answer
