"""数字台账: figures that a bureau enters once, every version kept; the latest of a figure and year counts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import answering, assessments, campaigns, ledger_checks
from models.assessments import SelfAssessment
from models.catalogue_types import Catalogue, Indicator, Period
from models.db import Prepared, Transaction, UtcDateTime, table
from models.ledger_checks import Contradiction, Known, Values
from models.ledger_file import Slot, definitions
from models.people import Person


class LedgerEntry(SQLModel, table=True):
    """One figure as it was entered: for ever."""

    __table_args__ = (sa.Index("ledger_figure", "assessment_id", "figure", "year"),)

    id: int = Field(default=None, primary_key=True)
    assessment_id: int = Field(foreign_key="selfassessment.id")
    figure: str
    year: int
    """0: the whole period."""
    value: str
    """As a decimal number is written."""
    as_of: date
    person_id: int = Field(foreign_key="person.id")
    post_id: int | None = Field(default=None, foreign_key="post.id")
    channel: str
    at: datetime = Field(sa_type=UtcDateTime)


_l, _s, _p = table(LedgerEntry), table(SelfAssessment), table(Person)
_later = _l.alias("later")
_COUNTS = sa.and_(
    _l.c.assessment_id == sa.bindparam("assessment"),
    ~sa.exists().where(
        _later.c.assessment_id == _l.c.assessment_id,
        _later.c.figure == _l.c.figure,
        _later.c.year == _l.c.year,
        _later.c.id > _l.c.id,
    ),
)
_WITH_NAME = sa.select(_l, _p.c.name).join(_p, _p.c.id == _l.c.person_id)
_CURRENT = Prepared(_WITH_NAME.where(_COUNTS))
_KNOWN = Prepared(sa.select(_l.c.figure, _l.c.year, _l.c.value, _l.c.as_of).where(_COUNTS))
_VERSIONS = Prepared(
    _WITH_NAME.where(
        _l.c.assessment_id == sa.bindparam("assessment"),
        _l.c.figure == sa.bindparam("the_figure"),
        _l.c.year == sa.bindparam("the_year"),
    ).order_by(_l.c.id.desc())
)
_HOLD = Prepared(sa.select(_s.c.id).where(_s.c.id == sa.bindparam("assessment")).with_for_update())
_ENTER = Prepared(
    sa.insert(_l).returning(_l.c.id),
    "assessment_id", "figure", "year", "value", "as_of", "person_id", "post_id", "channel", "at",
)  # fmt: skip


def current(db: Transaction, assessment: int) -> dict[tuple[str, int], Any]:
    """The entries that count, with the name of whoever made them, by figure and year."""
    return {(row.figure, row.year): row for row in map(_read, db.all(_CURRENT, assessment=assessment))}


def versions(db: Transaction, assessment: int, slot: Slot) -> list[Any]:
    """Every entry of a figure and year, the latest first, with the name of whoever made it."""
    figure, year = slot.place
    return [_read(row) for row in db.all(_VERSIONS, assessment=assessment, the_figure=figure, the_year=year)]


def enter(
    db: Transaction, assessment: int, slot: Slot, value: Decimal, as_of: date, *, person: int, post: int | None, channel: str,
    now: datetime,
) -> int:  # fmt: skip
    """Enter a figure; the id of the entry. Whoever enters later counts, and both are kept."""
    db.one(_HOLD, assessment=assessment)
    row = db.one(
        _ENTER, assessment_id=assessment, figure=slot.figure.key, year=slot.year, value=format(value, "f"), as_of=as_of,
        person_id=person, post_id=post, channel=channel, at=now,
    )  # fmt: skip
    assert row is not None
    return int(row.id)


def known(db: Transaction, assessment: int) -> Values:
    """What the entries that count say."""
    return {
        (row.figure, row.year): Known(Decimal(row.value), row.as_of) for row in db.all(_KNOWN, assessment=assessment)
    }


def contradictions(db: Transaction, assessment: Any) -> list[Contradiction]:
    """Where the figures of a self-assessment (its row) disagree: answers with the ledger, or among themselves."""
    catalogue = campaigns.catalogue_of(db, assessment.catalogue_id, assessment.sha256)
    period = assessments.campaign_file(db, assessment).period
    values = known(db, assessment.id)
    answers = ledger_checks.given(assessments.all_items(db, assessment.id))
    return ledger_checks.contradictions(definitions(), catalogue, period, answers, values)


def contradictions_around(
    db: Transaction, item: Any, indicator: Indicator, catalogue: Catalogue, period: Period, values: Values
) -> list[Contradiction]:
    """As `contradictions`, as far as an indicator (its row, what it is) can have to do with them; `values`: the ledger's."""
    behind = {key for measure in indicator.measures for key in definitions().behind(measure.key)}
    beside = {other.number for key in behind for other in definitions().served_by(key, catalogue)} - {indicator.number}
    rows = assessments.all_items(db, item.assessment_id) if beside else [answering.item(db, item.id)]
    return ledger_checks.contradictions(definitions(), catalogue, period, ledger_checks.given(rows), values)


def _read(row: Any) -> Any:
    return row._replace(value=Decimal(row.value))
