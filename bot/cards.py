"""Cards of everybody concerned: what a message says of an object is drawn anew, wherever it stands, when that changes."""

from __future__ import annotations

from collections.abc import Callable

from bot.messages import Message
from bot.turn import Turn
from models import cards, people


def redraw(turn: Turn, kind: str, object_id: int, draw: Callable[[int], Message]) -> None:
    """Draw every card about an object anew. `draw`: what a person is to see of it now."""
    dealt = cards.of(turn.db, kind, object_id)
    drawn: dict[int, Message] = {}
    for card in dealt:
        if card.person_id not in drawn:
            people.lock(turn.db, card.person_id)
            drawn[card.person_id] = draw(card.person_id)
        turn.draw_anew(card, drawn[card.person_id])
