"""通知: a bureau's notices, the newest first, for its legal section; for heads, how their own unit confirms."""

from __future__ import annotations

from typing import Any

from bot.actions import action, command
from bot.messages import Button
from bot.turn import Turn
from handlers import notice_cards as cards
from models.notices import choosing, copies, notices
from models.notices.copies import Figures
from models.notices.notices import NEWEST, State
from models.people import Role
from models.rights import Right

PAGE = 6


@command("notices", right=Right.SEE_RECEIPTS, ambiguous=False, instead="received")
@action("nt", right=Right.SEE_RECEIPTS)
def listed(turn: Turn, button: Button) -> None:
    """通知, those before the one that the button carries."""
    assert turn.post is not None
    section = turn.post.role is not Role.HEAD
    rows = _of_bureau(turn, button) if section else _of_unit(turn, button)
    opens = "nt.see" if section else "nt.r"
    lines = [(cards.called(turn, row), row, _figures(turn, row, section=section)) for row in rows[:PAGE]]
    shown = [Button(opens, row.id, label=turn.text("open_label", number=n)) for n, (_, row, _) in enumerate(lines, 1)]
    before = min((row.id for row in rows[:PAGE] if row.state != State.SCHEDULED), default=NEWEST)
    onward = [Button("nt", before, label=turn.text("older"))] if len(rows) > PAGE else []
    writes = [Button("nt.new")] if section else []
    turn.say("list", shown, [*onward, *writes, Button("nt.my"), Button("menu")], lines=lines, section=section)


@action("nt.see", right=Right.WRITE_NOTICE, load=cards.notice_at)
def see(turn: Turn, row: Any, button: Button) -> None:
    """A notice's card, as it stands."""
    cards.show(turn, row)


def _figures(turn: Turn, row: Any, *, section: bool) -> Figures:
    assert turn.post is not None
    if section:
        return copies.figures(turn.db, row)
    return copies.counted(copies.all_of(turn.db, row, turn.post.unit_id))


def _of_bureau(turn: Turn, button: Button) -> list[Any]:
    """Those first that wait for their time."""
    assert turn.post is not None
    waiting = [] if button.id else choosing.scheduled(turn.db, turn.post.bureau_id, PAGE)
    return waiting + notices.of_bureau(turn.db, turn.post.bureau_id, min(button.id or NEWEST, NEWEST), PAGE + 1)


def _of_unit(turn: Turn, button: Button) -> list[Any]:
    """Notices of the head's own bureau of which the unit has copies: from above, everybody sees their own copy alone."""
    assert turn.post is not None
    before = min(button.id or NEWEST, NEWEST)
    found = copies.notices_of_unit(turn.db, turn.post.unit_id, turn.post.bureau_id, before, PAGE + 1)
    return [notices.by_id(turn.db, one) for one in found]
