"""自查自评 as a whole: beginning, going on, 目录, jumping to an item, and the record of its versions."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from bot.actions import action, command
from bot.clock import ZONE
from bot.messages import Button
from bot.talk import current
from bot.turn import Turn
from handlers.items import ANSWERS, ItemFacts, may_answer, open_item
from models import assessments, campaigns, scoring
from models.people import Level, Role

SEES = ANSWERS | {Role.HEAD}
SECONDS_AN_ITEM = 40


def due_of(turn: Turn, campaign: int, level: Level) -> datetime:
    """The moment until which a bureau of that level may apply."""
    file = campaigns.campaign_of(turn.db, campaign)
    day = file.county_by if level is Level.COUNTY else file.deadline
    return datetime.combine(day, file.due_hour, ZONE)


def minutes_for(items: int) -> int:
    """An honest estimate for answering so many items, in minutes."""
    return math.ceil(items * SECONDS_AN_ITEM / 60)


@command("start", allow=SEES)
def start(turn: Turn, number: int | None) -> None:
    """指标自评: go on where the bureau stands, or look at it."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    if not may_answer(turn, assessment):
        overview(turn, None)
        return
    following = assessments.next_owed(turn.db, assessment.id, 0)
    if following is None:
        overview(turn, None)
        return
    score = scoring.tally_of(turn.db, assessment)
    post = turn.actor.post_as(ANSWERS)
    assert post is not None
    due = due_of(turn, assessment.campaign_id, post.level)
    lead = turn.text("welcome_back", score=score, due=due, minutes=minutes_for(score.owed), place=following.position)
    open_item(turn, following.id, lead=lead)


@action("go", allow=SEES)
def start_pressed(turn: Turn, button: Button) -> None:
    """指标自评 or 继续第 n 项, as a button."""
    start(turn, None)


@command("overview", allow=SEES, ambiguous=False)
def overview(turn: Turn, number: int | None) -> None:
    """目录: every item at a glance, the score, and what is nearest to being met."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    _show_overview(turn, assessment, "")


@action("ov", allow=SEES)
def overview_pressed(turn: Turn, button: Button) -> None:
    """目录, as a button; `arg`: only the returned ones, or only those that lack evidence."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
    else:
        _show_overview(turn, assessment, button.arg)


@command("item", allow=ANSWERS, ambiguous=False)
def jump(turn: Turn, number: int | None) -> None:
    """改 n: item n."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    catalogue = campaigns.catalogue_of(turn.db, assessment.catalogue_id, assessment.sha256)
    total = len(catalogue.indicators)
    answer = assessments.at_position(turn.db, assessment.id, number or 0) if (number or 0) <= total else None
    if answer is None:
        turn.say("no_such_item", Button("ov", primary=True), total=total)
    else:
        open_item(turn, answer)


@action("it", allow=ANSWERS)
def open_pressed(turn: Turn, button: Button) -> None:
    """第 n 项, as a button; `arg`: the question to begin with."""
    row = assessments.item(turn.db, button.id)
    if row is None or not may_answer(turn, row):
        turn.say("not_there")
    else:
        open_item(turn, button.id, at=button.arg or None)


@action("hi", allow=SEES)
def history(turn: Turn, button: Button) -> None:
    """修改记录: every version of an item's answers, who gave it, when, on which channel."""
    row = assessments.item(turn.db, button.id)
    if row is None or all(post.bureau_id != row.bureau_id for post in turn.actor.posts):
        turn.say("not_there")
        return
    versions = assessments.history(turn.db, button.id)[-20:]
    turn.say("history", [Button("it", row.id, primary=True), Button("ov")], row=row, versions=versions)


def own(turn: Turn) -> Any | None:
    """The self-assessment of the bureau in which the sender answers, or may see it."""
    post = turn.actor.post_as(ANSWERS) or turn.actor.post_as(SEES)
    return None if post is None else assessments.of_bureau(turn.db, post.bureau_id)


def _show_overview(turn: Turn, assessment: Any, only: str) -> None:
    score = scoring.tally_of(turn.db, assessment)
    answers = may_answer(turn, assessment)
    go = _ways_on(turn, assessment) if answers else []
    if only:
        listed = score.returned if only == "returned" else score.without_evidence
        opens = [Button("it", one.id, label=turn.text("item_label", number=one.position)) for one in listed[:8]]
        turn.say("only", opens if answers else [], [*go, Button("ov")], only=only, listed=listed, score=score)
        return
    filters = [Button("ov", arg="returned")] if score.returned else []
    filters += [Button("ov", arg="evidence")] if score.without_evidence else []
    turn.say("overview", go, [*filters, Button("menu")], score=score, answers=answers)


def _ways_on(turn: Turn, assessment: Any) -> list[Button]:
    talk = current(turn)
    if talk is not None and isinstance(talk.facts, ItemFacts):
        return [Button("resume", label=turn.text("go_on_at", item=talk.facts.row), primary=True)]
    following = assessments.next_owed(turn.db, assessment.id, 0)
    if following is None:
        return []
    return [Button("go", label=turn.text("go_on_at", item=following), primary=True)]
