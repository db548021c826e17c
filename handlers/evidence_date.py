"""文件日期 of a piece of evidence; one outside the period is pointed out before it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot import conversation
from bot.fields import Ask, Day, OneOf
from bot.flow import Answers, Draft, Flow, Refuse
from bot.talk import Talk
from bot.turn import Turn
from handlers import evidence as handler
from models import assessments, evidence
from models.catalogue_types import Period
from models.conversations import CANCELLED
from models.evidence import Stage
from models.rights import Right

flow = Flow("evidence_date", right=Right.ANSWER, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """The piece, the item it is for, and the period it should lie in (None: it is for nothing yet)."""

    turn: Turn
    piece: Any
    row: Any | None
    period: Period | None


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: the piece is not there (any more) for this person, or its item has gone up."""
    target = handler.piece_at(turn, subject)
    if target is None or target.value.stage == Stage.DELETED or not turn.actor.may(Right.ANSWER, target.place):
        raise Refuse(None, "not_there")
    piece = target.value
    row = handler.row_of(turn, piece)
    if row is not None and row.submitted_at is not None:
        raise Refuse(None, "submitted")
    period = assessments.campaign_file(turn.db, row).period if row is not None else None
    return Facts(turn, piece, row, period)


@flow.start
def begin(facts: Facts, at: str | None) -> tuple[dict[str, Any], int]:
    """A date that is known needs no asking, only where it lies."""
    known = facts.piece.dated
    return ({"day": known.isoformat()} if known is not None else {}), 0


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """The date, and what to do if it lies outside the period."""
    facts: Facts = a.facts
    yield Ask("day", Day(last=facts.turn.today, offer=("today",)))
    if facts.period is not None and not facts.period.contains(a.day):
        yield Ask("outside", OneOf(("again", "keep", "drop")))


@flow.after
def unsettle(a: Answers, key: str, value: Any, draft: Draft) -> None:
    """Another date is judged anew."""
    if key == "day":
        draft.forget("outside")
    elif value == "again":
        draft.forget("outside")
        draft.at = "day"


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """The date is the piece's, and the default of others; then back to where the person was."""
    facts: Facts = talk.facts
    a = talk.place.answers
    if a.get("outside") == "drop":
        evidence.change(turn.db, facts.piece, stage=Stage.DELETED.value)
        turn.audit("evidence", "evidence", facts.piece.id, facts.piece.stage, Stage.DELETED.value)
    else:
        kept = a.get("outside") == "keep"
        before = facts.piece.dated.isoformat() if facts.piece.dated is not None else None
        evidence.change(turn.db, facts.piece, dated=a.day, outside_kept=kept)
        turn.audit("evidence.date", "evidence", facts.piece.id, before, a.day.isoformat())
        if facts.row is not None:
            assessments.note_dated(turn.db, facts.row.assessment_id, a.day)
            if facts.period is not None and facts.period.contains(a.day):
                evidence.date_others(turn.db, facts.row.id, a.day)
    handler.dated(turn, facts.piece.id, facts.row, dropped=a.get("outside") == "drop")
