"""The posts that somebody holds, for whoever is not the sender: who may be told of a thing."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.db import Prepared, Transaction, table
from models.people import Bureau, HeldPost, Level, Person, Post, Role, Unit

_post, _unit, _bureau, _absent = table(Post), table(Unit), table(Bureau), table(Person)
_OF_PERSON = Prepared(
    sa.select(
        _post.c.id, _post.c.role, _post.c.unit_id, _unit.c.name.label("unit"), _unit.c.bureau_id,
        _bureau.c.name.label("bureau"), _bureau.c.level, _post.c.on_behalf_of, _absent.c.name.label("absent"),
    )
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .join(_bureau, _bureau.c.id == _unit.c.bureau_id)
    .outerjoin(_absent, _absent.c.id == _post.c.on_behalf_of)
    .where(
        _post.c.person_id == sa.bindparam("person"),
        _post.c.starts_on <= sa.bindparam("today"),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
    )
    .order_by(_post.c.id)
)  # fmt: skip


def held(db: Transaction, person: int, today: date) -> list[HeldPost]:
    """What a person holds today."""
    return [
        HeldPost(
            row.id, Role(row.role), row.unit_id, row.unit, row.bureau_id, row.bureau, Level(row.level), row.on_behalf_of,
            row.absent or "",
        )
        for row in db.all(_OF_PERSON, person=person, today=today)
    ]  # fmt: skip
