"""What of an item's stored answers still fits when the item's wording, measures or cases change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models import judging
from models.assessments import Verdict
from models.catalogue_types import Bonus, Indicator, Period, Veto
from models.entries import Entry, Values, decides
from models.judging import NOT_YET, Figure, Outcome

BESIDE = ("", "_why", "_note")
"""What is stored of a figure: itself, why a soft threshold is missed, and the note to 本期无此类事项."""


def carried(old: Entry, new: Entry, values: Values, period: Period) -> dict[str, Any]:
    """The answers that `new` would still ask for in the same way.

    A figure goes where it was measured otherwise, a case of a veto item where it is not named any more. Where the
    wording itself differs, the deciding answer goes too, so that it is given again under the new wording.
    """
    if isinstance(old, Veto) and isinstance(new, Veto):
        kept = _cases(old, new, values)
    else:
        gone = {f"{key}{beside}" for key in _unsettled(old, new, values, period) for beside in BESIDE}
        kept = {key: value for key, value in values.items() if key not in gone}
    if old.text != new.text:
        kept.pop(decides(new), None)
    return kept


def stands(entry: Entry, values: Values, period: Period) -> bool:
    """Whether an item is decided, and no figure or case of it is wanting, missed or still to be explained."""
    if decides(entry) not in values:
        return False
    if isinstance(entry, Veto):
        return all(f"case_{number}" in values for number in range(1, len(entry.cases) + 2))
    if isinstance(entry, Bonus) or values["verdict"] != Verdict.MET:
        return True
    return all(_settled(figure, values) for figure in judging.figures(entry, period))


def asks_the_same(old: Entry, new: Entry) -> bool:
    """Whether two items are one: the same wording, and the same measures or cases."""
    if isinstance(old, Indicator) and isinstance(new, Indicator):
        return (old.text, set(old.measures)) == (new.text, set(new.measures))
    return old == new


def _unsettled(old: Entry, new: Entry, values: Values, period: Period) -> Iterator[str]:
    if not isinstance(old, Indicator) or not isinstance(new, Indicator):
        return
    after = {figure.key: figure for figure in judging.figures(new, period)}
    for figure in judging.figures(old, period):
        if figure.key not in after or not _still_answers(figure, after[figure.key], values.get(figure.key)):
            yield figure.key


def _still_answers(old: Figure, new: Figure, stored: Any) -> bool:
    before, after = old.measure, new.measure
    if (before.unit, before.per, before.label) != (after.unit, after.per, after.label):
        return False
    # 尚未到期 was true of the old day.
    return before.threshold == after.threshold or stored != {"instead": NOT_YET}


def _settled(figure: Figure, values: Values) -> bool:
    if figure.key not in values:
        return False
    outcome = judging.judge_stored(figure, values[figure.key])
    return outcome is not Outcome.MISSED and (outcome is not Outcome.EXPLAIN or f"{figure.key}_why" in values)


def _cases(old: Veto, new: Veto, values: Values) -> dict[str, Any]:
    """The answers by case, under the numbers that the cases have now. 其他情形 depends on all that are named."""
    numbers = {case: number for number, case in enumerate(old.cases, start=1)}
    moves = {numbers[case]: number for number, case in enumerate(new.cases, start=1) if case in numbers}
    if (old.cases_note, set(old.cases)) == (new.cases_note, set(new.cases)):
        moves[len(old.cases) + 1] = len(new.cases) + 1
    kept = {}
    for before, now in moves.items():
        for beside in ("", "_detail"):
            if (value := values.get(f"case_{before}{beside}")) is not None:
                kept[f"case_{now}{beside}"] = value
    return kept
