"""The names in a document as they stood when it was accepted: whoever is renamed later changes no older document."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models import people
from models.db import Transaction
from models.matters import assignments
from models.people import Unit


@dataclass(frozen=True, slots=True)
class Names:
    """What the bureau is called, the unit that the matter is for, and its attachments, in order.

    `parts`: its reviewers and their units, by the assignment. `accepter`: who has accepted it; empty before.
    """

    bureau: str
    unit: str
    parts: Mapping[int, tuple[str, str]]
    accepter: str
    materials: tuple[str, ...]

    def stored(self) -> dict[str, Any]:
        """The names as a row keeps them."""
        parts = {str(one): list(named) for one, named in self.parts.items()}
        return {
            "bureau": self.bureau, "unit": self.unit, "parts": parts, "accepter": self.accepter, "materials": list(self.materials),
        }  # fmt: skip


def today(db: Transaction, matter: Any, accepter: int | None = None, materials: Sequence[str] = ()) -> Names:
    """The names of whoever has to do with a matter (a row) as they are now."""
    parts = {one.id: (str(one.name), str(one.unit)) for one in assignments.of_matter(db, matter.id)}
    return Names(
        people.bureau_of(db, matter.bureau_id).name, db.session.get_one(Unit, matter.unit_id).name, parts,
        people.name_of(db, accepter) if accepter is not None else "", tuple(materials),
    )  # fmt: skip


def read(kept: Mapping[str, Any]) -> Names:
    """The names that a row keeps."""
    parts = {int(key): (name, unit) for key, (name, unit) in kept["parts"].items()}
    return Names(kept["bureau"], kept["unit"], parts, kept["accepter"], tuple(kept["materials"]))


def without(kept: Mapping[str, Any], parts: Collection[int], accepter: bool, called: str) -> dict[str, Any]:
    """The names that a row keeps when a person is erased, who is `called` so from now on.

    `parts`: the person's assignments; `accepter`: they had accepted it.
    """
    named = {key: [called if int(key) in parts else name, unit] for key, (name, unit) in kept["parts"].items()}
    return {**kept, "parts": named, "accepter": called if accepter else kept["accepter"]}
