"""A person's list on a channel that keeps one: what was said to them there and what they said, in the order of its rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.db import Prepared, Transaction, table
from models.outgoing import GONE, LARGEST_ID, Outgoing

_o = table(Outgoing)
_LIST = (_o.c.id, _o.c.kind, _o.c.body, _o.c.created_at)
_MINE = [
    _o.c.person_id == sa.bindparam("person"),
    _o.c.channel == sa.bindparam("the_channel"),
    _o.c.state != GONE,
    _o.c.kind.in_([sa.literal_column("'message'"), sa.literal_column("'echo'")]),
]
_AFTER = Prepared(
    sa.select(*_LIST).where(*_MINE, _o.c.id > sa.bindparam("after")).order_by(_o.c.id).limit(sa.bindparam("most"))
)
_BEFORE = Prepared(
    sa.select(*_LIST)
    .where(*_MINE, _o.c.id < sa.bindparam("before"))
    .order_by(_o.c.id.desc())
    .limit(sa.bindparam("most"))
)


def after(db: Transaction, person: int, channel: str, row: int, most: int = 200) -> list[Any]:
    """A person's list on a channel, oldest first, from behind a row."""
    return db.all(_AFTER, person=person, the_channel=channel, after=row, most=most)


def before(db: Transaction, person: int, channel: str, row: int, most: int) -> list[Any]:
    """The newest rows of a person's list on a channel that come before a row, oldest first."""
    return db.all(_BEFORE, person=person, the_channel=channel, before=row, most=most)[::-1]


def newest_with_buttons(db: Transaction, person: int, channel: str) -> int | None:
    """The newest message of a person's on a channel that shows buttons, by its id; None: none of the last five does."""
    listed = db.all(_BEFORE, person=person, the_channel=channel, before=LARGEST_ID, most=5)
    return next((int(row.id) for row in listed if row.body.get("buttons")), None)
