"""Reminders of the self-assessment: the ladder of its campaign's file, and who owes what of it (DOMAIN 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot.clock import day_of, local
from bot.reminding import Owed, Rung, reminder
from bot.turn import Turn
from handlers.campaign_lines import Lines
from models import assessments, calendar, deadlines, ladder, owed

KIND = "campaign"


def plan(turn: Turn) -> Iterator[tuple[int, Iterable[Rung]]]:
    """The self-assessments that have not gone up, each with its ladder."""
    for row in owed.running(turn.db):
        yield row.id, _rungs(turn, row)


def _rungs(turn: Turn, row: Any) -> Iterator[Rung]:
    file = assessments.campaign_file(turn.db, row)
    due = deadlines.deadline_of(turn.db, row.bureau_id, file)
    known, day = calendar.of_bureau(turn.db, row.bureau_id), day_of(due)
    steps = [*ladder.before(file.reminders, day, due, known), *ladder.after(file.overdue.at, day, known)]
    for step in steps:
        # Named by its moment: where the deadline moves, what was sent then is not sent again.
        name = f"{local(step.due_at):%Y-%m-%d %H:%M}"
        yield Rung(name, step.due_at, due, step.until, step.urgent, row.bureau_id, step.provisional)


def owing(turn: Turn, subject: int, person: int | None) -> list[Owed]:
    """Who owes what of a self-assessment now; nobody anything once it has gone up, or another round has begun."""
    assessment = assessments.by_id(turn.db, subject)
    if assessment is None or assessment.submitted_at is not None:
        return []
    newest = assessments.of_bureau(turn.db, assessment.bureau_id)
    if newest is None or newest.id != assessment.id:
        return []
    return [one for one in Lines(turn, assessment).all() if person is None or one.person == person]


reminder(KIND, owing=owing, plan=plan)
