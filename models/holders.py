"""Who holds which post today: by role, by unit, in a whole bureau."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.db import Prepared, Transaction, table
from models.people import Bureau, Person, Post, Role, Unit

_person, _post, _unit, _bureau = (table(model) for model in (Person, Post, Unit, Bureau))
_instead = _post.alias("instead")
_AWAY = sa.exists().where(
    _instead.c.on_behalf_of == _post.c.person_id,
    _instead.c.unit_id == _post.c.unit_id,
    _instead.c.starts_on <= sa.bindparam("today"),
    _instead.c.ends_on > sa.bindparam("today"),
)
"""Whether another does the liaison work of whoever holds a post, in its unit, today (代办)."""

_HOLDERS = Prepared(
    sa.select(_post.c.person_id)
    .distinct()
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .where(
        _unit.c.bureau_id == sa.bindparam("bureau"),
        _post.c.role == sa.bindparam("role"),
        _post.c.starts_on <= sa.bindparam("today"),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
    )
    .order_by(_post.c.person_id)
)
_HOLDERS_IN_UNIT = Prepared(
    sa.select(_post.c.person_id)
    .distinct()
    .where(
        _post.c.unit_id == sa.bindparam("unit"),
        _post.c.role == sa.bindparam("role"),
        _post.c.starts_on <= sa.bindparam("today"),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
    )
    .order_by(_post.c.person_id)
)
_AT_WORK = Prepared(_HOLDERS_IN_UNIT.statement.where(~_AWAY))
_STANDING_IN = Prepared(
    sa.select(_post.c.person_id)
    .distinct()
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .where(
        _unit.c.bureau_id == sa.bindparam("bureau"),
        _post.c.on_behalf_of == sa.bindparam("absent"),
        _post.c.starts_on <= sa.bindparam("today"),
        _post.c.ends_on > sa.bindparam("today"),
    )
    .order_by(_post.c.person_id)
)
_LIAISONS = Prepared(
    sa.select(
        _post.c.person_id, _person.c.name, _unit.c.name.label("unit"), _unit.c.id.label("unit_id"),
        sa.func.max(sa.case((_post.c.on_behalf_of.is_(None), 1), else_=0)).label("own"),
        sa.func.max(sa.case((_AWAY, 1), else_=0)).label("away"),
    )
    .join(_person, _person.c.id == _post.c.person_id)
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .where(
        _unit.c.bureau_id == sa.bindparam("bureau"),
        _post.c.role == Role.LIAISON.value,
        _post.c.starts_on <= sa.bindparam("today"),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
    )
    .group_by(_unit.c.id, _unit.c.name, _post.c.person_id, _person.c.name)
    .order_by(_unit.c.id, sa.func.min(_post.c.id))
)  # fmt: skip
_EVERYONE = Prepared(
    sa.select(
        _post.c.person_id, _person.c.name, _post.c.role, _unit.c.name.label("unit"), _bureau.c.name.label("bureau"),
        _bureau.c.level, _bureau.c.id.label("bureau_id"),
    )
    .join(_person, _person.c.id == _post.c.person_id)
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .join(_bureau, _bureau.c.id == _unit.c.bureau_id)
    .where(_post.c.ends_on.is_(None))
    .order_by(_bureau.c.id, _unit.c.id, _post.c.id)
)  # fmt: skip


def in_bureau(db: Transaction, bureau: int, role: Role, today: date) -> list[int]:
    """The ids of those who hold a role anywhere in a bureau today."""
    return [row.person_id for row in db.all(_HOLDERS, bureau=bureau, role=role.value, today=today)]


def in_unit(db: Transaction, unit: int, role: Role, today: date) -> list[int]:
    """The ids of those who hold a role in a unit today."""
    return [row.person_id for row in db.all(_HOLDERS_IN_UNIT, unit=unit, role=role.value, today=today)]


def liaisons(db: Transaction, bureau: int, today: date) -> list[Any]:
    """A bureau's 法治联络员 today: rows of person_id, name, unit, unit_id, own, away.

    `own` 0: only stands in for another (代办); `away` 1: another stands in there.
    """
    return db.all(_LIAISONS, bureau=bureau, today=today)


def at_work(db: Transaction, unit: int, today: date) -> list[int]:
    """The ids of those who do a unit's liaison work today: with who stands in, without whom they stand in for (代办)."""
    return [row.person_id for row in db.all(_AT_WORK, unit=unit, role=Role.LIAISON.value, today=today)]


def doing_work_of(db: Transaction, bureau: int, person: int, today: date) -> list[int]:
    """The ids of those who do a liaison's work today: whoever stands in (代办), or else that person."""
    return [row.person_id for row in db.all(_STANDING_IN, bureau=bureau, absent=person, today=today)] or [person]


def everyone(db: Transaction) -> list[Any]:
    """Every post without an end, with its person, unit and bureau; for the demo's choice of roles."""
    return db.all(_EVERYONE)
