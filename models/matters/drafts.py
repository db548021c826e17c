"""What a reviewer is about to hand in: what its preview shows, which is drawn and downloaded after the turn that asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import people
from models.db import Prepared, Transaction, UtcDateTime, table
from models.matters import assignments, matters, opinions
from models.matters.opinions import Conclusion, Part, Said, Sheet
from models.people import Unit


class OpinionDraft(SQLModel, table=True):
    """One reviewer's opinion as it would be; columns as those of an `Opinion`."""

    assignment_id: int = Field(foreign_key="assignment.id", primary_key=True)
    points: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    conclusion: str | None = None
    text: str = ""
    evidence_id: int | None = Field(default=None, foreign_key="evidence.id")
    at: datetime = Field(sa_type=UtcDateTime)


_d = table(OpinionDraft)
_OF = Prepared(sa.select(_d).where(_d.c.assignment_id == sa.bindparam("the_id")))
_DROP = Prepared(sa.delete(_d).where(_d.c.assignment_id == sa.bindparam("the_id")))


def keep(
    db: Transaction, assignment: Any, said: Sequence[Said], conclusion: Conclusion | None, text: str, file: int | None,
    now: datetime,
) -> None:  # fmt: skip
    """Keep what a preview is to show, in place of what an earlier one showed. `file`: the piece given instead of typing."""
    draft = OpinionDraft(
        assignment_id=assignment.id, points=[asdict(one) for one in said], conclusion=conclusion, text=text, evidence_id=file,
        at=now,
    )  # fmt: skip
    db.session.merge(draft)
    db.session.flush()


def drop(db: Transaction, assignment: int) -> None:
    """It has been handed in, or will not be."""
    db.run(_DROP, the_id=assignment)


def part_of(db: Transaction, assignment: int) -> Part | None:
    """A reviewer's part of the document as they are about to hand it in, or have done so; None: nothing so far."""
    said, of = db.one(_OF, the_id=assignment) or opinions.latest(db, assignment), assignments.by_id(db, assignment)
    if said is None or of is None:
        return None
    return opinions.part(db, said, people.name_of(db, of.person_id), db.session.get_one(Unit, of.unit_id).name)


def sheet(db: Transaction, assignment: Any, materials: Sequence[str]) -> Sheet:
    """The document of an assignment's (a row's) step with its reviewer's part alone."""
    part = part_of(db, assignment.id)
    found = opinions.sheet(db, matters.by_id(db, assignment.matter_id), assignment.step, materials)
    return replace(found, parts=(part,) if part is not None else ())
