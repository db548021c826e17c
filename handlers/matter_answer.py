"""接受, 回避, 无法承办: what somebody answers who is asked to review a matter; 由我办理: the legal section takes it itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot import conversation
from bot.actions import action
from bot.fields import Ask, OneOf, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_assign, matter_handing_in, matter_opinion, matter_record
from handlers import matter_cards as shown
from handlers.matter_reminders import watch
from handlers.matter_view import Asks, View
from handlers.matter_writing import own_part
from models.affairs import By
from models.conversations import CANCELLED
from models.matters import assignments, matters, parties
from models.matters.assignments import LOAD, State
from models.matters.matters import State as Standing
from models.rights import Right

REASON_LIMIT = 100
OTHER = "other"
IN_HAND = (Standing.WORKING, Standing.SUSPENDED)

flow = Flow("matter_answer", right=Right.WRITE_OPINION, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


class Recusal(StrEnum):
    """Why somebody must not review a matter."""

    HANDLED = "handled"
    CONCERNED = "concerned"
    OTHER = OTHER


class Inability(StrEnum):
    """Why somebody cannot."""

    AWAY = "away"
    BUSY = "busy"
    BEYOND = "beyond"
    """It is beyond what they know."""
    OTHER = OTHER


@dataclass(frozen=True)
class Declining:
    """A part in a matter that somebody gives back: to RECUSED or UNABLE."""

    assignment: Any
    matter: Any
    view: View
    to: State


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """Whoever is asked answers; whoever has accepted can still find that they must not, or cannot."""
    mine = found.mine(person)
    if mine is not None and _in_hand(mine, found.row):
        codes = ("mt.acc", "mt.rec", "mt.un") if mine.state == State.ASKED else ("mt.rec", "mt.un")
        yield from (Button(code, mine.id, mine.version) for code in codes)
    if found.asks(person) is Asks.ASSIGN and _may_take(turn, found.row, person):
        yield Button("mt.me", found.row.id, found.row.version)


@action("mt.acc", right=Right.WRITE_OPINION, load=shown.assignment_at)
def accept(turn: Turn, assignment: Any, button: Button) -> None:
    """接受: it leads straight on to the first point."""
    matter: Any = matters.by_id(turn.db, assignment.matter_id)
    if assignment.state != State.ASKED or not _in_hand(assignment, matter):
        shown.show_stale(turn, matter, assignment)
        return
    assignments.move(turn.db, assignment, State.ACCEPTED, turn.actor.person_id, turn.now)
    turn.audit("matter.accept_task", "assignment", assignment.id, assignment.state, State.ACCEPTED.value)
    watch(turn, matter.id)
    shown.redraw(turn, matter.id)
    _go_on(turn, matter, assignment.id)


@action("mt.me", right=Right.ASSIGN_MATTER, load=shown.assigned_at)
def take(turn: Turn, matter: Any, button: Button) -> None:
    """由我办理: a step of the legal section's own, which nobody has."""
    me = turn.actor.person_id
    if matter.version != button.version or not _may_take(turn, matter, me):
        shown.show_stale(turn, matter)
        return
    step = matters.step_of(matter)
    able = [one for one in assignments.candidates(turn.db, matter, step, turn.today) if one.person_id == me]
    moved = matter_assign.give(turn, matter, able, takes=True)
    mine = next(one for one in assignments.live(turn.db, moved) if one.person_id == me)
    _go_on(turn, moved, mine.id)


@action("mt.rec", right=Right.WRITE_OPINION, load=shown.assignment_at)
@action("mt.un", right=Right.WRITE_OPINION, load=shown.assignment_at)
def decline(turn: Turn, assignment: Any, button: Button) -> None:
    """回避 and 无法承办: why is asked."""
    matter = matters.by_id(turn.db, assignment.matter_id)
    if _in_hand(assignment, matter):
        which = 1 if button.code == "mt.rec" else -1
        conversation.begin(turn, flow, which * assignment.id, replaces=(flow.name,))
    else:
        shown.show_stale(turn, matter, assignment)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Declining:
    """`subject`: an assignment that is recused; below 0, one that cannot be done. Refuse: it is not the sender's (any more)."""
    assignment, matter = own_part(turn, abs(subject))
    found = shown.view(turn, matter)
    if not _in_hand(assignment, matter):
        raise Refuse(None, "moved_on", view=found, person=turn.actor.person_id)
    return Declining(assignment, matter, found, State.RECUSED if subject > 0 else State.UNABLE)


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Why."""
    recuses = a.facts.to is State.RECUSED
    key = "recusal" if recuses else "inability"
    yield Ask(key, OneOf(Recusal if recuses else Inability), about=a.facts.view)
    if a[key] == OTHER:
        yield Ask("reason", Text(REASON_LIMIT, least=2))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is not theirs any more; somebody else is asked, or whoever assigns it. Raises Changed: it was taken away this moment."""
    facts: Declining = talk.facts
    a, me = talk.place.answers, turn.actor.person_id
    matter = matters.hold(turn.db, facts.matter)
    reason = a.get("reason") or turn.house.words.label(flow.name, talk.place.path[0].key, a[talk.place.path[0].key])
    assignments.move(turn.db, facts.assignment, facts.to, me, turn.now, reason=reason)
    before, after = facts.assignment.state, {"state": facts.to.value, "reason": reason}
    if facts.to is State.RECUSED:
        turn.audit("matter.recuse", "assignment", facts.assignment.id, before, after)
    else:
        turn.audit("matter.unable", "assignment", facts.assignment.id, before, after)
    if assignments.live(turn.db, matter):
        matter_handing_in.settle(turn, matter.id)
        left: Any = matters.by_id(turn.db, matter.id)
        shown.tell(turn, parties.assigners(turn.db, left, turn.today), left, lead="one_less", name=turn.actor.name)
    else:
        left = matter_assign.begin_step(turn, matter_assign.wait(turn, matter, me))
        if left.state != Standing.WAITING:
            shown.tell(turn, parties.assigners(turn.db, left, turn.today), left, lead="one_less", name=turn.actor.name)
    turn.say("done", [shown.list_button(turn), Button("menu")], view=shown.view(turn, left), to=facts.to.value)


def _go_on(turn: Turn, matter: Any, assignment: int) -> None:
    """Lead on to what is to be written; the card alone, while material is awaited."""
    mine = assignments.by_id(turn.db, assignment)
    if matter.state != Standing.WORKING:
        shown.show(turn, matter)
    elif matters.kind_of(matter).record is not None:
        matter_record.write(turn, mine)
    else:
        matter_opinion.write(turn, mine)


def _in_hand(assignment: Any, matter: Any) -> bool:
    return assignment.state in LOAD and assignment.step == matter.step and matter.state in IN_HAND


def _may_take(turn: Turn, matter: Any, person: int) -> bool:
    step = matters.step_of(matter)
    if matter.state != Standing.WAITING or step.by is not By.LEGAL_SECTION:
        return False
    return any(one.person_id == person for one in assignments.candidates(turn.db, matter, step, turn.today))
