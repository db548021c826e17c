"""补正: a reviewer says what is missing, the clock stands still, and goes on once it is brought or not wanted any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot import conversation
from bot.actions import action
from bot.fields import Ask, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers.matter_cards import KIND, TASK
from handlers.matter_reminders import watch
from handlers.matter_view import View
from handlers.matter_writing import is_to_write, own_part
from models import people
from models.conversations import CANCELLED
from models.matters import assignments, matters, parties, suspensions
from models.matters.matters import State
from models.rights import Right

LIMIT = 300

flow = Flow("matter_suspension", right=Right.WRITE_OPINION, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))
flow.private(lambda a: bool(a.facts.matter.confidential))


@dataclass(frozen=True)
class Facts:
    """The assignment and its matter (rows)."""

    assignment: Any
    matter: Any
    view: View


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterator[Button]:
    """等待补正 to a reviewer, 恢复办理 to one, and to whoever opened or assigns it."""
    mine, row = found.mine(person), found.row
    if mine is not None and row.state == State.WORKING and found.affair.record is None and is_to_write(mine, row):
        yield Button("mt.sus", mine.id, mine.version)
    elif row.state == State.SUSPENDED and mine is not None and is_to_write(mine, row):
        yield Button("mt.res.w", mine.id, row.version)
    elif row.state == State.SUSPENDED and person in (*found.openers, *found.assigners):
        yield Button("mt.res", row.id, row.version)


@action("mt.sus", right=Right.WRITE_OPINION, load=shown.assignment_at)
def begin(turn: Turn, assignment: Any, button: Button) -> None:
    """等待补正: what is missing?"""
    matter = matters.by_id(turn.db, assignment.matter_id)
    assert matter is not None
    if matter.state == State.WORKING and is_to_write(assignment, matter):
        conversation.begin(turn, flow, assignment.id)
    else:
        shown.show_stale(turn, matter)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: it is none of the sender's, or its clock does not run."""
    assignment, matter = own_part(turn, subject)
    view = shown.view(turn, matter)
    if matter.state != State.WORKING or not is_to_write(assignment, matter):
        raise Refuse(None, "over", view=view, mover=people.name_of(turn.db, matter.moved_by))
    return Facts(assignment, matter, view)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """What is to be brought."""
    yield Ask("wants", Text(LIMIT, least=2))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """The clock stands still, and whoever opened the matter is asked to bring what is missing."""
    wants, me = talk.place.answers.wants, turn.actor.person_id
    matter = matters.hold(turn.db, talk.facts.matter)
    suspensions.begin(turn.db, matter, wants, me, turn.today, turn.now)
    moved = matters.move(turn.db, matter, State.SUSPENDED, me, turn.now)
    turn.audit("matter.suspend", KIND, matter.id, matter.state, wants)
    shown.redraw(turn, matter.id)
    watch(turn, matter.id)
    openers = parties.openers(turn.db, moved, turn.today)
    shown.ask(turn, openers, moved)
    shown.show(turn, moved, turn.text("stands_still"))


@action("mt.res", right=Right.ASSIGN_MATTER, load=shown.followed_at)
def resume(turn: Turn, matter: Any, button: Button) -> None:
    """恢复办理, by whoever opened or assigns it: what was missing came otherwise, or is not wanted."""
    _resume(turn, matter.id, button.version)


@action("mt.res.w", right=Right.WRITE_OPINION, load=shown.assignment_at)
def resume_writing(turn: Turn, assignment: Any, button: Button) -> None:
    """恢复办理, by a reviewer who has what was missing."""
    _resume(turn, assignment.matter_id, button.version)


def brought(turn: Turn, matter: Any, *, came: bool = True) -> Any:
    """Material was brought for a matter (a row): its clock goes on, where it stood still; its row as it is then.

    `came`: False, where it goes on without.
    """
    held = matters.locked(turn.db, matter.id)
    if held.state != State.SUSPENDED:
        return held
    me = turn.actor.person_id if turn.known else held.moved_by
    due_on = suspensions.end(turn.db, held, me, turn.today, turn.now)
    moved = matters.move(turn.db, held, State.WORKING, me, turn.now, due_on=due_on)
    turn.audit("matter.resume", KIND, held.id, {"due_on": held.due_on}, {"due_on": due_on})
    shown.redraw(turn, held.id)
    watch(turn, held.id)
    view, see = shown.view(turn, moved), Button("mt.see", held.id)
    with turn.within(flow.name):
        for one in assignments.live(turn.db, moved):
            if one.person_id != me and is_to_write(one, moved):
                turn.remind({one.person_id}, "resumed", see, of=(TASK, one.id), view=view, came=came)
    return moved


def _resume(turn: Turn, the_id: int, version: int) -> None:
    matter = matters.locked(turn.db, the_id)
    if matter.state == State.SUSPENDED and matter.version == version:
        moved = brought(turn, matter, came=False)
        shown.show(turn, moved, turn.text("goes_on", matter=moved))
    else:
        shown.show_stale(turn, matter)
