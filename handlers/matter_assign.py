"""指派: who is asked to review a matter, by themselves, by whoever opens it, or by whoever assigns such steps; 改派 at any time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from bot import conversation
from bot.acting import theirs
from bot.actions import action
from bot.fields import Ask, OneOf, Option, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers.matter_assigning import ADD, Assigning
from handlers.matter_fields import SEVERAL, officer, officers
from handlers.matter_reminders import watch
from handlers.matter_view import View
from models.affairs import By
from models.conversations import CANCELLED
from models.matters import assignments, matters, parties, suspensions
from models.matters.assignments import Candidate
from models.matters.matters import State
from models.rights import Right

REASON_LIMIT = 100
ASSIGNABLE = (State.WAITING, State.WORKING, State.SUSPENDED)

flow = Flow("matter_assign", right=Right.ASSIGN_MATTER, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


def begin_step(turn: Turn, matter: Any, who: Collection[int] = ()) -> Any:
    """Let somebody have the present step of a matter (a row) that waits; its row as it is then.

    `who`: whom somebody has chosen for it. Else it is the unit's own officer's, where the step is the unit's and there is
    but one; else it goes on waiting, and whoever assigns it is asked to.
    """
    step = matters.step_of(matter)
    found = assignments.candidates(turn.db, matter, step, turn.today)
    chosen = [one for one in found if one.person_id in who]
    if not chosen and step.by is By.OWN_OFFICER:
        own = [one for one in found if one.unit_id == matter.unit_id]
        chosen = own if len(own) == 1 else []
    if chosen:
        return give(turn, matter, chosen)
    watch(turn, matter.id)
    shown.redraw(turn, matter.id)
    shown.ask(turn, parties.assigners(turn.db, matter, turn.today), matter)
    return matter


def give(turn: Turn, matter: Any, chosen: Sequence[Candidate], *, takes: bool = False) -> Any:
    """Ask some to do the present step of a matter (a row), besides whoever does it already; its row as it is then.

    `takes`: it is the sender, who does it, and need not be asked.
    """
    by = shown.doer(turn, matter)
    given = assignments.assign(turn.db, matter, chosen, by, turn.now)
    to = State.SUSPENDED if matter.state == State.SUSPENDED else State.WORKING
    moved = matters.move(turn.db, matter, to, by, turn.now)
    for the_id, one in zip(given, chosen, strict=True):
        turn.audit("matter.assign", "assignment", the_id, None, {"matter": matter.id, "person": one.person_id})
        if takes:
            assignments.move(turn.db, assignments.by_id(turn.db, the_id), assignments.State.ACCEPTED, by, turn.now)
    watch(turn, matter.id)
    shown.redraw(turn, matter.id)
    shown.ask(turn, [one.person_id for one in chosen], moved)
    return moved


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """指派, or 改派, to whoever assigns the present step."""
    if person in found.assigners and found.row.state in ASSIGNABLE:
        again = "" if found.row.state == State.WAITING else "again"
        yield Button("mt.as", found.row.id, found.row.version, arg=again)


@action("mt.as", right=Right.ASSIGN_MATTER, load=shown.assigned_at)
def assign(turn: Turn, matter: Any, button: Button) -> None:
    """指派 and 改派: the questions."""
    if matter.version == button.version and matter.state in ASSIGNABLE:
        conversation.begin(turn, flow, matter.id, replaces=(flow.name,))
    else:
        shown.show_stale(turn, matter)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Assigning:
    """Refuse: it is not the sender's to assign, somebody has moved it since, or there is nobody to be asked."""
    matter = theirs(turn, flow.right, shown.assigned_at(turn, subject))
    if matter.state not in ASSIGNABLE or (basis is not None and matter.version != basis):
        found = shown.view(turn, matter)
        raise Refuse(None, "moved_on", view=found, person=turn.actor.person_id)
    found_here = Assigning(turn, matter)
    if not found_here.candidates:
        raise Refuse(None, "nobody_left", view=shown.view(turn, matter))
    return found_here


@flow.start
def start(facts: Assigning, at: str | None) -> tuple[dict[str, Any], int]:
    """Who is chosen is chosen for the matter as it was shown."""
    return {}, facts.matter.version


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Where somebody has it: in whose place, or besides, and why; and who is asked."""
    facts: Assigning = a.facts
    if facts.held:
        options = tuple(Option(str(one.id), one.name) for one in facts.replaceable)
        yield Ask("whose", OneOf((*options, ADD)), about=facts.view)
        if a.whose != ADD:
            yield Ask("reason", Text(REASON_LIMIT, least=2))
    yield Ask("who", officer(facts.candidates), about=facts)
    if not isinstance(a.who, int):
        yield Ask(SEVERAL, officers(facts.candidates), about=facts)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is theirs; whoever had it is told. Raises Changed: somebody has moved it this moment."""
    a, facts = talk.place.answers, talk.facts
    matters.hold(turn.db, facts.matter)
    whose = int(a.whose) if a.get("whose", ADD) != ADD else None
    replaced = None
    if whose is not None:
        replaced = next(one for one in facts.replaceable if one.id == whose)
        replace(turn, replaced, a.reason)
    wanted = set(map(int, a.several.items)) if SEVERAL in a else {a.who}
    moved = give(turn, facts.matter, [one for one in facts.candidates if one.person_id in wanted])
    if replaced is not None:
        shown.ask(turn, [replaced.person_id], moved, lead="taken_away", reason=a.reason)
    shown.show(turn, moved)


def replace(turn: Turn, assignment: Any, reason: str | None, *, by: int | None = None) -> None:
    """改派: somebody's part (a row) is not theirs any more. Telling them, and finding another, is the caller's.

    `by`: whose doing it is, where it is not the sender's.
    """
    who = turn.actor.person_id if by is None else by
    assignments.move(turn.db, assignment, assignments.State.REPLACED, who, turn.now, reason=reason)
    turn.audit("matter.assign", "assignment", assignment.id, assignment.state, assignments.State.REPLACED.value)


def wait(turn: Turn, matter: Any, by: int) -> Any:
    """Nobody has a matter (a row) any more: it waits to be assigned, and its clock runs; its row as it is then."""
    due_on = suspensions.end(turn.db, matter, by, turn.today, turn.now)
    return matters.move(turn.db, matter, State.WAITING, by, turn.now, due_on=due_on)
