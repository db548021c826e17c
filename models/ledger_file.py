"""What a bureau's 数字台账 holds, and which measures are reckoned from it: read from catalogue/ledger.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from models.catalogue_types import Catalogue, Indicator, Period
from models.yaml_fields import Fields, read_yaml

UNITS = ("人", "件", "项", "次", "期", "学时")
PERS = ("period", "year")
WHOLE_PERIOD = 0
"""Stands for the year of a figure that is of the whole period."""
_FILE = Path(__file__).parent / "catalogue" / "ledger.yaml"


@dataclass(frozen=True, slots=True)
class LedgerFigure:
    """One figure. `by_year`: of the period, and may also be given for its years. `named_as`: how wordings speak of it."""

    number: int
    key: str
    label: str
    unit: str
    per: str
    by_year: bool
    named_as: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A measure in percent: the figures (keys) that are its numerator and its denominator."""

    measure: str
    part: str
    whole: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A figure for the whole period (year WHOLE_PERIOD) or for one year of it."""

    figure: LedgerFigure
    year: int

    @property
    def place(self) -> tuple[str, int]:
        """What entries are found by: the figure's key, and the year."""
        return self.figure.key, self.year

    @property
    def key(self) -> str:
        """What its question is called."""
        return f"{self.figure.key}_{self.year}" if self.year else self.figure.key


@dataclass(frozen=True, slots=True)
class Definitions:
    """The ledger's figures by key, and the measures (keys) reckoned from them: rates, and counts taken as they are."""

    figures: dict[str, LedgerFigure]
    rates: dict[str, Rate]
    counts: dict[str, str]
    served: dict[tuple[str, str], list[Indicator]] = field(default_factory=dict, compare=False)
    """What `served_by` has found, by the catalogue's hash and the figure's key."""

    def numbered(self, number: int) -> LedgerFigure | None:
        """The figure of a number, or None."""
        return next((figure for figure in self.figures.values() if figure.number == number), None)

    def behind(self, measure: str) -> tuple[str, ...]:
        """The figures (keys) that a measure is reckoned from; none if the ledger does not serve it."""
        rate = self.rates.get(measure)
        if rate is not None:
            return rate.part, rate.whole
        return (self.counts[measure],) if measure in self.counts else ()

    def served_by(self, key: str, catalogue: Catalogue) -> list[Indicator]:
        """The indicators of a catalogue with a measure that is reckoned from a figure; a process finds them once."""
        place = (catalogue.sha256, key)
        if place not in self.served:
            self.served[place] = [
                indicator for indicator in catalogue.indicators
                if any(key in self.behind(measure.key) for measure in indicator.measures)
            ]  # fmt: skip
        return self.served[place]

    def naming(self, key: str, catalogue: Catalogue) -> list[Indicator]:
        """The other indicators in whose wording a figure is named."""
        words, served = self.figures[key].named_as, self.served_by(key, catalogue)
        return [one for one in catalogue.indicators if words and words in one.text and one not in served]

    def slots(self, catalogue: Catalogue, period: Period) -> Iterator[Slot]:
        """What is to be entered for a catalogue's measures, in order."""
        for key, figure in self.figures.items():
            if self.served_by(key, catalogue):
                for year in period.years if figure.per == "year" else (WHOLE_PERIOD,):
                    yield Slot(figure, year)


@cache
def definitions() -> Definitions:
    """The ledger that the program comes with, read once a process."""
    return read_ledger(_FILE.read_bytes())


def read_ledger(data: bytes) -> Definitions:
    """The ledger in a file. Raises CatalogueError with everything that is wrong in it."""
    return read_yaml(data, _ledger)


def _ledger(fields: Fields) -> Definitions:
    figures = fields.items("figures", _figure, least=1)
    by_key = {figure.key: figure for figure in figures}
    if len(by_key) < len(figures) or len({figure.number for figure in figures}) < len(figures):
        fields.fault("figures", "repeated", value="")

    def known(inner: Fields, name: str) -> str:
        key = inner.key(name)
        if key not in by_key:
            inner.fault(name, "not_allowed", value=key, allowed="、".join(by_key))
        return key

    def rate(inner: Fields) -> Rate:
        return Rate(inner.key("measure"), known(inner, "part"), known(inner, "whole"))

    def count(inner: Fields) -> tuple[str, str]:
        return inner.key("measure"), known(inner, "figure")

    rates = {one.measure: one for one in fields.items("rates", rate)}
    return Definitions(by_key, rates, dict(fields.items("counts", count)))


def _figure(fields: Fields) -> LedgerFigure:
    return LedgerFigure(
        number=fields.integer("number", 1, 999),
        key=fields.key("key"),
        label=fields.text("label"),
        unit=fields.choice("unit", UNITS),
        per=fields.choice("per", PERS),
        by_year=fields.flag("by_year") if fields.has("by_year") else False,
        named_as=fields.text("named_as") if fields.has("named_as") else "",
    )
