"""代办: during leave a colleague of the same unit does liaison work for named days. A review is never delegated.

Such a post gives the rights of the liaison's from the first day to the last, names on whose behalf, and is none of the
roster. It ends before its time with the post of whose work it is, and with the last post of who does it (models/personnel/
filing.py).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from models.db import Prepared, Transaction, table
from models.people import Person, Post, Role, Unit

LONGEST = timedelta(days=184)
"""Half a year (ours): a longer absence is 长期离岗, which wants a successor."""

_post, _person, _unit = table(Post), table(Person), table(Unit)
_OTHER = _person.alias("absent")
_ID: sa.BindParameter[int] = sa.bindparam("the_id")
_DELEGATION = (
    sa.select(
        _post.c.id, _post.c.person_id, _post.c.unit_id, _post.c.on_behalf_of, _post.c.starts_on, _post.c.ends_on,
        _person.c.name, _OTHER.c.name.label("absent"), _unit.c.name.label("unit"), _unit.c.bureau_id,
    )
    .join(_person, _person.c.id == _post.c.person_id)
    .join(_OTHER, _OTHER.c.id == _post.c.on_behalf_of)
    .join(_unit, _unit.c.id == _post.c.unit_id)
)  # fmt: skip
_BY_ID = Prepared(_DELEGATION.where(_post.c.id == _ID))
_ORDER = (_post.c.unit_id, _post.c.starts_on, _post.c.id)
_COMING = sa.and_(_post.c.ends_on > sa.bindparam("day"), _post.c.ends_on > _post.c.starts_on)
_IN_BUREAU = Prepared(_DELEGATION.where(_unit.c.bureau_id == sa.bindparam("bureau"), _COMING).order_by(*_ORDER))
_IN_UNIT = Prepared(_DELEGATION.where(_post.c.unit_id == sa.bindparam("unit"), _COMING).order_by(*_ORDER))
_OVERLAPPING = Prepared(
    _DELEGATION.where(
        _post.c.on_behalf_of == sa.bindparam("person"), _post.c.unit_id == sa.bindparam("unit"), _COMING,
        _post.c.starts_on <= sa.bindparam("last"),
    ).order_by(*_ORDER)
)  # fmt: skip
_CUT_SHORT = Prepared(
    _DELEGATION.where(
        _post.c.unit_id == sa.bindparam("unit"),
        sa.or_(_post.c.person_id == sa.bindparam("leaver"), _post.c.on_behalf_of == sa.bindparam("leaver")),
        sa.or_(
            _post.c.ends_on == sa.bindparam("day"),
            sa.and_(_post.c.ends_on == _post.c.starts_on, _post.c.starts_on > sa.bindparam("day")),
        ),
    ).order_by(*_ORDER)
)
_LIAISONS = (
    sa.select(
        _post.c.id, _post.c.person_id, _post.c.unit_id, _post.c.starts_on, _post.c.ends_on, _person.c.name,
        _unit.c.name.label("unit"),
    )
    .join(_person, _person.c.id == _post.c.person_id)
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .where(
        _post.c.role == Role.LIAISON.value, _post.c.on_behalf_of.is_(None),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("day")),
    )
    .order_by(_unit.c.id, _post.c.id)
)  # fmt: skip
_LIAISONS_IN_BUREAU = Prepared(_LIAISONS.where(_unit.c.bureau_id == sa.bindparam("bureau")))
_LIAISONS_IN_UNIT = Prepared(_LIAISONS.where(_unit.c.id == sa.bindparam("unit")))
_ADD = Prepared(
    sa.insert(_post).returning(_post.c.id), "person_id", "unit_id", "role", "starts_on", "ends_on", "on_behalf_of"
)
_END = Prepared(sa.update(_post).where(_post.c.id == _ID, _COMING), "ends_on")


def liaisons(db: Transaction, day: date, *, bureau: int, unit: int | None) -> list[Any]:
    """The 法治联络员 of a unit (None: of the bureau) whose post lasts on a day or begins after it.

    Rows of id (the post's), person_id, name, unit_id, unit, starts_on, ends_on.
    """
    if unit is None:
        return db.all(_LIAISONS_IN_BUREAU, bureau=bureau, day=day)
    return db.all(_LIAISONS_IN_UNIT, unit=unit, day=day)


def coming(db: Transaction, day: date, *, bureau: int, unit: int | None) -> list[Any]:
    """The delegations of a unit (None: of the bureau) that last on a day or begin after it; rows as of `by_id`."""
    return db.all(_IN_BUREAU, bureau=bureau, day=day) if unit is None else db.all(_IN_UNIT, unit=unit, day=day)


def overlapping(db: Transaction, absent: int, unit: int, first: date, last: date) -> Any | None:
    """A delegation of the same person's liaison work that shares a day with these; None: there is none."""
    return db.one(_OVERLAPPING, person=absent, unit=unit, day=first, last=last)


def cut_short(db: Transaction, unit: int, leaver: int, day: date) -> list[Any]:
    """The delegations that ended with a leaver's post on a day, or will not begin after it; rows as of `by_id`."""
    return db.all(_CUT_SHORT, unit=unit, leaver=leaver, day=day)


def delegate(db: Transaction, absent: int, unit: int, delegate_to: int, first: date, last: date) -> int:
    """Let a colleague do a liaison's work from a day to another, both included; the id of the post.

    The caller holds the unit (quotas.lock) and has seen that nobody does so on one of these days.
    """
    row = db.one(
        _ADD, person_id=delegate_to, unit_id=unit, role=Role.LIAISON.value, starts_on=first, ends_on=last + timedelta(days=1),
        on_behalf_of=absent,
    )  # fmt: skip
    assert row is not None
    return int(row.id)


def by_id(db: Transaction, post: int) -> Any | None:
    """A delegation with the names of both, its unit and bureau, or None."""
    return db.one(_BY_ID, the_id=post)


def end(db: Transaction, post: int, today: date) -> bool:
    """End a delegation from today on; False if it has ended by then. One that was to begin later never will have."""
    return db.run(_END, the_id=post, day=today, ends_on=today) == 1
