"""交接包: the leaver's open work on one page, shown to whoever follows, and taken over in one tap that opens the first thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.actions import action, command, folder_of
from bot.messages import Button
from bot.turn import Turn
from handlers.menu import waits
from handlers.personnel_effects import besides
from models.people import Role
from models.personnel import changes, handovers
from models.personnel.effects import Moved
from models.personnel.handovers import Waiting
from models.rights import Right

KIND = "handover"
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """Open work of one kind: its line, what opens the first thing of it, and by when it is to be done."""

    text: str
    first: Callable[[Turn], None]
    due: datetime | None = None


Collect = Callable[[Turn, Sequence[Waiting]], Part | None]
"""(turn, the posts taken over) → what is open of a kind; None: nothing. It goes by the successor named there, not by the sender."""

PARTS: dict[str, Collect] = {}


def handover(name: str) -> Callable[[Collect], Collect]:
    """Register a kind of work that is handed over; its words stand in the folder of the function's file."""

    def register(function: Collect) -> Collect:
        if name in PARTS:
            raise ValueError(f"hand-over part {name} is registered twice")
        PARTS[name] = function
        return function

    return register


@besides
def leave(turn: Turn, change: Any, moved: list[Moved]) -> None:
    """The day of a change: what ended is handed over, and whoever follows is shown what there is."""
    contacts = {(one.leaver, one.role) for one in moved if one.contact_of}
    lines = changes.lines_of(turn.db, change.id)
    told = {line.successor_id for line in lines}
    for line, one in zip([line for line in lines if line.post_id is not None], moved, strict=True):
        was_contact = (one.leaver, one.role) in contacts
        told.add(handovers.leave(turn.db, line.post_id, line.successor_id, turn.today, was_contact=was_contact))
    for line in lines:
        if line.post_id is None and line.successor_id is not None:
            handovers.fill(turn.db, change.unit_id, Role(line.role), line.successor_id)
    for person in sorted(one for one in told if one is not None):
        _tell(turn, person)


@waits
def offered(turn: Turn) -> Button | None:
    """交接包, first in the menu, until it is taken over."""
    waiting = handovers.waiting_for(turn.db, turn.actor.person_id, turn.today)
    return Button("ho", primary=True) if waiting and _parts(turn, waiting) else None


@command("handover", right=Right.USE, ambiguous=False)
@action("ho", right=Right.USE)
def show(turn: Turn, button: Button) -> None:
    """交接包: what waits to be taken over."""
    waiting = handovers.waiting_for(turn.db, turn.actor.person_id, turn.today)
    parts = _parts(turn, waiting)
    if parts:
        turn.say("page", [Button("ho.take", primary=True), Button("menu")], waiting=waiting, parts=parts)
    else:
        turn.say("nothing", Button("menu"))


@action("ho.take", right=Right.USE)
def take(turn: Turn, button: Button) -> None:
    """一键接手: all of it; then the first thing is opened."""
    waiting = handovers.waiting_for(turn.db, turn.actor.person_id, turn.today)
    parts = _parts(turn, waiting)
    taken = [one for one in waiting if handovers.take(turn.db, one.id, turn.now)]
    for one in taken:
        turn.audit("handover.take", KIND, one.id, one.leaver_id, one.successor_id)
    if not taken:
        turn.say("nothing", Button("menu"))
        return
    turn.say("taken", waiting=taken)
    if parts:
        parts[0].first(turn)


def _tell(turn: Turn, person: int) -> None:
    waiting = handovers.waiting_for(turn.db, person, turn.today)
    parts = _parts(turn, waiting)
    if not parts:
        return
    rows = [Button("ho.take", primary=True), Button("menu")]
    with turn.within(KIND):
        if turn.known and turn.actor.person_id == person:
            turn.say("page", rows, waiting=waiting, parts=parts)
        else:
            turn.remind({person}, "page", rows, waiting=waiting, parts=parts)


def _parts(turn: Turn, waiting: Sequence[Waiting]) -> list[Part]:
    """What is open, the most pressing first."""
    found = []
    for collect in PARTS.values() if waiting else ():
        with turn.within(folder_of(collect)):
            part = collect(turn, waiting)
        if part is not None:
            found.append(part)
    return sorted(found, key=lambda part: part.due or _LAST)
