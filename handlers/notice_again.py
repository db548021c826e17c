"""再用: a notice that has been sent is the draft of another one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot import conversation
from bot.actions import action
from bot.flow import Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import notice_cards as cards
from handlers import notice_sending
from handlers.notice_cards import View
from handlers.notice_questions import flow_of
from handlers.notice_stored import answers_of
from handlers.notice_write import drafted
from handlers.notice_writing import Writing
from models.notices.notices import State
from models.rights import Right

OVER = (State.SENT, State.STOPPED, State.WITHDRAWN)

flow = flow_of("notice_again")


@cards.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """再用, once it has gone out or been called back."""
    if found.row.state in OVER and found.row.corrects is None:
        yield Button("nt.use", found.row.id)


@action("nt.use", right=Right.WRITE_NOTICE, load=cards.notice_at)
def begin(turn: Turn, row: Any, button: Button) -> None:
    """再用: another notice, as this one was."""
    conversation.begin(turn, flow, row.id)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Writing:
    """`subject`: the notice that is used again. Refuse: no such notice of the sender's bureau."""
    target = cards.notice_at(turn, subject)
    if target is None or turn.acts(flow.right, target.place) is None:
        raise Refuse(None, "not_there")
    return Writing(turn, target.value.bureau_id, of=target.value)


@flow.start
def start(found: Writing, at: str | None) -> tuple[dict[str, Any], int]:
    """What the other one said and to whom it went; when and until when are asked anew."""
    return answers_of(found.turn, found.of, timed=False), 0


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is on its way, a notice of its own."""
    notice_sending.send(turn, drafted(turn, talk))
