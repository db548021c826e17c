"""审核事项清单: what somebody sees of a bureau's matters, each with its reviewers and documents, for a workbook."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models import people
from models.db import Prepared, Transaction, table
from models.matters import listing
from models.matters.assignments import LIVE, Assignment
from models.matters.assignments import State as Part
from models.matters.listing import Filter, Scope
from models.matters.matters import Matter
from models.matters.opinions import MatterDocument
from models.people import Person


@dataclass(frozen=True, slots=True)
class Listed:
    """A matter (`row`, with `unit` and `opener`), who reviews it or has done so, and its documents, step by step."""

    row: Any
    reviewers: tuple[str, ...]
    documents: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class MatterList:
    """All of them, the next due first, what is closed last."""

    bureau: str
    matters: tuple[Listed, ...]


_m, _a, _d, _p = (table(one) for one in (Matter, Assignment, MatterDocument, Person))
_BUREAU: sa.BindParameter[int] = sa.bindparam("bureau")
_REVIEWERS = Prepared(
    sa.select(_a.c.matter_id, _p.c.name)
    .join(_p, _p.c.id == _a.c.person_id)
    .join(_m, _m.c.id == _a.c.matter_id)
    .where(_m.c.bureau_id == _BUREAU, _a.c.state.in_([one.value for one in (*LIVE, Part.DONE)]))
    .order_by(_a.c.id)
)
_DOCUMENTS = Prepared(sa.select(_d).where(_d.c.bureau_id == _BUREAU).order_by(_d.c.matter_id, _d.c.step))


def collected(db: Transaction, scope: Scope) -> MatterList:
    """What somebody sees, as it stands."""
    reviewers: dict[int, list[str]] = defaultdict(list)
    for one in db.all(_REVIEWERS, bureau=scope.bureau):
        if one.name not in reviewers[one.matter_id]:
            reviewers[one.matter_id].append(one.name)
    documents: dict[int, list[Any]] = defaultdict(list)
    for one in db.all(_DOCUMENTS, bureau=scope.bureau):
        documents[one.matter_id].append(one)
    return MatterList(
        people.bureau_of(db, scope.bureau).name,
        tuple(
            Listed(row, tuple(reviewers[row.id]), tuple(documents[row.id])) for row in listing.page(db, scope, Filter())
        ),
    )
