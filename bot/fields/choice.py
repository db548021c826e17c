"""Answers that are chosen: one of several, a person, yes or no."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from bot import reading
from bot.fields.base import Field, Json, Option, Reading, Wrong


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
    choices: type[StrEnum] | tuple[str | Option, ...]

    def options(self) -> tuple[Option, ...]:
        return self._options

    @cached_property
    def _options(self) -> tuple[Option, ...]:
        return tuple(choice if isinstance(choice, Option) else Option(str(choice)) for choice in self.choices)

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(option.key for option in self._options)

    def read(self, text: str, context: Reading) -> Any:
        key = choice_typed(text, self.options(), context.labels)
        if key is None:
            raise Wrong("choice", labels=[context.labels[option.key] for option in self.options()])
        return self.load(key)

    def dump(self, value: Any) -> Json:
        return str(value)

    def load(self, stored: Json) -> Any:
        if stored not in self._keys:
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
