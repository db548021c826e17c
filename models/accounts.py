"""People whom a channel knows by their account on the roster: they need not join, and can be told something first."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models import people
from models.db import Prepared, Transaction, table

_person, _address = table(people.Person), table(people.Address)
_BY_ACCOUNT = Prepared(sa.select(_person.c.id).where(sa.func.lower(_person.c.wecom_id) == sa.bindparam("account")))
_ACCOUNTS = Prepared(
    sa.select(_person.c.id, _person.c.wecom_id).where(
        _person.c.wecom_id.is_not(None),
        ~sa.exists().where(
            _address.c.channel == sa.bindparam("channel"), _address.c.address == sa.func.lower(_person.c.wecom_id)
        ),
    )
)
_MOVED = Prepared(
    sa.select(_address.c.id, _person.c.id.label("owner"))
    .join(_person, sa.func.lower(_person.c.wecom_id) == _address.c.address)
    .where(_address.c.channel == sa.bindparam("channel"), _address.c.person_id != _person.c.id)
)
_MOVE = Prepared(
    sa.update(_address).where(_address.c.id == sa.bindparam("address_id")),
    "person_id", "shown_conversation", "shown_key", "shown_message", "held",
)  # fmt: skip
# PostgreSQL's construct: its ON CONFLICT clause compiles to the same words on SQLite.
_JOIN = Prepared(insert(_address).on_conflict_do_nothing(), "person_id", "channel", "address")


def join(db: Transaction, channel: str, address: str) -> bool:
    """Give an address to the person whose account the roster says it is, if it says so of anybody."""
    person = db.one(_BY_ACCOUNT, account=address)
    if person is not None:
        db.run(_JOIN, person_id=person.id, channel=channel, address=address)
    return person is not None


def who(db: Transaction, channel: str, address: str) -> int | None:
    """As `people.who`, for a channel that knows people by the roster."""
    join(db, channel, address)
    return people.who(db, channel, address)


def join_all(db: Transaction, channel: str) -> int:
    """Give everybody who has an account on the roster its address, so that they can be told something; how many had none.

    An account that is somebody else's by now goes to them, and nothing that was on show there.
    """
    for row in db.all(_MOVED, channel=channel):
        db.run(
            _MOVE, address_id=row.id, person_id=row.owner, shown_conversation=None, shown_key=None, shown_message=None,
            held=None,
        )  # fmt: skip
    unjoined = db.all(_ACCOUNTS, channel=channel)
    for row in unjoined:
        db.run(_JOIN, person_id=row.id, channel=channel, address=row.wecom_id.lower())
    return len(unjoined)
