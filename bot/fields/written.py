"""Answers that are written: text, figures, dates, a mobile number, a link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from bot import reading
from bot.fields.base import Field, Json, Option, Reading, Wrong

LEAST_WRITTEN = 2
"""Characters, letters or digits without which nothing has been said."""
_NAMES_A_MONTH = re.compile(r"月|\d\s*[-./．／]\s*\d")


@dataclass(frozen=True)
class Text(Field):
    """Free text of `least` to `most` 字, counted as a word processor counts."""

    kind = "text"
    free = True
    most: int
    least: int = 1
    instead: tuple[str, ...] = ()

    def read(self, text: str, context: Reading) -> str:
        value = text.strip()
        count = reading.word_count(value)
        if count > self.most:
            raise Wrong("too_long", count=count, most=self.most, over=count - self.most)
        if count < self.least or sum(map(str.isalnum, value)) < LEAST_WRITTEN or value.isdecimal():
            raise Wrong("too_short", least=self.least)
        return value


@dataclass(frozen=True)
class Number(Field):
    """A figure. `unit` decides how it is read: % takes 九成 and 90%, the others what counts things."""

    kind = "number"
    unit: str = ""
    least: Decimal = Decimal(0)
    most: Decimal | None = None
    whole: bool = False
    instead: tuple[str, ...] = ()

    def read(self, text: str, context: Reading) -> Decimal:
        try:
            value = reading.read_percent(text) if self.unit == "%" else reading.read_number(text)
        except reading.Unreadable as error:
            raise Wrong(error.code, **error.params) from None
        if self.whole and value != value.to_integral_value():
            raise Wrong("whole")
        if value < self.least or (self.most is not None and value > self.most):
            raise Wrong("out_of_range", least=self.least, most=self.most)
        return value

    def dump(self, value: Any) -> Json:
        return format(value, "f")

    def load(self, stored: Json) -> Decimal:
        return Decimal(stored)


@dataclass(frozen=True)
class Numbers(Field):
    """Some of the numbers from 1 to `most`, as people list them: 1-12、15; each once, in order."""

    kind = "text"
    most: int

    def read(self, text: str, context: Reading) -> tuple[int, ...]:
        try:
            return tuple(reading.read_choices(text, self.most))
        except reading.Unreadable:
            raise Wrong("numbers", most=self.most) from None

    def dump(self, value: Any) -> Json:
        return list(value)

    def load(self, stored: Json) -> tuple[int, ...]:
        if not isinstance(stored, list) or not all(1 <= number <= self.most for number in stored):
            raise Wrong("gone")
        return tuple(stored)


@dataclass(frozen=True)
class Day(Field):
    """A date, as people write it, within `first` and `last`; `offer` are days shown as buttons (今天)."""

    kind = "day"
    first: date | None = None
    last: date | None = None
    offer: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()

    def options(self) -> tuple[Option, ...]:
        return tuple(Option(key) for key in self.offer)

    def read(self, text: str, context: Reading) -> date:
        written = context.labels.get(text, text)
        value = self._day(written, context.today)
        if not self._allows(value) and self.last is not None and _NAMES_A_MONTH.search(written):
            # 2月25日 without a year means the year that is asked for.
            in_that_year = self._day(written, self.last)
            value = in_that_year if self._allows(in_that_year) else value
        if not self._allows(value):
            raise Wrong("day_range", first=self.first, last=self.last, given=value)
        return value

    def chosen(self, key: str, context: Reading) -> date:
        return self.read(key, context)

    def _day(self, written: str, today: date) -> date:
        try:
            return reading.read_day(written, today)
        except reading.Unreadable as error:
            raise Wrong(error.code, **error.params) from None

    def _allows(self, value: date) -> bool:
        return (self.first is None or value >= self.first) and (self.last is None or value <= self.last)

    def dump(self, value: Any) -> Json:
        return value.isoformat()

    def load(self, stored: Json) -> date:
        return date.fromisoformat(stored)


@dataclass(frozen=True)
class TimeOfDay(Field):
    """A time of day to the minute, as people write it, from `first` to `last`."""

    kind = "text"
    first: time = time.min
    last: time = time.max

    def read(self, text: str, context: Reading) -> time:
        try:
            value = reading.read_time(text)
        except reading.Unreadable as error:
            raise Wrong(error.code, **error.params) from None
        if not self.first <= value <= self.last:
            raise Wrong("time_range", first=self.first, last=self.last)
        return value

    def dump(self, value: Any) -> Json:
        return value.isoformat("minutes")

    def load(self, stored: Json) -> time:
        return time.fromisoformat(stored)


class _Read(Field):
    """A one-line value that a function reads."""

    kind = "text"

    def read(self, text: str, context: Reading) -> str:
        try:
            return self.read_line(text)
        except reading.Unreadable as error:
            raise Wrong(error.code, **error.params) from None

    def read_line(self, text: str) -> str:
        """The value in a line. Unreadable: there is none."""
        raise NotImplementedError


@dataclass(frozen=True)
class Mobile(_Read):
    """A mobile number of the mainland, 11 digits. `personal`: it is someone's own, masked wherever it is shown."""

    personal: bool = True
    instead: tuple[str, ...] = ()

    def read_line(self, text: str) -> str:
        return reading.read_mobile(text)


class Link(_Read):
    """An address of the web (http or https), found in what was pasted."""

    def read_line(self, text: str) -> str:
        return reading.read_link(text)
