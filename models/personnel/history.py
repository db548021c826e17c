"""花名册 on any day: who held which post, by unit, role, qualification; and the changes and corrections of a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.db import Prepared, Transaction, table
from models.people import Person, Post, Role, Unit
from models.personnel.changes import ChangedPost, PersonnelChange, State
from models.personnel.corrections import PersonnelCorrection
from models.quotas import ROSTERS

_post, _person, _unit = table(Post), table(Person), table(Unit)
_change, _line, _correction = table(PersonnelChange), table(ChangedPost), table(PersonnelCorrection)
_ON = sa.and_(
    _post.c.starts_on <= sa.bindparam("day"),
    sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("day")),
)
_HELD = sa.select(
    _post.c.id, _post.c.person_id, _post.c.unit_id, _post.c.role, _post.c.starts_on, _post.c.ends_on,
    _post.c.on_behalf_of, _person.c.name, _person.c.title, _person.c.mobile, _person.c.qualification,
    _person.c.education, _unit.c.name.label("unit"), _unit.c.kind, _unit.c.bureau_id,
).join(_person, _person.c.id == _post.c.person_id).join(_unit, _unit.c.id == _post.c.unit_id)  # fmt: skip
_ORDER = (_unit.c.id, _post.c.role.desc(), _post.c.starts_on, _post.c.id)
_IN_BUREAU = Prepared(_HELD.where(_unit.c.bureau_id == sa.bindparam("bureau"), _ON).order_by(*_ORDER))
_IN_UNIT = Prepared(_HELD.where(_post.c.unit_id == sa.bindparam("unit"), _ON).order_by(*_ORDER))
_COMING = Prepared(
    _HELD.where(
        _post.c.unit_id == sa.bindparam("unit"),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("day")),
    ).order_by(*_ORDER)
)
_OF_PERSON = Prepared(_HELD.where(_post.c.person_id == sa.bindparam("person")).order_by(_post.c.starts_on, _post.c.id))
_FILED_IN_THE_YEAR = (
    _change.c.bureau_id == sa.bindparam("bureau"),
    _change.c.state.in_([sa.literal_column(f"'{state}'") for state in (State.FILED, State.IN_EFFECT)]),
    _change.c.effective_on >= sa.bindparam("first"), _change.c.effective_on <= sa.bindparam("last"),
)  # fmt: skip
_YEAR = Prepared(
    sa.select(
        _change.c.id, _change.c.kind, _change.c.reason, _change.c.reason_text, _change.c.effective_on,
        _change.c.moved_at, _change.c.state, _change.c.exception, _unit.c.name.label("unit"), _line.c.role,
        _line.c.post_id, _line.c.begun_id, _line.c.successor_id,
    )
    .join(_line, _line.c.change_id == _change.c.id)
    .join(_unit, _unit.c.id == _change.c.unit_id)
    .where(*_FILED_IN_THE_YEAR)
    .order_by(_change.c.effective_on, _change.c.id, _line.c.id)
)  # fmt: skip
_CORRECTED = Prepared(
    sa.select(
        _change.c.id, _change.c.kind, _change.c.effective_on, _change.c.unit_id, _unit.c.name.label("unit"), _person.c.name,
        _correction.c.person_id, _correction.c.field, _correction.c.before, _correction.c.value,
    )
    .join(_correction, _correction.c.change_id == _change.c.id)
    .join(_person, _person.c.id == _correction.c.person_id)
    .join(_unit, _unit.c.id == _change.c.unit_id)
    .where(*_FILED_IN_THE_YEAR)
    .order_by(_change.c.effective_on, _change.c.id)
)  # fmt: skip
_NAMES = Prepared(
    sa.select(_post.c.id, _person.c.name)
    .join(_person, _person.c.id == _post.c.person_id)
    .where(_post.c.id == sa.bindparam("post"))
)


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was put right about somebody: one of own_data.CORRECTABLE, both values as they may be shown."""

    field: str
    before: str
    value: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One line of the year's changes: what, where, from when, whose post ended and whose began (empty: nobody's).

    `correction`: what was put right about `before`, in a role held in the unit; None: posts changed.
    """

    kind: str
    unit: str
    role: Role
    effective_on: date
    reason: str | None
    reason_text: str | None
    before: str
    after: str
    exception: str | None
    correction: Corrected | None = None


def held(db: Transaction, bureau: int, day: date, roles: Sequence[Role] = ROSTERS) -> list[Any]:
    """The posts held in a bureau on a day, unit by unit, 法治员 and 法治联络员 unless other roles are asked for.

    Rows with the person's name, title, mobile, qualification, education and the unit's name and kind.
    """
    wanted = {role.value for role in roles}
    return [row for row in db.all(_IN_BUREAU, bureau=bureau, day=day) if row.role in wanted]


def in_unit(db: Transaction, unit: int, day: date) -> list[Any]:
    """The posts held in a unit on a day, in every role; rows as of `held`."""
    return db.all(_IN_UNIT, unit=unit, day=day)


def lasting(db: Transaction, unit: int, day: date) -> list[Any]:
    """The posts of a unit that last on a day or begin after it; rows as of `held`."""
    return db.all(_COMING, unit=unit, day=day)


def of_person(db: Transaction, person: int) -> list[Any]:
    """Every post that somebody has held, the earliest first; rows as of `held`."""
    return db.all(_OF_PERSON, person=person)


def changes_of_year(db: Transaction, bureau: int, year: int) -> list[Changed]:
    """What was filed and takes effect in a year, the earliest first."""
    within = {"bureau": bureau, "first": date(year, 1, 1), "last": date(year, 12, 31)}
    found = [
        (row.effective_on, row.id, Changed(
            row.kind, row.unit, Role(row.role), row.effective_on, row.reason, row.reason_text,
            _name(db, row.post_id), _name(db, row.begun_id), row.exception,
        ))
        for row in db.all(_YEAR, **within)
    ]  # fmt: skip
    found += [(row.effective_on, row.id, _put_right(db, row)) for row in db.all(_CORRECTED, **within)]
    return [line for *_, line in sorted(found, key=lambda one: one[:2])]


def _put_right(db: Transaction, row: Any) -> Changed:
    own = [Role(post.role) for post in of_person(db, row.person_id) if post.unit_id == row.unit_id]
    role = next((one for one in ROSTERS if one in own), own[0])
    about = Corrected(row.field, row.before or "", row.value or "")
    name = about.before if row.field == "name" else row.name
    return Changed(row.kind, row.unit, role, row.effective_on, None, None, name, "", None, about)


def _name(db: Transaction, post: int | None) -> str:
    row = db.one(_NAMES, post=post) if post is not None else None
    return str(row.name) if row is not None else ""
