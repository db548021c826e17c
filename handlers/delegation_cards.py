"""A delegation (代办) as people see it: its card, drawn anew when it ends, and who is told of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot import cards
from bot.actions import Target
from bot.messages import Button, Message
from bot.reminding import Owed
from bot.turn import Turn
from handlers import personnel_cards
from handlers.personnel_effects import besides
from models import holders, posts, rights
from models.people import Role
from models.personnel import delegation
from models.personnel.effects import Moved
from models.rights import Place, Right

KIND = "delegation"
FOLDER = "delegation"


@dataclass(frozen=True, slots=True)
class View:
    """A delegation as it stands. `last`: its last day; `over`: it has ended; `begun`: it has had a day."""

    row: Any
    last: date
    over: bool
    begun: bool


def delegation_at(turn: Turn, post: int) -> Target | None:
    """A delegation, where its unit is; whose own it is, is whoever is on leave."""
    row = delegation.by_id(turn.db, post)
    return None if row is None else Target(row, place_of(row))


def view(turn: Turn, row: Any) -> View:
    """A delegation as it stands today."""
    begun = row.starts_on < row.ends_on
    return View(row, row.ends_on - timedelta(days=1), row.ends_on <= turn.today or not begun, begun)


def tell_arranged(turn: Turn, post: int) -> None:
    """Everybody concerned, the sender too, gets its card."""
    row: Any = delegation.by_id(turn.db, post)
    me, about = turn.actor.person_id, (KIND, post)
    with turn.within(FOLDER):
        both = {row.person_id, row.on_behalf_of}
        for person in sorted(both - {me}):
            turn.remind({person}, "card", _ways(turn, row, person), of=about, card=about, **_told(turn, row, person))
        for person in sorted(_others(turn, row) - both - {me}):
            turn.news({person}, "card", _ways(turn, row, person), of=about, card=about, **_told(turn, row, person))
        turn.say("card", [*_ways(turn, row, me), Button("menu")], card=about, **_told(turn, row, me))


def tell_ended(turn: Turn, post: int, leaver: int | None = None) -> None:
    """Its cards change, and both are told, but for the sender. `leaver`: whoever has left a post, with which it ended."""
    row: Any = delegation.by_id(turn.db, post)
    cards.redraw(turn, KIND, post, lambda person: _message(turn, row, person))
    sender = turn.actor.person_id if turn.known else None
    told = {row.person_id, row.on_behalf_of}
    again = []
    if leaver is not None:
        told |= set(holders.in_unit(turn.db, row.unit_id, Role.HEAD, turn.today))
        again = [Button("dl.u", row.unit_id, primary=True)] if leaver == row.person_id else []
    with turn.within(FOLDER):
        turn.remind(told - {leaver, sender}, "ended", again, view=view(turn, row), leaver=leaver)


@besides
def end_with_posts(turn: Turn, change: Any, moved: Collection[Moved]) -> None:
    """With the post of whose work it is, and with the last post of who does it, a delegation has ended."""
    for leaver in sorted(personnel_cards.leavers_of(turn, change)):
        for row in delegation.cut_short(turn.db, change.unit_id, leaver, change.effective_on):
            turn.audit("delegate.end", "post", row.id, None, row.ends_on)
            tell_ended(turn, row.id, leaver)


def owing(turn: Turn, post: int, person: int | None) -> list[Owed]:
    """Whoever is told of a delegation, as long as it is not over: a digest says how it stands, or nothing any more."""
    row = delegation.by_id(turn.db, post)
    if row is None or view(turn, row).over:
        return []
    concerned = {row.person_id, row.on_behalf_of, *_others(turn, row)}
    with turn.within(FOLDER):
        lines = {one: turn.text("card", **_told(turn, row, one)).partition("\n")[0] for one in sorted(concerned)}
    return [
        Owed(one, line, Button("dl"), 0, None, only_told=True) for one, line in lines.items() if person in (None, one)
    ]


def _message(turn: Turn, row: Any, person: int) -> Message:
    with turn.within(FOLDER):
        return Message(turn.text("card", **_told(turn, row, person)), turn.rendered([_ways(turn, row, person)]))


def _told(turn: Turn, row: Any, person: int) -> dict[str, Any]:
    return {"view": view(turn, row), "mine": person == row.person_id, "today": turn.today}


def _ways(turn: Turn, row: Any, person: int) -> list[Button]:
    held = posts.held(turn.db, person, turn.today)
    may = rights.fitting(held, Right.REPORT_CHANGE, person, place_of(row))
    return [Button("dl.x", row.id)] if may and not view(turn, row).over else []


def _others(turn: Turn, row: Any) -> set[int]:
    heads = holders.in_unit(turn.db, row.unit_id, Role.HEAD, turn.today)
    return {*heads, *holders.in_bureau(turn.db, row.bureau_id, Role.LEGAL_SECTION, turn.today)}


def place_of(row: Any) -> Place:
    """Where a delegation stands as far as rights go."""
    return Place(row.bureau_id, unit=row.unit_id, person=row.on_behalf_of)
