"""备案汇总表 (闵人社发〔2023〕31号 三(二)): a bureau's two rosters as they stand on a day, and what was filed for its year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from models import people, vacancies
from models.db import Transaction
from models.people import Role, UnitKind
from models.personnel import history
from models.personnel.history import Changed
from models.quotas import ROSTERS


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody in a role of a roster, with every other such post held that day (unit, role)."""

    role: Role
    name: str
    title: str
    mobile: str | None
    qualification: str | None
    education: str | None
    since: date
    besides: tuple[tuple[str, Role], ...]


@dataclass(frozen=True, slots=True)
class Vacancy:
    """空缺: a role of which a unit lacks so many."""

    role: Role
    lacking: int


@dataclass(frozen=True, slots=True)
class UnitRoster:
    """A unit with its rows: 法治联络员 first, each role's vacancy behind whoever holds it."""

    name: str
    kind: UnitKind
    rows: tuple[Entry | Vacancy, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many units are listed and people hold a role, each person once; how many of these hold both; what is vacant."""

    sections: int
    affiliates: int
    liaisons: int
    officers: int
    both: int
    lacking: int


@dataclass(frozen=True, slots=True)
class FilingTable:
    """The whole table. Who only stands in for another (代办) is not in it."""

    bureau: str
    day: date
    units: tuple[UnitRoster, ...]
    counts: Counts
    changes: tuple[Changed, ...]
    """Of the two rosters, filed for the year of the day, those included that take effect after it."""


def collected(db: Transaction, bureau: int, day: date) -> FilingTable:
    """The table of a bureau for a day: 机关科室 before 局属单位. KeyError: there is no such bureau."""
    posts = [post for post in history.held(db, bureau, day) if post.on_behalf_of is None]
    vacant = vacancies.of_bureau(db, bureau, day)
    units = _units(posts, vacant)
    return FilingTable(
        bureau=people.bureau_of(db, bureau).name,
        day=day,
        units=tuple(units),
        counts=_counts(posts, units),
        changes=tuple(one for one in history.changes_of_year(db, bureau, day.year) if one.role in ROSTERS),
    )


def _units(posts: list[Any], vacant: list[Any]) -> list[UnitRoster]:
    held: dict[int, list[Any]] = defaultdict(list)
    for post in posts:
        held[post.person_id].append(post)
    named: dict[int, tuple[str, str]] = {}
    rows: dict[int, list[Entry | Vacancy]] = defaultdict(list)
    for post in posts:
        named[post.unit_id] = (post.unit, post.kind)
        rows[post.unit_id].append(_entry(post, held[post.person_id]))
    for one in vacant:
        named[one.unit_id] = (one.unit, one.kind)
        rows[one.unit_id].append(Vacancy(one.role, one.lacking))
    for listed in rows.values():
        listed.sort(key=lambda row: ROSTERS.index(row.role))
    units = [UnitRoster(name, UnitKind(kind), tuple(rows[unit])) for unit, (name, kind) in sorted(named.items())]
    return sorted(units, key=lambda unit: unit.kind is UnitKind.AFFILIATE)


def _entry(post: Any, held: list[Any]) -> Entry:
    besides = tuple((other.unit, Role(other.role)) for other in held if other.id != post.id)
    return Entry(
        Role(post.role), post.name, post.title, post.mobile, post.qualification, post.education, post.starts_on, besides
    )


def _counts(posts: list[Any], units: list[UnitRoster]) -> Counts:
    liaisons, officers = ({post.person_id for post in posts if post.role == role} for role in ROSTERS)
    sections = sum(unit.kind is UnitKind.SECTION for unit in units)
    return Counts(
        sections=sections,
        affiliates=len(units) - sections,
        liaisons=len(liaisons),
        officers=len(officers),
        both=len(liaisons & officers),
        lacking=sum(row.lacking for unit in units for row in unit.rows if isinstance(row, Vacancy)),
    )
