"""What a setting of a bureau can be: which values it takes, how it starts, and how it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any


class Kind:
    """A kind of setting. `start`: what it is as long as a bureau has not set it."""

    __slots__ = ()
    start: Any

    def fits(self, value: Any) -> bool:
        """Whether it is one of the values."""
        raise NotImplementedError

    def dump(self, value: Any) -> Any:
        """A value as JSON."""
        return value

    def load(self, stored: Any) -> Any:
        """The value from JSON; how it starts, where what is stored fits no more."""
        return stored if self.fits(stored) else self.start


@dataclass(frozen=True, slots=True)
class Whole(Kind):
    """A whole number from `least` to `most`."""

    start: int
    least: int
    most: int
    unit: str

    def fits(self, value: Any) -> bool:
        return isinstance(value, int) and self.least <= value <= self.most


@dataclass(frozen=True, slots=True)
class One(Kind):
    """One of several keys."""

    start: str
    choices: tuple[str, ...]

    def fits(self, value: Any) -> bool:
        return value in self.choices


@dataclass(frozen=True, slots=True)
class Some(Kind):
    """Any of several keys, at least one."""

    start: tuple[str, ...]
    choices: tuple[str, ...]

    def fits(self, value: Any) -> bool:
        return bool(value) and set(value) <= set(self.choices)

    def dump(self, value: Any) -> Any:
        return list(value)

    def load(self, stored: Any) -> Any:
        return tuple(stored) if self.fits(stored) else self.start


@dataclass(frozen=True, slots=True)
class Line(Kind):
    """A few words on one line, at most `most` characters; none, where it starts empty, until some have been set."""

    start: str
    most: int

    def fits(self, value: Any) -> bool:
        return isinstance(value, str) and 0 < len(value) <= self.most and value.isprintable()


@dataclass(frozen=True, slots=True)
class Day(Kind):
    """A date; None as long as none has been set."""

    start: date | None = None

    def fits(self, value: Any) -> bool:
        return isinstance(value, date)

    def dump(self, value: Any) -> Any:
        return value.isoformat()

    def load(self, stored: Any) -> Any:
        return date.fromisoformat(stored)


@dataclass(frozen=True, slots=True)
class TimeOfDay(Kind):
    """A time of day to the minute, from `least` to `most`."""

    start: time
    least: time
    most: time

    def fits(self, value: Any) -> bool:
        return isinstance(value, time) and self.least <= value <= self.most

    def dump(self, value: Any) -> Any:
        return value.isoformat()

    def load(self, stored: Any) -> Any:
        return time.fromisoformat(stored)
