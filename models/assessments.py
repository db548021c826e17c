"""自查自评: one bureau's answers to a campaign's indicators, bonus items and veto items.

Each item is a row from the beginning, so that an answer is always an UPDATE held against the version it builds on, and
every version is kept: who, in which post, when, on which channel.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import campaigns, entries
from models.campaign_files import CampaignFile
from models.campaigns import Campaign, CatalogueVersion
from models.catalogue_types import Catalogue
from models.db import Changed, Prepared, Transaction, UtcDateTime, table
from models.people import Person, Post


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


_a, _s, _v, _cv, _c, _p = (
    table(model) for model in (Answer, SelfAssessment, AnswerVersion, CatalogueVersion, Campaign, Person)
)
_post, _absent = table(Post), _p.alias("absent")
_FILE = (_c.c.sha256.label("campaign_sha256"), _c.c.years)
_ITEM = Prepared(
    sa.select(
        _a,
        _s.c.bureau_id,
        _s.c.campaign_id,
        _s.c.contact_id,
        _s.c.catalogue_id,
        _s.c.as_of,
        _s.c.dated,
        _s.c.submitted_at,
        _cv.c.sha256,
        *_FILE,
    )
    .join(_s, _s.c.id == _a.c.assessment_id)
    .join(_cv, _cv.c.id == _s.c.catalogue_id)
    .join(_c, _c.c.id == _s.c.campaign_id)
    .where(_a.c.id == sa.bindparam("answer"), _a.c.position > 0)
)
_AT = Prepared(
    sa.select(_a.c.id).where(_a.c.assessment_id == sa.bindparam("assessment"), _a.c.position == sa.bindparam("place"))
)
_OWED = sa.select(_a.c.id, _a.c.position, _a.c.item, _a.c.state)
_AHEAD = Prepared(
    _OWED.where(
        _a.c.assessment_id == sa.bindparam("assessment"),
        _a.c.position > sa.bindparam("after"),
        _a.c.state.not_in([sa.literal_column(f"'{state}'") for state in (State.COMPLETE, State.SKIPPED)]),
        _a.c.id != sa.bindparam("but"),
    )
    .order_by(_a.c.position)
    .limit(1)
)
"""What is next for whoever goes from item to item, found without looking at the others."""
_AHEAD_OF_UNIT = Prepared(_AHEAD.statement.where(_a.c.unit_id == sa.bindparam("unit")))
_NEXT = Prepared(
    _OWED.where(
        _a.c.assessment_id == sa.bindparam("assessment"),
        _a.c.position > 0,
        _a.c.state != State.COMPLETE.value,
        _a.c.id != sa.bindparam("but"),
    )
    .order_by(
        sa.case((_a.c.state == State.SKIPPED.value, 1), else_=0),
        sa.case((_a.c.position > sa.bindparam("after"), 0), else_=1),
        _a.c.position,
    )
    .limit(1)
)
_NEXT_OF_UNIT = Prepared(_NEXT.statement.where(_a.c.unit_id == sa.bindparam("unit")))
NOT_GONE_UP = sa.exists(
    sa.select(_s.c.id)
    .where(_s.c.id == _a.c.assessment_id, _s.c.submitted_at.is_(None))
    .with_for_update(read=True, key_share=True)
)
"""The condition that an answer's self-assessment has not gone up; whoever submits it waits for what was changed with that."""
_GIVE = Prepared(
    sa.update(_a)
    .where(_a.c.id == sa.bindparam("answer"), _a.c.version == sa.bindparam("basis"), NOT_GONE_UP)
    .values(version=_a.c.version + 1),
    "state", "verdict", "values", "person_id", "channel", "at",
)  # fmt: skip
_KEEP_VERSION = Prepared(
    sa.insert(_v), "answer_id", "version", "key", "value", "state", "person_id", "post_id", "channel", "at"
)
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
_HISTORY = Prepared(
    sa.select(_v, _p.c.name, _absent.c.name.label("absent"))
    .join(_p, _p.c.id == _v.c.person_id)
    .outerjoin(_post, _post.c.id == _v.c.post_id)
    .outerjoin(_absent, _absent.c.id == _post.c.on_behalf_of)
    .where(_v.c.answer_id == sa.bindparam("answer"))
    .order_by(_v.c.version)
)


def contacts(db: Transaction) -> set[int]:
    """The people who are a bureau's contact in a campaign."""
    return {row.contact_id for row in db.all(_CONTACTS)}


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


def item(db: Transaction, answer: int) -> Any | None:
    """An item's row with what its self-assessment says beside it; None where there is none, or it is set aside."""
    return db.one(_ITEM, answer=answer)


def campaign_file(db: Transaction, row: Any) -> CampaignFile:
    """The campaign of a self-assessment, or of an item of one (a row of `item` or `of_bureau`)."""
    return campaigns.campaign_of(db, row.campaign_id, row.campaign_sha256, row.years)


def at_position(db: Transaction, assessment: int, position: int) -> int | None:
    """The id of the item at a position (an indicator's number), or None."""
    row = db.one(_AT, assessment=assessment, place=position)
    return None if row is None else int(row.id)


def next_owed(db: Transaction, assessment: int, unit: int | None, after: int, but: int = 0) -> Any | None:
    """The next item still owed: the one behind `after`, else from the beginning, those passed over last; or None.

    `unit`: the one whose share counts, None for everything. `but`: an item (answer id) that is not meant.
    """
    wanted: dict[str, Any] = {"assessment": assessment, "after": after, "but": but}
    if unit is None:
        return db.one(_AHEAD, **wanted) or db.one(_NEXT, **wanted)
    return db.one(_AHEAD_OF_UNIT, unit=unit, **wanted) or db.one(_NEXT_OF_UNIT, unit=unit, **wanted)


def of_bureau(db: Transaction, bureau: int) -> Any | None:
    """A bureau's latest self-assessment, with its catalogue's hash; or None."""
    return db.one(_OF_BUREAU, bureau=bureau)


def by_id(db: Transaction, assessment: int) -> Any | None:
    """A self-assessment as `of_bureau` gives it, or None."""
    return db.one(_BY_ID, assessment=assessment)


def all_items(db: Transaction, assessment: int) -> list[Any]:
    """Every item of a self-assessment, in order."""
    return db.all(_ALL, assessment=assessment)


def history(db: Transaction, answer: int) -> list[Any]:
    """Every version of an item's answers, with the name of whoever gave it, and for whom (代办: absent; else None)."""
    return db.all(_HISTORY, answer=answer)


def give(
    db: Transaction, answer: int, basis: int, *, key: str, value: Any, values: dict[str, Any], verdict: str | None, state: State,
    person: int, post: int | None, channel: str, now: datetime,
) -> int:  # fmt: skip
    """Take an answer: `value` for `key`, which makes the item's values what `values` is; the new version.

    Changed: the item is not at version `basis` any more, or has gone up, and nothing was written.
    """
    changed = db.run(
        _GIVE, answer=answer, basis=basis, state=state.value, verdict=verdict, values=values, person_id=person,
        channel=channel, at=now,
    )  # fmt: skip
    if changed != 1:
        raise Changed(f"answer {answer}")
    db.run(
        _KEEP_VERSION, answer_id=answer, version=basis + 1, key=key, value=value, state=state.value,
        person_id=person, post_id=post, channel=channel, at=now,
    )  # fmt: skip
    return basis + 1


def note_as_of(db: Transaction, assessment: int, day: date) -> None:
    """Remember the 数据截至日 given last, as the default of the next."""
    db.run(_AS_OF, assessment=assessment, as_of=day)


def note_all_answered(db: Transaction, assessment: int, now: datetime) -> bool:
    """Note that everything is answered; whether this is the first time."""
    return db.run(_ALL_ANSWERED, assessment=assessment, all_answered_at=now) == 1


def note_dated(db: Transaction, assessment: int, day: date) -> None:
    """Remember the 文件日期 given last, as the default of the next."""
    db.run(_DATED, assessment=assessment, dated=day)
