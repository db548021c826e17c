"""收到的通知: everybody's own copies, the newest first; nobody sees another's here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.actions import action, command
from bot.messages import Button
from bot.turn import Turn
from handlers import notice_cards
from models.notices import copies, notices
from models.notices.notices import NEWEST
from models.rights import Right

PAGE = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A notice (a row) as it is called, who sent it, and the reader's copy (a row)."""

    name: str
    notice: Any
    sender: Any
    copy: Any


@command("received", right=Right.USE, ambiguous=False)
@action("nt.my", right=Right.USE)
def listed(turn: Turn, button: Button) -> None:
    """收到的通知, those before the one that the button carries."""
    found = copies.received(turn.db, turn.actor.person_id, min(button.id or NEWEST, NEWEST), PAGE + 1)
    lines = [_line(turn, copy) for copy in found[:PAGE]]
    opens = [
        Button("nt.o", line.notice.id, label=turn.text("open_label", number=number))
        for number, line in enumerate(lines, 1)
    ]
    older = [Button("nt.my", found[PAGE - 1].notice_id, label=turn.text("older"))] if len(found) > PAGE else []
    turn.say("list", opens, [*older, Button("menu")], lines=lines)


def _line(turn: Turn, copy: Any) -> Line:
    notice = notices.by_id(turn.db, copy.notice_id)
    return Line(notice_cards.called(turn, notice), notice, notices.sender_of(turn.db, notice), copy)
