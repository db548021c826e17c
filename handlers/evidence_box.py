"""证据箱: the pieces that prove nothing yet; and 从证据箱选, which uses pieces that are already here for an item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, Option, Several
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import evidence as evidence_handler
from handlers.evidence import piece_at
from handlers.item_facts import item_at, place_of, share_of
from models import answering, assessments, evidence, inbox
from models.conversations import CANCELLED
from models.rights import Right

MOST_SHOWN = 20
MOST_LISTED = 4
LONGEST_NAME = 24
NEWEST = 2**31 - 1
"""A number that no piece has."""

flow = Flow("evidence_box", right=Right.ANSWER, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """The item, and the pieces within the sender's reach that could serve it."""

    row: Any
    pieces: tuple[Any, ...]


@command("box", right=Right.ANSWER, ambiguous=False)
@action("bx", right=Right.ANSWER)
def look(turn: Turn, button: Button) -> None:
    """证据箱: what is in it and proves nothing yet, the newest page, or that before the number which the button names."""
    assessment = assessments.of_bureau(turn.db, turn.post.bureau_id) if turn.post is not None else None
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    before = min(button.id or NEWEST, NEWEST)
    found = inbox.unused(turn.db, assessment.bureau_id, share_of(turn, assessment), before, MOST_LISTED + 1)
    listed = found[:MOST_LISTED]
    if not listed:
        turn.say("box_empty", Button("menu"))
        return
    rows = [[Button(code, piece.id, label=turn.text("of_piece", code=code, piece=piece)) for code in ("evw", "evs", "evd")]
            for piece in listed]  # fmt: skip
    older = [Button("bx", listed[-1].number, arg="older", primary=True)] if len(found) > MOST_LISTED else []
    turn.say("box", *rows, [*older, Button("menu")], pieces=listed, newest=not button.id)


@action("evs", right=Right.ANSWER, load=piece_at)
def see(turn: Turn, piece: Any, button: Button) -> None:
    """看: the piece itself, every picture of an album."""
    evidence_handler.shown(turn, piece)


@action("box", right=Right.ANSWER, load=item_at)
def open_box(turn: Turn, row: Any, button: Button) -> None:
    """从证据箱选, beside the question for evidence."""
    conversation.begin(turn, flow, row.id)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: no such item for this person, or an empty box."""
    row = answering.item(turn.db, subject)
    if row is None or turn.acts(Right.ANSWER, place_of(row)) is None:
        raise Refuse(None, "not_there")
    pieces = tuple(inbox.available(turn.db, row, share_of(turn, row), MOST_SHOWN))
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
