"""What a person's 数字台账 shows: the figures that their indicators use, what is entered, and where figures disagree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.turn import Turn
from handlers.item_facts import share_of
from models import assessments, campaigns, ledger, ledger_checks
from models.catalogue_types import Catalogue, Period
from models.ledger_checks import Contradiction
from models.ledger_file import WHOLE_PERIOD, LedgerFigure, Slot, definitions
from models.matters import offering

MOST_VERSIONS = 3
"""Entries of a figure that are shown, the one that counts among them."""


@dataclass(frozen=True)
class Book:
    """The ledger of a self-assessment as far as it is the sender's, and the one figure that is being changed, if any."""

    turn: Turn
    assessment: Any
    changing: LedgerFigure | None = None

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue that the self-assessment goes by."""
        return campaigns.catalogue_of(self.turn.db, self.assessment.catalogue_id, self.assessment.sha256)

    @cached_property
    def period(self) -> Period:
        """The campaign's period."""
        return assessments.campaign_file(self.turn.db, self.assessment).period

    @cached_property
    def entries(self) -> dict[tuple[str, int], Any]:
        """The entries that count, as they were when the turn began."""
        return ledger.current(self.turn.db, self.assessment.id)

    @cached_property
    def numbers(self) -> set[int]:
        """The numbers of the indicators that are the sender's."""
        share = share_of(self.turn, self.assessment)
        rows = assessments.all_items(self.turn.db, self.assessment.id) if share is not None else []
        mine = {row.item for row in rows if row.unit_id == share}
        return {one.number for one in self.catalogue.indicators if share is None or str(one.number) in mine}

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """What is to be entered; for a unit, what its indicators need."""
        listed = definitions().slots(self.catalogue, self.period)
        return tuple(slot for slot in listed if self.numbers.intersection(self.served(slot.figure)))

    def in_system(self, slot: Slot) -> int:
        """What the system's own reviews say of a figure, to be offered; 0: nothing."""
        of = self.assessment.bureau_id
        return offering.of_figure(self.turn.db, of, slot.figure.key, self.period, slot.year) or 0

    @property
    def figures(self) -> list[LedgerFigure]:
        """The figures, in order."""
        return list(dict.fromkeys(slot.figure for slot in self.slots))

    @property
    def missing(self) -> list[Slot]:
        """What has not been entered yet, nor follows from the figures of the years."""
        values = {place: ledger_checks.Known(one.value, one.as_of) for place, one in self.entries.items()}
        return [
            slot for slot in self.slots
            if slot.place not in values and not (slot.figure.by_year and self._total(values, slot.figure))
        ]  # fmt: skip

    def _total(self, values: ledger_checks.Values, figure: LedgerFigure) -> ledger_checks.Known | None:
        return ledger_checks.of_period(values, figure, self.period)

    def served(self, figure: LedgerFigure) -> list[int]:
        """The numbers of the indicators that a figure is for."""
        return [one.number for one in definitions().served_by(figure.key, self.catalogue)]

    def named(self, figure: LedgerFigure) -> list[int]:
        """The numbers of the other indicators that speak of a figure."""
        return [one.number for one in definitions().naming(figure.key, self.catalogue)]

    def spans(self, figure: LedgerFigure) -> list[Slot]:
        """What can be entered of a figure: for the whole period, for its years, or both."""
        years = self.period.years if figure.per == "year" or figure.by_year else ()
        return [Slot(figure, year) for year in ((WHOLE_PERIOD, *years) if figure.per != "year" else years)]

    @property
    def all_spans(self) -> list[Slot]:
        """Everything that can be entered."""
        return [slot for figure in self.figures for slot in self.spans(figure)]

    def versions(self, slot: Slot) -> list[Any]:
        """The latest entries of a figure."""
        return ledger.versions(self.turn.db, self.assessment.id, slot)[:MOST_VERSIONS]

    def contradictions(self) -> list[Contradiction]:
        """Where figures disagree now, as far as the sender's indicators are concerned."""
        found = ledger.contradictions(self.turn.db, self.assessment)
        return [one for one in found if self.numbers.intersection(one.numbers)]

    def clashes(self, key: str) -> list[Contradiction]:
        """Those that the figure asked under a key is part of."""
        return [one for one in self.contradictions() if any(slot.key == key for slot in one.slots)]
