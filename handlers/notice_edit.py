"""改定时通知: a notice that has not gone out is changed, or sent at another time."""

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
from handlers.notice_cards import KIND, View
from handlers.notice_questions import flow_of
from handlers.notice_stored import answers_of
from handlers.notice_write import drafted
from handlers.notice_writing import Writing
from models.notices import rewriting
from models.notices.notices import State
from models.rights import Right

flow = flow_of("notice_edit")


@cards.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """改, as long as it waits for its time. A 更正 is called back instead: whom it goes to is not chosen."""
    if may_change(found.row):
        yield Button("nt.edit", found.row.id, found.row.version)


@action("nt.edit", right=Right.WRITE_NOTICE, load=cards.notice_at)
def begin(turn: Turn, row: Any, button: Button) -> None:
    """改: as it stands, to be changed and confirmed."""
    if may_change(row):
        conversation.begin(turn, flow, row.id, replaces=(flow.name,))
    else:
        cards.show_stale(turn, row)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Writing:
    """Refuse: no such notice of the sender's bureau, it is on its way by now, or somebody else has changed it meanwhile."""
    target = cards.notice_at(turn, subject)
    if target is None or turn.acts(flow.right, target.place) is None:
        raise Refuse(None, "not_there")
    row, name = target.value, cards.called(turn, target.value)
    if not may_change(row):
        raise Refuse(None, "too_late", name=name)
    if basis not in (None, row.version):
        raise Refuse(None, "changed_meanwhile", name=name, mover=cards.view(turn, row).mover)
    return Writing(turn, row.bureau_id, row)


@flow.start
def start(found: Writing, at: str | None) -> tuple[dict[str, Any], int]:
    """What it says and how it is sent as it stands."""
    assert found.row is not None
    return answers_of(found.turn, found.row, timed=True), found.row.version


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is what has been written now, and goes out at its new time."""
    row, draft = talk.facts.row, drafted(turn, talk)
    moved = rewriting.rewrite(turn.db, row, notice_sending.timed(turn, draft), turn.actor.person_id, turn.now)
    turn.audit("notice.change", KIND, row.id, row.state, moved.state)
    cards.redraw(turn, row.id)
    notice_sending.put(turn, moved, draft)


def may_change(row: Any) -> bool:
    """Whether a notice (a row) waits for its time, and may be changed."""
    return row.state == State.SCHEDULED and row.corrects is None
