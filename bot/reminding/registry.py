"""The kinds of reminders: each handler that has some says what is planned, and who owes what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.actions import folder_of
from bot.messages import Button

if TYPE_CHECKING:
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
    only_told: bool = False
    """Nothing has to be done about it: it is news, as long as it is true."""


Owing = Callable[["Turn", int, int | None], Iterable[Owed]]
"""(turn, object, person or None for everybody): who owes what of it now. Of everybody it says of each what it says of one."""

Plan = Callable[["Turn"], Iterable[tuple[int, Iterable[Rung]]]]
"""Every object that has reminders to come, with its rungs."""

PlanOfSome = Callable[["Turn", Iterable[int]], Iterable[tuple[int, Iterable[Rung]]]]
"""Those of some objects that have reminders to come, with their rungs."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of reminder. `folder`: where the words of its lines and buttons stand.

    `plan_of`: as `plan`, for some objects; None: there are so few of the kind that all are looked at instead.
    """

    owing: Owing
    plan: Plan
    folder: str
    plan_of: PlanOfSome | None = None

    def planned(self, turn: Turn, objects: set[int] | None) -> Iterable[tuple[int, Iterable[Rung]]]:
        """Some objects (None: all) that have reminders to come, with their rungs."""
        if objects is None:
            return self.plan(turn)
        if self.plan_of is not None:
            return self.plan_of(turn, objects)
        return (one for one in self.plan(turn) if one[0] in objects)


KINDS: dict[str, Kind] = {}


def reminder(kind: str, *, owing: Owing, plan: Plan, plan_of: PlanOfSome | None = None) -> None:
    """Register a kind of reminder; its name is for ever."""
    if not kind or kind in KINDS:
        raise ValueError(f"reminder {kind!r} is no name, or is registered twice")
    KINDS[kind] = Kind(owing, plan, folder_of(owing), plan_of)
