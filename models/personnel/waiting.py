"""Which changes wait: for somebody to do something, or for their day."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Prepared, Transaction, table
from models.personnel.changes import OPEN, ChangedPost, Line, PersonnelChange, State

_c, _l = table(PersonnelChange), table(ChangedPost)
_OF_POST = Prepared(
    sa.select(_c).join(_l, _l.c.change_id == _c.c.id).where(_l.c.post_id == sa.bindparam("post"), _l.c.open)
)
_BEGINNING = Prepared(
    sa.select(_c, _l.c.successor_id, _l.c.newcomer)
    .join(_l, _l.c.change_id == _c.c.id)
    .where(_c.c.unit_id == sa.bindparam("unit"), _l.c.role == sa.bindparam("the_role"), _l.c.open)
    .order_by(_l.c.id)
)


def open_of_post(db: Transaction, post: int) -> Any | None:
    """The change, not filed yet, that ends a post; None: nobody has reported any."""
    return db.one(_OF_POST, post=post)


def open_of_successor(db: Transaction, unit: int, line: Line) -> Any | None:
    """The change, not filed yet, that gives whoever follows by this line the same role in a unit; None: none does."""
    for other in db.all(_BEGINNING, unit=unit, the_role=line.role):
        mobile = other.newcomer["mobile"] if other.newcomer is not None else None
        same_person = line.successor is not None and other.successor_id == line.successor
        if same_person or (line.newcomer is not None and mobile == line.newcomer.mobile):
            return other
    return None


def open_in(db: Transaction, *, bureau: int | None = None, unit: int | None = None) -> list[PersonnelChange]:
    """The changes of a bureau or unit that may still come to nothing, the oldest first."""
    where: list[sa.ColumnElement[bool]] = [col(PersonnelChange.state).in_(OPEN)]
    where += [col(PersonnelChange.bureau_id) == bureau] if bureau is not None else []
    where += [col(PersonnelChange.unit_id) == unit] if unit is not None else []
    return list(db.session.exec(select(PersonnelChange).where(*where).order_by(col(PersonnelChange.id))).all())


def ahead(db: Transaction, bureau: int, today: date) -> list[PersonnelChange]:
    """Filed changes of a bureau whose day lies ahead, the earliest first."""
    found = select(PersonnelChange).where(
        PersonnelChange.bureau_id == bureau, PersonnelChange.state == State.FILED, PersonnelChange.effective_on > today
    )
    return list(db.session.exec(found.order_by(col(PersonnelChange.effective_on), col(PersonnelChange.id))).all())


def due(db: Transaction, today: date) -> list[PersonnelChange]:
    """Filed changes whose day has come, the earliest first."""
    found = select(PersonnelChange).where(PersonnelChange.state == State.FILED, PersonnelChange.effective_on <= today)
    order = col(PersonnelChange.effective_on), col(PersonnelChange.id)
    return list(db.session.exec(found.order_by(*order)).all())
