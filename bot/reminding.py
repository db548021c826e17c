"""What falls due by itself: each kind of reminder says who owes what; here it is merged, kept within limits, and sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.messages import Button
from bot.turn import Turn


@dataclass(frozen=True, slots=True)
class Rung:
    """One planned reminder of an object: due from a moment on, past its use from another."""

    rung: str
    due_at: datetime
    deadline: datetime | None
    until: datetime
    urgent: bool
    bureau_id: int
    provisional: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """What a person still owes: one line of a message, the button that opens it, and how many minutes it takes."""

    person: int
    text: str
    button: Button
    minutes: int
    deadline: datetime | None
    overdue: bool = False


Owing = Callable[[Turn, int, int | None], Iterable[Owed]]
"""(turn, object, person or None for everybody): who owes what of it now."""

Plan = Callable[[Turn], Iterable[tuple[int, Iterable[Rung]]]]
"""Every object that has reminders to come, with its rungs."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of reminder."""

    owing: Owing
    plan: Plan


KINDS: dict[str, Kind] = {}


def reminder(kind: str, *, owing: Owing, plan: Plan) -> None:
    """Register a kind of reminder; its name is for ever."""
    if kind in KINDS:
        raise ValueError(f"reminder {kind} is registered twice")
    KINDS[kind] = Kind(owing, plan)


def replan(turn: Turn, kind: str | None = None, object_id: int | None = None) -> None:
    """Bring the planned reminders up to date, after anything that moves dates. Repeated, it changes nothing."""
