"""By what a sent message is known afterwards: its own id, its card's name, and the code that lets the card be changed once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """What stands in an outgoing row's `reference`, its parts with spaces between them."""

    message: str
    task: str = ""
    """Empty: it is no card."""
    code: str = ""
    """Empty: it is used up, or there was none."""

    def __str__(self) -> str:
        return f"{self.message} {self.task} {self.code}".rstrip()

    @classmethod
    def read(cls, text: str) -> Reference:
        """The reference that stands in a row."""
        return cls(*text.split(" ")[:3])
