"""What importing a roster file would do: the changes, what is wrong with the rest, and what is worth knowing."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from models.roster.rows import Fault

MOST_SHOWN = 5
"""Faults and warnings that are told one by one."""

Key = tuple[str, ...]
"""Bureau: name. Unit: bureau, name. Person: mobile. Post: mobile, bureau, unit, role. All as they are afterwards."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row to be written: its key, its id (None: it is new), its columns (of an old row only those that change)."""

    key: Key
    id: int | None
    values: dict[str, Any]
    before: dict[str, Any]
    """The same columns as they are; of a new row none."""


@dataclass(frozen=True, slots=True)
class Part:
    """What happens in one table."""

    new: tuple[Change, ...]
    changed: tuple[Change, ...]
    unchanged: int

    @property
    def columns(self) -> dict[str, int]:
        """How often each column changes, the most frequent first."""
        return dict(Counter(column for change in self.changed for column in change.values).most_common())


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that the right rows of a file make, and all that is wrong with the others."""

    bureaus: Part
    units: Part
    people: Part
    posts: Part
    released: tuple[Change, ...]
    """Mobiles and accounts of people without posts that belong to somebody else now."""
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    """Worth knowing, and no hindrance: quota, renamed, starts_later, unit_kinds."""
    headings: tuple[int, ...]
    absent: int
    """Posts held in the bureaus of the file that it does not name; importing does not end them."""

    @property
    def wrong_rows(self) -> int:
        """How many rows are wrong; a fault of a whole sheet is of none of them."""
        return len({(fault.sheet, fault.row) for fault in self.faults if fault.row})

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return any(part.new or part.changed for part in (self.bureaus, self.units, self.people, self.posts))

    def summary(self) -> dict[str, Any]:
        """What is shown of it before it is carried out, as JSON."""
        parts = {"bureaus": self.bureaus, "units": self.units, "people": self.people, "posts": self.posts}
        return {
            "counts": {name: [len(one.new), len(one.changed), one.unchanged] for name, one in parts.items()},
            "columns": self.people.columns,
            "changes": self.changes,
            "faults": [asdict(fault) for fault in self.faults[:MOST_SHOWN]],
            "fault_count": len(self.faults),
            "wrong_rows": self.wrong_rows,
            "warnings": [asdict(warning) for warning in self.warnings[:MOST_SHOWN]],
            "warning_count": len(self.warnings),
            "headings": list(self.headings[:MOST_SHOWN]),
            "absent": self.absent,
        }
