"""不同意延期: whoever assigns says why; the due date stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
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
from handlers.matter_cards import KIND, TASK
from handlers.matter_extension import REASON_LIMIT, extension_at, show_over, waits
from handlers.matter_reminders import watch
from models.conversations import CANCELLED
from models.matters import extensions, matters
from models.matters.extensions import Asked
from models.rights import Right

flow = Flow("matter_refusal", right=Right.ASSIGN_MATTER, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))
flow.private(lambda a: bool(a.facts.matter.confidential))


@dataclass(frozen=True)
class Facts:
    """The wish that is refused, with the name of whoever asked, and its matter (rows)."""

    wish: Any
    matter: Any


@action("mt.ext.n", right=Right.ASSIGN_MATTER, load=extension_at)
def refuse(turn: Turn, wish: Any, button: Button) -> None:
    """不同意延期: why?"""
    if waits(turn, wish.id):
        conversation.begin(turn, flow, wish.id)
    else:
        show_over(turn, wish, matters.by_id(turn.db, wish.matter_id))


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: there is no such wish for the sender to answer, or it waits no more."""
    found = theirs(turn, flow.right, extension_at(turn, subject))
    wish, matter = extensions.with_name(turn.db, subject), matters.by_id(turn.db, found.matter_id)
    if not waits(turn, subject):
        raise Refuse(None, "settled", wish=wish, matter=matter)
    return Facts(wish, matter)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Why."""
    yield Ask("comment", Text(REASON_LIMIT, least=2))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """The reviewer is told."""
    wish, comment = talk.facts.wish, talk.place.answers.comment
    matter = matters.hold(turn.db, talk.facts.matter)
    extensions.decide(turn.db, wish, Asked.REFUSED, turn.actor.person_id, turn.now, comment)
    turn.audit("matter.extend", KIND, matter.id, {"asks": wish.until}, {"refused": comment})
    shown.redraw(turn, matter.id)
    watch(turn, matter.id)
    view, of, see = shown.view(turn, matter), (TASK, wish.assignment_id), Button("mt.see", matter.id)
    turn.remind({wish.asked_by} - {turn.actor.person_id}, "refused", see, of=of, view=view, comment=comment)
    shown.show(turn, matter, turn.text("stays"))
