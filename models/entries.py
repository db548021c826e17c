"""What the items of a self-assessment are in their catalogue: indicators, 加分项 and 否决项, by the names that rows have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.catalogue_types import Bonus, Catalogue, Indicator, Veto

Entry = Indicator | Bonus | Veto
Values = Mapping[str, Any]


def items_of(catalogue: Catalogue) -> list[str]:
    """The items of a catalogue in the order they are asked: indicators, bonus, veto."""
    return [
        *(str(indicator.number) for indicator in catalogue.indicators),
        *(f"bonus.{bonus.key}" for bonus in catalogue.bonus),
        *(f"veto.{veto.key}" for veto in catalogue.veto),
    ]


def entry(catalogue: Catalogue, item: str) -> Entry:
    """What an item is in the catalogue."""
    kind, _, key = item.partition(".")
    if not key:
        return catalogue.indicator(int(kind))
    listed: tuple[Bonus | Veto, ...] = catalogue.bonus if kind == "bonus" else catalogue.veto
    return next(one for one in listed if one.key == key)


def decides(entry: Entry) -> str:
    """The key of the answer that an item begins with, and shows its whole wording for."""
    if isinstance(entry, Indicator):
        return "verdict"
    return "has" if isinstance(entry, Bonus) else "case_1"


def verdict_of(entry: Entry, values: Values) -> str | None:
    """What an item's answers come to: met, unmet, na for an indicator; has, none for the others; None for nothing yet."""
    if not isinstance(entry, Veto):
        return values.get(decides(entry))
    said = [values.get(f"case_{number}") for number in range(1, len(entry.cases) + 2)]
    return "has" if "has" in said else ("none" if any(said) else None)
