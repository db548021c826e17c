"""Figures held against the thresholds that an indicator's wording names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from models.catalogue_types import Indicator, Measure, MonthDay, Period

NONE, NOT_YET = "none", "not_yet"
"""What may stand in place of a figure: 本期无此类事项, and a date whose day is still to come."""


class Outcome(StrEnum):
    """What a figure means for its indicator."""

    REACHED = "reached"
    MISSED = "missed"
    """A hard threshold is missed: the indicator cannot be 符合."""
    EXPLAIN = "explain"
    """A soft threshold is missed: to be explained."""
    RUNNING = "running"
    """Missed so far in a year that the period cuts short: listed for a 补报, bars nobody."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure to ask for: a measure, for one year where the wording says 每年; `cut`: the year is cut short."""

    key: str
    measure: Measure
    year: int | None
    cut: bool

    @property
    def due(self) -> date | None:
        """The day a yearly date measure is held against in its year; None for other measures."""
        limit = self.measure.threshold
        if isinstance(limit, MonthDay) and self.year is not None:
            return date(self.year, limit.month, limit.day)
        return None


def figures(indicator: Indicator, period: Period) -> Iterator[Figure]:
    """Every figure that an indicator's wording names, year by year, in order."""
    for measure in indicator.measures:
        if measure.per == "year":
            for year in period.years:
                yield Figure(f"{measure.key}_{year}", measure, year, _is_cut(measure, year, period))
        else:
            yield Figure(measure.key, measure, None, False)


def judge(figure: Figure, value: Decimal | date) -> Outcome:
    """What a figure means. A date is held against the threshold's day of its own year, that day included."""
    measure = figure.measure
    limit = measure.threshold
    if isinstance(value, date):
        assert isinstance(limit, MonthDay)
        reached = _compare(MonthDay(value.month, value.day), measure.op, limit)
    else:
        reached = _compare(value, measure.op, limit)
    if reached:
        return Outcome.REACHED
    if figure.cut:
        return Outcome.RUNNING
    return Outcome.EXPLAIN if measure.soft else Outcome.MISSED


def judge_stored(figure: Figure, stored: Any) -> Outcome:
    """What a figure means, from the form in which answers are stored; 本期无此类事项 lifts its threshold."""
    value = stored_value(figure, stored)
    if isinstance(value, str):
        return Outcome.RUNNING if value == NOT_YET else Outcome.REACHED
    return judge(figure, value)


def stored_value(figure: Figure, stored: Any) -> Any:
    """A figure's value from its stored form: Decimal, date, or the key of what stands instead; None for none."""
    if stored is None:
        return None
    if isinstance(stored, dict):
        return str(stored["instead"])
    return date.fromisoformat(stored) if figure.measure.is_date else Decimal(stored)


def _is_cut(measure: Measure, year: int, period: Period) -> bool:
    if isinstance(measure.threshold, MonthDay):
        return not period.contains(date(year, measure.threshold.month, measure.threshold.day))
    return period.cuts_short(year)


def _compare(value: object, op: str, limit: object) -> bool:
    left, right = value, limit
    if op == ">=":
        return left >= right  # type: ignore[operator, no-any-return]
    if op == "<=":
        return left <= right  # type: ignore[operator, no-any-return]
    return left == right
