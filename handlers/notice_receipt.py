"""收到: the addressee confirms a notice, with the answer to its one question if it asks one; nobody else can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot import conversation
from bot.actions import action
from bot.fields import Ask, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import notice_cards, notice_copies
from handlers.notice_cards import KIND
from handlers.notice_copies import Held, copy_at
from models.conversations import CANCELLED
from models.notices import notices, receipts
from models.notices.notices import State
from models.rights import Right

LONGEST = 200

flow = Flow("notice_receipt", right=Right.USE, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """The notice, what it is called here, and the sender's copy (rows)."""

    notice: Any
    name: str
    copy: Any


@action("nt.ok", right=Right.USE, load=copy_at)
def confirm(turn: Turn, held: Held, button: Button) -> None:
    """收到, once; pressed again, it says when that was."""
    name = notice_cards.called(turn, held.notice)
    if held.copy.confirmed_at is not None:
        turn.say("confirmed_already", Button("menu"), name=name, copy=held.copy)
    elif held.notice.state == State.WITHDRAWN:
        turn.say("withdrawn", Button("menu"), name=name)
    elif not (held.notice.receipt and held.copy.asked):
        turn.say("not_there")
    elif held.notice.question:
        conversation.begin(turn, flow, held.notice.id, replaces=(flow.name,))
    else:
        _take(turn, held.notice, None)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: it was not for the sender, asks nothing any more, or has been confirmed."""
    target = copy_at(turn, subject)
    if target is None or not (target.value.notice.receipt and target.value.copy.asked):
        raise Refuse(None, "not_there")
    notice, copy = target.value
    name = notice_cards.called(turn, notice)
    if copy.confirmed_at is not None:
        raise Refuse(None, "confirmed_already", name=name, copy=copy)
    if notice.state == State.WITHDRAWN:
        raise Refuse(None, "withdrawn", name=name)
    return Facts(notice, name, copy)


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """What the notice asks."""
    yield Ask("answer", Text(LONGEST, least=1))


@flow.private
def private(a: Answers) -> bool:
    """What an 内部 notice asks, and the answer, stay on our own page."""
    return bool(a.facts.notice.confidential)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """Answered is confirmed."""
    _take(turn, talk.facts.notice, talk.place.answers.answer)


def _take(turn: Turn, notice: Any, answer: str | None) -> None:
    me = turn.actor.person_id
    receipts.confirm(turn.db, notice.id, me, turn.inbound.channel, answer, turn.now)
    notices.watch(turn.db, notice.id)
    turn.audit("notice.confirm", KIND, notice.id, None, turn.now.isoformat())
    turn.at_the_end((KIND, notice.id, me), lambda: _draw_anew(turn, notice))
    said = turn.text("confirmed", name=notice_cards.called(turn, notice), answer="" if notice.confidential else answer)
    if not conversation.come_back(turn, said):
        turn.say_text(said, Button("menu"))


def _draw_anew(turn: Turn, notice: Any) -> None:
    """The sender's copy says that it is confirmed, wherever it stands."""
    me = turn.actor.person_id
    copy = receipts.of(turn.db, notice.id, me)
    drawn = notice_copies.message(turn, notice, copy)
    receipts.shows(turn.db, notice.id, me, notice_copies.draw_anew(turn, copy, drawn))
