"""指标分解: which unit answers which indicator. What is given to nobody stays with the bureau's contact."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models.assessments import Answer, SelfAssessment, State
from models.db import Changed, Prepared, Transaction, table
from models.people import Post, Role, Unit

_a, _s, _u = table(Answer), table(SelfAssessment), table(Unit)
_GIVE = Prepared(
    sa.update(_a).where(
        _a.c.id == sa.bindparam("answer"), _a.c.unit_id.is_not_distinct_from(sa.bindparam("before", type_=sa.Integer))
    ),
    "unit_id",
)
_BY_UNIT = Prepared(
    sa.select(
        _a.c.unit_id,
        _u.c.name,
        sa.func.count().label("given"),
        sa.func.sum(sa.case((_a.c.state == State.COMPLETE.value, 1), else_=0)).label("answered"),
        sa.func.sum(sa.case((_a.c.state == State.RETURNED.value, 1), else_=0)).label("returned"),
        sa.func.sum(sa.case((_a.c.accepted == _a.c.version, 1), else_=0)).label("accepted"),
    )
    .outerjoin(_u, _u.c.id == _a.c.unit_id)
    .where(_a.c.assessment_id == sa.bindparam("assessment"), _a.c.position > 0)
    .group_by(_a.c.unit_id, _u.c.name)
    .order_by(_u.c.name.is_(None), _a.c.unit_id)
)
_LAST = Prepared(
    sa.select(_a.c.item, _a.c.unit_id)
    .where(
        _a.c.unit_id.is_not(None),
        _a.c.assessment_id
        == sa.select(sa.func.max(_s.c.id))
        .where(_s.c.bureau_id == sa.bindparam("bureau"), _s.c.id < sa.bindparam("before"))
        .scalar_subquery(),
    )
    .order_by(_a.c.position)
)


@dataclass(frozen=True, slots=True)
class Share:
    """What one unit (None: nobody, so the bureau's contact) has of a self-assessment, counted in items."""

    unit_id: int | None
    unit: str | None
    given: int
    answered: int
    returned: int
    accepted: int


def units_of(db: Transaction, bureau: int, today: date) -> list[Unit]:
    """The units of a bureau that can answer: those with a 法治联络员 today, in the order they were entered."""
    answering = select(Post.unit_id).where(
        Post.role == Role.LIAISON,
        Post.starts_on <= today,
        sa.or_(col(Post.ends_on).is_(None), col(Post.ends_on) > today),
    )
    found = select(Unit).where(Unit.bureau_id == bureau, col(Unit.id).in_(answering)).order_by(col(Unit.id))
    return list(db.session.exec(found).all())


def by_unit(db: Transaction, assessment: int) -> list[Share]:
    """How far each unit is, those with something to answer, in the order of the units; what nobody was given last."""
    return [Share(*row) for row in db.all(_BY_UNIT, assessment=assessment)]


def as_last_time(db: Transaction, assessment: Any) -> dict[str, int]:
    """Which unit had which item in the bureau's self-assessment before this one; empty if there was none."""
    return {row.item: row.unit_id for row in db.all(_LAST, bureau=assessment.bureau_id, before=assessment.id)}


def give(db: Transaction, items: Collection[Any], unit: int | None) -> list[Any]:
    """Give items (rows of answers) to a unit, or (None) back to the contact; those that had been somebody else's.

    Raises Changed if one of those has been given to another since it was read.
    """
    moved = [item for item in items if item.unit_id != unit]
    for item in moved:
        if db.run(_GIVE, answer=item.id, before=item.unit_id, unit_id=unit) != 1:
            raise Changed(f"answer {item.id}")
    return moved
