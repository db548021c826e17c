"""The day of a change: open work passes to whoever follows, and everybody concerned is told. At once, or by the schedule."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict
from typing import Any

import structlog

from bot import reminding
from bot.clock import day_of
from bot.due import due
from bot.messages import Button
from bot.turn import Turn
from handlers import personnel_cards as shown
from handlers.personnel_cards import KIND
from models import mergers, people, posts
from models.db import Changed
from models.people import Role
from models.personnel import changes, effects, merging, waiting
from models.personnel.changes import State
from models.personnel.effects import Moved

log = structlog.get_logger()

AtOnce = Callable[[Turn, Any, list[Moved]], None]
"""(turn, change, what passed to whom): what else the day of a change brings."""

BESIDES: list[AtOnce] = []


def besides(function: AtOnce) -> AtOnce:
    """Register what else the day of a change brings."""
    BESIDES.append(function)
    return function


@due
def fall_due(turn: Turn) -> bool:
    """Let the earliest change whose day has come take effect; whether there was one. What fails keeps nothing else waiting."""
    for change in waiting.due(turn.db, turn.today):
        try:
            with turn.attempt():
                settled = settle(turn, changes.by_id(turn.db, change.id))
                if settled:
                    shown.redraw(turn, change.id)
        except Changed:
            raise
        except Exception as error:
            log.error("change not in effect", change=change.id, error=type(error).__name__)
        else:
            if settled:
                return True
    return False


def settle(turn: Turn, change: Any) -> bool:
    """Let a filed change take effect if its day has come; whether it has. Raises models.db.Changed if another was quicker."""
    if change.state != State.FILED or change.effective_on > turn.today:
        return False
    changes.take_effect(turn.db, change)
    moved = effects.move_work(turn.db, change, changes.lines_of(turn.db, change.id), turn.today, turn.now)
    turn.audit("personnel.effect", KIND, change.id, State.FILED.value, State.IN_EFFECT.value)
    if (merger := mergers.of_change(turn.db, change.id)) is not None:
        passed_on = merging.pass_on(turn.db, merger.unit_id, merger.into_id)
        turn.audit("unit.merge", "unit", merger.unit_id, None, {"into": merger.into_id, **asdict(passed_on)})
    passed = {assessment: one for one in moved for assessment in one.contact_of}
    for assessment, one in passed.items():
        turn.audit("contact", "self_assessment", assessment, one.leaver, one.successor)
    for function in BESIDES:  # first what asks something of somebody: where messages are merged, its button leads
        function(turn, change, moved)
    contacts = {one.successor for one in passed.values()}
    with turn.within(shown.FOLDER):
        tell_successors(turn, change, contacts)
        _tell_section(turn, change, vacant=None in contacts)
    return True


def tell_successors(turn: Turn, change: Any, contacts: Collection[int | None] = ()) -> None:
    """Tell whoever gets a post by a change from when; `contacts`: who answers for the bureau's self-assessment besides."""
    for person, roles in by_person((line.successor_id, line.role) for line in changes.lines_of(turn.db, change.id)):
        turn.remind({person} - {_sender(turn)}, "begins", Button("menu", primary=True), view=shown.view(turn, change),
                    roles=roles, today=turn.today, contact=person in contacts)  # fmt: skip


def tell_leavers(turn: Turn, change: Any) -> None:
    """Tell whoever's post ends by a change from when."""
    lines = [line for line in changes.lines_of(turn.db, change.id) if line.post_id is not None]
    for person, roles in by_person((shown.holder_of(turn, line.post_id), line.role) for line in lines):
        if person != _sender(turn):
            tell(turn, person, change.bureau_id, "ends", view=shown.view(turn, change), roles=roles, today=turn.today)


def tell(turn: Turn, person: int, bureau: int, name: str, /, **about: Any) -> None:
    """Tell somebody something about their posts, whom it may leave without any: `parts` is whether it does."""
    if posts.held(turn.db, person, day_of(reminding.decent(turn, bureau))):
        turn.remind({person}, name, Button("menu"), parts=False, **about)
    else:
        turn.part(person, bureau, name, parts=True, **about)


def _tell_section(turn: Turn, change: Any, *, vacant: bool) -> None:
    """Who has not joined yet, and whether nobody answers for the self-assessment any more."""
    section = set(shown.section_of(turn, change))
    begun = {line.successor_id for line in changes.lines_of(turn.db, change.id)} - {None}
    for person in sorted(one for one in begun if not people.addresses_of(turn.db, one)):
        invite = Button("inv.one", person, primary=True)
        turn.news(section - {_sender(turn)}, "to_invite", invite, name=people.name_of(turn.db, person))
    if vacant:
        turn.news(section, "contact_vacant", Button("con", primary=True))


def by_person(lines: Iterable[tuple[int | None, str]]) -> Iterable[tuple[int, list[Role]]]:
    """The roles of each person; None is nobody."""
    found: dict[int, list[Role]] = {}
    for person, role in lines:
        if person is not None:
            found.setdefault(person, []).append(Role(role))
    return found.items()


def _sender(turn: Turn) -> int | None:
    return turn.actor.person_id if turn.known else None
