"""申报前检查: what is still missing before the self-assessment may go up; ticking opinions; submitting and taking back."""

from __future__ import annotations

from typing import Any

from bot import reminding
from bot.actions import Target, action, command
from bot.messages import Button
from bot.turn import Turn
from handlers.campaign_reminders import KIND as CAMPAIGN
from handlers.item_facts import place_of
from handlers.self_assessment import own
from models import acceptance, assessments, holders, scoring, submission
from models.acceptance import Opinion
from models.people import Role
from models.rights import Right


@command("gate", right=Right.ACCEPT, ambiguous=False)
@action("gate", right=Right.ACCEPT)
def gate(turn: Turn, button: Button) -> None:
    """What stands, what is missing, and a button to each."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
    else:
        _show(turn, assessment)


def assessment_at(turn: Turn, assessment: int) -> Target | None:
    """A self-assessment, for a button that is about the whole of one."""
    row = assessments.by_id(turn.db, assessment)
    return None if row is None else Target(row, place_of(row))


def held_at(turn: Turn, assessment: int) -> Target | None:
    """The same, as it stays until this turn is over."""
    submission.hold(turn.db, assessment)
    return assessment_at(turn, assessment)


@action("tick", right=Right.ACCEPT, load=held_at)
def tick(turn: Turn, assessment: Any, button: Button) -> None:
    """An opinion stands on the paper, or does not after all; a second press of the same button changes nothing."""
    named, _, wanted = button.arg.partition(".")
    opinion = next((one for one in Opinion if one.value == named), None)
    given = opinion in acceptance.opinions_of(turn.db, assessment.id)
    if opinion is not None and assessment.submitted_at is None and given == (wanted == "off"):
        acceptance.tick(turn.db, assessment.id, opinion, turn.actor.person_id, turn.now)
        turn.audit("tick", "self_assessment", assessment.id, given, [opinion.value, not given])
    _show(turn, assessment)


@action("sub", right=Right.ACCEPT, load=held_at)
def submit(turn: Turn, assessment: Any, button: Button) -> None:
    """提交: it goes up, if nothing is missing now."""
    score = scoring.tally_of(turn.db, assessment)
    if assessment.submitted_at is not None or not submission.gate(turn.db, assessment, score).open:
        _show(turn, assessment)
        return
    submission.submit(turn.db, assessment, turn.now)
    turn.audit("submit", "self_assessment", assessment.id, None, turn.now.isoformat())
    reminding.replan(turn, CAMPAIGN, assessment.id)
    above = submission.above(turn.db, assessment.bureau_id)
    bureau = turn.post.bureau if turn.post else ""
    if above is not None:
        section = holders.in_bureau(turn.db, above, Role.LEGAL_SECTION, turn.today)
        turn.news(section, "told_submitted", bureau=bureau, score=score)
    turn.say("submitted_now", [Button("tb", assessment.id), Button("menu")], score=score)


@action("tb", right=Right.ACCEPT, load=assessment_at)
def take_back(turn: Turn, assessment: Any, button: Button) -> None:
    """撤回提交: it is answered further."""
    if assessment.submitted_at is None:
        turn.say("not_submitted", Button("gate", primary=True))
        return
    submission.withdraw(turn.db, assessment)
    turn.audit("take_back", "self_assessment", assessment.id, assessment.submitted_at.isoformat(), None)
    reminding.replan(turn, CAMPAIGN, assessment.id)
    above = submission.above(turn.db, assessment.bureau_id)
    if above is not None:
        section = holders.in_bureau(turn.db, above, Role.LEGAL_SECTION, turn.today)
        turn.news(section, "told_taken_back", bureau=turn.post.bureau if turn.post else "")
    turn.say("taken_back", [Button("ov", primary=True), Button("gate")])


def _show(turn: Turn, assessment: Any) -> None:
    if assessment.submitted_at is not None:
        turn.say("submitted", Button("tb", assessment.id), row=assessment)
        return
    score = scoring.tally_of(turn.db, assessment)
    found = submission.gate(turn.db, assessment, score)
    ways = [Button("sub", assessment.id, primary=True)] if found.open else []
    ways += [Button("ov", primary=True)] if found.unanswered or score.missing else []
    ways += [Button("rv", primary=not found.unanswered)] if found.pending else []
    ways += [Button("lg.x")] if found.contradicting else []
    ways += [] if found.decided else [Button("cd")]
    ticks = [
        Button("tick", assessment.id, arg=f"{one.value}.{'on' if one in found.opinions else 'off'}") for one in Opinion
    ]
    decision = acceptance.decision_of(turn.db, assessment.id)
    turn.say("gate", ways, ticks, Button("menu"), gate=found, score=score, decision=decision)
