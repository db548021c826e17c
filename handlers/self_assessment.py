"""自查自评 as a whole: beginning, going on, 目录, and jumping to an item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.actions import action, command
from bot.messages import Button
from bot.talk import current
from bot.turn import Turn
from handlers.item_facts import ItemFacts, may_answer
from handlers.items import open_item, welcome
from models import assessments, campaigns, scoring
from models.rights import Right
from models.scoring import Item, Tally


@command("start", right=Right.SEE_ANSWERS)
@action("go", right=Right.SEE_ANSWERS)
def start(turn: Turn, button: Button) -> None:
    """指标自评: go on where the bureau stands, or look at it."""
    assessment = own(turn)
    following = assessments.next_owed(turn.db, assessment.id, 0) if assessment is not None else None
    if assessment is None or following is None or not may_answer(turn, assessment):
        overview(turn, button)
    else:
        open_item(turn, following.id, lead=welcome(turn, assessments.item(turn.db, following.id)))


@command("overview", right=Right.SEE_ANSWERS, ambiguous=False)
@action("ov", right=Right.SEE_ANSWERS)
def overview(turn: Turn, button: Button) -> None:
    """目录: every item at a glance, the score, what is nearest; `arg`: only the returned, or those without evidence."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    score = scoring.tally_of(turn.db, assessment)
    ways = _ways_on(turn, assessment, score) if may_answer(turn, assessment) else []
    if button.arg:
        listed = score.returned if button.arg == "returned" else score.without_evidence
        opens = [Button("it", one.id, label=turn.text("item_label", number=one.position)) for one in listed[:8]]
        turn.say("only", opens if ways else [], [*ways[:1], Button("ov")], only=button.arg, listed=listed, score=score)
        return
    filters = [Button("ov", arg="returned")] if score.returned else []
    filters += [Button("ov", arg="evidence")] if score.without_evidence else []
    turn.say("overview", ways, [*filters, Button("menu")], score=score, answers=bool(ways))


@command("item", right=Right.ANSWER, ambiguous=False)
def jump(turn: Turn, button: Button) -> None:
    """改 n: item n; the numbers after the last indicator are the bonus and veto items."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    answer = assessments.at_position(turn.db, assessment.id, button.id)
    if answer is None:
        total = len(campaigns.catalogue_of(turn.db, assessment.catalogue_id, assessment.sha256).indicators)
        turn.say("no_such_item", Button("ov", primary=True), total=total)
    else:
        _open(turn, answer, "")


@command("bonus", right=Right.ANSWER, ambiguous=False)
def first_bonus(turn: Turn, button: Button) -> None:
    """加分项."""
    _open_first(turn, lambda score: score.bonus)


@command("veto", right=Right.ANSWER, ambiguous=False)
def first_veto(turn: Turn, button: Button) -> None:
    """否决项."""
    _open_first(turn, lambda score: score.veto)


@action("it", right=Right.ANSWER)
def open_pressed(turn: Turn, button: Button) -> None:
    """第 n 项, as a button; `arg`: the question to begin with."""
    _open(turn, button.id, button.arg)


def own(turn: Turn) -> Any | None:
    """The self-assessment of the bureau in which the sender answers, or may see it."""
    post = turn.post
    return None if post is None else assessments.of_bureau(turn.db, post.bureau_id)


def _open(turn: Turn, answer: int, at: str) -> None:
    row = assessments.item(turn.db, answer)
    if row is None or all(post.bureau_id != row.bureau_id for post in turn.actor.posts):
        turn.say("not_there")
    elif not may_answer(turn, row):
        turn.say("not_yours", Button("ov", primary=True))
    else:
        open_item(turn, answer, at=at or None)


def _open_first(turn: Turn, items: Callable[[Tally], tuple[Item, ...]]) -> None:
    assessment = own(turn)
    listed = items(scoring.tally_of(turn.db, assessment)) if assessment is not None else ()
    if listed:
        _open(turn, listed[0].id, "")
    else:
        turn.say("none_begun", Button("menu"))


def _ways_on(turn: Turn, assessment: Any, score: Tally) -> list[Button]:
    talk = current(turn)
    following = assessments.next_owed(turn.db, assessment.id, 0)
    ways = []
    if talk is not None and isinstance(talk.facts, ItemFacts):
        ways.append(Button("resume", label=turn.text("go_on_at", item=talk.facts.row), primary=True))
    elif following is not None:
        ways.append(Button("go", label=turn.text("go_on_at", item=following), primary=True))
    ways += [Button("it", one.id, label=turn.text("bonus_label")) for one in score.bonus[:1]]
    return [*ways, *(Button("it", one.id, label=turn.text("veto_label")) for one in score.veto[:1])]
