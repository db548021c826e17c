"""What a unit that is merged into another has open, and how it passes there on its day (models/mergers.py)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from models import mergers
from models.assessments import Answer, SelfAssessment
from models.db import Prepared, Transaction, table
from models.evidence import Evidence, EvidenceUse
from models.matters.matters import OPEN, Matter

_a, _s, _e, _use, _m = (table(one) for one in (Answer, SelfAssessment, Evidence, EvidenceUse, Matter))
_UNIT: sa.BindParameter[int] = sa.bindparam("old")
_ITEMS = sa.and_(
    _a.c.unit_id == _UNIT,
    _a.c.assessment_id.in_(sa.select(_s.c.id).where(_s.c.submitted_at.is_(None))),
)
_PIECES = sa.and_(_e.c.unit_id == _UNIT, ~sa.exists().where(_use.c.evidence_id == _e.c.id))
_MATTERS = sa.and_(
    _m.c.unit_id == _UNIT, _m.c.state.in_([sa.literal_column(f"'{state}'") for state in OPEN])
)  # fmt: skip
_TABLES = {"items": (_a, _ITEMS), "pieces": (_e, _PIECES), "matters": (_m, _MATTERS)}
_COUNT = Prepared(
    sa.select(
        *(
            sa.select(sa.func.count()).select_from(one).where(where).scalar_subquery().label(name)
            for name, (one, where) in _TABLES.items()
        )
    )
)
_PASS = {name: Prepared(sa.update(one).where(where), "unit_id") for name, (one, where) in _TABLES.items()}


@dataclass(frozen=True, slots=True)
class Open:
    """How much a unit has open: items of a self-assessment not submitted, evidence that proves nothing yet, its own matters."""

    items: int
    pieces: int
    matters: int


def open_of(db: Transaction, unit: int) -> Open:
    """What would pass now."""
    row = db.one(_COUNT, old=unit)
    assert row is not None
    return Open(row.items, row.pieces, row.matters)


def pass_on(db: Transaction, unit: int, into: int) -> Open:
    """Pass a unit's open work to the one that it is merged into; what was settled keeps the unit's name. What passed."""
    found = Open(**{name: db.run(one, old=unit, unit_id=into) for name, one in _PASS.items()})
    mergers.follow(db, unit, into)
    return found
