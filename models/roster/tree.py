"""The bureaus of a roster file put together with those stored: what changes, and what would be no tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.people import Level
from models.roster.columns import HEADERS
from models.roster.plans import Change, Part
from models.roster.rows import BUREAUS, BureauRow, Fault
from models.roster.stored import StoredBureau

ABOVE: Mapping[Level, frozenset[Level]] = {
    Level.PROVINCE: frozenset(),
    Level.CITY: frozenset({Level.PROVINCE}),
    Level.COUNTY: frozenset({Level.CITY, Level.PROVINCE}),
}
"""The levels that may stand directly above each; 平潭 is a county without a city above it. Any may stand alone."""

_LEVEL, _PARENT, _NAME = (HEADERS[BUREAUS][name] for name in ("level", "parent", "name"))


@dataclass(frozen=True, slots=True)
class _Node:
    level: Level
    parent: str | None


def bureau_part(
    stored: Mapping[str, StoredBureau], rows: Sequence[BureauRow], own: str | None
) -> tuple[Part, list[Fault]]:
    """What the rows of 局 change, and which of them are wrong. `own`: the one bureau that may be in it, None for all."""
    faults = _within(stored, rows, own) if own is not None else _Tree(stored, rows).faults()
    wrong = {fault.row for fault in faults}
    new, changed = [], []
    right = [row for row in rows if row.row not in wrong]
    for row in right:
        known = stored.get(row.name)
        if known is None:
            new.append(Change((row.name,), None, {"level": row.level.value, "parent": row.parent}, {}))
        elif (known.level, known.parent) != (row.level, row.parent):
            before = {"level": known.level.value, "parent": known.parent}
            changed.append(Change((row.name,), known.id, {"level": row.level.value, "parent": row.parent}, before))
    return Part(tuple(new), tuple(changed), len(right) - len(new) - len(changed)), faults


def _within(stored: Mapping[str, StoredBureau], rows: Sequence[BureauRow], own: str) -> list[Fault]:
    """A legal section describes its own bureau alone, and does not move it in the tree."""
    faults = []
    for row in rows:
        known = stored.get(row.name)
        if row.name != own or known is None:
            faults.append(Fault(BUREAUS, row.row, _NAME, "other_bureau_row", {"own": own}, row.name))
        elif (known.level, known.parent) != (row.level, row.parent):
            column = _LEVEL if known.level is not row.level else _PARENT
            faults.append(Fault(BUREAUS, row.row, column, "tree_fixed", {}, row.name))
    return faults


class _Tree:
    """All bureaus as they would be."""

    def __init__(self, stored: Mapping[str, StoredBureau], rows: Sequence[BureauRow]) -> None:
        self._rows = {row.name: row for row in rows}
        self._nodes = {name: _Node(one.level, one.parent) for name, one in stored.items()}
        self._nodes |= {row.name: _Node(row.level, row.parent) for row in rows}
        self._below: defaultdict[str, list[str]] = defaultdict(list)
        for name, node in self._nodes.items():
            if node.parent is not None:
                self._below[node.parent].append(name)
        self._circles = self._in_circles()
        self._found: dict[str, Fault] = {}

    def faults(self) -> list[Fault]:
        """One fault for each row that cannot stand, and for each below such a one."""
        for row in self._rows.values():
            fault = self._own_fault(row)
            if fault is not None:
                self._found[row.name] = fault
        waiting = list(self._found)
        while waiting:
            above = waiting.pop()
            for name in self._below[above]:
                if name in self._rows and name not in self._found:
                    self._found[name] = self._fault(self._rows[name], _PARENT, "parent_wrong", parent=above)
                    waiting.append(name)
        return sorted(self._found.values(), key=lambda fault: fault.row)

    def _own_fault(self, row: BureauRow) -> Fault | None:
        if row.name in self._circles:
            return self._fault(row, _PARENT, "circle", parent=row.parent)
        if row.parent is not None:
            if row.parent not in self._nodes:
                return self._fault(row, _PARENT, "unknown_parent", parent=row.parent)
            above = self._nodes[row.parent].level
            if above not in ABOVE[row.level]:
                return self._fault(
                    row, _LEVEL, "level_unfit", level=row.level.value, parent=row.parent, above=above.value
                )
        for name in self._below[row.name]:
            if name not in self._rows and row.level not in ABOVE[self._nodes[name].level]:
                return self._fault(row, _LEVEL, "level_below", level=row.level.value, below=name)
        return None

    def _in_circles(self) -> set[str]:
        """The bureaus that stand, some steps up, above themselves."""
        found: set[str] = set()
        settled: set[str] = set()
        for name in self._nodes:
            path: dict[str, int] = {}
            at: str | None = name
            while at is not None and at in self._nodes and at not in settled:
                if at in path:
                    found.update(list(path)[path[at] :])
                    break
                path[at] = len(path)
                at = self._nodes[at].parent
            settled.update(path)
        return found

    def _fault(self, row: BureauRow, column: str, code: str, **params: str | None) -> Fault:
        return Fault(BUREAUS, row.row, column, code, params, row.name)
