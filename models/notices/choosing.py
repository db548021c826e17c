"""What whoever writes a notice chooses from: units, bureaus below, earlier notices; and where the chosen can be reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from models.db import Prepared, Transaction, table
from models.notices import audience
from models.notices.audience import Audience, Scope
from models.notices.notices import Notice, State
from models.people import Address, Bureau, Unit

AT_ONCE = 1000
"""So many people are asked about in one statement."""

_u, _b, _n, _a = (table(one) for one in (Unit, Bureau, Notice, Address))
_UNITS = Prepared(sa.select(_u.c.id, _u.c.name).where(_u.c.bureau_id == sa.bindparam("bureau")).order_by(_u.c.id))
_SCHEDULED = Prepared(
    sa.select(_n)
    .where(_n.c.bureau_id == sa.bindparam("bureau"), _n.c.state == sa.literal_column(f"'{State.SCHEDULED}'"))
    .order_by(_n.c.starts_at, _n.c.id)
    .limit(sa.bindparam("most"))
)
_ASKED = Prepared(
    sa.select(_n)
    .where(
        _n.c.bureau_id == sa.bindparam("bureau"), _n.c.receipt,
        _n.c.state == sa.literal_column(f"'{State.SENT}'"),
    )
    .order_by(_n.c.id.desc())
    .limit(sa.bindparam("most"))
)  # fmt: skip


def units(db: Transaction, bureau: int) -> list[Any]:
    """A bureau's units, those without people too: rows of id and name."""
    return db.all(_UNITS, bureau=bureau)


def below(db: Transaction, bureau: int) -> list[Any]:
    """The bureaus below one at any depth, city by city: rows of id, name and level."""
    ids = audience.bureaus_below(db, bureau, Audience(Scope.BELOW))
    rows = {row.id: row for row in db.session.execute(sa.select(_b).where(_b.c.id.in_(ids)))}
    return [rows[one] for one in ids]


def scheduled(db: Transaction, bureau: int, most: int) -> list[Any]:
    """A bureau's notices that wait for their time, the next one first."""
    return db.all(_SCHEDULED, bureau=bureau, most=most)


def asked(db: Transaction, bureau: int, most: int) -> list[Any]:
    """A bureau's notices that have gone out and are to be confirmed, the newest first."""
    return db.all(_ASKED, bureau=bureau, most=most)


def addresses(db: Transaction, persons: Sequence[int]) -> dict[int, list[Any]]:
    """Where people have joined, by person: rows as `people.addresses_of` gives them."""
    found: dict[int, list[Any]] = {}
    columns = (_a.c.person_id, _a.c.id, _a.c.channel, _a.c.address, _a.c.used_at, _a.c.gone_at)
    for begins in range(0, len(persons), AT_ONCE):
        some = persons[begins : begins + AT_ONCE]
        for row in db.session.execute(sa.select(*columns).where(_a.c.person_id.in_(some)).order_by(_a.c.id)):
            found.setdefault(row.person_id, []).append(row)
    return found
