"""催办: whoever has not confirmed a notice is written to again, twice at most; after that they are telephoned."""

from __future__ import annotations

from typing import Any

from bot import lots
from bot.actions import action
from bot.due import due
from bot.lots import LOT
from bot.messages import Button, Message
from bot.turn import Turn
from handlers import notice_cards as cards
from handlers import notice_copies
from handlers.notice_cards import KIND, View
from handlers.notice_sending import MOST, goes_out_at, one_of
from models import people
from models.notices import notices, receipts
from models.notices.notices import MOST_CHASES, Portions
from models.rights import Right

CHASED = "chased"
"""The lot that these messages are."""


@cards.offers
def offers(turn: Turn, found: View, person: int) -> list[Button]:
    """催办, as long as it is of use."""
    return [Button("nt.chase", found.row.id, found.row.version, primary=True)] if found.may_chase else []


@action("nt.chase", right=Right.WRITE_NOTICE, load=cards.notice_at)
def chase(turn: Turn, row: Any, button: Button) -> None:
    """催办, at once or at the next decent hour; of two presses one counts."""
    found = cards.view(turn, row)
    if button.version != row.version or not found.may_chase:
        cards.show_stale(turn, row)
        return
    moved = notices.chase(turn.db, row, turn.now)
    turn.audit("notice.chase", KIND, row.id, row.chases, moved.chases)
    at = goes_out_at(turn, row.bureau_id, turn.now, at_once=False)
    said = turn.text(
        "chasing", people=found.figures.silent, left=MOST_CHASES - moved.chases, at=at if at > turn.now else None
    )
    cards.redraw(turn, row.id)
    cards.show(turn, moved, said)


@lots.lot(CHASED)
def goes_on(turn: Turn, the_id: int) -> bool:
    """Whether the reader has still not confirmed it, and nobody has withdrawn it."""
    copy = receipts.of(turn.db, the_id, turn.actor.person_id)
    return notices.goes_out(turn.db, the_id) and copy is not None and copy.confirmed_at is None


@due
def go_on(turn: Turn) -> bool:
    """Some more of those who have not confirmed are written to, at a decent hour."""
    chasing = (one for one in notices.in_portions(turn.db) if one.portions == Portions.CHASE)
    decent = [one for one in chasing if goes_out_at(turn, one.bureau_id, turn.now, at_once=False) <= turn.now]
    return one_of(turn, decent, _chase_some)


def _chase_some(turn: Turn, row: Any) -> None:
    persons = receipts.to_chase(turn.db, row.id, row.chases, MOST)
    for person in persons:
        people.lock(turn.db, person)
    row = notices.lock(turn.db, row.id)
    if row.portions != Portions.CHASE:
        return
    body = _message(turn, row).body() | {"news": True, LOT: [CHASED, row.id]}
    for person in set(persons) & set(receipts.to_chase(turn.db, row.id, row.chases, MOST)):
        written = notice_copies.bring(turn, person, body)
        receipts.chased(turn.db, row.id, person, row.chases, [*_shown(turn, row, person), *written.messages])
    if not persons:
        notices.portioned(turn.db, row.id, Portions.CHASE)
        notices.watch(turn.db, row.id)


def _shown(turn: Turn, row: Any, person: int) -> list[int]:
    copy = receipts.of(turn.db, row.id, person)
    return [] if copy is None else copy.messages


def _message(turn: Turn, row: Any) -> Message:
    with turn.within("notice_chase"):
        text = turn.text("chased", name=cards.called(turn, row), sender=notices.sender_of(turn.db, row), notice=row)
        return Message(text, turn.rendered([[Button("nt.ok", row.id, primary=True), Button("nt.o", row.id)]]))
