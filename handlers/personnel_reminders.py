"""Reminders of changes that wait: whoever is to recommend, file or mend one hears of it again some working days later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from bot.clock import ZONE, day_of
from bot.messages import Button
from bot.reminding import Owed, Rung, reminder, replan
from bot.turn import Turn
from handlers import personnel_cards as shown
from handlers.personnel_cards import KIND
from models import calendar, holders
from models.people import Role
from models.personnel import changes, waiting
from models.personnel.changes import OPEN, State

AFTER, AFTER_NEWS = (1, 3, 5), (2, 4)
"""Working days after it came to wait for somebody (ours); of what was news first, the next digest has a line anyway."""
AT = time(9)
MINUTES = 1
USEFUL = timedelta(days=1)


def watch(turn: Turn, change: int) -> None:
    """Bring the reminders of a change up to date: it waits for somebody else now, or for nobody."""
    replan(turn, KIND, change)


def plan(turn: Turn) -> Iterator[tuple[int, Iterable[Rung]]]:
    """Every change that waits for somebody."""
    for change in waiting.open_in(turn.db):
        yield change.id, _rungs(turn, change)


def _rungs(turn: Turn, change: Any) -> Iterator[Rung]:
    known, since = calendar.of_bureau(turn.db, change.bureau_id), day_of(change.moved_at)
    for days in AFTER_NEWS if shown.is_news(change) else AFTER:
        day = known.after(since, days)
        due_at = datetime.combine(day, AT, ZONE)
        yield Rung(
            f"{change.version}.{days}", due_at, None, due_at + USEFUL, urgent=False, bureau_id=change.bureau_id,
            provisional=known.provisional(since, day),
        )  # fmt: skip


def owing(turn: Turn, the_id: int, person: int | None) -> list[Owed]:
    """Whoever is to recommend a change, or to file it, or (returned) to mend it."""
    change = changes.by_id(turn.db, the_id)
    if change is None or change.state not in OPEN:
        return []
    found = []
    for one in _asked(turn, change):
        asks = shown.asked_of(turn, change, one)
        if person in (None, one) and asks not in ("", shown.WAIT):
            with turn.within(shown.FOLDER):
                text = turn.text("owed", view=shown.view(turn, change), asks=asks)
            found.append(Owed(one, text, Button("pc.see", the_id), MINUTES, None))
    return found


def _asked(turn: Turn, change: Any) -> list[int]:
    if change.state == State.RETURNED:
        reporters = {
            *shown.doing_the_reporters_work(turn, change),
            *holders.at_work(turn.db, change.unit_id, turn.today),
        }
        return sorted(reporters | set(holders.in_unit(turn.db, change.unit_id, Role.HEAD, turn.today)))
    return sorted({*shown.heads_of(turn, change), *shown.section_of(turn, change)})


reminder(KIND, owing=owing, plan=plan)
