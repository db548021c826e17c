"""空缺: units that have fewer 法治员 or 法治联络员 than their quota says, and since when. Found from the posts, kept nowhere.

A unit that has had nobody in either roster yet has not been set up, and lacks nothing; nor does one that is merged into
another. Who only stands in for another (代办) fills no place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models import mergers, quotas
from models.db import Prepared, Transaction, table
from models.people import Post, Role, Unit, UnitKind
from models.quotas import ROSTERS, Quota

IN_THE_END = date.max
"""A day on which everything that is filed by now has taken effect."""

_post, _unit = table(Post), table(Unit)
_OWN = sa.and_(_post.c.role.in_([sa.literal_column(f"'{role}'") for role in ROSTERS]), _post.c.on_behalf_of.is_(None))
_HELD = sa.case(
    (
        sa.and_(
            _post.c.starts_on <= sa.bindparam("day"),
            sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("day")),
        ),
        _post.c.person_id,
    )
)
_COUNT = (
    sa.select(
        _unit.c.id, _unit.c.name, _unit.c.kind, _unit.c.bureau_id, _post.c.role,
        sa.func.count(sa.distinct(_HELD)).label("held"),
    )
    .join(_post, _post.c.unit_id == _unit.c.id)
    .where(_OWN, ~mergers.is_over(_unit.c.id, sa.bindparam("day")))
    .group_by(_unit.c.id, _unit.c.name, _unit.c.kind, _unit.c.bureau_id, _post.c.role)
    .order_by(_unit.c.bureau_id, _unit.c.id)
)  # fmt: skip
_EVERYWHERE = Prepared(_COUNT)
_IN_BUREAU = Prepared(_COUNT.where(_unit.c.bureau_id == sa.bindparam("bureau")))
_IN_UNIT = Prepared(_COUNT.where(_unit.c.id == sa.bindparam("unit")))
_TERMS = Prepared(
    sa.select(_post.c.role, _post.c.person_id, _post.c.starts_on, _post.c.ends_on).where(
        _post.c.unit_id == sa.bindparam("unit"), _OWN
    )
)


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A unit that has too few of a role."""

    unit_id: int
    unit: str
    kind: UnitKind
    bureau_id: int
    role: Role
    quota: Quota
    held: int

    @property
    def lacking(self) -> int:
        """How many are missing."""
        return self.quota.least - self.held

    @property
    def number(self) -> int:
        """The unit and the role in one number, for ever."""
        return numbers_of(self.unit_id)[ROSTERS.index(self.role)]


def of_bureau(db: Transaction, bureau: int, day: date) -> list[Vacancy]:
    """The vacancies of a bureau on a day, unit by unit, 法治联络员 first."""
    return list(_found(db, db.all(_IN_BUREAU, bureau=bureau, day=day), quotas.own(db, bureau)))


def of_unit(db: Transaction, unit: Unit, day: date) -> list[Vacancy]:
    """The vacancies of a unit on a day."""
    return list(_found(db, db.all(_IN_UNIT, unit=unit.id, day=day), quotas.own(db, unit.bureau_id)))


def to_fill(db: Transaction) -> list[Vacancy]:
    """The vacancies of all bureaus that remain whatever is filed by now: nobody has been found for them."""
    return list(_found(db, db.all(_EVERYWHERE, day=IN_THE_END), quotas.own(db, None)))


def by_number(db: Transaction, number: int) -> Vacancy | None:
    """As `to_fill`, the one that a number means; None: it is filled, or will be."""
    unit = db.session.get(Unit, number // len(ROSTERS))
    found = of_unit(db, unit, IN_THE_END) if unit is not None else []
    return next((one for one in found if one.number == number), None)


def numbers_of(unit: int) -> range:
    """The numbers that a unit's vacancies have, role by role."""
    return range(unit * len(ROSTERS), (unit + 1) * len(ROSTERS))


def begins_on(db: Transaction, vacancy: Vacancy) -> date:
    """The day from which on a unit has too few for good, as far as is filed by now."""
    terms = db.all(_TERMS, unit=vacancy.unit_id)
    own = [term for term in terms if term.role == vacancy.role]
    days = sorted({day for term in own for day in (term.starts_on, term.ends_on) if day is not None}, reverse=True)
    # Where there has never been anybody, it lacks them since it was set up.
    begins: date = min(term.starts_on for term in terms)
    for place, day in enumerate(days):
        if len({term.person_id for term in own if _covers(term, day)}) >= vacancy.quota.least:
            begins = days[place - 1] if place else begins
            break
    return max(begins, quotas.set_on(db, vacancy.unit_id, vacancy.role) or begins)


def _covers(term: Any, day: date) -> bool:
    return bool(term.starts_on <= day and (term.ends_on is None or term.ends_on > day))


def _found(db: Transaction, rows: list[Any], own: dict[tuple[int, str], Quota]) -> Iterator[Vacancy]:
    held = {(row.id, row.role): row.held for row in rows}
    for unit in {row.id: row for row in rows}.values():
        for role in ROSTERS:
            quota = own.get((unit.id, role.value)) or quotas.ruled(unit.name, unit.kind, role)
            count = held.get((unit.id, role.value), 0)
            if count < quota.least:
                yield Vacancy(unit.id, unit.name, UnitKind(unit.kind), unit.bureau_id, role, quota, count)
