"""What waits for whom: the matters and assignments of which somebody is to be reminded, and what is overdue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from models.db import Prepared, Transaction, table
from models.matters.assignments import LOAD, Assignment
from models.matters.matters import OPEN, Matter, State
from models.people import Person, Unit

_m, _a, _p, _u = (table(one) for one in (Matter, Assignment, Person, Unit))
_ID: sa.BindParameter[int] = sa.bindparam("the_id")
_ASKED = _a.c.state.in_([one.value for one in LOAD])
_TASK = (
    sa.select(
        _a, _m.c.bureau_id, _m.c.affair, _m.c.year, _m.c.number, _m.c.begun_on, _m.c.due_on, _p.c.name,
        _u.c.name.label("unit"),
    )
    .join(_m, sa.and_(_m.c.id == _a.c.matter_id, _m.c.step == _a.c.step))
    .join(_p, _p.c.id == _a.c.person_id)
    .join(_u, _u.c.id == _a.c.unit_id)
    .where(_ASKED, _m.c.state == State.WORKING.value)
)  # fmt: skip
_OPEN = Prepared(sa.select(_m).where(_m.c.state.in_([one.value for one in OPEN])).order_by(_m.c.id))
_TASKS = Prepared(_TASK.order_by(_a.c.id))
_ONE_TASK = Prepared(_TASK.where(_a.c.id == _ID))
_TASKS_OF = Prepared(_TASK.where(_a.c.matter_id == _ID).order_by(_a.c.id))
_OF_MATTER = Prepared(sa.select(_a.c.id).where(_a.c.matter_id == _ID).order_by(_a.c.id))
_TASKS_IN = Prepared(
    _TASK.where(_m.c.bureau_id == sa.bindparam("bureau")).order_by(_a.c.person_id, _m.c.due_on, _a.c.id)
)


def open_matters(db: Transaction) -> list[Any]:
    """Every matter about which something is still to be done."""
    return db.all(_OPEN)


def tasks(db: Transaction) -> list[Any]:
    """Every assignment that waits for its reviewer, its matter's clock running.

    Rows of the assignment with name, unit, and of its matter bureau_id, affair, year, number, begun_on, due_on.
    """
    return db.all(_TASKS)


def task(db: Transaction, assignment: int) -> Any | None:
    """An assignment as of `tasks`; None: it waits for nobody."""
    return db.one(_ONE_TASK, the_id=assignment)


def tasks_named(db: Transaction, ids: Iterable[int]) -> list[Any]:
    """Some assignments as of `tasks`, those that wait for somebody."""
    return [found for one in ids if (found := task(db, one)) is not None]


def tasks_of(db: Transaction, matter: int) -> list[Any]:
    """The assignments of a matter as of `tasks`."""
    return db.all(_TASKS_OF, the_id=matter)


def assignments_of(db: Transaction, matter: int) -> set[int]:
    """The ids of all assignments that a matter has had."""
    return {row.id for row in db.all(_OF_MATTER, the_id=matter)}


def tasks_in(db: Transaction, bureau: int) -> list[Any]:
    """The assignments in a bureau as of `tasks`, reviewer by reviewer, what is due first before the rest."""
    return db.all(_TASKS_IN, bureau=bureau)
