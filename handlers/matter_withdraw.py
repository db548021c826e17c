"""撤销: whoever may open such a matter takes it back with a reason; what has been written is kept, and counts no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot import conversation
from bot.acting import theirs
from bot.actions import action
from bot.fields import Ask, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers.matter_assign import replace
from handlers.matter_cards import KIND
from handlers.matter_reminders import watch
from handlers.matter_view import View
from models.conversations import CANCELLED
from models.matters import matters, parties, suspensions
from models.matters.matters import State
from models.rights import Right

REASON_LIMIT = 100

flow = Flow("matter_withdraw", right=Right.ASSIGN_MATTER, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Withdrawing:
    """A matter (a row) that is taken back."""

    matter: Any
    view: View

    @property
    def begun(self) -> bool:
        """Whether somebody has it."""
        return bool(self.view.live)


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """撤销, to whoever opened it, or may open such ones in their place."""
    if found.is_open and person in found.openers:
        yield Button("mt.wd", found.row.id, found.row.version)


@action("mt.wd", right=Right.ASSIGN_MATTER, load=shown.opened_at)
def withdraw(turn: Turn, matter: Any, button: Button) -> None:
    """撤销: why is asked, wherever the matter stands by now, unless that is its end."""
    if matters.is_open(matter):
        conversation.begin(turn, flow, matter.id, replaces=(flow.name,))
    else:
        shown.show_stale(turn, matter)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Withdrawing:
    """Refuse: it is not the sender's to withdraw, or it has come to its end."""
    matter = theirs(turn, flow.right, shown.opened_at(turn, subject))
    found = shown.view(turn, matter)
    if not found.is_open:
        raise Refuse(None, "moved_on", view=found, person=turn.actor.person_id)
    return Withdrawing(matter, found)


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Why."""
    yield Ask("reason", Text(REASON_LIMIT, least=2))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is withdrawn; whoever has it, assigns or accepts it is told. Raises Changed: somebody has moved it this moment."""
    reason, me = talk.place.answers.reason, turn.actor.person_id
    matter = matters.hold(turn.db, talk.facts.matter)
    told = {one.person_id for one in talk.facts.view.live} | set(_waited_on(talk.facts.view))
    for one in talk.facts.view.live:
        replace(turn, one, None)
    suspensions.end(turn.db, matter, me, turn.today, turn.now)
    withdrawn = matters.move(turn.db, matter, State.WITHDRAWN, me, turn.now, comment=reason)
    turn.audit("matter.withdraw", KIND, matter.id, matter.state, {"state": State.WITHDRAWN.value, "reason": reason})
    watch(turn, matter.id)
    shown.redraw(turn, matter.id)
    shown.ask(turn, told, withdrawn)
    shown.tell(turn, set(parties.informed(turn.db, withdrawn, turn.today)) - told, withdrawn)
    shown.show(turn, withdrawn)


def _waited_on(found: View) -> Iterable[int]:
    """Whom it waited for, besides its reviewers."""
    return {State.WAITING: found.assigners, State.SUBMITTED: found.accepters, State.DECIDING: found.section}.get(
        found.row.state, ()
    )
