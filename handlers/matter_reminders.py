"""Reminders of reviews: a matter asks something of whoever steers it, an assignment of its reviewer (DOMAIN 3 and 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from bot.clock import day_of, local
from bot.reminding import Owed, Rung, reminder, replan, replan_all
from bot.turn import Turn
from handlers import matter_lines
from models import bureau_settings
from models.calendar import Calendar
from models.matters import clock, extensions, matters, suspensions, timeline, waiting
from models.matters.assignments import State as Task
from models.matters.defaults import REASSIGN_DAYS, REMIND_DAYS
from models.matters.matters import State
from models.matters.timeline import Rungs

MATTER, TASK = "matter", "task"
"""A matter, by its id; an assignment, by its id."""
EXTENSION_WAITS = (1, 2, 3)


def watch(turn: Turn, matter: int) -> None:
    """Bring the reminders of a matter and of its assignments up to date: it, or one of them, has moved."""
    replan(turn, MATTER, matter)
    replan_all(turn, TASK, waiting.assignments_of(turn.db, matter))


def plan_matters(turn: Turn) -> Iterator[tuple[int, Iterable[Rung]]]:
    """Every matter that is open: what they go by is read of all of them at once."""
    tasks: dict[int, list[Any]] = defaultdict(list)
    for row in waiting.tasks(turn.db):
        tasks[row.matter_id].append(row)
    read = _Read(
        lambda the_id: tasks[the_id], extensions.all_pending(turn.db).get, suspensions.all_lasting(turn.db).get
    )
    return _planned(turn, waiting.open_matters(turn.db), partial(_of_matter, read=read))


def plan_these_matters(turn: Turn, ids: Iterable[int]) -> Iterator[tuple[int, Iterable[Rung]]]:
    """Those of some matters that are open."""
    found = [matter for one in sorted(ids) if (matter := matters.by_id(turn.db, one)) is not None]
    db = turn.db
    read = _Read(partial(waiting.tasks_of, db), partial(extensions.pending, db), partial(suspensions.lasting, db))
    return _planned(turn, filter(matters.is_open, found), partial(_of_matter, read=read))


def plan_tasks(turn: Turn) -> Iterator[tuple[int, Iterable[Rung]]]:
    """Every assignment that waits for its reviewer."""
    return _planned(turn, waiting.tasks(turn.db), _of_task)


def plan_these_tasks(turn: Turn, ids: Iterable[int]) -> Iterator[tuple[int, Iterable[Rung]]]:
    """Those of some assignments that wait for their reviewers."""
    return _planned(turn, waiting.tasks_named(turn.db, sorted(ids)), _of_task)


def owing_matter(turn: Turn, the_id: int, person: int | None) -> list[Owed]:
    """Whoever is to assign a matter, accept it, decide on it or bring what is missing."""
    matter = matters.by_id(turn.db, the_id)
    owed = matter_lines.of_matter(turn, matter) if matter is not None else ()
    return [one for one in owed if person in (None, one.person)]


def owing_task(turn: Turn, the_id: int, person: int | None) -> list[Owed]:
    """The reviewer who is to answer, write or mend."""
    row = waiting.task(turn.db, the_id)
    return [matter_lines.of_task(turn, row)] if row is not None and person in (None, row.person_id) else []


reminder(MATTER, owing=owing_matter, plan=plan_matters, plan_of=plan_these_matters)
reminder(TASK, owing=owing_task, plan=plan_tasks, plan_of=plan_these_tasks)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the reminders of a matter go by, by its id: who still has to do something, what was asked for, what is awaited."""

    tasks: Callable[[int], Sequence[Any]]
    wish: Callable[[int], Any | None]
    suspension: Callable[[int], Any | None]


class _Bureaus:
    """The calendars and settings of bureaus, each looked up once."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self._calendars: dict[int, Calendar] = {}
        self._days: dict[tuple[int, str], int] = {}

    def calendar(self, row: Any) -> Calendar:
        if row.bureau_id not in self._calendars:
            self._calendars[row.bureau_id] = clock.of_matter(self.turn.db, row)
        return self._calendars[row.bureau_id]

    def days(self, bureau: int, key: str) -> int:
        if (bureau, key) not in self._days:
            self._days[bureau, key] = bureau_settings.value_of(self.turn.db, bureau, key)
        return self._days[bureau, key]


def _planned(turn: Turn, rows: Iterable[Any], of: Any) -> Iterator[tuple[int, Iterable[Rung]]]:
    known = _Bureaus(turn)
    for row in rows:
        yield row.id, [_rung(row.bureau_id, one) for one in timeline.merged(of(known, row))]


def _of_task(known: _Bureaus, row: Any) -> Iterator[Rungs]:
    days = known.calendar(row)
    if row.state == Task.ASKED:
        yield from timeline.waiting(days, day_of(row.assigned_at), [known.days(row.bureau_id, REMIND_DAYS)])
    elif row.state == Task.RETURNED:
        yield from timeline.waiting(days, day_of(row.moved_at))
    yield from timeline.before(days, row.begun_on, row.due_on)
    yield from timeline.overdue(days, _over_for(row))


def _of_matter(known: _Bureaus, matter: Any, read: _Read) -> Iterator[Rungs]:
    days = known.calendar(matter)
    if matter.state == State.WAITING:
        yield from timeline.waiting(days, day_of(matter.moved_at))
        yield from timeline.close(days, matter.due_on)
        yield from timeline.overdue(days, matter.due_on)
    elif matter.state == State.WORKING:
        tasks = read.tasks(matter.id)
        yield from timeline.overdue(days, max(map(_over_for, tasks), default=matter.due_on))[1:]
        for row in tasks:
            if row.state == Task.ASKED:
                reassign = known.days(matter.bureau_id, REASSIGN_DAYS)
                yield from timeline.waiting(days, day_of(row.assigned_at), [reassign])
        extension = read.wish(matter.id)
        if extension is not None:
            yield from timeline.waiting(days, day_of(extension.asked_at), EXTENSION_WAITS)
    elif matter.state == State.SUSPENDED:
        suspension = read.suspension(matter.id)
        since = suspension.begun_on if suspension is not None else day_of(matter.moved_at)
        yield from timeline.waiting(days, since)
    else:
        yield from timeline.waiting(days, day_of(matter.moved_at))


def _over_for(row: Any) -> date:
    """The day after which an assignment counts as overdue: who was given what is late already has that day for it."""
    due_on: date = row.due_on
    return max(due_on, day_of(row.assigned_at))


def _rung(bureau: int, one: Rungs) -> Rung:
    step = one.step
    # Named by its moment: where the due date moves, what was sent then is not sent again.
    name = f"{local(step.due_at):%Y-%m-%d}"
    return Rung(name, step.due_at, one.deadline, step.until, step.urgent, bureau, step.provisional)
