"""What follows when a piece is here, or did not come, by what it was brought for: handlers register themselves here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.turn import Turn


@dataclass(frozen=True, slots=True)
class Arrival:
    """How pieces of one purpose are spoken of.

    `piece`, `picture`: the kinds of download by which whoever brought a piece, or one picture of an album, can look at it.
    `here`: (turn, piece as it was on its way, what of an album is missing). `failed`: (turn, piece, what did not come and is
    to be told: rows with name and reason).
    """

    piece: str
    picture: str
    here: Callable[[Turn, Any, Sequence[Any]], None]
    failed: Callable[[Turn, Any, Sequence[Any]], None]


ARRIVALS: dict[str | None, Arrival] = {}
"""By `models.evidence.Purpose`; None: the self-assessment."""
