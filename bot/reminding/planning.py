"""Bringing the planned reminders up to date: rows for what is to come, none for what is not planned any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.clock import ZONE, local
from bot.reminding.knowing import Knowledge
from bot.reminding.registry import KINDS, Rung
from models import reminders
from models.bureau_settings import DIGEST_AT, SETTINGS

if TYPE_CHECKING:
    from bot.turn import Turn


@dataclass(slots=True)
class Differences:
    """How the pending rows of an object differ from its plan."""

    new: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.new or self.moved or self.dropped)


def replan(turn: Turn, kind: str | None = None, object_id: int | None = None) -> None:
    """Bring the planned reminders up to date, after anything that moves dates. Repeated, it changes nothing.

    What has gone out stays; what is new and would have been due before now is not made up for.
    """
    for name in KINDS if kind is None else [kind]:
        replan_all(turn, name, None if object_id is None else {object_id})


def replan_all(turn: Turn, kind: str, objects: set[int] | None) -> None:
    """As `replan`, for several objects of a kind; None: all of them."""
    for _, found in _differences(turn, kind, objects):
        _apply(turn, found)


def astray(turn: Turn, kind: str) -> list[int]:
    """The objects of a kind whose pending rows differ from the plan."""
    return [the_object for the_object, _ in _differences(turn, kind, None)]


def _apply(turn: Turn, found: Differences) -> None:
    reminders.drop(turn.db, found.dropped)
    reminders.move(turn.db, found.moved)
    reminders.add(turn.db, found.new)


def _differences(turn: Turn, kind: str, objects: set[int] | None) -> list[tuple[int, Differences]]:
    stored: dict[int, dict[str, Any]] = {}
    for row in reminders.planned(turn.db, kind, objects):
        stored.setdefault(row.object_id, {})[row.rung] = row
    compared, known = [], Knowledge(turn)
    with turn.within(KINDS[kind].folder):
        for the_object, rungs in KINDS[kind].planned(turn, objects):
            found = _compared(known, kind, the_object, rungs, stored.pop(the_object, {}))
            compared.append((the_object, found))
    compared += [
        (the_object, Differences(dropped=_to_come(turn, rows.values()))) for the_object, rows in stored.items()
    ]
    return [(the_object, found) for the_object, found in compared if found]


def _compared(
    known: Knowledge, kind: str, the_object: int, rungs: Iterable[Rung], stored: dict[str, Any]
) -> Differences:
    turn, found = known.turn, Differences()
    for rung in rungs:
        due_at = _due_at(known, rung)
        values = {
            "due_at": due_at, "deadline": rung.deadline, "until": rung.until, "urgent": rung.urgent,
            "bureau_id": rung.bureau_id, "provisional": rung.provisional,
        }  # fmt: skip
        row = stored.pop(rung.rung, None)
        if row is None and due_at < turn.now:
            continue
        if row is None:
            about = {"kind": kind, "object_id": the_object, "rung": rung.rung}
            found.new.append(about | values | {"not_before": due_at})
        elif any(getattr(row, column) != value for column, value in values.items()):
            found.moved.append({"the_id": row.id} | values | {"not_before": due_at})
    found.dropped = _to_come(turn, stored.values())
    return found


def _due_at(known: Knowledge, rung: Rung) -> datetime:
    """What is planned for the time at which digests go out as they start is planned for the bureau's own digest."""
    here = local(rung.due_at)
    if here.time() != SETTINGS[DIGEST_AT].start:
        return rung.due_at
    return datetime.combine(here.date(), known.hours(rung.bureau_id).digest_at, ZONE)


def _to_come(turn: Turn, rows: Iterable[Any]) -> list[int]:
    """What is due already was planned, and falls due still."""
    return [row.id for row in rows if row.due_at > turn.now]
