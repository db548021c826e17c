"""Lots: messages that many people get of one thing, and that can be stopped together while some have still to be sent.

A message says to which lot it belongs in its body, and is asked about just before it is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.turn import Turn

LOT = "lot"
"""Under which a body names its lot: the kind and the object's id."""

GoesOn = Callable[[Turn, int], bool]
"""(turn of the reader, which only reads; object) → whether what is left of the lot is still to be sent."""

LOTS: dict[str, GoesOn] = {}


def lot(kind: str) -> Callable[[GoesOn], GoesOn]:
    """Register how it is known whether lots of a kind go on."""

    def register(function: GoesOn) -> GoesOn:
        if kind in LOTS:
            raise ValueError(f"lot {kind} is registered twice")
        LOTS[kind] = function
        return function

    return register


def goes_on(turn: Turn, body: dict[str, Any]) -> bool:
    """Whether a message is still to be sent, as far as its lot is concerned."""
    kind, object_id = body.get(LOT) or (None, 0)
    return kind not in LOTS or LOTS[kind](turn, object_id)
