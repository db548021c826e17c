"""What has gone out lately, by whichever process: platforms count over a minute or an hour, and know nothing of restarts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models import outgoing
from models.db import Prepared, Transaction, UtcDateTime, table

MOST = 20_000
"""Rows looked through, the newest of all: more than go out in a minute."""

_o = table(outgoing.Outgoing)
_NEWEST = Prepared(sa.select(sa.func.max(_o.c.id).label("id")))
_LATELY = Prepared(
    sa.select(_o.c.address, _o.c.reference, _o.c.done_at)
    .where(
        _o.c.id > sa.bindparam("behind"),
        _o.c.channel == sa.bindparam("the_channel"),
        _o.c.state == sa.literal_column(f"'{outgoing.FINISHED}'"),
        _o.c.done_at > sa.bindparam("since", type_=UtcDateTime),
    )
    .order_by(_o.c.done_at)
)


def gone_out(db: Transaction, channel: str, since: datetime) -> list[Any]:
    """Who got something on a channel since then, its platform's id, and when, oldest first: of the newest rows alone."""
    newest = db.one(_NEWEST)
    if newest is None or newest.id is None:
        return []
    return db.all(_LATELY, the_channel=channel, behind=newest.id - MOST, since=since)
