"""A notice as its recipients see it: the message each of them gets, drawn anew when they confirm or it is taken back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

from bot.actions import Target, action
from bot.messages import Button, Message
from bot.turn import Turn
from handlers import notice_cards
from handlers.notice_cards import KIND
from models import outgoing
from models.notices import notices, receipts
from models.notices.notices import Draft, State
from models.outgoing import Urgency
from models.rights import Place, Right

FOLDER = "notice_copies"


class Held(NamedTuple):
    """A notice, and the sender's own copy of it (rows)."""

    notice: Any
    copy: Any


class Written(NamedTuple):
    """The row of the outbox that makes itself known (else the one in the list; None: nowhere), and all of them."""

    first: int | None
    messages: list[int]


class Where(NamedTuple):
    """Where a message of a copy stands, as Turn.draw_anew wants it."""

    outgoing_id: int
    person_id: int
    channel: str
    address: str


def copy_at(turn: Turn, the_id: int) -> Target | None:
    """A notice of which the sender has a copy: nobody else's."""
    notice, me = notices.by_id(turn.db, the_id), turn.actor.person_id
    copy = receipts.of(turn.db, the_id, me) if notice is not None else None
    if notice is None or copy is None or copy.queued_at is None:
        return None
    return Target(Held(notice, copy), Place(notice.bureau_id, person=me))


def message(turn: Turn, notice: Any, copy: Any | None = None, *, inside: bool = False) -> Message:
    """A notice (a row) as it is read. `copy`: the reader's, once it has been confirmed; `inside`: what is 内部 may be shown."""
    with turn.within(FOLDER):
        if notice.state == State.WITHDRAWN:
            return Message(turn.text("withdrawn", name=_name(turn, notice, inside=inside), notice=notice))
        hidden = notice.confidential and not inside
        confirmed = copy is not None and copy.confirmed_at is not None
        buttons = [Button("nt.in", notice.id)] if hidden else []
        if notice.receipt and not confirmed:
            buttons.append(Button("nt.ok", notice.id, primary=not hidden))
        return Message(_text(turn, notice, copy, hidden=hidden), turn.rendered([buttons]))


def preview(turn: Turn, draft: Draft) -> Message:
    """What recipients will read of a draft, where the sender is; nothing can be pressed."""
    assert turn.post is not None
    corrected = notices.by_id(turn.db, draft.corrects) if draft.corrects is not None else None
    told = {
        "notice": draft, "sender": SimpleNamespace(bureau=turn.post.bureau, unit=turn.post.unit), "copy": None,
        "sent_at": turn.now, "files": len(draft.files), "corrected": corrected,
    }  # fmt: skip
    with turn.within(FOLDER):
        return Message(turn.text("hidden" if draft.confidential and not turn.inside else "copy", **told))


def bring(turn: Turn, person: int, body: dict[str, Any]) -> Written:
    """Write a message about a notice to a person."""
    written = turn.bring(person, body, Urgency.NOTICE)
    channels = {row.id: row.channel for row in turn.sent[-len(written) :]} if written else {}
    pushed = (one for one in written if turn.house.traits[channels[one]].pushes)
    return Written(next(pushed, written[0] if written else None), written)


def draw_anew(turn: Turn, copy: Any, drawn: Message) -> list[int]:
    """Draw every message of a copy anew that has gone out, or is going; the rows that show it then."""
    shown = []
    for one in copy.messages:
        row = outgoing.row(turn.db, one)
        if row is not None and row.state in (outgoing.RUNNING, outgoing.FINISHED):
            shown.append(turn.draw_anew(Where(one, row.person_id, row.channel, row.address), drawn) or one)
        else:
            shown.append(one)
    return shown


@action("nt.o", right=Right.USE, load=copy_at)
def look(turn: Turn, held: Held, button: Button) -> None:
    """查看通知: once more, as it stands."""
    _show(turn, held, message(turn, held.notice, held.copy))


@action("nt.in", right=Right.USE, load=copy_at)
def look_inside(turn: Turn, held: Held, button: Button) -> None:
    """查看内容 of what is 内部: on our own page, to whoever has a copy."""
    if turn.inside:
        turn.audit("notice.view", KIND, held.notice.id)
        _show(turn, held, message(turn, held.notice, held.copy, inside=True))
    else:
        turn.say("on_the_page", Button("si.web", primary=True), name=notice_cards.called(turn, held.notice))


def _show(turn: Turn, held: Held, shown: Message) -> None:
    """Show the sender's own copy once more: it is drawn anew with the others."""
    messages = [*held.copy.messages, turn.send(shown)]
    receipts.shows(turn.db, held.notice.id, turn.actor.person_id, messages)


def _text(turn: Turn, notice: Any, copy: Any | None, *, hidden: bool) -> str:
    corrected = notices.by_id(turn.db, notice.corrects) if notice.corrects is not None else None
    return turn.text(
        "hidden" if hidden else "copy", notice=notice, sender=notices.sender_of(turn.db, notice), copy=copy,
        sent_at=notice.starts_at, files=len(notices.files_of(turn.db, notice.id)), corrected=corrected,
    )  # fmt: skip


def _name(turn: Turn, notice: Any, *, inside: bool) -> str:
    return turn.text("titled", title=notice.title) if inside else notice_cards.called(turn, notice)
