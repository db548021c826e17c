"""Reminders of a notice that is to be confirmed by a day: the day before, and on the day, to who has not (DOMAIN 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from bot.clock import ZONE
from bot.messages import Button
from bot.reminding import Owed, Rung, reminder
from bot.turn import Turn
from handlers import notice_cards as cards
from models import calendar, campaign_files, ladder
from models.notices import copies, notices, receipts
from models.notices.copies import Status
from models.notices.notices import State

KIND = "receipt"
AT = time(9)
RUNGS = tuple(campaign_files.Rung(days, AT) for days in (-1, 0))


def plan(turn: Turn) -> Iterator[tuple[int, Iterable[Rung]]]:
    """The notices that are still to be confirmed by a day, each with its reminders."""
    for row in notices.asked_from(turn.db, turn.today):
        yield row.id, _rungs(turn, row)


def _rungs(turn: Turn, row: Any) -> Iterator[Rung]:
    known, until = calendar.of_bureau(turn.db, row.bureau_id), over(row)
    for step in ladder.before(RUNGS, row.receipt_by, until, known):
        name = f"{step.due_at:%Y-%m-%d}"
        yield Rung(name, step.due_at, until, step.until, step.urgent, row.bureau_id, step.provisional)


def owing(turn: Turn, the_id: int, person: int | None) -> list[Owed]:
    """Whoever has had it and not confirmed, until the day is over."""
    row = notices.by_id(turn.db, the_id)
    if row is None or row.state != State.SENT or row.receipt_by is None or turn.now >= over(row):
        return []
    text, button = turn.text("owed", name=cards.called(turn, row), row=row), Button("nt.o", the_id)
    return [Owed(one, text, button, 1, over(row)) for one in _unconfirmed(turn, row, person)]


reminder(KIND, owing=owing, plan=plan)


def over(row: Any) -> datetime:
    """When the day by which a notice (a row) is to be confirmed has ended."""
    return datetime.combine(row.receipt_by + timedelta(days=1), time.min, ZONE)


def _unconfirmed(turn: Turn, row: Any, person: int | None) -> list[int]:
    if person is not None:
        copy = receipts.of(turn.db, row.id, person)
        if copy is None or not copy.asked or copy.outgoing_id is None or copy.confirmed_at is not None:
            return []
        return [person]
    found = [one for one in copies.all_of(turn.db, row) if one.asked and one.confirmed_at is None]
    return [one.person_id for one in found if one.status in (Status.SENT, Status.UNDERWAY)]
