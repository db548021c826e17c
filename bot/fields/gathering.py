"""Answers gathered piece by piece: several choices, files and links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot import reading
from bot.fields.base import Field, Json, Option, Reading, Wrong
from bot.fields.choice import choice_typed


@dataclass(frozen=True)
class Gathered:
    """What a gathering question has: items by key, and the choice that stands for what is not among them, if any."""

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
        """The value, once the person says that this is all. Wrong: too few, or too many."""
        if len(items) < self.least and instead is None:
            raise Wrong("too_few", least=self.least)
        if len(items) > self.most:
            raise Wrong("too_many", most=self.most)
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
            return self.closed((key,), None)
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
    """Files, pictures or links, one or many; `instead` names what may be said in their place, `besides` which of these
    may also be said of whatever they do not show.

    `have`: the pieces that are there, where the flow keeps them itself; None: they are kept as the question's draft.
    `told`: whoever takes a piece in says so once it is really here, with the question; until then nothing is said.
    """

    kind = "files"
    instead: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    have: tuple[str, ...] | None = None
    told: bool = False
    least: int = 1
    most: int = 50

    def read(self, text: str, context: Reading) -> str:
        """A typed answer can only be a link; its address. Wrong: there is none in it."""
        try:
            return reading.read_link(text)
        except reading.Unreadable:
            raise Wrong("files") from None
