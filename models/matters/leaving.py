"""What a reviewer who leaves had in hand, and who followed them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from models.db import Prepared, Transaction, table
from models.matters.assignments import LOAD, Assignment, State
from models.matters.matters import OPEN, Matter
from models.matters.matters import State as Standing
from models.people import Post, Role
from models.personnel.handovers import HandOver

REVIEWING = (Role.LEGAL_OFFICER, Role.LEGAL_SECTION)
"""The roles in which somebody reviews."""

_a, _m, _h, _post = (table(one) for one in (Assignment, Matter, HandOver, Post))
_later = _a.alias("later")
_IN_HAND = Prepared(
    sa.select(_a)
    .join(_m, sa.and_(_m.c.id == _a.c.matter_id, _m.c.step == _a.c.step))
    .where(
        _a.c.person_id == sa.bindparam("person"), _a.c.unit_id == sa.bindparam("unit"),
        _a.c.state.in_([one.value for one in LOAD]), _m.c.state.in_([one.value for one in OPEN]),
    )
    .order_by(_m.c.due_on, _a.c.id)
)  # fmt: skip
_LEFT = Prepared(
    sa.select(_m)
    .join(_a, sa.and_(_a.c.matter_id == _m.c.id, _a.c.step == _m.c.step))
    .where(
        _a.c.person_id == sa.bindparam("person"), _a.c.state == State.REPLACED.value, _m.c.state == Standing.WAITING.value,
        ~sa.exists().where(_later.c.matter_id == _m.c.id, _later.c.step == _m.c.step, _later.c.id > _a.c.id),
    )
    .order_by(_m.c.due_on, _m.c.id)
)  # fmt: skip
_OPENED = Prepared(
    sa.select(_m)
    .where(
        _m.c.opened_by == sa.bindparam("person"), _m.c.unit_id == sa.bindparam("unit"),
        _m.c.state.in_([one.value for one in OPEN]),
    )
    .order_by(_m.c.due_on, _m.c.id)
)  # fmt: skip
_SUCCESSOR = Prepared(
    sa.select(_h.c.successor_id)
    .join(_post, _post.c.id == _h.c.post_id)
    .where(
        _post.c.person_id == sa.bindparam("person"), _post.c.unit_id == sa.bindparam("unit"),
        _post.c.role.in_([one.value for one in REVIEWING]), _h.c.successor_id.is_not(None),
    )
    .order_by(_h.c.id.desc())
)  # fmt: skip


def in_hand(db: Transaction, person: int, unit: int) -> list[Any]:
    """What somebody has still to say as one of a unit's officers, in matters that are open: assignments (rows), by due date."""
    return db.all(_IN_HAND, person=person, unit=unit)


def left_by(db: Transaction, person: int) -> list[Any]:
    """The matters (rows) that somebody had last and that nobody has now, by due date."""
    return db.all(_LEFT, person=person)


def opened_by(db: Transaction, person: int, unit: int) -> list[Any]:
    """The open matters (rows) that somebody opened for a unit, by due date."""
    return db.all(_OPENED, person=person, unit=unit)


def successor(db: Transaction, gone: Sequence[Any]) -> int | None:
    """Who followed the officer who had a step last, where that one has left; `gone`: whose the step is no more (rows), in order."""
    last = gone[-1] if gone else None
    if last is None or last.state != State.REPLACED:
        return None
    found = db.one(_SUCCESSOR, person=last.person_id, unit=last.unit_id)
    return None if found is None else int(found.successor_id)
