"""从证据箱选: use pieces that are already here for an item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot import conversation
from bot.actions import action
from bot.fields import Ask, Option, Several
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import evidence as evidence_handler
from handlers.item_facts import may_answer
from models import assessments, evidence
from models.conversations import CANCELLED
from models.rights import Right

MOST_SHOWN = 20
LONGEST_NAME = 24

flow = Flow("evidence_box", right=Right.ANSWER, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """The item, and the pieces that could serve it."""

    row: Any
    pieces: tuple[Any, ...]


@action("box", right=Right.ANSWER)
def open_box(turn: Turn, button: Button) -> None:
    """从证据箱选, beside the question for evidence."""
    conversation.begin(turn, flow, button.id)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: no such item for this person, or an empty box."""
    row = assessments.item(turn.db, subject)
    if row is None or not may_answer(turn, row):
        raise Refuse(None, "not_there")
    pieces = tuple(evidence.available(turn.db, row.bureau_id, row.id, MOST_SHOWN))
    if not pieces:
        raise Refuse(None, "box_empty")
    return Facts(row, pieces)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Which ones."""
    options = tuple(Option(f"e{piece.id}", _called(piece)) for piece in a.facts.pieces)
    yield Ask("pieces", Several(options))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """The chosen ones serve the item; then back to its question for evidence."""
    row = talk.facts.row
    chosen = [int(key[1:]) for key in talk.place.answers.pieces.items]
    for piece in chosen:
        evidence.use(turn.db, row.id, piece)
        turn.audit("evidence.use", "evidence", piece, None, row.id)
    evidence_handler.taken(turn, row, turn.text("taken", count=len(chosen), row=row))


def _called(piece: Any) -> str:
    name = piece.name if len(piece.name) <= LONGEST_NAME else f"{piece.name[:12]}…{piece.name[-9:]}"
    return f"证-{piece.number:04} {name}"
