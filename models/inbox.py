"""证据箱: pieces of evidence that prove nothing yet, and what of a bureau's pieces could prove an item."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models.assessments import Answer
from models.db import Prepared, Transaction, UtcDateTime, table
from models.evidence import PIECE, Evidence, EvidenceUse, Stage

_e, _use, _a = table(Evidence), table(EvidenceUse), table(Answer)
_unused = sa.and_(_e.c.purpose.is_(None), ~sa.exists().where(_use.c.evidence_id == _e.c.id))
_UNUSED = Prepared(
    PIECE.where(
        _e.c.bureau_id == sa.bindparam("bureau"),
        _e.c.stage == Stage.STORED.value,
        _e.c.number < sa.bindparam("before"),
        _unused,
    )
    .order_by(_e.c.number.desc())
    .limit(sa.bindparam("most"))
)
_UNUSED_OF_UNIT = Prepared(_UNUSED.statement.where(_e.c.unit_id == sa.bindparam("unit")))
_BROUGHT = Prepared(
    PIECE.where(
        _e.c.person_id == sa.bindparam("person"),
        _e.c.created_at >= sa.bindparam("since", type_=UtcDateTime),
        sa.or_(_e.c.stage == Stage.RECEIVING.value, _e.c.stage == Stage.STORED.value),
        _e.c.caption.is_(None),
        _unused,
    )
    .order_by(_e.c.id.desc())
    .limit(1)
)
_AVAILABLE = Prepared(
    PIECE.where(
        _e.c.bureau_id == sa.bindparam("bureau"),
        _e.c.stage == Stage.STORED.value,
        _e.c.purpose.is_(None),
        ~sa.exists().where(_use.c.evidence_id == _e.c.id, _use.c.answer_id == sa.bindparam("answer")),
    )
    .order_by(_e.c.number.desc())
    .limit(sa.bindparam("most"))
)
_AVAILABLE_TO_UNIT = Prepared(
    _AVAILABLE.statement.where(
        sa.or_(
            _e.c.unit_id == sa.bindparam("unit"),
            sa.exists().where(
                _use.c.evidence_id == _e.c.id, _use.c.answer_id == _a.c.id, _a.c.unit_id == sa.bindparam("unit")
            ),
        )
    )
)
_HOLDS = Prepared(_AVAILABLE.statement.with_only_columns(_e.c.id))
_HOLDS_FOR_UNIT = Prepared(_AVAILABLE_TO_UNIT.statement.with_only_columns(_e.c.id))


def unused(db: Transaction, bureau: int, unit: int | None, before: int, most: int) -> list[Any]:
    """A bureau's stored pieces (None: all, else those that a unit brought) that prove nothing yet, newest first.

    `before`: the number below which to begin.
    """
    if unit is None:
        return db.all(_UNUSED, bureau=bureau, before=before, most=most)
    return db.all(_UNUSED_OF_UNIT, bureau=bureau, unit=unit, before=before, most=most)


def brought_since(db: Transaction, person: int, since: datetime) -> Any | None:
    """The last piece that a person brought since then, if it has neither use nor caption yet; else None."""
    return db.one(_BROUGHT, person=person, since=since)


def available(db: Transaction, item: Any, unit: int | None, most: int) -> list[Any]:
    """The newest of a bureau's stored pieces (证据箱) that do not serve an item (its row) yet, by number.

    `unit`: only those that it brought, or that serve what it was given; None: all.
    """
    if unit is None:
        return db.all(_AVAILABLE, bureau=item.bureau_id, answer=item.id, most=most)[::-1]
    return db.all(_AVAILABLE_TO_UNIT, bureau=item.bureau_id, answer=item.id, unit=unit, most=most)[::-1]


def holds(db: Transaction, item: Any, unit: int | None) -> bool:
    """Whether `available` would find anything."""
    if unit is None:
        return db.one(_HOLDS, bureau=item.bureau_id, answer=item.id, most=1) is not None
    return db.one(_HOLDS_FOR_UNIT, bureau=item.bureau_id, answer=item.id, unit=unit, most=1) is not None
