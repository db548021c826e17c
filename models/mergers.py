"""Units that go on as part of another: into which, from which day on, and by which filed change their people leave.

Whoever merges a unit ends its posts by a change (models/personnel/changes.py, Kind.MERGING): taken back before its day, there is
no merger any more. From then on a unit takes nobody; from the day on its open work is the other's (models/personnel/merging.py).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import quotas
from models.db import Prepared, Transaction, table
from models.people import Bureau, Unit


class Merger(SQLModel, table=True):
    """A unit that is merged into another of its bureau."""

    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    into_id: int = Field(foreign_key="unit.id", index=True)
    """Where its work goes on: never a unit that is itself merged by now."""
    from_on: date
    """The first day on which it is no unit of its own."""
    change_id: int = Field(foreign_key="personnelchange.id", unique=True)


_m, _unit, _bureau = table(Merger), table(Unit), table(Bureau)
_into = _unit.alias("into_unit")
_MERGERS = (
    sa.select(
        _m.c.unit_id, _unit.c.name.label("unit"), _unit.c.kind, _m.c.into_id, _into.c.name.label("into"), _m.c.from_on,
        _m.c.change_id, _unit.c.bureau_id, _bureau.c.name.label("bureau"),
    )
    .join(_unit, _unit.c.id == _m.c.unit_id)
    .join(_into, _into.c.id == _m.c.into_id)
    .join(_bureau, _bureau.c.id == _unit.c.bureau_id)
)  # fmt: skip
_OF_UNIT = Prepared(_MERGERS.where(_m.c.unit_id == sa.bindparam("unit")))
_OF_CHANGE = Prepared(_MERGERS.where(_m.c.change_id == sa.bindparam("change")))
_INTO = Prepared(_MERGERS.where(_m.c.into_id == sa.bindparam("into"), _m.c.from_on > sa.bindparam("today")))
_OF_BUREAU = Prepared(_MERGERS.where(_unit.c.bureau_id == sa.bindparam("bureau")).order_by(_m.c.from_on, _m.c.unit_id))
_EVERYWHERE = Prepared(_MERGERS)
_ADD = Prepared(sa.insert(_m), "unit_id", "into_id", "from_on", "change_id")
_UNDO = Prepared(sa.delete(_m).where(_m.c.change_id == sa.bindparam("change")))
_FOLLOW = Prepared(sa.update(_m).where(_m.c.into_id == sa.bindparam("old")), "into_id")


def is_over(unit: sa.ColumnElement[int], day: sa.ColumnElement[date]) -> sa.ColumnElement[bool]:
    """Whether a unit is part of another on a day, as a condition of a query."""
    return sa.exists().where(_m.c.unit_id == unit, _m.c.from_on <= day)


def of_unit(db: Transaction, unit: int) -> Any | None:
    """What becomes, or has become, of a unit; None: it stays.

    Rows of unit_id, unit, kind, into_id, into, from_on, change_id, bureau_id, bureau.
    """
    return db.one(_OF_UNIT, unit=unit)


def of_change(db: Transaction, change: int) -> Any | None:
    """The merger that a change files; as `of_unit`."""
    return db.one(_OF_CHANGE, change=change)


def coming_into(db: Transaction, unit: int, today: date) -> Any | None:
    """A unit that will be part of this one, from a day that lies ahead; a row as of `of_unit`, or None."""
    return db.one(_INTO, into=unit, today=today)


def of_bureau(db: Transaction, bureau: int) -> list[Any]:
    """Every merger of a bureau, those to come included; rows as of `of_unit`."""
    return db.all(_OF_BUREAU, bureau=bureau)


def by_name(db: Transaction) -> dict[tuple[str, str], Any]:
    """Every merger there is, by the names of the bureau and the unit that is merged; rows as of `of_unit`."""
    return {(row.bureau, row.unit): row for row in db.all(_EVERYWHERE)}


def hold(db: Transaction, *units: int) -> None:
    """Hold units until the transaction ends, so that what is merged is judged and changed by one at a time."""
    for unit in sorted(units):
        quotas.lock(db, unit)


def file(db: Transaction, unit: int, into: int, from_on: date, change: int) -> None:
    """A unit goes on as part of another from a day on. The caller holds both, and neither is merged by now."""
    db.run(_ADD, unit_id=unit, into_id=into, from_on=from_on, change_id=change)


def undo(db: Transaction, change: int) -> bool:
    """What a change filed is taken back; whether it was a merger."""
    return db.run(_UNDO, change=change) == 1


def follow(db: Transaction, old: int, new: int) -> None:
    """Whatever had been merged into a unit that is merged itself goes on where it does."""
    db.run(_FOLLOW, old=old, into_id=new)
