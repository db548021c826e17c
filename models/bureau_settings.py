"""What each bureau sets for itself: starting values of our own, changed by its legal section, every change audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table
from models.matters.defaults import MATTER_SETTINGS
from models.setting_kinds import Day, Kind, One, Some, TimeOfDay, Whole


class BureauSetting(SQLModel, table=True):
    """A value that a bureau has set; what it has not set is as it starts."""

    bureau_id: int = Field(foreign_key="bureau.id", primary_key=True)
    key: str = Field(primary_key=True)
    value: Any = Field(sa_type=sa.JSON)
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


DIGEST_AT = "digest_at"
BOTH, APPLICABLE = "both", "applicable"

GENERAL: Mapping[str, Kind] = {
    "page_megabytes": Whole(200, 1, 200, "MB"),
    "gate": One(BOTH, (BOTH, APPLICABLE)),
    "personal_channels": Some(("web", "wecom"), ("web", "wecom", "telegram")),
    "county_by": Day(),
    DIGEST_AT: TimeOfDay(time(9), time(8), time(20, 30)),
}
"""What is no matter of a single kind of work, by its key (for ever), and how it starts.

page_megabytes: the largest file that the page takes. gate: whether the pass percent is wanted by both readings or of what
is applicable alone. personal_channels: where personal data may be shown. county_by: the day by which a city's
counties submit (models/deadlines.py). digest_at: when everybody's digest of the day goes out.
"""
SETTINGS: Mapping[str, Kind] = {**GENERAL, **MATTER_SETTINGS}
"""Every setting there is."""

_s = table(BureauSetting)
_ONE = Prepared(
    sa.select(_s.c.value).where(_s.c.bureau_id == sa.bindparam("bureau"), _s.c.key == sa.bindparam("the_key"))
)
_ALL = Prepared(sa.select(_s.c.key, _s.c.value).where(_s.c.bureau_id == sa.bindparam("bureau")))


def value_of(db: Transaction, bureau: int, key: str) -> Any:
    """What a setting is in a bureau; a tuple for `Some`."""
    row = db.one(_ONE, bureau=bureau, the_key=key)
    return SETTINGS[key].load(row.value) if row is not None else SETTINGS[key].start


def all_of(db: Transaction, bureau: int, settings: Mapping[str, Kind]) -> dict[str, Any]:
    """What some settings are in a bureau, by key and in their order."""
    stored = {row.key: row.value for row in db.all(_ALL, bureau=bureau)}
    return {key: kind.load(stored[key]) if key in stored else kind.start for key, kind in settings.items()}


def change(db: Transaction, bureau: int, key: str, value: Any, person: int, now: datetime) -> None:
    """Set a value. ValueError: it is none that the setting can have."""
    kind = SETTINGS[key]
    if not kind.fits(value):
        raise ValueError(f"{key}: {value!r}")
    db.session.merge(BureauSetting(bureau_id=bureau, key=key, value=kind.dump(value), person_id=person, at=now))
