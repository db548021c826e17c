"""What a question takes for an answer: the common shape of fields, and the question itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

Json = Any
Ways = Sequence[tuple[str, int] | tuple[str, int, str]]


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

    def chosen(self, key: str, context: Reading) -> Any:
        """The value that a pressed choice means."""
        return self.load(key)

    def dump(self, value: Any) -> Json:
        """The value as JSON."""
        return value

    def load(self, stored: Json) -> Any:
        """The value from JSON. Wrong: it is none of this field's any more (a withdrawn choice)."""
        return stored


@dataclass(slots=True)
class Ask:
    """One question: its key (for ever), its field, and how it may be passed.

    `wording` names the macro that asks it, where several questions share one; `about` is what that macro needs to know.
    `assumed` is the answer taken without asking, which the person can still change. `skippable`: 跳过 stores None.
    `beside`: actions offered with it, each a code and the id of what it is about (and the button's argument), or what finds
    them once it is shown. `keeps`: 不改 is offered when it is asked again.
    """

    key: str
    field: Field
    wording: str = ""
    about: Any = None
    skippable: bool = False
    assumed: Any = None
    beside: Ways | Callable[[], Ways] = ()
    keeps: bool = True

    @property
    def name(self) -> str:
        return self.wording or self.key
