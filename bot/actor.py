"""Whoever sends a delivery, and what their posts let them do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.house import House
from bot.messages import Inbound
from models import accounts, people, rights
from models.db import Transaction
from models.people import HeldPost
from models.rights import Place, Right


@dataclass(slots=True)
class Actor:
    """Whoever sent the delivery: the person, the posts held today, and what is on show at the address."""

    address_id: int
    person_id: int
    name: str
    posts: tuple[HeldPost, ...]
    acts_in: int | None
    """The post chosen last where several fitted."""
    shown_conversation: int | None
    shown_key: str | None
    shown_message: int | None
    held: dict[str, Any] | None
    informed: bool
    """Whether the person has been told what is kept of people, and why."""
    used_at: datetime | None = None
    """When the sender last wrote from this address, to the minute."""
    gone_at: datetime | None = None
    """Since when nothing could be sent to this address."""

    def fitting(self, right: Right, place: Place | None = None) -> list[HeldPost]:
        """The posts that give a right (over an object at a place), the one chosen last first."""
        found = rights.fitting(self.posts, right, self.person_id, place)
        return found if len(found) < 2 else sorted(found, key=lambda post: post.id != self.acts_in)

    def may(self, right: Right, place: Place | None = None) -> bool:
        """Whether some post gives a right (over an object at a place)."""
        return bool(self.fitting(right, place))


def actor_at(db: Transaction, house: House, inbound: Inbound, today: date, *, reads: bool) -> Actor | None:
    """Whoever sent a delivery; None: a stranger. `reads`: nothing is written, not even that somebody is known by the roster."""
    found = people.recognise(db, inbound.channel, inbound.address, today, alone=not reads)
    if found is None and not reads and _is_on_the_roster(db, house, inbound):
        found = people.recognise(db, inbound.channel, inbound.address, today, alone=True)
    if found is None:
        return None
    row, posts = found
    return Actor(
        row.id, row.person_id, row.name, posts, row.acts_in, row.shown_conversation, row.shown_key,
        row.shown_message, row.held, row.informed_at is not None, row.used_at, row.gone_at,
    )  # fmt: skip


def _is_on_the_roster(db: Transaction, house: House, inbound: Inbound) -> bool:
    """Whether the address is known from the roster, where the channel tells people by it: then they need not join."""
    traits = house.traits.get(inbound.channel)
    return traits is not None and traits.identifies and accounts.join(db, inbound.channel, inbound.address)
