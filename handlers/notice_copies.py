"""A notice as its recipients see it: the message each of them gets, drawn anew when they confirm or it is taken back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

from bot.actions import Target, action
from bot.messages import Button, Message
from bot.turn import Turn
from handlers import notice_cards
from models import outgoing
from models.notices import files, notices, receipts
from models.notices.notices import Draft, State
from models.outgoing import Urgency
from models.rights import Place, Right

FOLDER = "notice_copies"
FIRST, MOST_AGAIN = 4, 6
"""Of the messages that show a copy, so many of the first and of the last are drawn anew, however often it is looked at."""


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


def message(turn: Turn, notice: Any, copy: Any | None = None, *, asked: bool = True) -> Message:
    """A notice (a row) as it is read in a chat. `copy`: the reader's, where there is one; else `asked`: they may be asked to confirm."""
    attached = files.count(turn.db, notice.id)
    with turn.within(FOLDER):
        if notice.state == State.WITHDRAWN:
            return Message(turn.text("withdrawn", name=notice_cards.called(turn, notice), notice=notice))
        confirmed = copy is not None and copy.confirmed_at is not None
        asks = bool(notice.receipt) and (asked if copy is None else bool(copy.asked))
        buttons = [Button("nt.ok", notice.id, primary=not notice.confidential)] * (asks and not confirmed)
        if notice.confidential:
            buttons.insert(0, Button("nt.in", notice.id))
        elif attached:
            buttons.append(Button("nt.f", notice.id))
        if notice.corrects is not None:
            buttons.append(Button("nt.o", notice.corrects, label=turn.text("first_label")))
        return Message(_text(turn, notice, copy, attached, asks=asks), turn.rendered([buttons]))


def as_sent(turn: Turn, notice: Any) -> Message:
    """What recipients read of a notice (a row) that is not 内部, for those who send it; nothing can be pressed."""
    with turn.within(FOLDER):
        return Message(_text(turn, notice, None, files.count(turn.db, notice.id), asks=bool(notice.receipt)))


def preview(turn: Turn, draft: Draft, *, inside: bool) -> Message:
    """What recipients will read of a draft; nothing can be pressed. `inside`: what is 内部 may be shown."""
    assert turn.post is not None
    corrected = notices.by_id(turn.db, draft.corrects) if draft.corrects is not None else None
    told = {
        "notice": draft, "sender": SimpleNamespace(bureau=turn.post.bureau, unit=turn.post.unit), "copy": None,
        "sent_at": draft.starts_at, "files": len(draft.files), "corrected": corrected, "asks": draft.receipt,
    }  # fmt: skip
    with turn.within(FOLDER):
        return Message(turn.text("hidden" if draft.confidential and not inside else "copy", **told))


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
    """查看通知: once more, as it stands; it is drawn anew with the others."""
    shown, again = held.copy.messages[:FIRST], held.copy.messages[FIRST:][1 - MOST_AGAIN :]
    again.append(turn.send(message(turn, held.notice, held.copy)))
    receipts.shows(turn.db, held.notice.id, turn.actor.person_id, shown + again)


def _text(turn: Turn, notice: Any, copy: Any | None, attached: int, *, asks: bool) -> str:
    corrected = notices.by_id(turn.db, notice.corrects) if notice.corrects is not None else None
    return turn.text(
        "hidden" if notice.confidential else "copy", notice=notice, sender=notices.sender_of(turn.db, notice), copy=copy,
        sent_at=notice.starts_at, files=attached, corrected=corrected, asks=asks,
    )  # fmt: skip
