"""Cards of everybody concerned: what a message says of an object is drawn anew, wherever it stands, when that changes."""

from __future__ import annotations

from collections.abc import Callable

from bot.messages import Message
from bot.turn import Turn
from models import cards, people, posts


def redraw(turn: Turn, kind: str, object_id: int, draw: Callable[[int], Message]) -> None:
    """Draw every card about an object anew, behind all that the turn says, for whoever holds a post.

    `draw`: what a person is to see of it then.
    """
    turn.at_the_end((kind, object_id), lambda: _draw(turn, kind, object_id, draw))


def _draw(turn: Turn, kind: str, object_id: int, draw: Callable[[int], Message]) -> None:
    fresh, drawn = {one.id for one in turn.sent}, dict[int, Message]()
    for card in cards.of(turn.db, kind, object_id):
        if card.outgoing_id in fresh or not posts.held(turn.db, card.person_id, turn.today):
            continue
        if card.person_id not in drawn:
            people.lock(turn.db, card.person_id)
            drawn[card.person_id] = draw(card.person_id)
        turn.draw_anew(card, drawn[card.person_id])
