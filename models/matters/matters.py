"""审核事项 as rows: one legal affair of a kind, the unit it is for, its step, its due date and where it stands.

waiting (nobody has it) → working → submitted → done, or on to the next step; suspended while material is awaited;
withdrawn. Whoever moves one says the version they saw: of two at once one wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import affairs
from models.affairs import Affair, Step
from models.db import Changed, Prepared, Transaction, UtcDateTime, table
from models.matters import numbers
from models.matters.numbers import Series


class State(StrEnum):
    """Where a matter stands."""

    WAITING = "waiting"
    """Nobody has it: it is to be assigned."""
    WORKING = "working"
    SUSPENDED = "suspended"
    """The clock stands still while material is awaited (补正)."""
    SUBMITTED = "submitted"
    """Every opinion of the step is in, and waits to be accepted."""
    DECIDING = "deciding"
    """The next step is optional: the legal section says whether there is one."""
    DONE = "done"
    WITHDRAWN = "withdrawn"


OPEN = (State.WAITING, State.WORKING, State.SUSPENDED, State.SUBMITTED, State.DECIDING)


class Matter(SQLModel, table=True):
    """One matter."""

    __table_args__ = (
        sa.UniqueConstraint("bureau_id", "year", "number"),
        sa.Index("matter_state", "bureau_id", "state"),
    )

    id: int = Field(default=None, primary_key=True)
    bureau_id: int = Field(foreign_key="bureau.id")
    unit_id: int = Field(foreign_key="unit.id", index=True)
    """The unit that it is for."""
    affair: str
    route: str = ""
    step: int = 0
    year: int
    number: int
    """审核任务〔year〕number号: per bureau and year, without gaps."""
    title: str
    facts: str
    confidential: bool = False
    """内部: a chat shows number, kind and due date only."""
    opened_by: int = Field(foreign_key="person.id", index=True)
    opened_post: int = Field(foreign_key="post.id")
    opened_at: datetime = Field(sa_type=UtcDateTime)
    begun_on: date
    """The day from which the present step's time runs."""
    due_on: date
    """The day on which the present step's opinion is due, at the end of office hours."""
    state: str = State.WAITING
    version: int = 0
    moved_by: int = Field(foreign_key="person.id")
    moved_at: datetime = Field(sa_type=UtcDateTime)
    comment: str | None = None
    """Why it was withdrawn."""

    @property
    def kind(self) -> Affair:
        """What kind of affair it is."""
        return affairs.affair(self.affair)


class MatterHandler(SQLModel, table=True):
    """承办人: somebody who handles what a matter is about, and so does not review it."""

    matter_id: int = Field(foreign_key="matter.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a matter is opened with. `handlers`: who handles what it is about."""

    bureau: int
    unit: int
    affair: str
    title: str
    facts: str
    due_on: date
    route: str = ""
    confidential: bool = False
    handlers: frozenset[int] = frozenset()


_m, _h = table(Matter), table(MatterHandler)
_ID: sa.BindParameter[int] = sa.bindparam("the_id")
_MOVE = Prepared(
    sa.update(_m)
    .where(_m.c.id == _ID, _m.c.version == sa.bindparam("the_version"))
    .values(version=_m.c.version + 1),
    "state", "step", "begun_on", "due_on", "moved_by", "moved_at", "comment",
)  # fmt: skip
_BY_ID = Prepared(sa.select(_m).where(_m.c.id == _ID))
_LOCKED = Prepared(sa.select(_m).where(_m.c.id == _ID).with_for_update())
_HANDLERS = Prepared(sa.select(_h.c.person_id).where(_h.c.matter_id == _ID).order_by(_h.c.person_id))


def open_matter(db: Transaction, what: Opening, by: int, post: int, today: date, now: datetime) -> int:
    """Open a matter; its id. It is numbered at once, in the year of `today`."""
    year, number = numbers.take(db, what.bureau, today.year, Series.TASK)
    matter = Matter(
        bureau_id=what.bureau, unit_id=what.unit, affair=what.affair, route=what.route, year=year, number=number,
        title=what.title, facts=what.facts, confidential=what.confidential, opened_by=by, opened_post=post, opened_at=now,
        begun_on=today, due_on=what.due_on, moved_by=by, moved_at=now,
    )  # fmt: skip
    db.session.add(matter)
    db.session.flush()
    db.session.add_all(MatterHandler(matter_id=matter.id, person_id=one) for one in sorted(what.handlers))
    db.session.flush()
    return matter.id


def by_id(db: Transaction, matter: int) -> Any | None:
    """A matter's row, or None."""
    return db.one(_BY_ID, the_id=matter)


def locked(db: Transaction, matter: int) -> Any:
    """A matter's row as it is, held until the transaction ends: whoever moves what belongs to it takes it first.

    KeyError: there is none.
    """
    found = db.one(_LOCKED, the_id=matter)
    if found is None:
        raise KeyError(matter)
    return found


def hold(db: Transaction, matter: Any) -> Any:
    """Hold a matter's row, which has not moved since it was read. Raises Changed: it has."""
    if locked(db, matter.id).version != matter.version:
        raise Changed(f"matter {matter.id}")
    return matter


def handlers_of(db: Transaction, matter: int) -> list[int]:
    """Who handles what a matter is about."""
    return [row.person_id for row in db.all(_HANDLERS, the_id=matter)]


def kind_of(matter: Any) -> Affair:
    """What kind of affair a matter (a row) is."""
    return affairs.affair(matter.affair)


def step_of(matter: Any) -> Step:
    """The step at which a matter (a row) is. ValueError: it is past the last."""
    step = kind_of(matter).step(matter.route, matter.step)
    if step is None:
        raise ValueError(matter.id)
    return step


def next_step(matter: Any) -> Step | None:
    """The step after the one at which a matter is; None: that is the last."""
    return kind_of(matter).step(matter.route, matter.step + 1)


def move(
    db: Transaction, matter: Any, to: State, by: int, now: datetime, *, step: int | None = None, begun_on: date | None = None,
    due_on: date | None = None, comment: str | None = None,
) -> Any:  # fmt: skip
    """Let a matter go on to a state; its row as it is then. What is not named stays. Raises Changed: it is not what it was."""
    moved = db.run(
        _MOVE, the_id=matter.id, the_version=matter.version, state=to.value,
        step=matter.step if step is None else step, begun_on=begun_on or matter.begun_on, due_on=due_on or matter.due_on,
        moved_by=by, moved_at=now, comment=matter.comment if comment is None else comment,
    )  # fmt: skip
    if moved != 1:
        raise Changed(f"matter {matter.id}")
    found = by_id(db, matter.id)
    assert found is not None
    return found


def is_open(matter: Any) -> bool:
    """Whether something is still to be done about a matter (a row)."""
    return matter.state in OPEN
