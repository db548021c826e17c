"""What falls due by itself: functions that do what is due by now, a bit at a time, until nothing is (bot/due_work.py)."""

from __future__ import annotations

from collections.abc import Callable

from bot.turn import Turn

Due = Callable[[Turn], bool]
"""Does some of what is due, in a transaction of its own; whether there was anything."""

DUE: list[Due] = []


def due(function: Due) -> Due:
    """Register a function that does what is due. Processes may run it at once: it holds what it changes."""
    DUE.append(function)
    return function
