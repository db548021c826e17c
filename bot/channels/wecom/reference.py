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

    def __str__(self) -> str:
        return f"{self.message} {self.task} {self.code or NONE} {self.above or NONE}" if self.task else self.message

    @classmethod
    def read(cls, text: str) -> Reference:
        """The reference that stands in a row."""
        return cls(*("" if part == NONE else part for part in text.split(" ")[:4]))


def mark_of(text: str) -> str:
    """By what a text is known again; empty, if it is."""
    return sha256(text.encode()).hexdigest()[:16] if text else ""
