"""What is stored already of the bureaus and people that a roster file names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.db import Transaction, table
from models.people import Bureau, Level, Person, Post, Role, Unit
from models.roster.rows import PersonRow

CHUNK = 500
"""Values that one query looks for; what is stored besides does not matter to its cost."""

_bureau, _unit, _person, _post = (table(model) for model in (Bureau, Unit, Person, Post))


@dataclass(frozen=True, slots=True)
class StoredBureau:
    """A bureau, and the name of the one above it."""

    id: int
    name: str
    level: Level
    parent: str | None


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post held now or from a coming day on."""

    id: int
    person_id: int
    unit_id: int
    bureau_id: int
    role: Role
    starts_on: date


@dataclass(slots=True)
class StoredPerson:
    """Somebody known, with the posts held now or from a coming day on."""

    id: int
    name: str
    title: str
    mobile: str | None
    wecom_id: str | None
    qualification: str | None
    education: str | None
    posts: list[StoredPost] = field(default_factory=list)

    @property
    def has_left(self) -> bool:
        """Whether no post is left, so that number and account may be another's by now."""
        return not self.posts


@dataclass(slots=True)
class Stored:
    """Bureaus by name; of those that the file names, the units by (bureau, name); everybody there or named by the file."""

    bureaus: dict[str, StoredBureau]
    units: dict[tuple[str, str], tuple[int, str]]
    """The id and the kind."""
    people: dict[int, StoredPerson]


def bureaus_of(db: Transaction) -> dict[str, StoredBureau]:
    """Every bureau, by its name."""
    above = _bureau.alias()
    query = sa.select(_bureau.c.id, _bureau.c.name, _bureau.c.level, above.c.name.label("parent")).outerjoin(
        above, above.c.id == _bureau.c.parent_id
    )
    rows = db.session.execute(query)
    return {row.name: StoredBureau(row.id, row.name, Level(row.level), row.parent) for row in rows}


def load(db: Transaction, rows: Iterable[PersonRow], today: date) -> Stored:
    """What is stored of the bureaus and people that rows name."""
    rows = list(rows)
    bureaus = bureaus_of(db)
    named = {row.bureau: bureaus[row.bureau].id for row in rows if row.bureau in bureaus}
    units = units_of(db, named)
    ids = {row.person_id for row in _where(db, _posts(today), _unit.c.bureau_id, named.values())}
    for column, values in (
        (_person.c.mobile, {r.mobile for r in rows}),
        (_person.c.wecom_id, {r.wecom_id for r in rows}),
    ):
        ids |= {row.id for row in _where(db, sa.select(_person.c.id), column, values - {None})}
    columns = [_person.c[name] for name in ("id", "name", "title", "mobile", "wecom_id", "qualification", "education")]
    people = {row.id: StoredPerson(*row) for row in _where(db, sa.select(*columns), _person.c.id, ids)}
    for row in _where(db, _posts(today), _post.c.person_id, ids):
        people[row.person_id].posts.append(
            StoredPost(row.id, row.person_id, row.unit_id, row.bureau_id, Role(row.role), row.starts_on)
        )
    return Stored(bureaus, units, people)


def units_of(db: Transaction, bureaus: Mapping[str, int]) -> dict[tuple[str, str], tuple[int, str]]:
    """The units of bureaus (ids by name), by (bureau, name): id and kind."""
    names = {the_id: name for name, the_id in bureaus.items()}
    query = sa.select(_unit.c.id, _unit.c.bureau_id, _unit.c.name, _unit.c.kind)
    rows = _where(db, query, _unit.c.bureau_id, names)
    return {(names[row.bureau_id], row.name): (row.id, row.kind) for row in rows}


def ids_by_mobile(db: Transaction, mobiles: Iterable[str]) -> dict[str, int]:
    """Whose these mobiles are."""
    return {
        row.mobile: row.id for row in _where(db, sa.select(_person.c.id, _person.c.mobile), _person.c.mobile, mobiles)
    }


def _posts(today: date) -> sa.Select[Any]:
    columns = _post.c.id, _post.c.person_id, _post.c.unit_id, _unit.c.bureau_id, _post.c.role, _post.c.starts_on
    lasts = sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > today)
    own = _post.c.on_behalf_of.is_(None)
    return sa.select(*columns).join(_unit, _unit.c.id == _post.c.unit_id).where(lasts, own).order_by(_post.c.id)


def _where(db: Transaction, query: sa.Select[Any], column: Any, values: Iterable[Any]) -> list[Any]:
    """The rows in which a column has one of the values."""
    wanted = list(values)
    found: list[Any] = []
    for start in range(0, len(wanted), CHUNK):
        found += db.session.execute(query.where(column.in_(wanted[start : start + CHUNK]))).all()
    return found
