"""审核: the legal section accepts finished answers or sends them back; 领导班子集体研究 and the opinions on the whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.answering import NOT_GONE_UP
from models.assessments import Answer, State
from models.db import Changed, Prepared, Transaction, UtcDateTime, table


class Opinion(StrEnum):
    """Whose written opinion the form wants before it goes up (闽人社函〔2022〕267号 附件2)."""

    BUREAU = "bureau"
    """申报单位意见."""
    DISCIPLINE = "discipline"
    """同级纪检监察部门意见."""


class CollectiveDecision(SQLModel, table=True):
    """One 领导班子集体研究 of a self-assessment; the latest counts."""

    id: int = Field(default=None, primary_key=True)
    assessment_id: int = Field(foreign_key="selfassessment.id", index=True)
    held_on: date
    meeting: str
    conclusion: str
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


class OpinionGiven(SQLModel, table=True):
    """An opinion that stands on the paper."""

    assessment_id: int = Field(foreign_key="selfassessment.id", primary_key=True)
    opinion: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


_a = table(Answer)
_NOT_ACCEPTED = sa.or_(_a.c.accepted.is_(None), _a.c.accepted != _a.c.version)
_PENDING = Prepared(
    sa.select(_a)
    .where(
        _a.c.assessment_id == sa.bindparam("assessment"),
        _a.c.position > 0,
        _a.c.state == State.COMPLETE.value,
        _NOT_ACCEPTED,
    )
    .order_by(_a.c.position)
)
_ACCEPT = Prepared(
    sa.update(_a)
    .where(
        _a.c.id == sa.bindparam("answer"),
        _a.c.version == sa.bindparam("the_version"),
        _a.c.state == State.COMPLETE.value,
        _NOT_ACCEPTED,
    )
    .values(accepted=_a.c.version)
)
_SEND_BACK = Prepared(
    sa.update(_a).where(
        _a.c.id == sa.bindparam("answer"),
        _a.c.version == sa.bindparam("the_version"),
        _a.c.state == State.COMPLETE.value,
        NOT_GONE_UP,
    ),
    "state", "comment", "accepted",
)  # fmt: skip


def pending(db: Transaction, assessment: int) -> list[Any]:
    """Finished answers that nobody has accepted as they stand now, in order."""
    return db.all(_PENDING, assessment=assessment)


def accept(db: Transaction, items: Iterable[Any]) -> None:
    """Accept answers as read. Raises Changed if one is not what it was, or has been accepted."""
    for item in items:
        if db.run(_ACCEPT, answer=item.id, the_version=item.version) != 1:
            raise Changed(f"answer {item.id}")


def send_back(db: Transaction, item: Any, comment: str) -> None:
    """Return an answer as read, with the reason. Raises Changed if it is not what it was, or has gone up."""
    changed = db.run(
        _SEND_BACK, answer=item.id, the_version=item.version, state=State.RETURNED.value, comment=comment, accepted=None
    )
    if changed != 1:
        raise Changed(f"answer {item.id}")


def decide(
    db: Transaction, assessment: int, held_on: date, meeting: str, conclusion: str, person: int, now: datetime
) -> int:
    """Record a 集体研究; its id."""
    decision = CollectiveDecision(
        assessment_id=assessment, held_on=held_on, meeting=meeting, conclusion=conclusion, person_id=person, at=now
    )
    db.session.add(decision)
    db.session.flush()
    return decision.id


def decision_of(db: Transaction, assessment: int) -> CollectiveDecision | None:
    """The latest 集体研究, or None."""
    found = select(CollectiveDecision).where(CollectiveDecision.assessment_id == assessment)
    return db.session.exec(found.order_by(col(CollectiveDecision.id).desc())).first()


def tick(db: Transaction, assessment: int, opinion: Opinion, person: int, now: datetime) -> bool:
    """Tick an opinion as given, or take the tick back; whether it is ticked now."""
    found = db.session.get(OpinionGiven, (assessment, opinion.value))
    if found is not None:
        db.session.delete(found)
    else:
        db.session.add(OpinionGiven(assessment_id=assessment, opinion=opinion.value, person_id=person, at=now))
    return found is None


def opinions_of(db: Transaction, assessment: int) -> frozenset[Opinion]:
    """The opinions that stand on the paper."""
    found = select(OpinionGiven.opinion).where(OpinionGiven.assessment_id == assessment)
    return frozenset(Opinion(opinion) for opinion in db.session.exec(found).all())
