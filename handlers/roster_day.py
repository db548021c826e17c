"""任职历史: who held which post on a day, in one unit or the whole bureau."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot import conversation
from bot.actions import action
from bot.fields import Ask, Day
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import roster, roster_unit
from handlers.personnel_facts import AHEAD
from handlers.units import sees_all, unit_at
from models.conversations import CANCELLED
from models.people import Unit
from models.rights import Right

flow = Flow("roster_day", right=Right.SEE_ROSTER, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """The turn, and the unit; None: the whole bureau."""

    turn: Turn
    unit: Unit | None


@action("ros.day", right=Right.SEE_ROSTER)
def of_all(turn: Turn, button: Button) -> None:
    """查某一天: of the bureau, or of the one unit that the sender sees."""
    assert turn.post is not None
    conversation.begin(turn, flow, 0 if sees_all(turn) else turn.post.unit_id, replaces=(flow.name,))


@action("ros.ud", right=Right.SEE_ROSTER, load=unit_at)
def of_unit(turn: Turn, unit: Unit, button: Button) -> None:
    """查某一天, of one unit."""
    conversation.begin(turn, flow, unit.id, replaces=(flow.name,))


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: it is not the sender's to see."""
    target = unit_at(turn, subject) if subject else None
    if target is not None and turn.acts(flow.right, target.place) is not None:
        return Facts(turn, target.value)
    if subject or not sees_all(turn):
        raise Refuse(None, "no_right")
    return Facts(turn, None)


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Which day."""
    yield Ask("day", Day(last=a.facts.turn.today + AHEAD), about=a.facts.unit)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """Who held what on that day."""
    facts, day = talk.facts, talk.place.answers.day
    if facts.unit is None:
        roster.show(turn, roster.BY_UNIT, day, 0)
    else:
        roster_unit.show(turn, facts.unit, day)
