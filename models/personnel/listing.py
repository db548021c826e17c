"""花名册 a page at a time: by unit, by role, by qualification, by a part of a name, on any day; and in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from models import mergers, vacancies
from models.db import Prepared, Transaction, table
from models.people import Bureau, Person, Post, Role, Unit, UnitKind
from models.quotas import ROSTERS
from models.vacancies import Vacancy

NONE_HELD = ("", "无", "没有", "否", "未取得")
"""What stands under 法律职业资格 where there is none."""
STUDIED_LAW = ("%法学%", "%法律%")

_post, _person, _unit, _bureau = table(Post), table(Person), table(Unit), table(Bureau)


def _listed(words: Iterable[str]) -> list[sa.ColumnElement[str]]:
    """Words as a prepared statement can have a list of them."""
    return [sa.literal_column(f"'{word}'") for word in words]


_ROLES = _listed(ROSTERS)
_ON = sa.and_(
    _post.c.on_behalf_of.is_(None),
    _post.c.starts_on <= sa.bindparam("day"),
    sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("day")),
)
_IN_BUREAU = _unit.c.bureau_id == sa.bindparam("bureau")
_FIRST_SECTIONS = sa.case((_unit.c.kind == UnitKind.SECTION.value, 0), else_=1)
_QUALIFIED = sa.or_(
    sa.and_(_person.c.qualification.is_not(None), _person.c.qualification.not_in(_listed(NONE_HELD))),
    *(_person.c.education.like(words) for words in STUDIED_LAW),
)
_UNITS = Prepared(
    sa.select(_unit.c.id, _unit.c.name, _unit.c.kind, _unit.c.bureau_id)
    .where(_IN_BUREAU, sa.exists().where(_post.c.unit_id == _unit.c.id, _post.c.role.in_(_ROLES), _ON))
    .order_by(_FIRST_SECTIONS, _unit.c.id)
)
_LINES = (
    sa.select(
        _post.c.person_id, _person.c.name, _person.c.title, _person.c.qualification, _person.c.education, _post.c.role,
        _post.c.unit_id, _unit.c.name.label("unit"),
    )
    .join(_person, _person.c.id == _post.c.person_id)
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .where(_IN_BUREAU, _ON)
    .order_by(_FIRST_SECTIONS, _unit.c.id, _post.c.role.desc(), _post.c.starts_on, _post.c.id)
)  # fmt: skip
_IN_ROLE = _LINES.where(_post.c.role == sa.bindparam("the_role"))
_STUDIED = _LINES.where(_post.c.role.in_(_ROLES), _QUALIFIED)
_NAMED = _LINES.where(_person.c.name.contains(sa.bindparam("part"), autoescape=False))
_NAMED_UNITS = Prepared(
    sa.select(_unit.c.id, _unit.c.name, _unit.c.kind, _unit.c.bureau_id)
    .where(_IN_BUREAU, _unit.c.name.contains(sa.bindparam("part"), autoescape=False))
    .order_by(_FIRST_SECTIONS, _unit.c.id)
    .limit(sa.bindparam("most"))
)


def _paged(lines: sa.Select[Any]) -> tuple[Prepared, Prepared]:
    """A page of lines, and how many there are."""
    count = sa.select(sa.func.count().label("count")).select_from(lines.order_by(None).subquery())
    return Prepared(lines.limit(sa.bindparam("most")).offset(sa.bindparam("start"))), Prepared(count)


_PAGES = {"role": _paged(_IN_ROLE), "qualified": _paged(_STUDIED), "named": _paged(_NAMED)}
_COUNTS = Prepared(
    sa.select(
        *(
            sa.func.count(sa.distinct(sa.case((_post.c.role == role.value, _post.c.person_id)))).label(role.value)
            for role in ROSTERS
        ),
        sa.func.count(sa.distinct(_post.c.unit_id)).label("units"),
        sa.func.count(sa.distinct(sa.case((_QUALIFIED, _post.c.person_id)))).label("qualified"),
    )
    .join(_person, _person.c.id == _post.c.person_id)
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .where(_IN_BUREAU, _ON, _post.c.role.in_(_ROLES))
)  # fmt: skip
_BELOW = Prepared(
    sa.select(_bureau.c.id, _bureau.c.name).where(_bureau.c.parent_id == sa.bindparam("bureau")).order_by(_bureau.c.id)
)
_HOLDERS = Prepared(_LINES.where(_post.c.role.in_(_ROLES), _post.c.unit_id == sa.bindparam("unit")))


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a list, and how many it has in all."""

    lines: list[Any]
    total: int


@dataclass(slots=True)
class UnitLine:
    """A unit: who is in its rosters, by role, and what it lacks."""

    unit_id: int
    unit: str
    held: dict[Role, list[Any]] = field(default_factory=dict)
    lacking: dict[Role, int] = field(default_factory=dict)
    merger: Any | None = None
    """The unit of which it is a part by then: a row of models.mergers."""


@dataclass(frozen=True, slots=True)
class Counts:
    """A bureau in numbers: its units with people, these, those with a law qualification or degree, and what is vacant."""

    units: int
    liaisons: int
    officers: int
    qualified: int
    lacking: int


def counts(db: Transaction, bureau: int, day: date) -> Counts:
    """A bureau's rosters in numbers, each person once."""
    row = db.one(_COUNTS, bureau=bureau, day=day)
    assert row is not None
    lacking = sum(one.lacking for one in vacancies.of_bureau(db, bureau, day))
    return Counts(row.units, row.liaison, row.legal_officer, row.qualified, lacking)


def below(db: Transaction, bureau: int, day: date) -> list[tuple[str, Counts]]:
    """The bureaus directly below by name, each in numbers."""
    return [(row.name, counts(db, row.id, day)) for row in db.all(_BELOW, bureau=bureau)]


def by_unit(db: Transaction, bureau: int, day: date, start: int, most: int, *, over: bool = False) -> Page:
    """The units with people or vacancies, or that are part of another, as UnitLine, 机关科室 first.

    `over`: of a day gone by no vacancies are known.
    """
    vacant = [] if over else vacancies.of_bureau(db, bureau, day)
    units = {row.id: (row.kind, UnitLine(row.id, row.name)) for row in db.all(_UNITS, bureau=bureau, day=day)}
    for one in vacant:
        units.setdefault(one.unit_id, (one.kind, UnitLine(one.unit_id, one.unit)))[1].lacking[one.role] = one.lacking
    for one in mergers.of_bureau(db, bureau):
        if one.from_on <= day:
            units.setdefault(one.unit_id, (one.kind, UnitLine(one.unit_id, one.unit, merger=one)))
    ordered = [line for _, line in sorted(units.values(), key=lambda one: (one[0] != UnitKind.SECTION, one[1].unit_id))]
    lines = ordered[start : start + most]
    for line in lines:
        for post in db.all(_HOLDERS, bureau=bureau, unit=line.unit_id, day=day):
            line.held.setdefault(Role(post.role), []).append(post)
    return Page(lines, len(ordered))


def in_role(db: Transaction, bureau: int, role: Role, day: date, start: int, most: int) -> Page:
    """Who holds a role, unit by unit: rows of person_id, name, title, qualification, education, role, unit_id, unit."""
    return _page(db, "role", start, most, bureau=bureau, day=day, the_role=role.value)


def qualified(db: Transaction, bureau: int, day: date, start: int, most: int) -> Page:
    """Who of the rosters has 法律职业资格 or has studied law; rows as of `in_role`."""
    return _page(db, "qualified", start, most, bureau=bureau, day=day)


def named(db: Transaction, bureau: int, part: str, day: date, most: int) -> tuple[list[Any], Page]:
    """The units (rows of id, name, kind, bureau_id) and the people (as of `in_role`, every role) in whose name a text stands."""
    literal = part.replace("%", "").replace("_", "")
    units = db.all(_NAMED_UNITS, bureau=bureau, part=literal, most=most)
    return units, _page(db, "named", 0, most, bureau=bureau, day=day, part=literal)


def vacant(db: Transaction, bureau: int, day: date, start: int, most: int) -> Page:
    """The vacancies, as models.vacancies.Vacancy."""
    found: list[Vacancy] = vacancies.of_bureau(db, bureau, day)
    return Page(found[start : start + most], len(found))


def _page(db: Transaction, which: str, start: int, most: int, **about: Any) -> Page:
    page, count = _PAGES[which]
    row = db.one(count, **about)
    return Page(db.all(page, start=start, most=most, **about), int(row.count) if row is not None else 0)
