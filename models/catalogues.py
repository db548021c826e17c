"""Reading and checking a catalogue of indicators, a file of the shape of catalogue/indicators-2022.yaml.

All about a catalogue can be imported from here: what it holds (`models.catalogue_types`) and the comparison of two
(`models.catalogue_changes`) too.
"""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

from models.catalogue_changes import Change, compare, same_indicator
from models.catalogue_types import (
    DATE_UNIT,
    OPS,
    PERS,
    UNITS,
    Bonus,
    Catalogue,
    Group,
    Indicator,
    Measure,
    MonthDay,
    Period,
    Veto,
)
from models.yaml_fields import Fields, read_yaml, written
from models.yaml_lines import CatalogueError, Fault

__all__ = [
    "Bonus",
    "Catalogue",
    "CatalogueError",
    "Change",
    "Fault",
    "Group",
    "Indicator",
    "Measure",
    "MonthDay",
    "Period",
    "Veto",
    "compare",
    "read_catalogue",
    "read_period",
    "same_indicator",
]

MAX_INDICATORS = 500
MAX_MEASURES = 12


def read_catalogue(data: bytes) -> Catalogue:
    """The catalogue in a file. Raises CatalogueError with everything that is wrong in it."""
    return read_yaml(data, _Reading(hashlib.sha256(data).hexdigest()).catalogue)


def read_period(fields: Fields) -> Period:
    """The period of a mapping {from, to}."""
    period = Period(fields.day("from"), fields.day("to"))
    if date.min < period.last < period.first:
        fields.fault("to", "reversed", value=period.last, first=period.first)
    return period


_month_day = written(r"\d\d-\d\d", lambda text: date.fromisoformat(f"2001-{text}"))


RESERVED = frozenset(("verdict", "change", "conflict", "reason", "statement", "gap", "evidence", "as_of", "moved"))
RESERVED_ENDS = ("_why", "_note", "_missed")
"""Names under which an indicator's other answers are kept."""
MAX_CASES = 8


class _Reading:
    """One reading of a file, and what has to be remembered of the part already read."""

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256
        self.names: set[str] = set()
        self.count = 0
        self.last = 0

    def catalogue(self, fields: Fields) -> Catalogue:
        return Catalogue(
            id=fields.id("id"),
            title=fields.text("title"),
            source=fields.text("source"),
            period=fields.mapping("period", read_period),
            pass_percent=fields.integer("pass_percent", 1, 100),
            groups=fields.items("groups", self.group, least=1),
            bonus=fields.items("bonus", self.bonus) if fields.has("bonus") else (),
            veto=fields.items("veto", self.veto) if fields.has("veto") else (),
            sha256=self.sha256,
        )

    def group(self, fields: Fields) -> Group:
        number, title = self.once(fields, "number", fields.text("number")), fields.text("title")
        return Group(number, title, fields.items("indicators", lambda inner: self.indicator(inner, number, title), 1))

    def indicator(self, fields: Fields, group: str, group_title: str) -> Indicator:
        self.count += 1
        if self.count == MAX_INDICATORS + 1:
            fields.fault("number", "too_many", most=MAX_INDICATORS)
        number = fields.integer("number", 1, 999_999_999, default=self.last + 1)
        if number != self.last + 1:
            fields.fault("number", "number_order", value=number, expected=self.last + 1)
        self.last = number  # so that one gap is one fault, not one for every number after it
        measures = fields.items("measures", self.measure, most=MAX_MEASURES) if fields.has("measures") else ()
        return Indicator(number, fields.text("text"), group, group_title, measures)

    def measure(self, fields: Fields) -> Measure:
        unit = fields.choice("unit", UNITS)
        key = self.once(fields, "key", fields.key("key"))
        if key in RESERVED or key.endswith(RESERVED_ENDS):
            fields.fault("key", "reserved", value=key)
        per = fields.choice("per", PERS)
        if unit == DATE_UNIT and per not in ("", "year"):
            fields.fault("per", "date_per_year")
        return Measure(
            key=key,
            label=fields.text("label"),
            unit=unit,
            op=fields.choice("op", OPS),
            threshold=_threshold(fields, unit),
            per=per,
            soft=fields.text("soft") if fields.has("soft") else None,
        )

    def bonus(self, fields: Fields) -> Bonus:
        return Bonus(self.once(fields, "key", fields.key("key")), fields.text("text"))

    def veto(self, fields: Fields) -> Veto:
        return Veto(
            key=self.once(fields, "key", fields.key("key")),
            text=fields.text("text"),
            cases_note=fields.text("cases_note") if fields.has("cases_note") else None,
            cases=fields.texts("cases", most=MAX_CASES) if fields.has("cases") else (),
        )

    def once(self, fields: Fields, name: str, value: str) -> str:
        """A name that nothing else in the file has; answers are stored under it."""
        if value in self.names:
            fields.fault(name, "repeated", value=value)
        self.names.update({value} - {""})
        return value


def _threshold(fields: Fields, unit: str) -> Decimal | MonthDay:
    if unit == DATE_UNIT:
        day = fields.parsed("threshold", _month_day, date.min, wanted="month_day")
        return MonthDay(day.month, day.day)
    if not unit:
        fields.skip("threshold")
        return Decimal(0)
    return fields.decimal("threshold", 0, 100 if unit == "%" else 999_999_999)
