"""A reviewer leaves: what they had in hand waits for 改派, the successor proposed first; and what the successor is handed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from bot.actions import action, base36, from36
from bot.messages import Button
from bot.turn import Turn
from handlers import matter_assign, matter_handing_in, matters
from handlers import matter_cards as shown
from handlers.handover import Part, handover
from handlers.matter_cards import KIND
from handlers.matter_reminders import watch
from handlers.personnel_effects import besides
from models import people
from models.affairs import By
from models.matters import assignments, clock, leaving, parties
from models.matters import matters as stored
from models.people import Role
from models.personnel.effects import Moved
from models.personnel.handovers import Waiting
from models.rights import Right

FOLDER = "matter_leaving"


@besides
def leave(turn: Turn, change: Any, moved: Sequence[Moved]) -> None:
    """The day of a change: what a reviewer who leaves had in hand is nobody's, and whoever assigns it is told, once."""
    for one in moved:
        if one.role not in leaving.REVIEWING or one.leaver is None:
            continue
        left = [
            matter for matter in _let_go(turn, change, one.leaver, one.role) if matter.state == stored.State.WAITING
        ]
        found: dict[int, list[Any]] = {}
        for matter in left:
            for person in parties.assigners(turn.db, matter, turn.today):
                found.setdefault(person, []).append(matter)
        for person, theirs in sorted(found.items()):
            _tell(turn, person, one, theirs)


@action("mt.all", right=Right.ASSIGN_MATTER)
def give_all(turn: Turn, button: Button) -> None:
    """全部改派给…: everything that a leaver had and that is the sender's to assign, as far as the successor may review it."""
    successor = from36(button.arg)
    given: list[Any] = []
    kept: list[Any] = []
    for matter in leaving.left_by(turn.db, button.id):
        target = shown.assigned_at(turn, matter.id)
        if target is None or turn.acts(Right.ASSIGN_MATTER, target.place) is None:
            continue
        able = assignments.candidates(turn.db, matter, stored.step_of(matter), turn.today)
        chosen = [one for one in able if one.person_id == successor]
        (given if chosen else kept).append(matter_assign.give(turn, matter, chosen) if chosen else matter)
    name = people.name_of(turn.db, successor) if given else ""
    turn.say("given", [Button("mt"), Button("menu")], given=given, kept=kept, name=name)


@handover("reviews")
def reviews(turn: Turn, taken: Sequence[Waiting]) -> Part | None:
    """What a reviewer who has left had in hand, and what the unit has under way that they had opened."""
    reviewed = [one.leaver_id for one in taken if one.role in leaving.REVIEWING]
    left = {matter.id: matter for leaver in reviewed for matter in leaving.left_by(turn.db, leaver)}
    spoke = [one for one in taken if one.role in parties.OF_UNIT]
    opened = {matter.id: matter for one in spoke for matter in leaving.opened_by(turn.db, one.leaver_id, one.unit_id)}
    if not left and not opened:
        return None
    first = min(matter.due_on for matter in (*left.values(), *opened.values()))
    text = turn.text("reviews", left=_numbered(left.values()), opened=_numbered(opened.values()))
    units = {one.unit_id for one in (spoke if opened else taken)}
    return Part(text, partial(_open, units=units), clock.moment(first))


def _let_go(turn: Turn, change: Any, leaver: int, role: Role) -> Iterator[Any]:
    """The matters that a leaver had in hand in a role, each as it is without them."""
    for part in leaving.in_hand(turn.db, leaver, change.unit_id):
        matter = stored.locked(turn.db, part.matter_id)
        by_section = stored.step_of(matter).by is By.LEGAL_SECTION
        if by_section != (role is Role.LEGAL_SECTION):
            continue
        matter_assign.replace(turn, part, None, by=change.moved_by)
        if assignments.live(turn.db, matter):
            now = matter_handing_in.settle(turn, matter.id)
            name = people.name_of(turn.db, part.person_id)
            shown.tell(turn, parties.assigners(turn.db, now, turn.today), now, lead="one_less", name=name)
            yield now
            continue
        yield matter_assign.wait(turn, matter, by=change.moved_by)
        watch(turn, matter.id)
        shown.redraw(turn, matter.id)


def _tell(turn: Turn, person: int, one: Moved, left: Sequence[Any]) -> None:
    able = one.successor is not None and any(
        candidate.person_id == one.successor
        for matter in left
        for candidate in assignments.candidates(turn.db, matter, stored.step_of(matter), turn.today)
    )
    names = [
        people.name_of(turn.db, who) if who is not None else "" for who in (one.leaver, one.successor if able else None)
    ]
    with turn.within(FOLDER):
        rows = [Button("mt.as", left[0].id, left[0].version, arg="each")]
        if able:
            label = turn.text("give_all_label", name=names[1])
            rows.insert(0, Button("mt.all", one.leaver or 0, arg=base36(one.successor or 0), label=label, primary=True))
        about: dict[str, Any] = {"leaver": names[0], "successor": names[1], "left": _numbered(left)}
        if turn.known and turn.actor.person_id == person:
            turn.say("to_reassign", rows, **about)
        else:
            turn.remind({person}, "to_reassign", rows, of=(KIND, left[0].id), **about)


def _numbered(found: Iterable[Any]) -> list[tuple[int, int]]:
    return [(matter.year, matter.number) for matter in found]


def _open(turn: Turn, units: Collection[int]) -> None:
    """The list of what is under way, as whoever has followed in one of these units sees it."""
    turn.post = next(
        post
        for post in turn.actor.posts
        if post.unit_id in units and post.role in (*leaving.REVIEWING, *parties.OF_UNIT)
    )
    matters.show(turn, Button("mt", arg=matters.AT_WORK))
