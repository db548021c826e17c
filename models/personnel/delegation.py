"""代办: during leave a colleague of the same unit does liaison work for named days. A review is never delegated.

Such a post gives the rights of the liaison's from the first day to the last, names on whose behalf, and is none of the
roster.
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
_OTHER = _person.alias()
_OVERLAPPING = Prepared(
    sa.select(_post.c.id, _person.c.name, _post.c.starts_on, _post.c.ends_on)
    .join(_person, _person.c.id == _post.c.person_id)
    .where(
        _post.c.on_behalf_of == sa.bindparam("person"), _post.c.unit_id == sa.bindparam("unit"),
        _post.c.starts_on <= sa.bindparam("last"), _post.c.ends_on > sa.bindparam("first"),
    )
    .order_by(_post.c.starts_on)
)  # fmt: skip
_LASTING = Prepared(
    sa.select(
        _post.c.id, _post.c.person_id, _post.c.unit_id, _post.c.on_behalf_of, _post.c.starts_on, _post.c.ends_on,
        _person.c.name, _OTHER.c.name.label("absent"), _unit.c.bureau_id,
    )
    .join(_person, _person.c.id == _post.c.person_id)
    .join(_OTHER, _OTHER.c.id == _post.c.on_behalf_of)
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .where(_post.c.id == sa.bindparam("the_id"))
)  # fmt: skip
_ADD = Prepared(
    sa.insert(_post).returning(_post.c.id), "person_id", "unit_id", "role", "starts_on", "ends_on", "on_behalf_of"
)
_END = Prepared(
    sa.update(_post).where(
        _post.c.id == sa.bindparam("the_id"), _post.c.on_behalf_of.is_not(None), _post.c.ends_on > sa.bindparam("day")
    ),
    "ends_on",
)


def overlapping(db: Transaction, absent: int, unit: int, first: date, last: date) -> Any | None:
    """A delegation of the same person's liaison work that shares a day with these; None: there is none."""
    return next(iter(db.all(_OVERLAPPING, person=absent, unit=unit, first=first, last=last)), None)


def delegate(db: Transaction, absent: int, unit: int, delegate_to: int, first: date, last: date) -> int:
    """Let a colleague do a liaison's work from a day to another, both included; the id of the post."""
    row = db.one(
        _ADD, person_id=delegate_to, unit_id=unit, role=Role.LIAISON.value, starts_on=first, ends_on=last + timedelta(days=1),
        on_behalf_of=absent,
    )  # fmt: skip
    assert row is not None
    return int(row.id)


def by_id(db: Transaction, post: int) -> Any | None:
    """A delegation with the names of both and its bureau, or None."""
    return db.one(_LASTING, the_id=post)


def end(db: Transaction, post: int, today: date) -> bool:
    """End a delegation from today on; False if it has ended by then."""
    return db.run(_END, the_id=post, day=today, ends_on=today) == 1
