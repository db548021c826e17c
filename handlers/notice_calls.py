"""电话名单: whom the legal section is to telephone about a notice, because nothing reaches them or they were chased in vain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.actions import action, base36, from36
from bot.messages import Button
from bot.turn import Turn
from handlers import notice_cards as cards
from handlers.calling import say_page
from handlers.notice_cards import KIND, View
from models import members
from models.notices import copies, receipts
from models.notices.copies import UNREACHED, Copy, Status
from models.rights import Right

PAGE = 10


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody to be telephoned."""

    copy: Copy
    mobile: str


@cards.offers
def offers(turn: Turn, found: View, person: int) -> list[Button]:
    """电话名单, once there is one."""
    return [Button("nt.call", found.row.id)] if found.to_call else []


@action("nt.call", right=Right.WRITE_NOTICE, load=cards.notice_at)
def call_list(turn: Turn, row: Any, button: Button) -> None:
    """电话名单, from the place that the button carries; those not telephoned yet go first."""
    to_call = _to_call(turn, row)

    def mark(line: Line, label: str) -> Button | None:
        to_note = line.copy.called_at is None
        return Button("nt.cx", row.id, arg=base36(line.copy.person_id), label=label) if to_note else None

    say_page(
        turn, to_call, int(button.arg) if button.arg.isdecimal() else 0, PAGE, mark=mark,
        onward=lambda place, label: Button("nt.call", row.id, arg=str(place), label=label), back=Button("nt.see", row.id),
        look=lambda one: Line(one, members.mobile_of(turn.db, one.person_id)), name=cards.called(turn, row),
    )  # fmt: skip


@action("nt.cx", right=Right.WRITE_NOTICE, load=cards.notice_at)
def called(turn: Turn, row: Any, button: Button) -> None:
    """已电话联系: noted once."""
    person = from36(button.arg)
    copy = receipts.of(turn.db, row.id, person)
    if copy is None:
        turn.say("not_there")
        return
    before = copy.called_at is not None
    if not before:
        receipts.called(turn.db, row.id, person, turn.now)
        turn.audit("notice.call", KIND, row.id, None, person)
    one = next(one for one in copies.all_of(turn.db, row) if one.person_id == person)
    turn.say("noted", [Button("nt.call", row.id, primary=True), Button("nt.see", row.id)], copy=one, before=before)


def _to_call(turn: Turn, row: Any) -> list[Copy]:
    chased = cards.view(turn, row).chased_out
    found = [
        one for one in copies.all_of(turn.db, row)
        if one.confirmed_at is None and (one.status in UNREACHED or (chased and one.asked and one.status is Status.SENT))
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.called_at is not None)
