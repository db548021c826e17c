"""What a catalogue of indicators holds. `models.catalogues` reads it from a file.

The official wording is never touched: a text here is the text of the file, to the letter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

DATE_UNIT = "日期"
UNITS = ("%", "次", "期", "人", "日", "工作日", "学时", DATE_UNIT)
OPS = (">=", "<=", "=")
PERS = ("period", "year", "term")


@dataclass(frozen=True, slots=True, order=True)
class MonthDay:
    """A day that every year has (so not 29 February); as text 03-01."""

    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.month:02}-{self.day:02}"


@dataclass(frozen=True, slots=True)
class Measure:
    """A threshold that an indicator's wording names.

    `op` is >=, <= or =; `per` is period, year (each year of the period) or term (任期); `soft` is the qualifier in the
    wording that makes a miss a thing to explain, None where a miss bars 符合.
    """

    key: str
    label: str
    unit: str
    op: str
    threshold: Decimal | MonthDay
    per: str
    soft: str | None

    @property
    def is_date(self) -> bool:
        """Whether a full date is asked, and held against the threshold's day of its own year."""
        return self.unit == DATE_UNIT


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator (评估指标), with the number and title of the group (一级指标) it stands in."""

    number: int
    text: str
    group: str
    group_title: str
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A first-level indicator (一级指标); its number is a Chinese one, such as 一."""

    number: str
    title: str
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Bonus:
    """加分项."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Veto:
    """否决项, with the cases it names and what the wording says of them."""

    key: str
    text: str
    cases_note: str | None
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """计算期间, both days included; as text 2021-01-01/2022-09-30."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first}/{self.last}"

    def contains(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return self.first <= day <= self.last

    @property
    def years(self) -> tuple[int, ...]:
        """The years that the period touches, in order."""
        return tuple(range(self.first.year, self.last.year + 1))

    def cuts_short(self, year: int) -> bool:
        """Whether the period leaves out a part of that year."""
        return self.first > date(year, 1, 1) or self.last < date(year, 12, 31)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A whole catalogue; its indicators are numbered 1 to n across the groups. `sha256` is that of the file, in hex."""

    id: str
    title: str
    source: str
    period: Period
    pass_percent: int
    groups: tuple[Group, ...]
    bonus: tuple[Bonus, ...]
    veto: tuple[Veto, ...]
    sha256: str
    indicators: tuple[Indicator, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        indicators = tuple(indicator for group in self.groups for indicator in group.indicators)
        object.__setattr__(self, "indicators", indicators)

    def indicator(self, number: int) -> Indicator:
        """The indicator of that number. Raises KeyError."""
        if not 1 <= number <= len(self.indicators):
            raise KeyError(number)
        return self.indicators[number - 1]
