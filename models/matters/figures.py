"""How many matters there are, by kind: received, done, done in time, open, overdue; of a bureau, a unit or a reviewer.

Everything is counted in the database, so that it costs little however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from models.affairs import affairs
from models.db import Prepared, Transaction, UtcDateTime, table
from models.matters.assignments import LIVE, LOAD, Assignment
from models.matters.assignments import State as Task
from models.matters.matters import OPEN, Matter, State
from models.matters.opinions import MatterDocument
from models.people import Bureau, Person, Unit
from models.zone import ZONE


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both included."""

    first: date
    last: date


@dataclass(slots=True)
class Tally:
    """The figures of one kind, or of several. `received`, `done`, `in_time`: within the days asked for.

    `open`: not done with at their end, and of the last of them now; `overdue`: now, and so of no earlier days.
    """

    received: int = 0
    done: int = 0
    in_time: int = 0
    open: int = 0
    overdue: int = 0

    def __bool__(self) -> bool:
        return bool(self.received or self.done or self.open)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.received + other.received, self.done + other.done, self.in_time + other.in_time, self.open + other.open,
            self.overdue + other.overdue,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Load:
    """What one reviewer has to do now."""

    name: str
    unit: str
    open: int
    overdue: int


Figures = dict[str, Tally]
"""The figures of the kinds that have any, by key and in the notice's order."""


class Counts(NamedTuple):
    """The statements by which the matters of somebody are counted, kind by kind; `left`: those open at the end of some days."""

    received: Prepared
    done: Prepared
    now: Prepared
    left: Prepared


_m, _d, _a, _p, _u, _b = (table(one) for one in (Matter, MatterDocument, Assignment, Person, Unit, Bureau))
_BUREAU: sa.BindParameter[int] = sa.bindparam("bureau")
_UNIT: sa.BindParameter[int] = sa.bindparam("unit")
_PERSON: sa.BindParameter[int] = sa.bindparam("person")
_FIRST, _LAST, _TODAY = (sa.bindparam(name, type_=sa.Date()) for name in ("first", "last", "today"))
_SINCE, _UNTIL = (sa.bindparam(name, type_=UtcDateTime()) for name in ("since", "until"))
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
_KINDS = sa.select(_m.c.affair.label("of"), _count).where(_m.c.bureau_id == _BUREAU).group_by(_m.c.affair)
_RECEIVED = _KINDS.where(_m.c.opened_at >= _SINCE, _m.c.opened_at < _UNTIL)
_is_open = _m.c.state.in_([one.value for one in OPEN])
_LEFT = _KINDS.where(_m.c.opened_at < _UNTIL, sa.or_(_is_open, _m.c.moved_at >= _UNTIL))
_STATEMENTS = (_RECEIVED, _DONE, _NOW, _LEFT)
_OF_BUREAU = Counts(*map(Prepared, _STATEMENTS))
_OF_UNIT = Counts(*(Prepared(one.where(_m.c.unit_id == _UNIT)) for one in _STATEMENTS))
_PARTS = (
    sa.select(_m.c.affair.label("of"), _count)
    .select_from(_a)
    .join(_m, _m.c.id == _a.c.matter_id)
    .where(_a.c.person_id == _PERSON, _m.c.bureau_id == _BUREAU)
    .group_by(_m.c.affair)
)
_is_live = _a.c.state.in_([one.value for one in LIVE])
_OF_PERSON = Counts(
    Prepared(_PARTS.where(_a.c.assigned_at >= _SINCE, _a.c.assigned_at < _UNTIL)),
    Prepared(
        _PARTS.add_columns(sa.func.sum(sa.case((_d.c.in_time, 1), else_=0)).label("in_time"))
        .join(_d, sa.and_(_d.c.matter_id == _a.c.matter_id, _d.c.step == _a.c.step))
        .where(_a.c.state == Task.DONE.value, _d.c.accepted_on.between(_FIRST, _LAST))
    ),
    Prepared(
        _PARTS.add_columns(_overdue).where(
            _m.c.step == _a.c.step, _a.c.state.in_([one.value for one in LOAD]), _is_open
        )
    ),
    Prepared(_PARTS.where(_a.c.assigned_at < _UNTIL, sa.or_(_is_live, _a.c.moved_at >= _UNTIL))),
)
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
    """A bureau's matters: those received and done within some days, and those open at their end, or now."""
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


def _figures(db: Transaction, counts: Counts, span: Span, today: date, **of: Any) -> Figures:
    found: Figures = {key: Tally() for key in affairs().kinds}
    until = _midnight(span.last + timedelta(days=1))
    for row in db.all(counts.received, since=_midnight(span.first), until=until, **of):
        found[row.of].received = row.count
    for row in db.all(counts.done, first=span.first, last=span.last, **of):
        found[row.of].done, found[row.of].in_time = row.count, row.in_time
    if span.last < today:
        for row in db.all(counts.left, until=until, **of):
            found[row.of].open = row.count
    else:
        for row in db.all(counts.now, today=today, **of):
            found[row.of].open, found[row.of].overdue = row.count, row.overdue
    return {key: one for key, one in found.items() if one}


def _midnight(day: date) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(day, time(), ZONE)
