"""On which channels a notice would reach people, and what they have had this week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.turn import Turn
from models import burden
from models.burden import Weight
from models.notices import choosing
from models.notices.audience import Recipient

LISTED, NOWHERE = "", None
"""In place of a channel: only the web list has it; nothing has."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a notice would reach. `by`: each with the channel on which it makes itself known; `weight`: what they have had."""

    by: tuple[tuple[Recipient, str | None], ...]
    weight: Weight

    @property
    def channels(self) -> dict[str, int]:
        """How many are written to on each channel."""
        return dict(Counter(channel for _, channel in self.by if channel))

    @property
    def listed(self) -> int:
        """How many only find it in their list."""
        return sum(channel == LISTED for _, channel in self.by)

    @property
    def nowhere(self) -> list[Recipient]:
        """Who can only be telephoned."""
        return [one for one, channel in self.by if channel is NOWHERE]


def reached(turn: Turn, people: Sequence[Recipient]) -> Reached:
    """Whom of these a message would reach, those first who can only be telephoned, then those who are not told of it."""
    persons = [one.person_id for one in people]
    addresses = choosing.addresses(turn.db, persons)
    found = [(one, _channel(turn, addresses.get(one.person_id, []))) for one in people]
    found.sort(key=lambda one: (one[1] is not NOWHERE, one[1] != LISTED))
    return Reached(tuple(found), burden.of(turn.db, persons, turn.today))


def _channel(turn: Turn, addresses: list[Any]) -> str | None:
    places = [one.channel for one in turn.reached(addresses)]
    pushing = [one for one in places if turn.house.traits[one].pushes]
    return pushing[0] if pushing else (LISTED if places else NOWHERE)
