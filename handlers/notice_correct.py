"""更正: whoever has had a notice gets what is right, linked to what it puts right; nobody else hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot import conversation
from bot.actions import action
from bot.fields import Ask, Text, YesNo
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import notice_cards as cards
from handlers import notice_sending
from handlers.notice_cards import View
from models import calendar
from models.conversations import CANCELLED
from models.notices import audience
from models.notices.audience import Audience, Scope
from models.notices.notices import Draft, State
from models.rights import Right

LONGEST = 2000
MAY = (State.SENT, State.STOPPED)
"""The states in which a notice can be put right."""

flow = Flow("notice_correct", right=Right.WRITE_NOTICE)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """The notice (a row) and what it is called; `people`: how many get what is right."""

    notice: Any
    name: str
    people: int


@cards.offers
def offers(turn: Turn, found: View, person: int) -> list[Button]:
    """更正, once it has been sent."""
    return [Button("nt.fix", found.row.id, found.row.version)] if found.row.state in MAY and found.figures.sent else []


@action("nt.fix", right=Right.WRITE_NOTICE, load=cards.notice_at)
def begin(turn: Turn, row: Any, button: Button) -> None:
    """更正: what is right?"""
    if row.state in MAY:
        conversation.begin(turn, flow, row.id, replaces=(flow.name,))
    else:
        cards.show_stale(turn, row)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: no such notice of the sender's bureau, it was withdrawn, or it is 内部 and this is no page of ours."""
    row, name = cards.still(turn, flow.right, subject, MAY)
    if row.confidential and not turn.inside:
        raise Refuse(None, "inside_only", name=name)
    reached = audience.recipients(
        turn.db, row.bureau_id, Audience(Scope.REACHED, of=row.id), turn.today, turn.actor.person_id
    )
    return Facts(row, name, len(reached))


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """What is right, and whether that is to be confirmed once more."""
    yield Ask("text", Text(LONGEST, least=2))
    if a.facts.notice.receipt:
        yield Ask("receipt", YesNo())


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It goes out like any other notice, after the time for second thoughts."""
    row, answers = talk.facts.notice, talk.place.answers
    asks = bool(row.receipt and answers.receipt)
    soon = calendar.of_bureau(turn.db, row.bureau_id).after(turn.today, 1)
    by = max(row.receipt_by or soon, soon) if asks else None
    notice_sending.send(turn, Draft(
        row.bureau_id, turn.text("title", title=row.title), answers.text, Audience(Scope.REACHED, of=row.id).stored(),
        turn.now, confidential=bool(row.confidential), receipt=asks, receipt_by=by, at_once=bool(row.at_once), corrects=row.id,
    ))  # fmt: skip
