"""审定: whoever accepts a step's opinions does so, and the legal section says whether there is a 复审."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.actions import Target, action
from bot.messages import Button
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers import matter_ending
from handlers.matter_cards import KIND
from handlers.matter_view import Asks, View
from models.matters import matters, parties
from models.people import Role
from models.rights import Place, Right

OFFERED: dict[Asks | None, tuple[str, ...]] = {Asks.ACCEPT: ("mt.ok", "mt.back"), Asks.DECIDE: ("mt.nx", "mt.end")}


def submitted_at(turn: Turn, the_id: int) -> Target | None:
    """A matter for whoever accepts what was handed in for its present step."""
    row = matters.by_id(turn.db, the_id)
    if row is None:
        return None
    role = parties.accepter(turn.db, row, turn.today)
    return Target(row, Place(row.bureau_id, unit=row.unit_id, roles=frozenset({role} if role else ())))


def decided_at(turn: Turn, the_id: int) -> Target | None:
    """A matter for the legal section, which says whether there is a 复审."""
    row = matters.by_id(turn.db, the_id)
    return None if row is None else Target(row, Place(row.bureau_id, roles=frozenset({Role.LEGAL_SECTION})))


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """审定通过 and 退回; 邀请复审 and 不再复审."""
    return [Button(code, found.row.id, found.row.version) for code in OFFERED.get(found.asks(person), ())]


@action("mt.ok", right=Right.ASSIGN_MATTER, load=submitted_at)
def accept(turn: Turn, matter: Any, button: Button) -> None:
    """审定通过, if the opinions still are what was shown."""
    found = _asked(turn, matter, button, Asks.ACCEPT)
    if found is not None:
        shown.show(turn, matter_ending.finish(turn, found), turn.text("accepted"))


@action("mt.nx", right=Right.ASSIGN_MATTER, load=decided_at)
def invite(turn: Turn, matter: Any, button: Button) -> None:
    """邀请复审: another unit's officer is to be named."""
    found = _asked(turn, matter, button, Asks.DECIDE)
    if found is not None:
        turn.audit("matter.next", KIND, matter.id, found.step, found.step + 1)
        shown.show(turn, matter_ending.go_on(turn, found), turn.text("invited"))


@action("mt.end", right=Right.ASSIGN_MATTER, load=decided_at)
def do_without(turn: Turn, matter: Any, button: Button) -> None:
    """不再复审: it is done with."""
    found = _asked(turn, matter, button, Asks.DECIDE)
    if found is not None:
        turn.audit("matter.next", KIND, matter.id, found.step, None)
        shown.show(turn, matter_ending.end(turn, found), turn.text("done_without"))


def _asked(turn: Turn, matter: Any, button: Button, what: Asks) -> Any | None:
    """The matter's row, held, if it still is what was shown and asks just that of the sender; else that is said."""
    found = matters.locked(turn.db, matter.id)
    if found.version == button.version and shown.view(turn, found).asks(turn.actor.person_id) is what:
        return found
    shown.show_stale(turn, found)
    return None
