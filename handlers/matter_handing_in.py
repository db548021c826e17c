"""交意见: what a reviewer wrote is drawn to be looked at, handed in, and passed on once everybody's is there."""

from __future__ import annotations

from typing import Any

from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers import matter_ending, matter_files, matter_preview, matter_reminders
from handlers.matter_writing import FILE, Writing, is_to_write
from models import evidence
from models.evidence import Stage
from models.matters import assignments, drafts, matters, opinions, parties, suspensions
from models.matters.files import Kind
from models.matters.matters import State


def draw(turn: Turn, talk: Talk) -> None:
    """Keep what would be handed in, and have its document drawn after the turn; but not while its file is on its way."""
    facts: Writing = talk.facts
    a = talk.place.answers
    file = int(a.file.items[0][1:]) if a.way == FILE else None
    piece = evidence.by_id(turn.db, file) if file is not None else None
    if file is not None and (piece is None or piece.stage != Stage.STORED):
        return
    drafts.keep(turn.db, facts.assignment, facts.said(a), a.conclusion, a.text, file, turn.now)
    if not facts.hidden:
        matter_preview.preview(turn, facts.assignment.id)


def hand_in(turn: Turn, talk: Talk) -> None:
    """Keep what the reviewer says; it counts, unless another has the matter by now. Refuse: the file is not here yet."""
    facts: Writing = talk.facts
    a = talk.place.answers
    matter = matters.locked(turn.db, facts.matter.id)
    assignment = assignments.by_id(turn.db, facts.assignment.id)
    assert assignment is not None
    me, counts = turn.actor.person_id, is_to_write(assignment, matter)
    file = None
    if a.way == FILE:
        (file,) = matter_files.attach(turn, matter.id, Kind.OPINION, a.file, key="file", subject=assignment.id)
    version = opinions.hand_in(
        turn.db, assignment, facts.said(a), a.conclusion, a.text, me, turn.now, file=file, counts=counts
    )
    drafts.drop(turn.db, assignment.id)
    turn.audit("matter.submit", "assignment", assignment.id, assignment.state, {"version": version, "counts": counts})
    if counts:
        assignments.move(turn.db, assignment, assignments.State.SUBMITTED, me, turn.now)
        shown.show(turn, settle(turn, matter.id), turn.text("handed_in"))
    else:
        turn.say("kept_only", facts=Writing(turn, assignment, matter))


def settle(turn: Turn, the_id: int) -> Any:
    """Once everybody who is still on a matter's step has handed in, it waits to be accepted; or is, where nobody has to.

    Its row as it is then. To be called whenever somebody has handed in, or is on it no more.
    """
    matter = matters.locked(turn.db, the_id)
    live = assignments.live(turn.db, matter)
    all_in = live and all(one.state == assignments.State.SUBMITTED for one in live)
    if all_in and matter.state in (State.WORKING, State.SUSPENDED):
        me = shown.doer(turn, matter)
        due_on = suspensions.end(turn.db, matter, me, turn.today, turn.now)
        matter = matters.move(turn.db, matter, State.SUBMITTED, me, turn.now, due_on=due_on)
        if parties.accepter(turn.db, matter, turn.today) is None:
            return matter_ending.finish(turn, matter)
        shown.ask(turn, parties.accepters(turn.db, matter, turn.today), matter)
    shown.redraw(turn, the_id)
    matter_reminders.watch(turn, the_id)
    return matter
