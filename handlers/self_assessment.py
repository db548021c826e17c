"""自查自评 as a whole: beginning, going on, 目录, and jumping to an item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.actions import action, command
from bot.messages import Button
from bot.talk import current
from bot.turn import Turn
from handlers.item_facts import ItemFacts, answers_in, item_at, may_answer, share_of
from handlers.items import due_at, open_item, welcome
from models import answering, assessments, campaigns, scoring
from models.assessments import State
from models.rights import Right
from models.scoring import Item, Tally

MOST_OPENED = 8
"""Items that a list offers as buttons."""


@command("start", right=Right.SEE_ANSWERS)
@action("go", right=Right.SEE_ANSWERS)
def start(turn: Turn, button: Button) -> None:
    """指标自评: go on where the bureau, or the unit's share, stands; or look at it."""
    assessment = own(turn)
    answers = assessment is not None and assessment.submitted_at is None and answers_in(turn, assessment)
    share = share_of(turn, assessment) if answers else None
    following = answering.next_owed(turn.db, assessment.id, share, 0) if assessment is not None and answers else None
    if following is None:
        overview(turn, button)
    else:
        open_item(turn, following.id, lead=welcome(turn, answering.item(turn.db, following.id)))


@command("overview", right=Right.SEE_ANSWERS, ambiguous=False)
@action("ov", right=Right.SEE_ANSWERS)
def overview(turn: Turn, button: Button) -> None:
    """目录: every item at a glance, the score, what is nearest; `arg`: only the returned, or those without evidence.

    A unit sees what it was given.
    """
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    score = scoring.tally_of(turn.db, assessment)
    share = share_of(turn, assessment, Right.SEE_ANSWERS)
    ways = _ways_on(turn, assessment, score, share)
    if button.arg:
        _only(turn, score, share, button.arg, ways)
        return
    returned = [Button("ov", arg="returned")] if any(_is_returned(one) for one in score.share(share)) else []
    if share is not None:
        _share(turn, assessment, score, share, [*ways, *returned])
        return
    filters = returned + ([Button("ov", arg="evidence")] if score.without_evidence else [])
    runs = [Button("rv"), Button("sh"), Button("gate")] if turn.actor.may(Right.ACCEPT) else []
    answers = may_answer(turn, assessment)
    turn.say("overview", ways, [*filters, Button("pg"), Button("menu")], runs, score=score, answers=answers)


@command("item", right=Right.ANSWER, ambiguous=False)
def jump(turn: Turn, button: Button) -> None:
    """改 n: item n; the numbers after the last indicator are the bonus and veto items."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    answer = answering.at_position(turn.db, assessment.id, button.id)
    if answer is None:
        total = len(campaigns.catalogue_of(turn.db, assessment.catalogue_id, assessment.sha256).indicators)
        turn.say("no_such_item", Button("ov", primary=True), total=total)
    else:
        _open(turn, answer)


@command("bonus", right=Right.ANSWER, ambiguous=False)
def first_bonus(turn: Turn, button: Button) -> None:
    """加分项."""
    _open_first(turn, lambda score: score.bonus)


@command("veto", right=Right.ANSWER, ambiguous=False)
def first_veto(turn: Turn, button: Button) -> None:
    """否决项."""
    _open_first(turn, lambda score: score.veto)


@action("it", right=Right.ANSWER, load=item_at)
def open_pressed(turn: Turn, row: Any, button: Button) -> None:
    """第 n 项, as a button; `arg`: the question to begin with."""
    open_item(turn, row.id, at=button.arg or None)


def own(turn: Turn) -> Any | None:
    """The latest self-assessment of the bureau in which the sender acts."""
    return None if turn.post is None else assessments.of_bureau(turn.db, turn.post.bureau_id)


def _open(turn: Turn, answer: int) -> None:
    if may_answer(turn, answering.item(turn.db, answer)):
        open_item(turn, answer)
    else:
        turn.say("not_yours", Button("ov", primary=True))


def _open_first(turn: Turn, items: Callable[[Tally], tuple[Item, ...]]) -> None:
    assessment = own(turn)
    listed = items(scoring.tally_of(turn.db, assessment)) if assessment is not None else ()
    if listed:
        _open(turn, listed[0].id)
    else:
        turn.say("none_begun", Button("menu"))


def _is_returned(one: Item) -> bool:
    return one.state == State.RETURNED


def _only(turn: Turn, score: Tally, share: int | None, which: str, ways: list[Button]) -> None:
    found = [one for one in score.share(share) if _is_returned(one)] if which == "returned" else score.without_evidence
    listed = [one for one in found if share is None or one.unit_id == share]
    opens = [Button("it", one.id, label=turn.text("item_label", number=one.position)) for one in listed[:MOST_OPENED]]
    turn.say("only", opens if ways else [], [*ways[:1], Button("ov")], only=which, listed=listed, score=score)


def _share(turn: Turn, assessment: Any, score: Tally, unit: int, ways: list[Button]) -> None:
    listed = score.share(unit)
    name = next(post.unit for post in turn.actor.posts if post.unit_id == unit)
    if listed:
        answered = sum(1 for one in listed if one.state == State.COMPLETE)
        due = due_at(turn, assessment)
        turn.say("share", ways, Button("menu"), unit=name, listed=listed, answered=answered, due=due)
    else:
        turn.say("nothing_given", Button("menu"), unit=name)


def _ways_on(turn: Turn, assessment: Any, score: Tally, share: int | None) -> list[Button]:
    if not answers_in(turn, assessment) or assessment.submitted_at is not None:
        return []
    talk = current(turn)
    following = answering.next_owed(turn.db, assessment.id, share, 0)
    ways = []
    if talk is not None and isinstance(talk.facts, ItemFacts):
        ways.append(Button("resume", label=turn.text("go_on_at", item=talk.facts.row), primary=True))
    elif following is not None:
        ways.append(Button("go", label=turn.text("go_on_at", item=following), primary=True))
    if share is not None:
        return ways
    ways += [Button("it", one.id, label=turn.text("bonus_label")) for one in score.bonus[:1]]
    return [*ways, *(Button("it", one.id, label=turn.text("veto_label")) for one in score.veto[:1])]
