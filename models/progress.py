"""How far a self-assessment is as a whole, by 一级指标: counts and no names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from models.assessments import State
from models.scoring import Item, Tally


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


def progress_of(score: Tally) -> Progress:
    """The progress of a self-assessment, from its score; bonus and veto items are left out."""
    return Progress(tuple(Row(group.number, group.title, _counted(score.of_group(group))) for group in score.groups))


def _counted(items: Iterable[Item]) -> Counts:
    counted = dict.fromkeys(Counts._fields, 0)
    for item in items:
        counted[_place(item)] += 1
    return Counts(**counted)


def _place(item: Item) -> str:
    if item.state == State.RETURNED:
        return "returned"
    if item.state != State.COMPLETE:
        return "unanswered"
    return "accepted" if item.accepted else "waiting"
