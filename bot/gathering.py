"""Pieces that a question for files gathers: taken in by its flow, and kept as the question's draft."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bot import inside
from bot.fields import Ask, Files, Wrong
from bot.flow import Draft, Refuse
from bot.messages import Piece
from bot.stored import gathered_so_far, pieces
from bot.talk import Talk, of_row
from bot.turn import Turn
from models import conversations as kept


def taken(turn: Turn, talk: Talk, question: Ask, piece: Piece | str, items: Collection[str]) -> str:
    """Let the flow take in a piece for a question that has these items; its key. Raises Wrong or Refuse, with the reason."""
    assert isinstance(question.field, Files)
    assert talk.flow.on_file is not None
    if len(items) >= question.field.most:
        raise Wrong("too_many", most=question.field.most)
    with turn.within(talk.flow.name):
        return talk.flow.on_file(turn, talk, question, piece)


def put_draft(talk: Talk, question: Ask, items: tuple[str, ...]) -> None:
    """Let a question have these items, until its person says that this is all."""
    fresh = Draft(talk.draft.answers, talk.draft.at)
    fresh.put(question.key, {"draft": list(items)})
    talk.move(fresh)


def bring(turn: Turn, conversation: int, key: str, piece: Piece) -> None:
    """Take a file into a question of one of the sender's conversations, whatever is being asked meanwhile.

    Refuse: it is over, or asks for no (more) files there.
    """
    row = kept.by_id(turn.db, conversation)
    if row is None or row.person_id != turn.actor.person_id or row.state in (kept.DONE, kept.CANCELLED):
        raise Refuse(None, "not_there")
    talk = of_row(turn, row)
    question = talk.place.ask(key)
    if question is None or not isinstance(question.field, Files) or inside.withheld(turn, talk):
        raise Refuse(None, "not_there")
    items = gathered_so_far(question, talk.draft.answers)
    try:
        item = taken(turn, talk, question, piece, items)
    except Wrong as wrong:
        raise Refuse(None, f"wrong_{wrong.code}", field=question.field, about=question.about, p=wrong.params) from None
    if question.field.have is None and item not in items:
        put_draft(talk, question, (*items, item))
        draft = talk.draft
        kept.keep(turn.db, talk.id, draft.answers, draft.at, talk.stamp, talk.basis, row.state, turn.now)


def asks_of(talk: Talk) -> list[Ask]:
    """The questions for files on a conversation's path."""
    return [ask for ask in talk.place.path if isinstance(ask.field, Files)]


def has(turn: Turn, item: str) -> bool:
    """Whether something that the sender has begun, and not finished with, has gathered a piece."""
    begun = kept.unfinished(turn.db, turn.actor.person_id)
    return any(item in pieces(stored) for row in begun for stored in row.answers.values())


def drop(turn: Turn, item: str) -> None:
    """Leave a piece out of whatever the sender's conversations have gathered and not finished with; nothing is asked."""
    for row in kept.unfinished(turn.db, turn.actor.person_id):
        answers = {key: _without(stored, item) for key, stored in row.answers.items()}
        if answers != row.answers:
            kept.keep(turn.db, row.id, answers, row.at, row.stamp + 1, row.basis, row.state, turn.now)


def _without(stored: Any, item: str) -> Any:
    """An answer without a piece: if it was among what was gathered, the question is to be closed again."""
    items = pieces(stored)
    return {"draft": [one for one in items if one != item]} if item in items else stored
