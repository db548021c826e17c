"""退回意见: whoever accepts sends some points back with a reason; only those are asked again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot import conversation
from bot.acting import theirs
from bot.actions import action
from bot.fields import Ask, Option, Several, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_accept, matter_reminders
from handlers import matter_cards as shown
from handlers.matter_view import About, Asks
from models.conversations import CANCELLED
from models.matters import assignments, clock, matters, opinions
from models.matters.matters import State
from models.rights import Right

OVERALL = "overall"

flow = Flow("matter_return", right=Right.ASSIGN_MATTER, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))
flow.private(lambda a: bool(a.facts.matter.confidential))


@dataclass
class Facts(About):
    """The matter that was handed in."""

    @cached_property
    def typed(self) -> dict[int, bool]:
        """By the assignment: whether the opinion was typed, not given as a file."""
        latest = {one.id: opinions.latest(self.turn.db, one.id) for one in self.view.live}
        return {the_id: one is not None and one.evidence_id is None for the_id, one in latest.items()}


@action("mt.back", right=Right.ASSIGN_MATTER, load=matter_accept.submitted_at)
def send_back(turn: Turn, matter: Any, button: Button) -> None:
    """退回: what is to be asked again, and why."""
    asks = shown.view(turn, matter).asks(turn.actor.person_id)
    if matter.version == button.version and asks is Asks.ACCEPT:
        conversation.begin(turn, flow, matter.id)
    else:
        shown.show_stale(turn, matter)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: no such matter for the sender to accept, or somebody has moved it since."""
    matter = theirs(turn, flow.right, matter_accept.submitted_at(turn, subject))
    view = shown.view(turn, matter)
    if view.asks(turn.actor.person_id) is not Asks.ACCEPT or (basis is not None and matter.version != basis):
        raise Refuse(None, "moved_on", view=view, person=turn.actor.person_id, assignment=None, mover=view.mover)
    return Facts(turn, matter)


@flow.start
def start(facts: Facts, at: str | None) -> tuple[dict[str, Any], int]:
    """The reason is about the opinions as they were shown."""
    return {}, facts.matter.version


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """To whom, where there are several; which points, unless it is a file; and why."""
    facts: Facts = a.facts
    if len(facts.view.live) > 1:
        yield Ask("who", Several(tuple(Option(str(one.id), one.name) for one in facts.view.live)))
    if any(facts.typed[one.id] for one in _chosen(a)):
        points = [Option(str(check.number), check.name) for check in facts.view.affair.checks]
        yield Ask("points", Several((*points, Option(OVERALL))))
    yield Ask("reason", Text(300, least=2))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It goes back to those who are to mend it, due a working day from now at the earliest."""
    facts: Facts = talk.facts
    a, me = talk.place.answers, turn.actor.person_id
    matter = matters.locked(turn.db, facts.matter.id)
    chosen = _chosen(a)
    picked = a.points.items if "points" in a else ()
    returned = {
        "points": sorted(int(one) for one in picked if one != OVERALL), "overall": OVERALL in picked, "reason": a.reason
    }  # fmt: skip
    for one in chosen:
        assignments.move(turn.db, one, assignments.State.RETURNED, me, turn.now, returned=returned)
        turn.audit("matter.return", "assignment", one.id, one.state, returned)
    due_on = max(matter.due_on, clock.of_matter(turn.db, matter).after(turn.today, 1))
    moved = matters.move(turn.db, matter, State.WORKING, me, turn.now, due_on=due_on)
    shown.redraw(turn, matter.id)
    matter_reminders.watch(turn, matter.id)
    shown.ask(turn, [one.person_id for one in chosen], moved, lead="returned_to")
    shown.show(turn, moved, turn.text("returned"))


def _chosen(a: Answers) -> list[Any]:
    """The assignments that go back."""
    live = a.facts.view.live
    return [one for one in live if str(one.id) in a.who.items] if len(live) > 1 else list(live)
