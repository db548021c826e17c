"""What a bureau's figures say of an indicator's measures, and where figures disagree. Pure functions of what was entered.

Contradictory data is a veto matter (闽人社函〔2022〕267号 附件1 否决项: 故意编造、虚构有关数据), so that each is pointed out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from models import judging
from models.assessments import State, Verdict
from models.catalogue_types import Catalogue, Period
from models.judging import NONE, Figure
from models.ledger_file import WHOLE_PERIOD, Definitions, LedgerFigure, Slot

PLACES = 2
"""Decimals to which a rate is rounded down where it is offered."""


class Known(NamedTuple):
    """A figure as entered, and the day up to which it counts."""

    value: Decimal
    as_of: date


Values = Mapping[tuple[str, int], Known]
"""What is entered, by figure (key) and year."""
Answers = Mapping[int, Mapping[str, Any]]
"""What is answered, by indicator (number): the stored values, the verdict among them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the ledger says of a figure that an indicator asks for. `value` None: there was nothing of the kind.

    `part`, `whole`: what a rate is reckoned from; None for a count.
    """

    value: Decimal | None
    as_of: date
    part: Decimal | None = None
    whole: Decimal | None = None

    @property
    def exact(self) -> Fraction | None:
        """A rate unrounded, in percent."""
        return Fraction(self.part) * 100 / Fraction(self.whole) if self.part is not None and self.whole else None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Figures that disagree. `kind`: answer (with the ledger), answers (two of them), part (larger than the whole), years.

    `numbers`: the indicators concerned; `keys`: the answers meant, as (number, key); `slots`: the ledger's figures meant.
    """

    kind: str
    numbers: tuple[int, ...]
    keys: tuple[tuple[int, str], ...] = ()
    slots: tuple[Slot, ...] = ()
    figure: Figure | None = None
    said: Any = None
    """What is answered: a number, or the key of what stands instead, or na."""
    offer: Offer | None = None
    values: tuple[Decimal, ...] = ()
    """The ledger's figures that disagree, as `slots` has them."""


def given(rows: Iterable[Any]) -> dict[int, dict[str, Any]]:
    """The answers to indicators (rows) that say something."""
    return {
        int(row.item): row.values for row in rows
        if row.item.isdecimal() and row.state not in (State.OPEN, State.SKIPPED) and row.values.get("verdict")
    }  # fmt: skip


def of_period(values: Values, figure: LedgerFigure, period: Period) -> Known | None:
    """A figure for the whole period: as entered, else the sum of its years once all are entered."""
    entered = values.get((figure.key, WHOLE_PERIOD))
    years = [values.get((figure.key, year)) for year in period.years]
    if entered is not None or not figure.by_year:
        return entered
    found = [one for one in years if one is not None]
    if len(found) < len(years):
        return None
    return Known(sum((one.value for one in found), Decimal(0)), min(one.as_of for one in found))


def offered(ledger: Definitions, values: Values, figure: Figure, period: Period) -> Offer | None:
    """What the ledger says of a figure that an indicator asks for; None where it does not know, or contradicts itself."""
    measure = figure.measure.key
    if measure in ledger.counts:
        count = values.get((ledger.counts[measure], figure.year or WHOLE_PERIOD))
        return None if count is None else Offer(count.value, count.as_of)
    rate = ledger.rates.get(measure)
    if rate is None:
        return None
    part = of_period(values, ledger.figures[rate.part], period)
    whole = of_period(values, ledger.figures[rate.whole], period)
    if whole is not None and whole.value == 0:
        return Offer(None, whole.as_of, Decimal(0), whole.value)
    if part is None or whole is None or part.value > whole.value:
        return None
    exact = Fraction(part.value) * 100 / Fraction(whole.value)
    rounded = Decimal(math.floor(exact * 10**PLACES)).scaleb(-PLACES)
    return Offer(rounded.normalize(), min(part.as_of, whole.as_of), part.value, whole.value)


def agrees(figure: Figure, said: Any, offer: Offer) -> bool:
    """Whether what was answered for a figure (a number, or the key of what stands instead) is what the ledger says.

    A rate agrees as people round it, down or to the nearest, as long as that does not decide about the threshold.
    """
    if isinstance(said, str):
        return said != NONE or not offer.value
    if offer.value is None:
        return False
    exact = offer.exact
    if exact is None:
        return bool(said == offer.value)
    unrounded = Decimal(exact.numerator) / Decimal(exact.denominator)
    return _rounds_to(exact, said) and judging.judge(figure, said) == judging.judge(figure, unrounded)


def contradictions(
    ledger: Definitions, catalogue: Catalogue, period: Period, answers: Answers, values: Values
) -> list[Contradiction]:
    """Everything in which the figures disagree: those of the ledger among themselves, answers with it, two answers."""
    return [
        *_within(ledger, catalogue, period, values),
        *_with_answers(ledger, catalogue, period, answers, values),
        *_between_answers(ledger, catalogue, period, answers),
    ]


def _within(ledger: Definitions, catalogue: Catalogue, period: Period, values: Values) -> Iterator[Contradiction]:
    if not values:
        return
    for rate in ledger.rates.values():
        part, whole = ledger.figures[rate.part], ledger.figures[rate.whole]
        less, more = of_period(values, part, period), of_period(values, whole, period)
        numbers = _numbers(ledger, catalogue, rate.measure)
        if numbers and less is not None and more is not None and less.value > more.value:
            slots = (Slot(part, WHOLE_PERIOD), Slot(whole, WHOLE_PERIOD))
            yield Contradiction("part", numbers, slots=slots, values=(less.value, more.value))
    for figure in ledger.figures.values():
        total = values.get((figure.key, WHOLE_PERIOD))
        years = {year: values[figure.key, year].value for year in period.years if (figure.key, year) in values}
        numbers = tuple(indicator.number for indicator in ledger.served_by(figure.key, catalogue))
        if not numbers or not figure.by_year or total is None or not years:
            continue
        together = sum(years.values(), Decimal(0))
        if together > total.value or (len(years) == len(period.years) and together != total.value):
            spans = tuple(Slot(figure, year) for year in (WHOLE_PERIOD, *years))
            yield Contradiction("years", numbers, slots=spans, values=(total.value, *years.values()))


def _with_answers(
    ledger: Definitions, catalogue: Catalogue, period: Period, answers: Answers, values: Values
) -> Iterator[Contradiction]:
    for number, figure, said in _said(catalogue, period, answers):
        offer = offered(ledger, values, figure, period)
        if offer is not None and not agrees(figure, NONE if said == Verdict.NOT_APPLICABLE else said, offer):
            keys = ledger.behind(figure.measure.key)
            slots = tuple(Slot(ledger.figures[key], figure.year or WHOLE_PERIOD) for key in keys)
            yield Contradiction("answer", (number,), (_key(number, figure, said),), slots, figure, said, offer)


def _between_answers(
    ledger: Definitions, catalogue: Catalogue, period: Period, answers: Answers
) -> Iterator[Contradiction]:
    """本期无此类事项 (or 不涉及) here, and a rate there of what would then be nothing: the first of each two indicators."""
    said = [one for one in _said(catalogue, period, answers) if one[1].measure.key in ledger.rates]
    nothing = [one for one in said if one[2] in (NONE, Verdict.NOT_APPLICABLE)]
    something = [one for one in said if isinstance(one[2], Decimal)]
    found: dict[tuple[int, int], Contradiction] = {}
    for number, figure, instead in nothing:
        for other, rated, _ in something:
            if ledger.rates[figure.measure.key].whole in _no_less_than(ledger, ledger.rates[rated.measure.key].whole):
                keys = (_key(number, figure, instead), (other, rated.key))
                numbers = tuple(dict.fromkeys((number, other)))
                found.setdefault((number, other), Contradiction("answers", numbers, keys, figure=figure, said=instead))
    yield from found.values()


def _said(catalogue: Catalogue, period: Period, answers: Answers) -> Iterator[tuple[int, Figure, Any]]:
    """What is answered for each figure: a number, the key of what stands instead, or na for an indicator 不涉及."""
    for number, values in answers.items():
        verdict = values["verdict"]
        for figure in judging.figures(catalogue.indicator(number), period):
            if verdict == Verdict.NOT_APPLICABLE:
                yield number, figure, verdict
            elif verdict == Verdict.MET and values.get(figure.key) is not None:
                yield number, figure, judging.stored_value(figure, values[figure.key])


def _no_less_than(ledger: Definitions, key: str) -> set[str]:
    """The figures of which there are at least as many as of this one: itself, and what it is a part of."""
    found = {key}
    while more := {rate.whole for rate in ledger.rates.values() if rate.part in found} - found:
        found |= more
    return found


def _numbers(ledger: Definitions, catalogue: Catalogue, measure: str) -> tuple[int, ...]:
    return tuple(one.number for one in catalogue.indicators if any(m.key == measure for m in one.measures))


def _key(number: int, figure: Figure, said: Any) -> tuple[int, str]:
    return number, "verdict" if said == Verdict.NOT_APPLICABLE else figure.key


def _rounds_to(exact: Fraction, written: Decimal) -> bool:
    exponent = written.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    scale = 10 ** max(0, -exponent)
    return written * scale in (math.floor(exact * scale), math.floor(exact * scale + Fraction(1, 2)))
