"""How many matters there are, by kind: opened, done, done in time, open, overdue; of a bureau, a unit or a reviewer.

Everything is counted in the database, so that it costs little however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.affairs import affairs
from models.db import Prepared, Transaction, table
from models.matters.assignments import LOAD, Assignment
from models.matters.assignments import State as Task
from models.matters.matters import OPEN, Matter, State
from models.matters.opinions import MatterDocument
from models.people import Bureau, Person, Unit


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both included."""

    first: date
    last: date


@dataclass(slots=True)
class Tally:
    """The figures of one kind, or of several. `done`, `in_time`: within the days asked for; `open`, `overdue`: now."""

    done: int = 0
    in_time: int = 0
    open: int = 0
    overdue: int = 0

    def __bool__(self) -> bool:
        return bool(self.done or self.open)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.done + other.done, self.in_time + other.in_time, self.open + other.open, self.overdue + other.overdue
        )


@dataclass(frozen=True, slots=True)
class Load:
    """What one reviewer has to do now."""

    name: str
    unit: str
    open: int
    overdue: int


Figures = dict[str, Tally]
"""The figures of the kinds that have any, by key and in the notice's order."""


_m, _d, _a, _p, _u, _b = (table(one) for one in (Matter, MatterDocument, Assignment, Person, Unit, Bureau))
_BUREAU: sa.BindParameter[int] = sa.bindparam("bureau")
_UNIT: sa.BindParameter[int] = sa.bindparam("unit")
_PERSON: sa.BindParameter[int] = sa.bindparam("person")
_FIRST, _LAST, _TODAY = (sa.bindparam(name, type_=sa.Date()) for name in ("first", "last", "today"))
_count = sa.func.count().label("count")
_other = _d.alias("other")
_was_late = sa.exists().where(_other.c.matter_id == _m.c.id, sa.not_(_other.c.in_time))
_in_time = sa.func.sum(sa.case((_was_late, 0), else_=1)).label("in_time")
_is_late = sa.and_(_m.c.state.in_([State.WAITING.value, State.WORKING.value]), _m.c.due_on < _TODAY)
_overdue = sa.func.sum(sa.case((_is_late, 1), else_=0)).label("overdue")
_DONE = (
    sa.select(_m.c.affair.label("of"), _count, _in_time)
    .join(_d, sa.and_(_d.c.matter_id == _m.c.id, _d.c.step == _m.c.step))
    .where(_m.c.bureau_id == _BUREAU, _m.c.state == State.DONE.value, _d.c.accepted_on.between(_FIRST, _LAST))
    .group_by(_m.c.affair)
)
_NOW = (
    sa.select(_m.c.affair.label("of"), _count, _overdue)
    .where(_m.c.bureau_id == _BUREAU, _m.c.state.in_([one.value for one in OPEN]))
    .group_by(_m.c.affair)
)
_OF_BUREAU = (Prepared(_DONE), Prepared(_NOW))
_OF_UNIT = (Prepared(_DONE.where(_m.c.unit_id == _UNIT)), Prepared(_NOW.where(_m.c.unit_id == _UNIT)))
_OF_PERSON = (
    Prepared(
        sa.select(
            _m.c.affair.label("of"), _count, sa.func.sum(sa.case((_d.c.in_time, 1), else_=0)).label("in_time")
        )
        .select_from(_a)
        .join(_m, _m.c.id == _a.c.matter_id)
        .join(_d, sa.and_(_d.c.matter_id == _a.c.matter_id, _d.c.step == _a.c.step))
        .where(
            _a.c.person_id == _PERSON, _a.c.state == Task.DONE.value, _m.c.bureau_id == _BUREAU,
            _d.c.accepted_on.between(_FIRST, _LAST),
        )
        .group_by(_m.c.affair)
    ),
    Prepared(
        sa.select(_m.c.affair.label("of"), _count, _overdue)
        .select_from(_a)
        .join(_m, sa.and_(_m.c.id == _a.c.matter_id, _m.c.step == _a.c.step))
        .where(
            _a.c.person_id == _PERSON, _a.c.state.in_([one.value for one in LOAD]), _m.c.bureau_id == _BUREAU,
            _m.c.state.in_([one.value for one in OPEN]),
        )
        .group_by(_m.c.affair)
    ),
)  # fmt: skip
_REVIEWED = Prepared(
    sa.select(_count)
    .select_from(_m)
    .join(_d, sa.and_(_d.c.matter_id == _m.c.id, _d.c.step == _m.c.step))
    .where(
        _m.c.bureau_id == _BUREAU, _m.c.state == State.DONE.value, _m.c.affair == sa.bindparam("kind"),
        _d.c.accepted_on.between(_FIRST, _LAST),
    )
)  # fmt: skip
_REVIEWERS = Prepared(
    sa.select(sa.func.count(sa.distinct(_a.c.person_id)).label("count"))
    .select_from(_a)
    .join(_m, _m.c.id == _a.c.matter_id)
    .join(_d, sa.and_(_d.c.matter_id == _a.c.matter_id, _d.c.step == _a.c.step))
    .where(
        _m.c.bureau_id == _BUREAU, _m.c.affair == sa.bindparam("kind"), _a.c.state == Task.DONE.value,
        _d.c.accepted_on.between(_FIRST, _LAST),
    )
)  # fmt: skip
_LOADS = (
    sa.select(_p.c.name, _u.c.name.label("unit"), _count.label("open"), _overdue)
    .select_from(_a)
    .join(_m, sa.and_(_m.c.id == _a.c.matter_id, _m.c.step == _a.c.step))
    .join(_p, _p.c.id == _a.c.person_id)
    .join(_u, _u.c.id == _a.c.unit_id)
    .where(
        _m.c.bureau_id == _BUREAU, _m.c.state.in_([one.value for one in OPEN]),
        _a.c.state.in_([one.value for one in LOAD]),
    )
    .group_by(_u.c.id, _u.c.name, _p.c.id, _p.c.name)
    .order_by(_u.c.id, _p.c.id)
)  # fmt: skip
_LOADS_OF_BUREAU, _LOADS_OF_UNIT = Prepared(_LOADS), Prepared(_LOADS.where(_u.c.id == _UNIT))
_BELOW = Prepared(sa.select(_b.c.id, _b.c.name).where(_b.c.parent_id == _BUREAU).order_by(_b.c.id))


def of_bureau(db: Transaction, bureau: int, span: Span, today: date) -> Figures:
    """A bureau's matters: those done within some days, and those open now."""
    return _figures(db, _OF_BUREAU, span, today, bureau=bureau)


def of_unit(db: Transaction, bureau: int, unit: int, span: Span, today: date) -> Figures:
    """As `of_bureau`, of the matters that are for a unit."""
    return _figures(db, _OF_UNIT, span, today, bureau=bureau, unit=unit)


def of_person(db: Transaction, bureau: int, person: int, span: Span, today: date) -> Figures:
    """As `of_bureau`, of what one reviewer was asked in a bureau: each opinion that was accepted counts."""
    return _figures(db, _OF_PERSON, span, today, bureau=bureau, person=person)


def below(db: Transaction, bureau: int, span: Span, today: date) -> list[tuple[str, Tally]]:
    """The totals of each bureau directly below one, with its name."""
    return [(row.name, total(of_bureau(db, row.id, span, today))) for row in bureaus_below(db, bureau)]


def bureaus_below(db: Transaction, bureau: int) -> list[Any]:
    """The bureaus directly below one: rows of id and name."""
    return db.all(_BELOW, bureau=bureau)


def loads(db: Transaction, bureau: int, today: date, unit: int | None = None) -> list[Load]:
    """What each reviewer of a bureau, or of a unit, has to do now, unit by unit; who has nothing is left out."""
    if unit is None:
        rows = db.all(_LOADS_OF_BUREAU, bureau=bureau, today=today)
    else:
        rows = db.all(_LOADS_OF_UNIT, bureau=bureau, unit=unit, today=today)
    return [Load(row.name, row.unit, row.open, row.overdue) for row in rows]


def reviewed(db: Transaction, bureau: int, kind: str, span: Span) -> int:
    """How many matters of a kind a bureau was done with within some days."""
    row = db.one(_REVIEWED, bureau=bureau, kind=kind, first=span.first, last=span.last)
    assert row is not None
    return int(row.count)


def reviewers(db: Transaction, bureau: int, kind: str, span: Span) -> int:
    """How many people's opinions on matters of a kind were accepted in a bureau within some days."""
    row = db.one(_REVIEWERS, bureau=bureau, kind=kind, first=span.first, last=span.last)
    assert row is not None
    return int(row.count)


def total(figures: Figures) -> Tally:
    """All kinds together."""
    return sum(figures.values(), Tally())


def _figures(db: Transaction, queries: tuple[Prepared, Prepared], span: Span, today: date, **of: Any) -> Figures:
    done, now = queries
    found: Figures = {key: Tally() for key in affairs().kinds}
    for row in db.all(done, first=span.first, last=span.last, **of):
        found[row.of].done, found[row.of].in_time = row.count, row.in_time
    for row in db.all(now, today=today, **of):
        found[row.of].open, found[row.of].overdue = row.count, row.overdue
    return {key: one for key, one in found.items() if one}
