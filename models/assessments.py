"""自查自评: one bureau's answers to a campaign's indicators, bonus items and veto items.

Each item is a row from the beginning, so that an answer is always an UPDATE held against the version it builds on, and
every version is kept: who, in which post, when, on which channel.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import campaigns, entries
from models.campaign_files import CampaignFile
from models.campaigns import Campaign, CatalogueVersion
from models.catalogue_types import Catalogue
from models.db import Prepared, Transaction, UtcDateTime, table


class State(StrEnum):
    """How far an item is."""

    OPEN = "open"
    DRAFT = "draft"
    SKIPPED = "skipped"
    COMPLETE = "complete"
    RETURNED = "returned"


class Verdict(StrEnum):
    """符合, 不符合, 不涉及."""

    MET = "met"
    UNMET = "unmet"
    NOT_APPLICABLE = "na"


class SelfAssessment(SQLModel, table=True):
    """One bureau's self-assessment in one campaign, on the catalogue version that it began with."""

    __table_args__ = (sa.UniqueConstraint("campaign_id", "bureau_id"),)

    id: int = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    bureau_id: int = Field(foreign_key="bureau.id", index=True)
    catalogue_id: int = Field(foreign_key="catalogueversion.id")
    contact_id: int | None = Field(default=None, foreign_key="person.id")
    """The bureau's contact for the campaign, who answers everything."""
    as_of: date | None = None
    """The 数据截至日 given last."""
    dated: date | None = None
    """The 文件日期 given last."""
    begun_at: datetime = Field(sa_type=UtcDateTime)
    all_answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When everything was answered for the first time."""
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it went up; it is answered no more then."""


class Answer(SQLModel, table=True):
    """Where one item stands: an indicator (`item` is its number), a bonus item (bonus.key) or a veto item (veto.key).

    `position` is its place in the catalogue, from 1. Below 0 it is set aside (models/moving.py): the catalogue that the
    self-assessment goes by now has no such item, and the row is kept for the record alone.
    """

    __table_args__ = (
        sa.UniqueConstraint("assessment_id", "position"),
        sa.Index("answer_owed", "assessment_id", "state", "position"),
    )

    id: int = Field(default=None, primary_key=True)
    assessment_id: int = Field(foreign_key="selfassessment.id")
    position: int
    item: str
    state: str = State.OPEN
    verdict: str | None = None
    values: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """The answers by key, as the conversation stores them."""
    version: int = 0
    person_id: int | None = Field(default=None, foreign_key="person.id")
    channel: str | None = None
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    """The unit that it was given to (指标分解); None: the bureau's contact keeps it."""
    accepted: int | None = None
    """The version that the legal section accepted; a later version is not."""
    comment: str | None = None
    """Why it was sent back last."""


class AnswerVersion(SQLModel, table=True):
    """One answer as it was given: for ever."""

    __table_args__ = (sa.UniqueConstraint("answer_id", "version"),)

    id: int = Field(default=None, primary_key=True)
    answer_id: int = Field(foreign_key="answer.id")
    version: int
    key: str
    value: Any = Field(sa_type=sa.JSON)
    state: str
    person_id: int = Field(foreign_key="person.id")
    post_id: int | None = Field(default=None, foreign_key="post.id")
    channel: str
    at: datetime = Field(sa_type=UtcDateTime)


_a, _s, _cv, _c = (table(model) for model in (Answer, SelfAssessment, CatalogueVersion, Campaign))
_FILE = (_c.c.sha256.label("campaign_sha256"), _c.c.years)
_AS_OF = Prepared(sa.update(_s).where(_s.c.id == sa.bindparam("assessment")), "as_of")
_ALL_ANSWERED = Prepared(
    sa.update(_s).where(_s.c.id == sa.bindparam("assessment"), _s.c.all_answered_at.is_(None)), "all_answered_at"
)
_DATED = Prepared(sa.update(_s).where(_s.c.id == sa.bindparam("assessment")), "dated")
_ALL = Prepared(
    sa.select(_a).where(_a.c.assessment_id == sa.bindparam("assessment"), _a.c.position > 0).order_by(_a.c.position)
)
_OF_BUREAU = Prepared(
    sa.select(_s, _cv.c.sha256, *_FILE)
    .join(_cv, _cv.c.id == _s.c.catalogue_id)
    .join(_c, _c.c.id == _s.c.campaign_id)
    .where(_s.c.bureau_id == sa.bindparam("bureau"))
    .order_by(_s.c.id.desc())
    .limit(1)
)
_BY_ID = Prepared(
    sa.select(_s, _cv.c.sha256, *_FILE)
    .join(_cv, _cv.c.id == _s.c.catalogue_id)
    .join(_c, _c.c.id == _s.c.campaign_id)
    .where(_s.c.id == sa.bindparam("assessment"))
)
_CONTACT = Prepared(sa.update(_s).where(_s.c.id == sa.bindparam("assessment")), "contact_id")
_CONTACTS = Prepared(sa.select(_s.c.contact_id).where(_s.c.contact_id.is_not(None)))


def contacts(db: Transaction) -> set[int]:
    """The people who are a bureau's contact in a campaign."""
    return {row.contact_id for row in db.all(_CONTACTS)}


def contacts_of(db: Transaction, bureaus: Collection[int]) -> dict[int, int | None]:
    """The contact of the newest self-assessment of each of these bureaus that has one."""
    of_each = sa.select(_s.c.bureau_id, _s.c.contact_id).where(_s.c.bureau_id.in_(bureaus)).order_by(_s.c.id)
    return {row.bureau_id: row.contact_id for row in db.session.execute(of_each)}


def begin(
    db: Transaction,
    campaign: int,
    bureau: int,
    catalogue_id: int,
    catalogue: Catalogue,
    contact: int | None,
    now: datetime,
) -> SelfAssessment:
    """Begin a bureau's self-assessment: a row for each item, all open."""
    assessment = SelfAssessment(
        campaign_id=campaign, bureau_id=bureau, catalogue_id=catalogue_id, contact_id=contact, begun_at=now
    )
    db.session.add(assessment)
    db.session.flush()
    assert assessment.id is not None
    for position, item in enumerate(entries.items_of(catalogue), start=1):
        db.session.add(Answer(assessment_id=assessment.id, position=position, item=item))
    db.session.flush()
    return assessment


def begin_now(db: Transaction, campaign: Campaign, bureau: int, contact: int, now: datetime) -> int:
    """Begin a bureau's self-assessment on the catalogue version that its campaign goes by now; its id."""
    version = db.session.get_one(CatalogueVersion, campaign.catalogue_id)
    catalogue = campaigns.catalogue_of(db, version.id, version.sha256)
    return begin(db, campaign.id, bureau, version.id, catalogue, contact, now).id


def change_contact(db: Transaction, assessment: int, contact: int | None) -> None:
    """Somebody else answers for the whole bureau from here on; None: nobody yet."""
    db.run(_CONTACT, assessment=assessment, contact_id=contact)


def campaign_file(db: Transaction, row: Any) -> CampaignFile:
    """The campaign of a self-assessment, or of an item of one (a row of `item` or `of_bureau`)."""
    return campaigns.campaign_of(db, row.campaign_id, row.campaign_sha256, row.years)


def of_bureau(db: Transaction, bureau: int) -> Any | None:
    """A bureau's latest self-assessment, with its catalogue's hash; or None."""
    return db.one(_OF_BUREAU, bureau=bureau)


def by_id(db: Transaction, assessment: int) -> Any | None:
    """A self-assessment as `of_bureau` gives it, or None."""
    return db.one(_BY_ID, assessment=assessment)


def all_items(db: Transaction, assessment: int) -> list[Any]:
    """Every item of a self-assessment, in order."""
    return db.all(_ALL, assessment=assessment)


def note_as_of(db: Transaction, assessment: int, day: date) -> None:
    """Remember the 数据截至日 given last, as the default of the next."""
    db.run(_AS_OF, assessment=assessment, as_of=day)


def note_all_answered(db: Transaction, assessment: int, now: datetime) -> bool:
    """Note that everything is answered; whether this is the first time."""
    return db.run(_ALL_ANSWERED, assessment=assessment, all_answered_at=now) == 1


def note_dated(db: Transaction, assessment: int, day: date) -> None:
    """Remember the 文件日期 given last, as the default of the next."""
    db.run(_DATED, assessment=assessment, dated=day)
