"""What each bureau sets for itself: starting values of our own, changed by its legal section, every change audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.affairs import affairs
from models.db import Prepared, Transaction, UtcDateTime, table


class BureauSetting(SQLModel, table=True):
    """A value that a bureau has set; what it has not set is as it starts."""

    bureau_id: int = Field(foreign_key="bureau.id", primary_key=True)
    key: str = Field(primary_key=True)
    value: Any = Field(sa_type=sa.JSON)
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`."""

    start: int
    least: int
    most: int
    unit: str


@dataclass(frozen=True, slots=True)
class One:
    """One of several keys."""

    start: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Any of several keys, at least one."""

    start: tuple[str, ...]
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A date; None as long as none has been set."""

    start: date | None = None


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time of day to the minute, from `least` to `most`."""

    start: time
    least: time
    most: time


Kind = Whole | One | Some | Day | TimeOfDay

DIGEST_AT = "digest_at"
BOTH, APPLICABLE = "both", "applicable"

SETTINGS: dict[str, Kind] = {
    "page_megabytes": Whole(200, 1, 200, "MB"),
    "gate": One(BOTH, (BOTH, APPLICABLE)),
    "personal_channels": Some(("web", "wecom"), ("web", "wecom", "telegram")),
    "county_by": Day(),
    DIGEST_AT: TimeOfDay(time(9), time(8), time(20, 30)),
    **{f"days_{key}": Whole(kind.days, 1, 60, "个工作日") for key, kind in affairs().kinds.items()},
}
"""Every setting there is, by its key (for ever), and how it starts.

page_megabytes: the largest file that the page takes. gate: whether the pass percent is wanted by both readings or of what
is applicable alone. personal_channels: where personal data may be shown. county_by: the day by which a city's
counties submit (models/deadlines.py). digest_at: when everybody's digest of the day goes out.
"""

_s = table(BureauSetting)
_ONE = Prepared(
    sa.select(_s.c.value).where(_s.c.bureau_id == sa.bindparam("bureau"), _s.c.key == sa.bindparam("the_key"))
)
_ALL = Prepared(sa.select(_s.c.key, _s.c.value).where(_s.c.bureau_id == sa.bindparam("bureau")))


def value_of(db: Transaction, bureau: int, key: str) -> Any:
    """What a setting is in a bureau; a tuple for `Some`."""
    row = db.one(_ONE, bureau=bureau, the_key=key)
    return _read(SETTINGS[key], row.value) if row is not None else SETTINGS[key].start


def all_of(db: Transaction, bureau: int) -> dict[str, Any]:
    """Every setting of a bureau by key, in the order of SETTINGS."""
    stored = {row.key: row.value for row in db.all(_ALL, bureau=bureau)}
    return {key: _read(kind, stored[key]) if key in stored else kind.start for key, kind in SETTINGS.items()}


def change(db: Transaction, bureau: int, key: str, value: Any, person: int, now: datetime) -> None:
    """Set a value. ValueError: it is none that the setting can have."""
    kind = SETTINGS[key]
    if not _fits(kind, value):
        raise ValueError(f"{key}: {value!r}")
    stored = (
        list(value) if isinstance(kind, Some) else value.isoformat() if isinstance(kind, Day | TimeOfDay) else value
    )
    db.session.merge(BureauSetting(bureau_id=bureau, key=key, value=stored, person_id=person, at=now))


def _read(kind: Kind, stored: Any) -> Any:
    if isinstance(kind, Day):
        return date.fromisoformat(stored)
    if isinstance(kind, TimeOfDay):
        return time.fromisoformat(stored)
    value = tuple(stored) if isinstance(kind, Some) else stored
    return value if _fits(kind, value) else kind.start


def _fits(kind: Kind, value: Any) -> bool:
    if isinstance(kind, Whole):
        return isinstance(value, int) and kind.least <= value <= kind.most
    if isinstance(kind, One):
        return value in kind.choices
    if isinstance(kind, Day):
        return isinstance(value, date)
    if isinstance(kind, TimeOfDay):
        return isinstance(value, time) and kind.least <= value <= kind.most
    return bool(value) and set(value) <= set(kind.choices)
