"""Who reviews a matter: asked, accepted, recused, unable, or given to another; and who may be asked at all.

复审 never goes to the unit that a matter is for, and nobody reviews what they handled (DOMAIN 3).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.affairs import By, Step
from models.db import Changed, Prepared, Transaction, UtcDateTime, table
from models.matters.matters import OPEN as OPEN_MATTERS
from models.matters.matters import Matter, handlers_of
from models.people import Person, Post, Role, Unit


class State(StrEnum):
    """What has become of an assignment."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    RECUSED = "recused"
    UNABLE = "unable"
    REPLACED = "replaced"
    """改派: somebody else has it, or the matter was withdrawn."""
    SUBMITTED = "submitted"
    RETURNED = "returned"
    DONE = "done"


LIVE = (State.ASKED, State.ACCEPTED, State.SUBMITTED, State.RETURNED)
"""Those on whom the step waits, or whose opinion it has."""
TO_WRITE = (State.ACCEPTED, State.RETURNED)
LOAD = (State.ASKED, State.ACCEPTED, State.RETURNED)


class Assignment(SQLModel, table=True):
    """One person's part in one step of a matter."""

    __table_args__ = (sa.Index("assignment_of", "person_id", "state"),)

    id: int = Field(default=None, primary_key=True)
    matter_id: int = Field(foreign_key="matter.id", index=True)
    step: int = 0
    person_id: int = Field(foreign_key="person.id")
    unit_id: int = Field(foreign_key="unit.id")
    """Of which unit's officers the person is, in this."""
    state: str = State.ASKED
    reason: str | None = None
    """Why recused, unable, or given to another."""
    returned: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """Which points are asked again, by number, and with what words: {"points": [8], "overall": false, "reason": "…"}."""
    assigned_by: int = Field(foreign_key="person.id")
    assigned_at: datetime = Field(sa_type=UtcDateTime)
    moved_by: int = Field(foreign_key="person.id")
    moved_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be asked. `load`: assignments they have open; `last_on`: when they were asked last, anywhere."""

    person_id: int
    name: str
    unit_id: int
    unit: str
    qualification: str | None
    education: str | None
    load: int
    last_at: datetime | None

    @property
    def preferred(self) -> bool:
        """法律职业资格 or a law degree is on file (闵人社发〔2023〕31号 三(一)): preferred, never a bar."""
        return bool(self.qualification or self.education)


_a, _m, _p, _post, _u = (table(one) for one in (Assignment, Matter, Person, Post, Unit))
_ID: sa.BindParameter[int] = sa.bindparam("the_id")
_BY_ID = Prepared(sa.select(_a).where(_a.c.id == _ID))
_NAMED = sa.select(_a, _p.c.name, _u.c.name.label("unit")).join(_p, _p.c.id == _a.c.person_id).join(
    _u, _u.c.id == _a.c.unit_id
)  # fmt: skip
_OF_MATTER = Prepared(_NAMED.where(_a.c.matter_id == _ID).order_by(_a.c.id))
_OF_PERSON = Prepared(
    _NAMED.where(_a.c.person_id == sa.bindparam("person"), _a.c.state.in_([one.value for one in LIVE])).order_by(
        _a.c.id
    )
)
_MOVE = Prepared(
    sa.update(_a)
    .where(_a.c.id == _ID, _a.c.version == sa.bindparam("the_version"))
    .values(version=_a.c.version + 1),
    "state", "reason", "returned", "moved_by", "moved_at",
)  # fmt: skip
_load = (
    sa.select(sa.func.count())
    .select_from(_a)
    .join(_m, _m.c.id == _a.c.matter_id)
    .where(
        _a.c.person_id == _p.c.id, _a.c.state.in_([one.value for one in LOAD]),
        _m.c.state.in_([one.value for one in OPEN_MATTERS]),
    )
    .correlate(_p)
    .scalar_subquery()
)  # fmt: skip
_last = sa.select(sa.func.max(_a.c.assigned_at)).where(_a.c.person_id == _p.c.id).correlate(_p).scalar_subquery()
_HOLDERS = Prepared(
    sa.select(
        _p.c.id.label("person_id"), _p.c.name, _u.c.id.label("unit_id"), _u.c.name.label("unit"), _p.c.qualification,
        _p.c.education, _load.label("load"), sa.type_coerce(_last, UtcDateTime).label("last_at"),
    )
    .join(_post, _post.c.person_id == _p.c.id)
    .join(_u, _u.c.id == _post.c.unit_id)
    .where(
        _u.c.bureau_id == sa.bindparam("bureau"), _post.c.role == sa.bindparam("role"), _post.c.on_behalf_of.is_(None),
        _post.c.starts_on <= sa.bindparam("today"),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
    )
    .order_by(_u.c.id, _p.c.id)
)  # fmt: skip


def by_id(db: Transaction, assignment: int) -> Any | None:
    """An assignment's row, or None."""
    return db.one(_BY_ID, the_id=assignment)


def of_matter(db: Transaction, matter: int) -> list[Any]:
    """Every assignment of a matter, of all its steps, in order: rows with name and unit besides."""
    return db.all(_OF_MATTER, the_id=matter)


def live(db: Transaction, matter: Any) -> list[Any]:
    """Those of a matter's present step on whom it waits, or whose opinion it has."""
    return [one for one in of_matter(db, matter.id) if one.step == matter.step and one.state in LIVE]


def of_person(db: Transaction, person: int) -> list[Any]:
    """What somebody has been asked and is not done with, in order."""
    return db.all(_OF_PERSON, person=person)


def reviews(db: Transaction, matter: int, person: int) -> bool:
    """Whether a matter is somebody's own as a reviewer: they are asked, or have said what they had to say."""
    theirs = (*LIVE, State.DONE)
    return any(one.person_id == person and one.state in theirs for one in of_matter(db, matter))


def candidates(db: Transaction, matter: Any, step: Step, today: date) -> list[Candidate]:
    """Who may be asked to do the present step of a matter (a row), but for whoever does it already; the least burdened first.

    For the unit's own step its officers come alone, where any is left; else everybody's, because then the legal section
    names another unit's. Whoever could not do it is asked again only where nobody else is left.
    """
    here = [one for one in of_matter(db, matter.id) if one.step == matter.step]
    asked = {one.person_id for one in here if one.state in LIVE}
    unable = {one.person_id for one in here if one.state == State.UNABLE}
    out = barred(db, matter) | asked
    able = possible(db, matter.bureau_id, matter.unit_id, step, today, out | unable)
    return able or possible(db, matter.bureau_id, matter.unit_id, step, today, out)


def possible(
    db: Transaction, bureau: int, unit: int, step: Step, today: date, barred: Iterable[int] = ()
) -> list[Candidate]:
    """Who may do a step of a matter that is for a unit, but for those who are barred; as `candidates` in order."""
    out = set(barred)
    role = Role.LEGAL_SECTION if step.by is By.LEGAL_SECTION else Role.LEGAL_OFFICER
    rows = db.all(_HOLDERS, bureau=bureau, role=role.value, today=today)
    found = [Candidate(*row) for row in rows if row.person_id not in out]
    if step.by is By.OTHER_UNIT:
        written_by = {row.person_id for row in rows if row.unit_id == unit}
        found = [one for one in found if one.person_id not in written_by]
    elif step.by is By.OWN_OFFICER:
        found = [one for one in found if one.unit_id == unit] or found
    unique = {one.person_id: one for one in reversed(found)}
    return sorted(unique.values(), key=lambda one: (one.load, not one.preferred, one.person_id))


def barred(db: Transaction, matter: Any) -> set[int]:
    """Who may not review a matter: handlers, whoever recused themselves, and whoever reviewed an earlier step of it."""
    done = {
        one.person_id for one in of_matter(db, matter.id)
        if one.state == State.RECUSED or (one.step < matter.step and one.state == State.DONE)
    }  # fmt: skip
    return done | set(handlers_of(db, matter.id))


def assign(db: Transaction, matter: Any, who: Iterable[Candidate], by: int, now: datetime) -> list[int]:
    """Ask some to do the present step of a matter; the ids, in order. The caller has judged them, and moves the matter."""
    rows = [
        Assignment(
            matter_id=matter.id, step=matter.step, person_id=one.person_id, unit_id=one.unit_id, assigned_by=by, assigned_at=now,
            moved_by=by, moved_at=now,
        )
        for one in who
    ]  # fmt: skip
    db.session.add_all(rows)
    db.session.flush()
    return [row.id for row in rows]


def move(
    db: Transaction, assignment: Any, to: State, by: int, now: datetime, *, reason: str | None = None,
    returned: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Let an assignment go on to a state. Raises Changed: it is not what it was."""
    moved = db.run(
        _MOVE, the_id=assignment.id, the_version=assignment.version, state=to.value, reason=reason, returned=returned,
        moved_by=by, moved_at=now,
    )  # fmt: skip
    if moved != 1:
        raise Changed(f"assignment {assignment.id}")
