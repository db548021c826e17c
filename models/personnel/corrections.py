"""更正信息 of a colleague, as it is reported; it is put right once the legal section files it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import own_data
from models.db import Prepared, Transaction, table
from models.personnel.changes import OPEN, PersonnelChange


class PersonnelCorrection(SQLModel, table=True):
    """What a change puts right: one of own_data.CORRECTABLE of a person."""

    change_id: int = Field(foreign_key="personnelchange.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    field: str
    before: str | None = None
    value: str | None = None
    """Both as they are stored of a person; masked once it is done, for the person's row has it then."""


_c, _k = table(PersonnelChange), table(PersonnelCorrection)
_CHANGE: sa.BindParameter[int] = sa.bindparam("change")
_PUT = Prepared(sa.insert(_k), "change_id", "person_id", "field", "before", "value")
_DROP = Prepared(sa.delete(_k).where(_k.c.change_id == _CHANGE))
_SHOW = Prepared(sa.update(_k).where(_k.c.change_id == _CHANGE), "before", "value")
_OF = Prepared(sa.select(_k).where(_k.c.change_id == _CHANGE))
_OPEN_OF = Prepared(
    sa.select(_c)
    .join(_k, _k.c.change_id == _c.c.id)
    .where(
        _k.c.person_id == sa.bindparam("person"), _k.c.field == sa.bindparam("the_field"),
        _c.c.state.in_([sa.literal_column(f"'{state}'") for state in OPEN]),
    )
)  # fmt: skip


class Taken(Exception):
    """The mobile is another person's by now."""


def put(db: Transaction, change: int, person: int, field: str, value: str | None) -> None:
    """Say what a change puts right, in place of what it said before."""
    db.run(_DROP, change=change)
    before = getattr(own_data.details(db, person), field)
    db.run(_PUT, change_id=change, person_id=person, field=field, before=before, value=value)


def of(db: Transaction, change: int) -> Any | None:
    """What a change puts right; None: it is about posts."""
    return db.one(_OF, change=change)


def open_of(db: Transaction, person: int, field: str) -> Any | None:
    """The change, not filed yet, that puts the same right; None: nobody has reported any."""
    return db.one(_OPEN_OF, person=person, the_field=field)


def apply(db: Transaction, correction: Any) -> None:
    """Put it right. Raises Taken."""
    if correction.field == "mobile" and own_data.has_mobile(db, correction.value) not in (None, correction.person_id):
        raise Taken
    own_data.correct(db, correction.person_id, correction.field, correction.value)


def keep_masked(db: Transaction, change: int, before: str | None, value: str | None) -> None:
    """Keep what was put right as it may be shown."""
    db.run(_SHOW, change=change, before=before, value=value)
