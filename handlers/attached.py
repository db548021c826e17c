"""Files as a page shows them: each with its address, and the pictures that are looked at in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.turn import Turn
from models import albums
from models.evidence import Stage

SHOWN = ("image/jpeg", "image/png")


@dataclass(frozen=True, slots=True)
class Attached:
    """A piece (a row), its address, and what of it can be looked at: (address, name) each."""

    row: Any
    url: str
    pictures: tuple[tuple[str, str], ...]


def attached(turn: Turn, row: Any, piece: str, picture: str) -> Attached:
    """A piece with an album's pictures, or itself where it is one. `piece`, `picture`: the kinds of download of either."""
    url = f"/api/files/{piece}/{row.id}"
    if row.files:
        listed = [one for one in albums.files_of(turn.db, row.id) if one.stage == Stage.STORED]
        return Attached(row, url, tuple((f"/api/files/{picture}/{one.id}", one.name) for one in listed))
    return Attached(row, url, ((url, row.name),) if row.mime in SHOWN else ())
