"""名额: how many 法治员 and 法治联络员 a unit has, at least and at most (闵人社发〔2023〕31号 三(一); 联络员: ours)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
import yaml
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table
from models.people import Post, Role, Unit
from models.zone import ZONE

FILE = Path(__file__).parent / "catalogue" / "quotas.yaml"
ROSTERS = (Role.LIAISON, Role.LEGAL_OFFICER)
"""The two rosters, 法治联络员 and 法治员; no other role has a quota."""


class Quota(NamedTuple):
    """At least and at most so many."""

    least: int
    most: int


class UnitQuota(SQLModel, table=True):
    """A quota that a legal section has set for one unit."""

    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    role: str = Field(primary_key=True)
    least: int
    most: int
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


_own, _post, _unit = table(UnitQuota), table(Post), table(Unit)
_OWN = Prepared(
    sa.select(_own.c.least, _own.c.most).where(
        _own.c.unit_id == sa.bindparam("unit"), _own.c.role == sa.bindparam("the_role")
    )
)
_OWN_ONES = sa.select(_own.c.unit_id, _own.c.role, _own.c.least, _own.c.most)
_OWN_EVERYWHERE = Prepared(_OWN_ONES)
_OWN_IN_BUREAU = Prepared(
    _OWN_ONES.join(_unit, _unit.c.id == _own.c.unit_id).where(_unit.c.bureau_id == sa.bindparam("bureau"))
)
_SET_AT = Prepared(
    sa.select(_own.c.at).where(_own.c.unit_id == sa.bindparam("unit"), _own.c.role == sa.bindparam("the_role"))
)
_LOCK = Prepared(sa.select(_unit.c.id).where(_unit.c.id == sa.bindparam("unit")).with_for_update())
_ON = sa.and_(
    _post.c.starts_on <= sa.bindparam("day"),
    sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("day")),
    _post.c.on_behalf_of.is_(None),
)
_HELD = Prepared(
    sa.select(sa.func.count(sa.distinct(_post.c.person_id)).label("held")).where(
        _post.c.unit_id == sa.bindparam("unit"), _post.c.role == sa.bindparam("the_role"), _ON
    )
)
_CHANGES = Prepared(
    sa.select(_post.c.id, _post.c.person_id, _post.c.starts_on, _post.c.ends_on).where(
        _post.c.unit_id == sa.bindparam("unit"),
        _post.c.role == sa.bindparam("the_role"),
        _post.c.on_behalf_of.is_(None),
    )
)


@cache
def rules() -> dict[str, Any]:
    """The quotas as the file has them; its `source` says whose they are."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return found


def of_unit(db: Transaction, unit: Unit, role: Role) -> Quota:
    """The quota of one of the ROSTERS in a unit: its own, that of its name, or that of its kind."""
    row = db.one(_OWN, unit=unit.id, the_role=role.value)
    if row is not None:
        return Quota(row.least, row.most)
    return ruled(unit.name, unit.kind, role)


def ruled(name: str, kind: str, role: Role) -> Quota:
    """The quota that a unit has unless its legal section has set another: that of its name, or that of its kind."""
    rule = rules()[role.value]
    return Quota(**rule.get("named", {}).get(name, rule[kind]))


def own(db: Transaction, bureau: int | None) -> dict[tuple[int, str], Quota]:
    """The quotas that the legal section of a bureau (None: of any) has set, by unit and role."""
    rows = db.all(_OWN_EVERYWHERE) if bureau is None else db.all(_OWN_IN_BUREAU, bureau=bureau)
    return {(row.unit_id, row.role): Quota(row.least, row.most) for row in rows}


def set_on(db: Transaction, unit: int, role: Role) -> date | None:
    """The day on which a unit was given numbers of its own; None: it has none."""
    row = db.one(_SET_AT, unit=unit, the_role=role.value)
    return None if row is None else row.at.astimezone(ZONE).date()


def held(db: Transaction, unit: int, role: Role, day: date) -> int:
    """How many people hold a role in a unit on a day; who only stands in for another (代办) does not count."""
    row = db.one(_HELD, unit=unit, the_role=role.value, day=day)
    return int(row.held) if row is not None else 0


def most_held(db: Transaction, unit: int, role: Role, since: date, ending: Collection[int] = ()) -> int:
    """The greatest number who hold a role in a unit on any day from `since` on, as far as is known now.

    `ending`: ids of posts that are taken to have ended by then.
    """
    posts = [post for post in db.all(_CHANGES, unit=unit, the_role=role.value) if post.id not in ending]
    days = {since, *(post.starts_on for post in posts if post.starts_on > since)}
    return max(len({post.person_id for post in posts if _covers(post, day)}) for day in days)


def lock(db: Transaction, unit: int) -> None:
    """Hold a unit's row until the transaction ends, so that its posts are counted and changed by one at a time."""
    db.one(_LOCK, unit=unit)


def set_for(db: Transaction, unit: int, role: Role, quota: Quota, person: int, now: datetime) -> None:
    """Give a unit numbers of its own. ValueError: the least is more than the most, or below 0."""
    if not 0 <= quota.least <= quota.most:
        raise ValueError(f"{quota.least} to {quota.most}")
    db.session.merge(
        UnitQuota(unit_id=unit, role=role.value, least=quota.least, most=quota.most, person_id=person, at=now)
    )


def _covers(post: Any, day: date) -> bool:
    return bool(post.starts_on <= day and (post.ends_on is None or post.ends_on > day))
