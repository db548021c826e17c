"""Who still owes answers to a self-assessment: its contact, and the 法治联络员 of the units that were given some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models import holders, posts, rights
from models.assessments import Answer, SelfAssessment, State
from models.campaigns import Campaign
from models.db import Prepared, Transaction, table
from models.rights import Place, Right

_a, _s, _c = table(Answer), table(SelfAssessment), table(Campaign)
_newer = _s.alias("newer")
_RUNNING = Prepared(
    sa.select(_s.c.id, _s.c.bureau_id, _s.c.campaign_id, _c.c.sha256.label("campaign_sha256"), _c.c.years)
    .join(_c, _c.c.id == _s.c.campaign_id)
    .where(
        _s.c.submitted_at.is_(None),
        ~sa.exists().where(_newer.c.bureau_id == _s.c.bureau_id, _newer.c.id > _s.c.id),
    )
    .order_by(_s.c.id)
)
_OWED = Prepared(
    sa.select(_a.c.id, _a.c.position, _a.c.item, _a.c.state, _a.c.unit_id)
    .where(_a.c.assessment_id == sa.bindparam("assessment"), _a.c.position > 0, _a.c.state != State.COMPLETE.value)
    .order_by(sa.case((_a.c.state == State.SKIPPED.value, 1), else_=0), _a.c.position)
)


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody still owes. `person` 0: nobody can answer it today. `units`: those in which the person is 法治联络员."""

    person: int
    units: tuple[int, ...]
    returned: tuple[Any, ...]
    """Answers sent back: rows of id, position, item, state, unit_id."""
    unanswered: tuple[Any, ...]
    """The others that want an answer, in the order in which they are asked."""


def running(db: Transaction) -> list[Any]:
    """The newest self-assessment of each bureau, where it has not gone up: what its campaign's file is found by."""
    return db.all(_RUNNING)


def parts(db: Transaction, assessment: Any, today: date) -> list[Part]:
    """Who owes what of a self-assessment (its row), those with nothing left out.

    What was given to no unit, or to one without 法治联络员 today, is the contact's; a unit's liaisons all owe its share.
    During 代办 whoever stands in owes it instead.
    """
    rows = db.all(_OWED, assessment=assessment.id)
    if not rows:
        return []
    in_unit: dict[int, list[int]] = {}
    units_of: dict[int, list[int]] = {}
    for one in holders.liaisons(db, assessment.bureau_id, today):
        if one.away:
            continue
        in_unit.setdefault(one.unit_id, []).append(one.person_id)
        units_of.setdefault(one.person_id, []).append(one.unit_id)
    contacts = [0]
    if _answers(db, assessment, today):
        contacts = holders.doing_work_of(db, assessment.bureau_id, assessment.contact_id, today)
    by_person: dict[int, list[Any]] = {}
    for row in rows:
        for person in in_unit.get(row.unit_id, contacts):
            by_person.setdefault(person, []).append(row)
    return [_part(person, units_of.get(person, []), owed) for person, owed in by_person.items()]


def _part(person: int, units: list[int], rows: list[Any]) -> Part:
    returned = tuple(row for row in rows if row.state == State.RETURNED)
    return Part(person, tuple(units), returned, tuple(row for row in rows if row.state != State.RETURNED))


def _answers(db: Transaction, assessment: Any, today: date) -> bool:
    """Whether the contact may answer for the whole bureau today."""
    contact = assessment.contact_id
    place = Place(assessment.bureau_id, contact=contact)
    return contact is not None and bool(rights.fitting(posts.held(db, contact, today), Right.ANSWER, contact, place))
