"""Lists of matters: what somebody sees of a bureau's, by state, kind or unit, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from models.db import Prepared, Transaction, table
from models.matters.assignments import LIVE, LOAD, Assignment
from models.matters.assignments import State as Part
from models.matters.matters import OPEN, Matter, State
from models.people import Person, Unit

CLOSED = (State.DONE, State.WITHDRAWN)
STEERED = (State.WAITING, State.SUSPENDED, State.SUBMITTED, State.DECIDING)
"""The states in which a matter waits for somebody else than its reviewers."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What somebody sees of a bureau's matters: all, those of some kinds, those for some units of some kinds, and their own reviews."""

    bureau: int
    person: int
    everything: bool = False
    kinds: frozenset[str] = frozenset()
    units: tuple[tuple[int, frozenset[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which of them are wanted; empty and None: all."""

    states: tuple[State, ...] = ()
    kind: str | None = None
    unit: int | None = None


_m, _a, _u, _p = (table(one) for one in (Matter, Assignment, Unit, Person))
_LISTED = (
    sa.select(_m, _u.c.name.label("unit"), _p.c.name.label("opener"))
    .join(_u, _u.c.id == _m.c.unit_id)
    .join(_p, _p.c.id == _m.c.opened_by)
)


_PERHAPS = Prepared(
    sa.select(_m.c.id)
    .where(
        _m.c.bureau_id == sa.bindparam("bureau"),
        sa.or_(
            _m.c.state.in_([sa.literal_column(f"'{state}'") for state in STEERED]),
            sa.exists().where(
                _a.c.matter_id == _m.c.id, _a.c.step == _m.c.step, _a.c.person_id == sa.bindparam("person"),
                _a.c.state.in_([sa.literal_column(f"'{state}'") for state in LOAD]),
                _m.c.state == State.WORKING.value,
            ),
        ),
    )
    .limit(1)
)  # fmt: skip


def page(db: Transaction, scope: Scope, wanted: Filter, start: int = 0, most: int | None = None) -> Sequence[Any]:
    """Some of what is seen, the next due first, what is closed last and the newest first: rows of a matter, with `unit`, `opener`.

    `most` None: all from `start` on.
    """
    closed = _m.c.state.in_(_keys(CLOSED))
    order = closed, sa.case((closed, None), else_=_m.c.due_on), _m.c.id.desc()
    found = _LISTED.where(*_where(scope, wanted)).order_by(*order).offset(start)
    return db.session.execute(found if most is None else found.limit(most)).all()


def count(db: Transaction, scope: Scope, wanted: Filter) -> int:
    """How many there are of what is seen."""
    return int(
        db.session.execute(sa.select(sa.func.count()).select_from(_m).where(*_where(scope, wanted))).scalar_one()
    )


def by_state(db: Transaction, scope: Scope) -> dict[State, int]:
    """How many there are of what is seen, state by state."""
    found = sa.select(_m.c.state, sa.func.count()).where(*_where(scope, Filter())).group_by(_m.c.state)
    return {State(state): many for state, many in db.session.execute(found)}


def by_kind(db: Transaction, scope: Scope) -> dict[str, tuple[int, int]]:
    """Of each kind that there is any of: how many there are, and how many of them are open."""
    return dict(_counted(db, scope, _m.c.affair, _m.c.affair))


def by_unit(db: Transaction, scope: Scope) -> dict[int, tuple[str, int, int]]:
    """Of each unit that there is any for, by its id: its name, how many there are, and how many of them are open."""
    named = sa.select(_u.c.id, _u.c.name).where(_u.c.bureau_id == scope.bureau)
    names = {row.id: row.name for row in db.session.execute(named)}
    return {unit: (names[unit], *many) for unit, many in _counted(db, scope, _m.c.unit_id, _m.c.unit_id)}


def perhaps_waiting(db: Transaction, scope: Scope) -> Sequence[Any]:
    """What may wait for somebody, the next due first: theirs to answer or write, and what waits to be steered; rows as of `page`.

    Whether it does, is for whoever steers it to be found (models/matters/parties.py).
    """
    theirs = _reviewed(scope.person, LOAD, present=True)
    steered = sa.and_(_m.c.state.in_(_keys(STEERED)), *_where(scope, Filter()))
    found = _LISTED.where(
        _m.c.bureau_id == scope.bureau, sa.or_(sa.and_(_m.c.state == State.WORKING.value, theirs), steered)
    )
    return db.session.execute(found.order_by(_m.c.due_on, _m.c.id)).all()


def something_may_wait(db: Transaction, bureau: int, person: int) -> bool:
    """Whether there is any of `perhaps_waiting`, whatever somebody sees: in one statement."""
    return db.one(_PERHAPS, bureau=bureau, person=person) is not None


def _counted(db: Transaction, scope: Scope, by: Any, order: Any) -> list[tuple[Any, tuple[int, int]]]:
    is_open = sa.func.sum(sa.case((_m.c.state.in_(_keys(OPEN)), 1), else_=0))
    found = sa.select(by, sa.func.count(), is_open).where(*_where(scope, Filter())).group_by(by).order_by(order)
    return [(key, (int(many), int(open_))) for key, many, open_ in db.session.execute(found)]


def _where(scope: Scope, wanted: Filter) -> list[sa.ColumnElement[bool]]:
    found = [_m.c.bureau_id == scope.bureau]
    if not scope.everything:
        found.append(sa.or_(
            _reviewed(scope.person, (*LIVE, Part.DONE)), _m.c.affair.in_(sorted(scope.kinds)),
            *(sa.and_(_m.c.unit_id == unit, _m.c.affair.in_(sorted(kinds))) for unit, kinds in scope.units),
        ))  # fmt: skip
    if wanted.states:
        found.append(_m.c.state.in_(_keys(wanted.states)))
    if wanted.kind is not None:
        found.append(_m.c.affair == wanted.kind)
    if wanted.unit is not None:
        found.append(_m.c.unit_id == wanted.unit)
    return found


def _reviewed(person: int, states: Sequence[Part], *, present: bool = False) -> sa.ColumnElement[bool]:
    """A matter is somebody's as a reviewer; `present`: at its present step."""
    of = sa.select(_a.c.id).where(_a.c.matter_id == _m.c.id, _a.c.person_id == person, _a.c.state.in_(_keys(states)))
    return sa.exists(of.where(_a.c.step == _m.c.step) if present else of)


def _keys(states: Iterable[StrEnum]) -> list[str]:
    return [one.value for one in states]
