"""What matters ask of whom now, as lines that say how much time is left and buttons that open it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot.clock import day_of
from bot.messages import Button
from bot.reminding import Owed
from bot.turn import Turn
from models import affairs, bureau_settings
from models.db import Transaction
from models.matters import clock, extensions, matters, parties, suspensions, timeline, waiting
from models.matters.assignments import State as Task
from models.matters.defaults import REASSIGN_DAYS
from models.matters.matters import State

MINUTES = 1


def of_task(turn: Turn, row: Any) -> Owed:
    """What an assignment (as of models.matters.waiting.tasks) asks of its reviewer: an answer, an opinion, or a better one."""
    kind, due = affairs.affair(row.affair), clock.moment(row.due_on)
    late = turn.now > due
    name = {Task.ASKED: "answer", Task.RETURNED: "mend"}.get(row.state, "write")
    write = Button("mt.recd" if kind.record else "mt.op", row.id, row.version)
    button = Button("mt.see", row.matter_id) if name == "answer" else write
    text = turn.text(name, matter=row, kind=kind, late=late, record=kind.record is not None)
    return Owed(row.person_id, text, button, MINUTES if name == "answer" else 0, due, late)


def of_matter(turn: Turn, matter: Any) -> Iterator[Owed]:
    """What a matter (a row) asks of whoever steers it, at the state in which it is."""
    yield from _BY_STATE[State(matter.state)](turn, matter)


def is_silent(db: Transaction, row: Any, turn: Turn) -> bool:
    """Whether an assignment (as of waiting.tasks) has gone unanswered for so long that another should have it."""
    days = bureau_settings.value_of(db, row.bureau_id, REASSIGN_DAYS)
    known = clock.of_matter(db, row)
    return row.state == Task.ASKED and known.after(day_of(row.assigned_at), days) <= turn.today


def _waiting(turn: Turn, matter: Any) -> Iterator[Owed]:
    button = Button("mt.as", matter.id, matter.version)
    yield from _lines(turn, matter, parties.assigners(turn.db, matter, turn.today), "assign", button, runs=True)


def _working(turn: Turn, matter: Any) -> Iterator[Owed]:
    tasks = waiting.tasks_of(turn.db, matter.id)
    assigners = set(parties.assigners(turn.db, matter, turn.today))
    own = {row.person_id for row in tasks}
    silent = [row.name for row in tasks if is_silent(turn.db, row, turn)]
    if tasks and turn.now > clock.moment(matter.due_on):
        section, names = set(parties.section(turn.db, matter, turn.today)), [row.name for row in tasks]
        yield from _lines(turn, matter, section - own, "late", Button("mt.cl"), runs=True, names=names)
        see = Button("mt.see", matter.id)
        yield from _lines(turn, matter, assigners - section - own, "late", see, runs=True, names=names)
    elif silent:
        again = Button("mt.as", matter.id, matter.version, label=turn.label("mt.as.again"))
        yield from _lines(turn, matter, assigners, "silent", again, names=silent)
    if extensions.pending(turn.db, matter.id) is not None:
        yield from _lines(turn, matter, assigners, "extension", Button("mt.see", matter.id))


def _suspended(turn: Turn, matter: Any) -> Iterator[Owed]:
    bring = Button("mt.add", matter.id)
    openers = set(parties.openers(turn.db, matter, turn.today))
    yield from _lines(turn, matter, openers, "bring", bring)
    suspension = suspensions.lasting(turn.db, matter.id)
    if suspension is not None:
        days = clock.of_matter(turn.db, matter).between(suspension.begun_on, turn.today) - 1
        if days >= timeline.ESCALATES:
            others = set(parties.assigners(turn.db, matter, turn.today)) - openers
            yield from _lines(turn, matter, others, "awaited", Button("mt.see", matter.id), days=days)


def _submitted(turn: Turn, matter: Any) -> Iterator[Owed]:
    see = Button("mt.see", matter.id)
    yield from _lines(turn, matter, parties.accepters(turn.db, matter, turn.today), "accept", see)


def _deciding(turn: Turn, matter: Any) -> Iterator[Owed]:
    yield from _lines(turn, matter, parties.section(turn.db, matter, turn.today), "decide", Button("mt.see", matter.id))


def _nothing(turn: Turn, matter: Any) -> Iterator[Owed]:
    return iter(())


_BY_STATE = {
    State.WAITING: _waiting, State.WORKING: _working, State.SUSPENDED: _suspended, State.SUBMITTED: _submitted,
    State.DECIDING: _deciding, State.DONE: _nothing, State.WITHDRAWN: _nothing,
}  # fmt: skip


def _lines(
    turn: Turn, matter: Any, persons: Iterable[int], name: str, button: Button, *, runs: bool = False, **context: Any
) -> Iterator[Owed]:
    """`runs`: the clock runs meanwhile, so that it can be overdue."""
    due = clock.moment(matter.due_on) if runs else None
    late = due is not None and turn.now > due
    text = turn.text(name, matter=matter, kind=matters.kind_of(matter), late=late, **context)
    for person in sorted(persons):
        yield Owed(person, text, button, MINUTES, due, late)
