"""What a roster file (名册) holds, as typed rows: bureaus, people with their posts, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from models.people import Level, Role, UnitKind

BUREAUS, PEOPLE = "局", "人员"
"""The names of the two sheets."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to put right: sheet, row as Excel shows it (0: the sheet itself), column by its header, code, params.

    `bureau` and `unit` are those that the row names. The sentence for each code stands in
    templates/roster_import/faults.j2.
    """

    sheet: str
    row: int
    column: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)
    bureau: str = ""
    unit: str = ""


@dataclass(slots=True)
class RawRow:
    """A row's cells as far as they could be read, by field, and what is wrong with it."""

    sheet: str
    row: int
    values: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)

    def wrong(self, column: str, code: str, **params: Any) -> None:
        """Note a fault of this row."""
        bureau = self.values.get("name" if self.sheet == BUREAUS else "bureau") or ""
        self.faults.append(Fault(self.sheet, self.row, column, code, params, bureau, self.values.get("unit") or ""))


@dataclass(frozen=True, slots=True)
class BureauRow:
    """One bureau of the sheet 局, and the name of the one above it."""

    row: int
    name: str
    level: Level
    parent: str | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row of the sheet 人员: somebody's posts in one unit. What may be left empty is None then."""

    row: int
    bureau: str
    unit: str
    kind: UnitKind
    name: str
    title: str
    mobile: str
    roles: tuple[Role, ...]
    wecom_id: str | None = None
    starts_on: date | None = None
    qualification: str | None = None
    education: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A bureau, or one unit of it."""

    bureau: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as read: the rows that are right in themselves, all that is wrong, and the headings that were passed over.

    A row with a fault is in `faults` only.
    """

    bureaus: tuple[BureauRow, ...] = ()
    people: tuple[PersonRow, ...] = ()
    faults: tuple[Fault, ...] = ()
    headings: tuple[int, ...] = ()
    """Rows of 人员 with a single filled cell: headings and notes."""
    chosen: tuple[Choice, ...] = ()
    """What alone is to be imported of the file, if not all of it."""

    def concerns(self, bureau: str, unit: str) -> bool:
        """Whether a unit is among what is to be imported."""
        return not self.chosen or Choice(bureau) in self.chosen or Choice(bureau, unit) in self.chosen

    def only(self, chosen: Collection[Choice]) -> Parsed:
        """The chosen bureaus and units alone, with the faults of their rows and those of the sheets themselves.

        A chosen unit brings its bureau's own row along. KeyError(choice): the file has nothing of it.
        """
        named = {(row.name, "") for row in self.bureaus} | {(row.bureau, row.unit) for row in self.people}
        named |= {(fault.bureau, fault.unit) for fault in self.faults}
        for one in chosen:
            if not any(bureau == one.bureau and one.unit in ("", unit) for bureau, unit in named):
                raise KeyError(one)
        bureaus = {one.bureau for one in chosen}
        part = replace(self, chosen=tuple(chosen))
        return replace(
            part,
            bureaus=tuple(row for row in self.bureaus if row.name in bureaus),
            people=tuple(row for row in self.people if part.concerns(row.bureau, row.unit)),
            faults=tuple(
                fault for fault in self.faults
                if not fault.bureau or part.concerns(fault.bureau, fault.unit)
                or (fault.sheet == BUREAUS and fault.bureau in bureaus)
            ),
        )  # fmt: skip
