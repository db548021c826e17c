"""A step of a matter ends: its document is numbered, the next one begins or the legal section says whether; or all is done."""

from __future__ import annotations

from typing import Any

from bot.turn import Turn
from handlers import matter_assign, matter_reminders
from handlers import matter_cards as shown
from handlers.matter_cards import KIND
from models.matters import assignments, clock, files, matters, opinions, parties
from models.matters.matters import State


def finish(turn: Turn, matter: Any) -> Any:
    """What was handed in for the present step of a matter (a row, held) counts as finished; its row as it is then."""
    me = shown.doer(turn, matter)
    document = opinions.accept(turn.db, matter, me, turn.today, turn.now, files.names(turn.db, matter.id))
    turn.audit("matter.accept", KIND, matter.id, matter.state, {"year": document.year, "number": document.number})
    for one in assignments.live(turn.db, matter):
        assignments.move(turn.db, one, assignments.State.DONE, me, turn.now)
    following = matters.next_step(matter)
    if following is None:
        return end(turn, matter)
    if not following.optional:
        return go_on(turn, matter)
    moved = matters.move(turn.db, matter, State.DECIDING, me, turn.now)
    shown.redraw(turn, matter.id)
    matter_reminders.watch(turn, matter.id)
    shown.ask(turn, parties.section(turn.db, moved, turn.today), moved)
    return moved


def go_on(turn: Turn, matter: Any) -> Any:
    """A matter (a row) is at its next step, due so many working days from today, and somebody is to have it."""
    db, known = turn.db, clock.of_matter(turn.db, matter)
    days = clock.days_of(db, matter.bureau_id, matters.kind_of(matter))
    moved = matters.move(
        db, matter, State.WAITING, shown.doer(turn, matter), turn.now, step=matter.step + 1, begun_on=turn.today,
        due_on=clock.from_start(known, turn.today, days).day,
    )  # fmt: skip
    begun = matter_assign.begin_step(turn, moved)
    matter_reminders.watch(turn, matter.id)
    return begun


def end(turn: Turn, matter: Any) -> Any:
    """A matter (a row) is done with: whoever asked for it, reviewed it, or is to be informed hears what came of it."""
    moved = matters.move(turn.db, matter, State.DONE, shown.doer(turn, matter), turn.now)
    shown.redraw(turn, matter.id)
    matter_reminders.watch(turn, matter.id)
    asked = parties.openers(turn.db, moved, turn.today)
    wrote = [one.person_id for one in assignments.of_matter(turn.db, matter.id) if one.state == assignments.State.DONE]
    told = {*wrote, *parties.informed(turn.db, moved, turn.today)} - {*asked}
    shown.ask(turn, asked, moved, lead="ended")
    shown.tell(turn, told, moved, lead="ended")
    return moved
