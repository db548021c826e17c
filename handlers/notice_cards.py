"""A notice as those who write notices see it: how it goes, and what can be done about it; its cards, drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from bot import cards
from bot.actions import Target
from bot.flow import Refuse
from bot.messages import Button, Message
from bot.turn import Turn
from models import people, posts, rights
from models.notices import copies, notices
from models.notices.copies import Figures
from models.notices.notices import MOST_CHASES, State
from models.rights import Place, Right

KIND = "notice"
FOLDER = "notice_cards"
LATE = timedelta(minutes=10)
"""From then on nothing else waits for a copy that a platform does not take."""


@dataclass(frozen=True, slots=True)
class View:
    """A notice (a row) with the figures of its copies; `mover`: who moved it last; `late`: what is on its way still may be for long."""

    row: Any
    figures: Figures
    mover: str
    late: bool

    @property
    def moves(self) -> bool:
        """Whether copies are still on their way."""
        return self.row.state in (State.SENDING, State.SENT) and self.figures.underway > 0

    @property
    def may_chase(self) -> bool:
        """Whether whoever has not confirmed may be written to again."""
        row, free = self.row, self.row.portions is None and (self.late or not self.moves)
        return row.state == State.SENT and row.receipt and free and row.chases < MOST_CHASES and self.figures.silent > 0

    @property
    def to_call(self) -> bool:
        """Whether there are people to be telephoned: nothing reaches them, or they have been written to in vain."""
        if self.row.state != State.SENT or (self.moves and not self.late):
            return False
        return self.figures.unreached > 0 or (self.chased_out and self.figures.silent > 0)

    @property
    def chased_out(self) -> bool:
        """Whether everybody who was to be written to again has been, as often as that is done."""
        return bool(self.row.receipt) and self.row.chases >= MOST_CHASES and self.row.portions is None


Offer = Callable[[Turn, View, int], Iterable[Button]]
"""(turn, notice, person) → what that person can do about it now. The handler that does it judges it again when it is pressed."""

OFFERS: list[Offer] = []
ORDER = ("nt.un", "nt.stop", "nt.edit", "nt.chase", "nt.r", "nt.call", "nt.fix", "nt.wd", "nt.use")
"""In which order a card shows its buttons."""


def offers(function: Offer) -> Offer:
    """Register what can be done about a notice; a code that is not in ORDER raises ValueError when a card is drawn."""
    OFFERS.append(function)
    return function


def notice_at(turn: Turn, the_id: int) -> Target | None:
    """A notice, for the legal section of the bureau that sends it: its recipients have copies, and see nothing else of it."""
    row = notices.by_id(turn.db, the_id)
    return None if row is None else Target(row, Place(row.bureau_id))


def still(turn: Turn, right: Right, the_id: int, states: Collection[State]) -> tuple[Any, str]:
    """A notice (a row) that the sender may go on with, and what it is called. Refuse: none for them, or in no such state any more."""
    target = notice_at(turn, the_id)
    if target is None or turn.acts(right, target.place) is None:
        raise Refuse(None, "not_there")
    name = called(turn, target.value)
    if target.value.state not in states:
        raise Refuse(None, "moved_on", name=name)
    return target.value, name


def view(turn: Turn, row: Any) -> View:
    """A notice (a row) as it stands."""
    late = row.done_at is not None and turn.now - row.done_at >= LATE
    return View(row, copies.figures(turn.db, row), people.name_of(turn.db, row.moved_by), late)


def called(turn: Turn, row: Any) -> str:
    """What a notice is called wherever it is spoken of: an 内部 one by its number alone."""
    with turn.within(FOLDER):
        return turn.text("called", row=row)


def buttons(turn: Turn, found: View, person: int) -> list[Button]:
    """What somebody can do about a notice."""
    offered = [button for offer in OFFERS for button in offer(turn, found, person)]
    return sorted(offered, key=lambda button: ORDER.index(button.code))


def show(turn: Turn, row: Any, lead: str = "") -> None:
    """Deal the sender the card of a notice. `lead`: a rendered sentence to put before it."""
    found = view(turn, row)
    rows = [buttons(turn, found, turn.actor.person_id), [Button("nt.c", row.id), Button("nt"), Button("menu")]]
    with turn.within(FOLDER):
        turn.say("shown", *rows, lead=lead, view=found, name=called(turn, row), card=(KIND, row.id))


def show_stale(turn: Turn, row: Any) -> None:
    """What was pressed is settled, or no longer as it was: how the notice stands."""
    with turn.within(FOLDER):
        show(turn, row, turn.text("moved_on"))


def redraw(turn: Turn, the_id: int) -> None:
    """Draw every card of a notice anew."""

    @cache
    def found() -> View:
        return view(turn, notices.by_id(turn.db, the_id))

    cards.redraw(turn, KIND, the_id, lambda person: _drawn(turn, found(), person))


def _drawn(turn: Turn, found: View, person: int) -> Message:
    name = called(turn, found.row)
    held, place = posts.held(turn.db, person, turn.today), Place(found.row.bureau_id)
    with turn.within(FOLDER):
        if not rights.fitting(held, Right.WRITE_NOTICE, person, place):
            return Message(turn.text("not_yours", name=name))
        row = buttons(turn, found, person)
        return Message(turn.text("card", view=found, name=name), turn.rendered([row]), card=(KIND, found.row.id))
