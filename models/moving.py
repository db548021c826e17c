"""Another version of a catalogue: which campaigns go by it, and moving a begun self-assessment to it.

A move completes nothing and loses nothing: what no longer fits is asked again, every change of an answer is a version
of it (key `moved`, by the person whose answer it is), and an item that the new version does not have is set aside with
all its versions; it comes back where a later version has its wording again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models import audit, campaigns, carrying, entries, evidence, people
from models import conversations as kept
from models.assessments import Answer, AnswerVersion, SelfAssessment, State
from models.campaigns import Campaign, CatalogueVersion
from models.catalogue_types import Catalogue
from models.catalogues import same_indicator
from models.conversations import Conversation
from models.db import Transaction
from models.entries import Entry
from models.evidence import EvidenceUse

MOVED = "moved"
CHANNEL = "command"
FLOWS = ("indicator", "bonus", "veto")
"""The conversations whose subject is an answer."""


@dataclass(slots=True)
class Moved:
    """What a move came to. Items stand by their name (Answer.item) in the new catalogue, `dropped` by that in the old."""

    kept: int = 0
    """Items whose finished answers stand."""
    again: list[str] = field(default_factory=list)
    """Items begun, of which something is asked otherwise now and not settled yet."""
    added: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    interrupted: set[int] = field(default_factory=set)
    """People who were in the middle of an item that changed; their conversation waits for them."""


def adopt(db: Transaction, data: bytes, now: datetime) -> tuple[CatalogueVersion, int]:
    """Load a catalogue file as the version by which the campaigns of its id go from now on, and how many those are.

    Self-assessments that are begun stay with theirs. Raises CatalogueError with everything that is wrong in the file.
    """
    version = campaigns.load_catalogue(db, data, now)
    version.loaded_at = now  # so that loading an older version again makes it the one loaded last
    all_campaigns = db.session.exec(select(Campaign)).all()
    followers = [
        one
        for one in all_campaigns
        if campaigns.campaign_of(db, one.id, one.sha256, one.years).catalogue == version.key
    ]
    for campaign in followers:
        if campaign.catalogue_id == version.id:
            continue
        _note(db, now, "catalogue.load", "campaign", campaign.id, campaign.catalogue_id, version.id)
        campaign.catalogue_id = version.id
    return version, len(followers)


def move(db: Transaction, assessment_id: int, now: datetime) -> Moved | None:
    """Move a self-assessment to the version by which its campaign goes; None if it is there already."""
    assessment = db.session.get_one(SelfAssessment, assessment_id)
    before = assessment.catalogue_id
    target = db.session.get_one(Campaign, assessment.campaign_id).catalogue_id
    if before == target:
        return None
    moved = _Move(db, assessment, target, now).run()
    assessment.catalogue_id = target
    _note(db, now, "catalogue.move", "selfassessment", assessment.id, before, target)
    return moved


class _Move:
    """One move under way."""

    def __init__(self, db: Transaction, assessment: SelfAssessment, target: int, now: datetime) -> None:
        self.db = db
        self.now = now
        self.assessment = assessment
        self.old, self.new = _catalogue(db, assessment.catalogue_id), _catalogue(db, target)
        campaign = db.session.get_one(Campaign, assessment.campaign_id)
        self.period = campaigns.campaign_of(db, campaign.id, campaign.sha256, campaign.years).period
        mine = Answer.assessment_id == assessment.id
        self.talks = _talks(db, db.session.exec(select(Answer.id).where(mine)).all())
        self.rows = db.session.exec(select(Answer).where(mine).order_by(col(Answer.id)).with_for_update()).all()
        self.moved = Moved()

    def run(self) -> Moved:
        live, aside = ([row for row in self.rows if (row.position > 0) is is_live] for is_live in (True, False))
        for row in live:
            row.position = -row.id  # so that no two rows ever claim one place
        self.db.session.flush()
        places = {item: place for place, item in enumerate(entries.items_of(self.new), start=1)}
        pairs = _pairs(self.old, self.new)
        for row in live:
            if row.item in pairs:
                item = pairs[row.item]
                self.carry(row, entries.entry(self.old, row.item), item, places.pop(item))
            else:
                self.set_aside(row)
        for row in aside:
            self.bring_back(row, places)
        for item, place in places.items():
            self.db.session.add(Answer(assessment_id=self.assessment.id, position=place, item=item))
            self.moved.added.append(item)
        self.db.session.flush()
        return self.moved

    def carry(self, row: Answer, old: Entry, item: str, place: int) -> None:
        """Give an answer its place in the new catalogue; what no longer fits of it is asked again."""
        new = entries.entry(self.new, item)
        was = row.item
        row.item, row.position = item, place
        if not carrying.asks_the_same(old, new):
            self.fit(row, old, new, was)
            if row.state in (State.DRAFT, State.RETURNED):
                self.moved.again.append(item)
        self.moved.kept += row.state == State.COMPLETE

    def fit(self, row: Answer, old: Entry, new: Entry, was: str) -> None:
        """Drop from an answer, and from the conversations about it, what no longer fits."""
        values = carrying.carried(old, new, row.values, self.period)
        state, stands = row.state, carrying.stands(new, values, self.period)
        if state == State.COMPLETE and not stands:
            state = State.DRAFT
        elif state == State.DRAFT and stands:
            del values[entries.decides(new)]  # so that no draft is finished by what is asked no more
        verdict = None if state == State.SKIPPED else entries.verdict_of(new, values)
        version = row.version
        if (values, state, verdict) != (row.values, row.state, row.verdict):
            before = [row.state, row.verdict, version]
            row.values, row.state, row.verdict = values, state, verdict
            self.keep_version(row, item=was, values=values)
            _note(self.db, self.now, "answer", "answer", row.id, before, [state, verdict, row.version])
        for talk in self.talks.get(row.id, ()):
            talk.answers = {
                key: value
                for key, value in carrying.carried(old, new, talk.answers, self.period).items()
                if key in values or key != entries.decides(new)
            }
            talk.at, talk.stamp = None, talk.stamp + 1
            talk.basis = row.version if talk.basis == version else talk.basis
            self.interrupt(talk, kept.PAUSED)

    def set_aside(self, row: Answer) -> None:
        """Keep an answer for the record alone; its evidence is free for other items."""
        self.moved.dropped.append(row.item)
        uses = self.db.session.exec(select(EvidenceUse).where(EvidenceUse.answer_id == row.id)).all()
        pieces = [use.evidence_id for use in uses]
        for piece in pieces:
            evidence.stop_using(self.db, row.id, piece)
            _note(self.db, self.now, "evidence.use", "evidence", piece, row.id, None)
        if row.version:
            self.keep_version(row, item=row.item, evidence=pieces)
        for talk in self.talks.get(row.id, ()):
            self.interrupt(talk, kept.CANCELLED)

    def bring_back(self, row: Answer, places: dict[str, int]) -> None:
        """Take an answer that was set aside back in, with its evidence, where its wording stands again."""
        statement = select(AnswerVersion).where(AnswerVersion.answer_id == row.id, AnswerVersion.version == row.version)
        last = self.db.session.exec(statement).first()
        if last is None:
            return
        old = entries.entry(_catalogue(self.db, last.value["catalogue"]), last.value["item"])
        item = next((one for one in places if _same_wording(old, entries.entry(self.new, one))), None)
        if item is not None:
            for piece in last.value["evidence"]:
                evidence.use(self.db, row.id, piece)
                _note(self.db, self.now, "evidence.use", "evidence", piece, None, row.id)
            self.carry(row, old, item, places.pop(item))

    def keep_version(self, row: Answer, **value: Any) -> None:
        """Keep what a move did to an answer; `value` says where it stood before, and what has become of it."""
        assert row.person_id is not None
        row.version += 1
        self.db.session.add(
            AnswerVersion(
                answer_id=row.id, version=row.version, key=MOVED, value={"catalogue": self.assessment.catalogue_id, **value},
                state=row.state, person_id=row.person_id, channel=CHANNEL, at=self.now,
            )
        )  # fmt: skip

    def interrupt(self, talk: Conversation, state: str) -> None:
        """Let a conversation wait (paused), so that no button of the old wording answers the new; or end (cancelled)."""
        if talk.state == kept.OPEN:
            self.moved.interrupted.add(talk.person_id)
        if talk.state == kept.OPEN or state == kept.CANCELLED:
            talk.state = state


def _pairs(old: Catalogue, new: Catalogue) -> dict[str, str]:
    """The items of the old catalogue that the new one has too: indicators by wording or number, the others by key."""
    there = set(entries.items_of(new))
    numbers = {str(before): str(now) for before, (now, _) in same_indicator(old, new).items()}
    return numbers | {item: item for item in entries.items_of(old) if "." in item and item in there}


def _same_wording(old: Entry, new: Entry) -> bool:
    return type(old) is type(new) and old.text == new.text


def _catalogue(db: Transaction, version: int) -> Catalogue:
    return campaigns.catalogue_of(db, version, db.session.get_one(CatalogueVersion, version).sha256)


def _talks(db: Transaction, answers: Sequence[int]) -> Mapping[int, list[Conversation]]:
    """The conversations about some answers, each answer's in a list; their people's turns wait until the move is done."""
    about = (col(Conversation.flow).in_(FLOWS), col(Conversation.subject).in_(answers), Conversation.state != kept.DONE)
    for person in sorted(set(db.session.exec(select(Conversation.person_id).where(*about)))):
        people.lock(db, person)
    talks = defaultdict(list)
    for talk in db.session.exec(select(Conversation).where(*about)):
        talks[talk.subject].append(talk)
    return talks


def _note(db: Transaction, now: datetime, what: str, kind: str, object_id: int, before: Any, after: Any) -> None:
    entry = {"at": now, "what": what, "object": kind, "object_id": object_id, "before": before, "after": after}
    audit.record(db, [entry | {"person_id": None, "post_id": None, "channel": CHANNEL}])
