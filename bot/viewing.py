"""Pages about single objects, each for one person: the links to them, made when they are asked for, and what they show.

A link says whose it is, and holds for some minutes. Holding it is not enough: whoever opens it must be signed in as that
person, and have the right still (DOMAIN 9). It changes nothing, so that a preview may fetch it, and is told nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.actions import PAGES, base36, from36
from bot.turn import Turn
from models.vault import Vault, same

LASTS = timedelta(minutes=10)
PATH = "/view"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """What a link lets its person see."""

    kind: str
    id: int
    person: int


def link(turn: Turn, kind: str, object_id: int) -> str:
    """The path of a page for the sender, from now on for some minutes."""
    until = base36(int((turn.now + LASTS).timestamp()))
    says = f"{kind}.{base36(object_id)}.{base36(turn.actor.person_id)}.{until}"
    return f"{PATH}/{says}.{_proof(turn.house.vault, says)}"


def opened(vault: Vault, token: str, now: datetime) -> Seen | None:
    """What the last part of such a path lets its person see now; None: nothing, or nothing any more."""
    says, _, proof = token.rpartition(".")
    parts = says.split(".")
    if len(token) > _LONGEST or len(parts) != 4 or not same(_proof(vault, says), proof) or parts[0] not in PAGES:
        return None
    kind, object_id, person, until = parts[0], from36(parts[1]), from36(parts[2]), int(parts[3], 36)
    return Seen(kind, object_id, person) if datetime.fromtimestamp(until, UTC) > now else None


def shown(turn: Turn, seen: Seen) -> dict[str, Any] | None:
    """What a page shows the sender, if the link is that person's and they may see it now; else None."""
    found = PAGES[seen.kind]
    if turn.actor.person_id != seen.person or not turn.actor.posts:
        return None
    target = found.load(turn, seen.id)
    if target is None or turn.acts(found.right, target.place) is None:
        return None
    return found.show(turn, target.value)


def _proof(vault: Vault, says: str) -> str:
    return vault.token(f"view.{says}")
