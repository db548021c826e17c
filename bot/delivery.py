"""What people learn of messages that were sent on their behalf and did not arrive."""

from __future__ import annotations

from typing import Any

from bot.actions import result
from bot.turn import Turn
from models import people

UNDELIVERED = "undelivered"
"""The result kind under which it enters that a message of the sender's to somebody else has not arrived."""


@result(UNDELIVERED)
def undelivered(turn: Turn, outcome: dict[str, Any]) -> None:
    """Whoever had it sent reads in the next digest to whom it did not get through, and why."""
    name = people.name_of(turn.db, outcome["person"])
    turn.news([turn.actor.person_id], "undelivered", name=name, why=outcome["why"])
