"""撤回 after a notice has gone out: what waits is not sent, what has arrived is taken back where it stands, and it says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot import conversation
from bot.actions import action
from bot.due import due
from bot.fields import Ask, Text
from bot.flow import Answers, Flow
from bot.messages import Button, Message
from bot.talk import Talk
from bot.turn import Turn
from handlers import notice_cards as cards
from handlers import notice_copies
from handlers.notice_cards import KIND, View
from handlers.notice_sending import MOST, one_of
from models import people
from models.conversations import CANCELLED
from models.notices import copies, notices, receipts
from models.notices.notices import Portions, State
from models.rights import Right

LONGEST = 100
MAY = (State.SENDING, State.SENT, State.STOPPED)
"""The states in which a notice can be taken back."""

flow = Flow("notice_recall", right=Right.WRITE_NOTICE, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """The notice (a row) and what it is called, and how many people it has reached."""

    notice: Any
    name: str
    reached: int


@cards.offers
def offers(turn: Turn, found: View, person: int) -> list[Button]:
    """撤回, once it has gone out to anybody."""
    return [Button("nt.wd", found.row.id, found.row.version)] if found.row.state in MAY and found.figures.total else []


@action("nt.wd", right=Right.WRITE_NOTICE, load=cards.notice_at)
def begin(turn: Turn, row: Any, button: Button) -> None:
    """撤回: the reason is asked for."""
    if row.state in MAY:
        conversation.begin(turn, flow, row.id, replaces=(flow.name,))
    else:
        cards.show_stale(turn, row)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: no such notice of the sender's bureau, or it has been withdrawn meanwhile."""
    row, name = cards.still(turn, flow.right, subject, MAY)
    return Facts(row, name, cards.view(turn, row).figures.sent)


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Why: it is read by whoever has had it."""
    yield Ask("reason", Text(LONGEST, least=2), skippable=True)


@flow.private
def private(a: Answers) -> bool:
    """Why an 内部 notice was withdrawn is read on its page, and written on ours."""
    return bool(a.facts.notice.confidential)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """Nobody gets it any more, and where it stands it says that it was withdrawn."""
    before = talk.facts.notice
    row = notices.move(
        turn.db, before, State.WITHDRAWN, turn.actor.person_id, turn.now, done=True, reason=talk.place.answers.reason,
        portions=Portions.RECALL,
    )  # fmt: skip
    receipts.stop(turn.db, row.id, turn.now)
    turn.audit("notice.withdraw", KIND, row.id, before.state, row.state)
    cards.redraw(turn, row.id)
    cards.show(turn, row)


@due
def take_back(turn: Turn) -> bool:
    """Some more copies of a notice that was stopped or withdrawn are taken back where they stand."""
    recalling = (one for one in notices.in_portions(turn.db) if one.portions == Portions.RECALL)
    return one_of(turn, [one for one in recalling if _is_ripe(turn, one)], _take_some)


def _is_ripe(turn: Turn, row: Any) -> bool:
    """Whether there is something to take back, or nothing any more: of what is being sent, that is not known yet."""
    found = receipts.to_recall(turn.db, row.id, 1, reached=row.state == State.WITHDRAWN)
    return bool(found) or not copies.figures(turn.db, row).underway


def _take_some(turn: Turn, row: Any) -> None:
    withdrawn = row.state == State.WITHDRAWN
    persons = receipts.to_recall(turn.db, row.id, MOST, reached=withdrawn)
    for person in persons:
        people.lock(turn.db, person)
    notices.lock(turn.db, row.id)
    drawn = notice_copies.message(turn, row) if withdrawn else _stopped(turn, row)
    for person in set(persons) & set(receipts.to_recall(turn.db, row.id, MOST, reached=withdrawn)):
        copy = receipts.of(turn.db, row.id, person)
        receipts.recalled(turn.db, row.id, person, notice_copies.draw_anew(turn, copy, drawn), turn.now)
    if not persons:
        notices.portioned(turn.db, row.id, Portions.RECALL)


def _stopped(turn: Turn, row: Any) -> Message:
    """What stands in the list of somebody to whom it had not been sent when it was stopped."""
    with turn.within("notice_recall"):
        return Message(turn.text("stopped", name=cards.called(turn, row)))
