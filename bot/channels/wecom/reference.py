"""By what a sent message is known afterwards: its own id, its card's name, and the code that lets the card be changed once."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

NONE = "-"


@dataclass(frozen=True, slots=True)
class Reference:
    """What stands in an outgoing row's `reference`, its parts with spaces between them."""

    message: str
    task: str = ""
    """Empty: it is no card."""
    code: str = ""
    """Empty: it is used up, or there was none."""
    above: str = ""
    """A mark of the text that stands before the card; empty: none does."""
    besides: tuple[str, ...] = ()
    """The ids of what came before it: the text above, a picture."""

    def __str__(self) -> str:
        if not (self.task or self.besides):
            return self.message
        return " ".join([self.message, *(part or NONE for part in (self.task, self.code, self.above)), *self.besides])

    @property
    def messages(self) -> tuple[str, ...]:
        """The ids of all that it is, the last first."""
        return tuple(one for one in (self.message, *self.besides) if one)

    @classmethod
    def read(cls, text: str) -> Reference:
        """The reference that stands in a row."""
        message, *rest = text.split(" ")
        task, code, above = ["" if part == NONE else part for part in [*rest[:3], *[NONE] * 3][:3]]
        return cls(message, task, code, above, tuple(rest[3:]))


def mark_of(text: str) -> str:
    """By what a text is known again; empty, if it is."""
    return sha256(text.encode()).hexdigest()[:16] if text else ""
