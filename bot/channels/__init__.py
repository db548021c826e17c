"""What a channel is to the rest: its traits as data, and the five outcomes of sending besides success."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Traits:
    """What a channel is like. `lists`: it keeps a list of messages that can be found again.

    `echoes`: what the person says must be put into that list by us, because the channel keeps none of its own.
    """

    lists: bool
    echoes: bool = False


class NotReached(Exception):
    """Certainly not sent: to be tried again."""


class Unknown(Exception):
    """May have been sent: to be tried again, marked as possibly repeated."""


class SlowDown(Exception):
    """Not sent, and nothing should be for a while."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Gone(Exception):
    """The person has left or blocked the channel."""


class Refused(Exception):
    """Our fault or the content's: not to be tried again."""


class Channel(Protocol):
    """One platform, both directions; it knows no business."""

    name: str
    traits: Traits

    async def send(self, row: Any) -> str | None:
        """Bring one message to its address; the platform's own id for it, if any. Raises one of the five outcomes."""
