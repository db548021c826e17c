"""How far a self-assessment is as a whole, by 一级指标: counts and no names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from models.assessments import State
from models.catalogue_types import Group


class Standing(Protocol):
    """Where one indicator stands."""

    @property
    def state(self) -> str:
        """How far its answer is, a `State`."""
        ...

    @property
    def accepted(self) -> bool:
        """Whether the legal section has accepted the answer as it is now."""
        ...


class Counts(NamedTuple):
    """How many indicators are accepted, answered and waiting for acceptance, sent back, or want an answer."""

    accepted: int
    waiting: int
    returned: int
    unanswered: int


class Row(NamedTuple):
    """One 一级指标: its number and title as the catalogue has them."""

    number: str
    title: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Progress:
    """Every 一级指标 of a self-assessment, in the catalogue's order."""

    rows: tuple[Row, ...]

    @property
    def whole(self) -> Counts:
        """The counts of all rows together."""
        return Counts(*map(sum, zip(*(row.counts for row in self.rows), strict=True)))


def progress_of(groups: Iterable[tuple[Group, Iterable[Standing]]]) -> Progress:
    """The progress of a self-assessment, from each group with its indicators as they stand (at least one group)."""
    return Progress(tuple(Row(group.number, group.title, _counted(items)) for group, items in groups))


def _counted(items: Iterable[Standing]) -> Counts:
    counted = dict.fromkeys(Counts._fields, 0)
    for item in items:
        counted[_place(item)] += 1
    return Counts(**counted)


def _place(item: Standing) -> str:
    if item.state == State.RETURNED:
        return "returned"
    if item.state != State.COMPLETE:
        return "unanswered"
    return "accepted" if item.accepted else "waiting"
