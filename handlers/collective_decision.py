"""领导班子集体研究: when, at which meeting, and what was concluded, as recorded by the legal section."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, Day, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers.item_facts import place_of
from handlers.self_assessment import own
from models import acceptance, assessments
from models.rights import Right

MEETING_LIMIT, CONCLUSION_LIMIT = 30, 300

flow = Flow("collective_decision", right=Right.ACCEPT)


@dataclass(frozen=True)
class Facts:
    """The self-assessment, and today."""

    assessment: Any
    today: date


@command("decide", right=Right.ACCEPT, ambiguous=False)
@action("cd", right=Right.ACCEPT)
def record(turn: Turn, button: Button) -> None:
    """记录集体研究."""
    assessment = own(turn)
    conversation.begin(turn, flow, assessment.id if assessment is not None else 0)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: the bureau has no self-assessment, or it has gone up."""
    assessment = assessments.by_id(turn.db, subject)
    if assessment is None or turn.acts(Right.ACCEPT, place_of(assessment)) is None:
        raise Refuse(None, "none_begun")
    if assessment.submitted_at is not None:
        raise Refuse(None, "submitted")
    return Facts(assessment, turn.today)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """The day, the meeting, the conclusion."""
    yield Ask("held_on", Day(last=a.facts.today, offer=("today",)))
    yield Ask("meeting", Text(MEETING_LIMIT, least=2))
    yield Ask("conclusion", Text(CONCLUSION_LIMIT, least=2))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is recorded; a later record takes its place."""
    a = talk.place.answers
    made = acceptance.decide(
        turn.db, talk.facts.assessment.id, a.held_on, a.meeting, a.conclusion, turn.actor.person_id, turn.now
    )
    after = {"held_on": a.held_on.isoformat(), "meeting": a.meeting, "conclusion": a.conclusion}
    turn.audit("decide", "collective_decision", made, None, after)
    turn.say("recorded", [Button("gate", primary=True), Button("menu")])
