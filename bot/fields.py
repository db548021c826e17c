"""What a question takes for an answer: reads what was typed or pressed, and turns values to JSON and back."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from bot import reading

Json = Any
_NAMES_A_MONTH = re.compile(r"月|\d\s*[-./．／]\s*\d")


class Wrong(Exception):
    """An answer that cannot be taken. `code` names the sentence that says what is expected."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Option:
    """A choice. `key` is for ever ([A-Za-z0-9_], it travels in buttons); a label given here is data, not wording."""

    key: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Instead:
    """An answer given in place of a value, such as 本期无此类事项."""

    key: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading an answer may depend on: the day, and what the choices are called."""

    today: date
    labels: Mapping[str, str]


class Field:
    """A kind of answer. `instead`: keys of choices that may stand in place of a value."""

    kind: ClassVar[str]
    free: ClassVar[bool] = False
    """Whether the answer is free text, in which a command word may be meant as content."""

    instead: tuple[str, ...] = ()

    def options(self) -> tuple[Option, ...]:
        """The choices that the question shows as buttons, in order."""
        return ()

    def read(self, text: str, context: Reading) -> Any:
        """The value that a typed answer means. Wrong: it means none."""
        raise NotImplementedError

    def dump(self, value: Any) -> Json:
        """The value as JSON."""
        return value

    def load(self, stored: Json) -> Any:
        """The value from JSON. Wrong: it is none of this field's any more (a withdrawn choice)."""
        return stored


def choice_typed(text: str, options: Collection[Option], labels: Mapping[str, str]) -> str | None:
    """The key of the choice that was typed, by its label, a clear beginning of it, or its number; else None."""
    typed = reading.tidy(text)
    keys = [option.key for option in options]
    tidy_labels = {key: reading.tidy(labels[key]) for key in keys}
    for key, label in tidy_labels.items():
        if typed == label:
            return key
    begun = [key for key, label in tidy_labels.items() if len(typed) >= 2 and label.startswith(typed)]
    if len(begun) == 1:
        return begun[0]
    try:
        numbers = reading.read_choices(text, len(keys))
    except reading.Unreadable:
        return None
    return keys[numbers[0] - 1] if len(numbers) == 1 else None


@dataclass(frozen=True)
class OneOf(Field):
    """One of several choices: the members of an enumeration, keys that the templates name, or options with labels."""

    kind = "choice"
    choices: type[StrEnum] | tuple[str, ...] | tuple[Option, ...]

    def options(self) -> tuple[Option, ...]:
        return tuple(choice if isinstance(choice, Option) else Option(str(choice)) for choice in self.choices)

    def read(self, text: str, context: Reading) -> Any:
        key = choice_typed(text, self.options(), context.labels)
        if key is None:
            raise Wrong("choice", labels=[context.labels[option.key] for option in self.options()])
        return self.load(key)

    def dump(self, value: Any) -> Json:
        return str(value)

    def load(self, stored: Json) -> Any:
        if stored not in {option.key for option in self.options()}:
            raise Wrong("gone")
        return self.choices(stored) if isinstance(self.choices, type) else stored


class Person(OneOf):
    """One of several people, each an option with the id as key and a label that tells them apart; the value is the id."""

    def load(self, stored: Json) -> Any:
        return int(super().load(str(stored)))


@dataclass(frozen=True)
class YesNo(Field):
    """是 or 否. The templates may name the two otherwise (有, 暂无)."""

    kind = "choice"

    def options(self) -> tuple[Option, ...]:
        return Option("yes"), Option("no")

    def read(self, text: str, context: Reading) -> bool:
        key = choice_typed(text, self.options(), context.labels)
        if key is not None:
            return key == "yes"
        try:
            return reading.read_yes_no(text)
        except reading.Unreadable:
            raise Wrong("choice", labels=[context.labels["yes"], context.labels["no"]]) from None

    def dump(self, value: Any) -> Json:
        return "yes" if value else "no"

    def load(self, stored: Json) -> bool:
        if stored not in ("yes", "no"):
            raise Wrong("gone")
        return bool(stored == "yes")


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
        if count < self.least:
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

    def read_line(self, text: str) -> str:
        return reading.read_mobile(text)


class Link(_Read):
    """An address of the web (http or https), found in what was pasted."""

    def read_line(self, text: str) -> str:
        return reading.read_link(text)


@dataclass(frozen=True)
class Gathered:
    """What a gathering question has: items by key, and the choice that stands for what is not there, if any."""

    items: tuple[str, ...] = ()
    instead: str | None = None


class Gathering(Field):
    """A question answered piece by piece and closed by a button; until then its pieces are a draft under its key."""

    least: int
    most: int

    def toggled(self, items: tuple[str, ...], key: str) -> tuple[str, ...]:
        """The items with one more, or one less if it was among them. Wrong: too many."""
        if key in items:
            return tuple(item for item in items if item != key)
        if len(items) >= self.most:
            raise Wrong("too_many", most=self.most)
        return (*items, key)

    def closed(self, items: tuple[str, ...], instead: str | None) -> Gathered:
        """The value, once the person says that this is all. Wrong: too few."""
        if len(items) < self.least and instead is None:
            raise Wrong("too_few", least=self.least)
        return Gathered(items, instead)

    def dump(self, value: Any) -> Json:
        return {"items": list(value.items), "instead": value.instead}

    def load(self, stored: Json) -> Gathered:
        return Gathered(tuple(stored["items"]), stored["instead"])


@dataclass(frozen=True)
class Several(Gathering):
    """Some of several choices, in their own order."""

    kind = "several"
    choices: tuple[Option, ...]
    least: int = 1
    most: int = 100

    def options(self) -> tuple[Option, ...]:
        return self.choices

    def read(self, text: str, context: Reading) -> Gathered:
        key = choice_typed(text, self.choices, context.labels)
        if key is not None:
            return Gathered((key,))
        try:
            numbers = reading.read_choices(text, len(self.choices))
        except reading.Unreadable:
            raise Wrong("choices", most=len(self.choices)) from None
        return self.closed(tuple(self.choices[number - 1].key for number in numbers), None)

    def load(self, stored: Json) -> Gathered:
        value = super().load(stored)
        if not set(value.items) <= {option.key for option in self.choices}:
            raise Wrong("gone")
        return value


@dataclass(frozen=True)
class Files(Gathering):
    """Files, pictures or links, one or many; `instead` names what may be said in their place.

    `have`: the pieces that are there, where the flow keeps them itself; None: they are kept as the question's draft.
    """

    kind = "files"
    instead: tuple[str, ...] = ()
    have: tuple[str, ...] | None = None
    least: int = 1
    most: int = 50

    def read(self, text: str, context: Reading) -> str:
        """A typed answer can only be a link; its address. Wrong: there is none in it."""
        try:
            return reading.read_link(text)
        except reading.Unreadable:
            raise Wrong("files") from None


@dataclass(frozen=True)
class Ask:
    """One question: its key (for ever), its field, and how it may be passed.

    `wording` names the macro that asks it, where several questions share one; `about` is what that macro needs to know.
    `assumed` is the answer taken without asking, which the person can still change. `skippable`: 跳过 stores None.
    `beside`: actions offered with it, each a code and the id of what it is about.
    """

    key: str
    field: Field
    wording: str = ""
    about: Any = None
    skippable: bool = False
    assumed: Any = None
    beside: tuple[tuple[str, int], ...] = ()

    @property
    def name(self) -> str:
        return self.wording or self.key
