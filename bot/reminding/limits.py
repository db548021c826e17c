"""What of all that is due goes out to a person now, in which message, and what waits until when (DOMAIN 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum, auto
from functools import cached_property
from typing import Any

from bot.clock import day_of
from bot.reminding.hours import HOUR, Hours
from bot.reminding.registry import Owed
from models.reminders import Had, Reason

Wait = tuple[int, datetime, Reason]
"""A row's id, until when it waits, and why."""


class Sort(Enum):
    """How a thing is treated."""

    TOLD = auto()
    """Just assigned or returned."""
    ASKED = auto()
    """The person wanted to be reminded again."""
    URGENT = auto()
    """A planned rung of a deadline's last days."""
    DIGEST = auto()


def same(row: Any) -> tuple[str, int, int]:
    """What rows about one thing have in common.

    A card stands for its object, whatever else reminds of it; anything else that was told is a thing of its own.
    """
    alone = row.body is not None and not (row.kind and row.body.get("card"))
    return row.kind, row.object_id, row.id if alone else 0


@dataclass(eq=False)
class Thing:
    """One thing to be reminded of: the rows that are due about it, the oldest first, and what is owed of it.

    Nothing is owed of what was told in passing: its only row has the message. `rides`: it goes along with what is due.
    """

    rows: Sequence[Any]
    owed: list[Owed] = field(default_factory=list)
    rides: bool = False

    @property
    def leader(self) -> Any:
        """The newest row: it speaks for the others."""
        return self.rows[-1]

    @property
    def is_news(self) -> bool:
        """Whether it was only told, and asks for nothing."""
        only_told = not self.leader.kind or (bool(self.owed) and all(one.only_told for one in self.owed))
        return self.sort is Sort.DIGEST and only_told

    @cached_property
    def sort(self) -> Sort:
        """The most pressing of its rows decides."""
        if self.rides or not any(row.urgent or row.asked for row in self.rows):
            return Sort.DIGEST
        if any(row.asked for row in self.rows):
            return Sort.ASKED
        return Sort.TOLD if any(row.urgent and row.body is not None for row in self.rows) else Sort.URGENT

    def deadline(self, now: datetime) -> datetime | None:
        """The next deadline that it has."""
        known = [row.deadline for row in self.rows] + [one.deadline for one in self.owed]
        return min((one for one in known if one is not None and one > now), default=None)

    def opens(self, row: Any, hours: Hours) -> datetime:
        """The first moment at which one of its rows could have gone out."""
        if self.sort is Sort.DIGEST:
            return hours.digest_from(row.not_before)
        return hours.decent(row.not_before, self.deadline(row.not_before), at_night=self.sort is not Sort.TOLD)

    @property
    def over_limit(self) -> bool:
        """Whether it waits for a later message because the day's urgent one has gone."""
        return any(row.reason == Reason.LIMIT for row in self.rows)


@dataclass(frozen=True, slots=True)
class Decision:
    """What goes out now, as a digest or not, what the person will have had then, and what waits."""

    going: list[Thing]
    is_digest: bool
    merged: list[Thing]
    """Those of them that ride in a message to which another gave the occasion."""
    had: Had
    waits: list[Wait]


def decide(things: Iterable[Thing], had: Had, hours: Hours, now: datetime) -> Decision:
    """One message at most. Whatever does not go out waits until a later moment."""
    return _Judging(list(things), had, hours, now).decision()


class _Judging:
    def __init__(self, things: list[Thing], had: Had, hours: Hours, now: datetime) -> None:
        self.things, self.had, self.hours, self.now = things, had, hours, now
        self.today = day_of(now)
        self.has_had_digest = had.digest_on is not None and had.digest_on >= self.today
        # A moment that lies ahead was noted by a clock that has been set back since.
        self.within_hour = had.urgent_at is not None and had.urgent_at <= now < had.urgent_at + HOUR

    def decision(self) -> Decision:
        if (
            not self.has_had_digest
            and self.hours.digest_open(self.now)
            and any(map(self._calls_for_digest, self.things))
        ):
            return self._digest()
        return self._urgent()

    def _calls_for_digest(self, thing: Thing) -> bool:
        if thing.sort is Sort.DIGEST:
            return self.hours.digest_from(thing.rows[0].due_at) <= self.now
        waited = thing.over_limit and thing.leader.not_before <= self.now
        return waited or self._is_of_the_digest(thing)

    def _is_of_the_digest(self, thing: Thing) -> bool:
        """A rung that is due at the digest's own time is a line of it, not an urgent message."""
        due = (row.due_at for row in thing.rows if row.urgent)
        return thing.sort is Sort.URGENT and all(map(self.hours.is_digest_time, due))

    def _digest(self) -> Decision:
        pressing = any(
            thing.sort is Sort.TOLD or (thing.sort is Sort.URGENT and not self._is_of_the_digest(thing))
            for thing in self.things
        )
        had = replace(self.had, digest_on=self.today, urgent_at=self.now if pressing else self.had.urgent_at)
        return Decision(self.things, True, [thing for thing in self.things if thing.over_limit], had, [])

    def _urgent(self) -> Decision:
        decent = [thing for thing in self.things if thing.sort is not Sort.DIGEST and not self._is_held(thing)]
        free = [] if self.within_hour else decent
        told = [thing for thing in free if thing.sort is Sort.TOLD]
        planned = [thing for thing in free if thing.sort is Sort.URGENT]
        asked = [thing for thing in decent if thing.sort is Sort.ASKED]
        spare = self._spare(planned)
        going = told + asked + (planned if spare or told or asked else [])
        had, rides = self.had, bool(planned) and not spare
        if told or (planned and going):
            had = replace(had, urgent_at=self.now)
        if planned and spare and not told:
            had = replace(had, urgent_on=self.today, urgents=self._count() + 1)
        left = [thing for thing in self.things if thing not in going]
        waits = [wait for thing in left for wait in self._waits(thing)]
        return Decision(going, False, planned if rides and going else [], had, waits)

    def _is_held(self, thing: Thing) -> bool:
        return self.hours.held(self.now, thing.deadline(self.now), at_night=thing.sort is not Sort.TOLD)

    def _count(self) -> int:
        known = self.had.urgent_on is not None and self.had.urgent_on >= self.today
        return self.had.urgents if known else 0

    def _spare(self, planned: list[Thing]) -> bool:
        """Whether the day's limit allows another urgent message: one, or two on the day of a deadline of these."""
        days = {_last_day(row.deadline) for thing in planned for row in thing.rows if row.deadline is not None}
        return self._count() < (2 if self.today in days else 1)

    def _waits(self, thing: Thing) -> list[Wait]:
        deadline, night = thing.deadline(self.now), thing.sort is not Sort.TOLD
        if thing.sort is Sort.DIGEST:
            first = self.hours.digest_from(thing.rows[0].due_at)
            until, reason = max(first, self.hours.next_digest(self.now, self.had.digest_on)), Reason.DIGEST
        elif self._is_held(thing):
            until, reason = self.hours.decent(self.now, deadline, at_night=night), Reason.QUIET
        elif self.within_hour and self.had.urgent_at is not None:
            until, reason = self.had.urgent_at + HOUR, Reason.HOUR
        else:
            until, reason = self.hours.next_digest(self.now, self.had.digest_on), Reason.LIMIT
        return [(row.id, until, reason) for row in thing.rows]


def _last_day(deadline: datetime) -> date:
    """The day that ends with a deadline, or has it within."""
    return day_of(deadline - timedelta(microseconds=1))
