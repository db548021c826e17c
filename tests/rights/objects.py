"""An object of every kind at a site, each with the site's mark in whatever is written in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zlib import crc32

from sqlmodel import select

from handlers.calendar import day_number
from models import albums, assessments, audit, calendar, evidence, personal_data, pictures, reminders, sessions
from models import conversations as kept
from models.assessments import Answer, AnswerVersion, State
from models.db import Transaction
from models.evidence import Purpose
from models.joining import Invitation
from models.notices import audience, notices, receipts
from models.notices.audience import Audience, Scope
from models.people import Address, Person, Post, Role, Unit
from models.personnel import changes, delegation, exports
from models.personnel.changes import Line, Newcomer
from models.reminders import Reminder
from models.roster import imports
from models.yearly import Duty, Which
from tests.rights.domain import Site
from tests.rights.matters import Matters
from tests.rights.people import LONG_AGO, TODAY, Actor, Spot, cookie_of
from tests.world import BEGINNING, VAULT

Units = Mapping[tuple[str, str], Unit]
"""Bureau and unit, by name → the unit."""


@dataclass(frozen=True)
class Object:
    """Something that a button can be about: its id, and the version that such a button carries."""

    id: int
    version: int = 0


@dataclass
class Objects:
    """Everything there is to be pressed: kind → site → object; and what is each actor's own: kind → person → object."""

    at: dict[str, dict[Site, Object]] = field(default_factory=dict)
    own: dict[str, dict[int, Object]] = field(default_factory=dict)


class Builder:
    """Makes what stands at one site."""

    def __init__(self, db: Transaction, objects: Objects, units: Units, site: Site, spot: Spot) -> None:
        self.db, self.objects, self.site, self.spot = db, objects, site, spot
        self.unit = units[spot.bureau, spot.unit].id if spot.unit is not None else None
        of = units[spot.bureau, spot.unit or "法制科"]
        self.of, self.bureau = of.id, of.bureau_id
        assessment = assessments.of_bureau(db, self.bureau)
        assert assessment is not None
        self.assessment = assessment.id
        self.who = self._somebody(of.id)

    def build(self) -> None:
        """One of each kind."""
        for kind, position in (("item", self.spot.number), ("bonus", self.spot.bonus), ("veto", self.spot.veto)):
            if position is not None:
                self._item(kind, position)
        for kind in ("piece", "boxed"):
            self._put(kind, self._piece(kind, upload=f"{self.who}_{kind}_9"))
        evidence.use(self.db, self.objects.at["item"][self.site].id, self.objects.at["piece"][self.site].id)
        self._put("album file", self._album("album")[1])
        self._put("unit", self.of)
        self._change()
        if self.site not in (Site.OWN_UNIT, Site.OTHER_UNIT):
            self._put("bureau", self.bureau)
            self._calendar_day()
            self._put("yearly duty", Duty(self.bureau, TODAY.year, Which.REPORT).number)
            self._put("assessment", self.assessment)
            drawn = pictures.keep(self.db, "progress", self.assessment, f"{self.assessment:064x}", BEGINNING)
            self._put("picture", drawn)
        self._put("export", personal_data.ask_export(self.db, self.who, self.who, BEGINNING))
        self._put("import", imports.begin(self.db, self.bureau, self.who, BEGINNING))
        self._put("roster export", exports.ask(self.db, self.bureau, TODAY, self.who, BEGINNING))
        self._put("delegation", self._delegation())
        Matters(
            self.db, self._put, site=self.site, bureau=self.bureau, unit=self.of, who=self.who,
            post=self.objects.at["post"][self.site].id, mark=self.spot.mark,
        ).build()  # fmt: skip
        self._notice()

    def _notice(self) -> None:
        """The person who stands for this site has sent one, and has a copy alone."""
        to = audience.Recipient(self.who, "", self.bureau, self.of, "", joined=True)
        file = self._piece("attached", upload=f"{self.who}_attached_9", purpose=Purpose.NOTICE.value)
        album, picture = self._album("attached_album", purpose=Purpose.NOTICE.value)
        draft = notices.Draft(
            self.bureau, f"{self.spot.mark}通知", f"{self.spot.mark}的内容", Audience(Scope.BUREAU).stored(), BEGINNING,
            receipt=True, receipt_by=TODAY, files=(file, album),
        )  # fmt: skip
        notice = notices.write(self.db, draft, self.who, self.objects.at["post"][self.site].id, BEGINNING)
        receipts.prepare(self.db, notice, [to])
        receipts.queued(self.db, notice, self.who, None, [], BEGINNING)
        sent = notices.move(self.db, notices.by_id(self.db, notice), notices.State.SENT, self.who, BEGINNING)
        for kind in ("notice", "notice copy"):
            self._put(kind, notice, sent.version)
            self._put(f"{kind} file", file)
            self._put(f"{kind} picture", picture)
        for_one = {"purpose": Purpose.NOTICE.value}
        self._put("own attachment", self._piece("mine", upload=f"{self.who}_mine_9", **for_one))
        self._put("own photo", self._album("my_album", **for_one)[1])

    def _delegation(self) -> int:
        """The unit's liaison is on leave, and the person who stands for this site does the work."""
        absent = delegation.liaisons(self.db, TODAY, bureau=self.bureau, unit=self.of)[0]
        return delegation.delegate(self.db, absent.person_id, self.of, self.who, TODAY, TODAY + timedelta(days=9))

    def _put(self, kind: str, the_id: int, version: int = 0) -> None:
        self.objects.at.setdefault(kind, {})[self.site] = Object(the_id, version)

    def _somebody(self, unit: int) -> int:
        """Somebody who has joined by a code and is signed in, and what is that person's own."""
        person = Person(name=f"{self.spot.mark}材料员", mobile=f"1380000{crc32(self.spot.mark.encode()) % 10_000:04}")
        self.db.session.add(person)
        self.db.session.flush()
        post = Post(person_id=person.id, unit_id=unit, role=Role.LEGAL_OFFICER, starts_on=LONG_AGO)
        address = Address(person_id=person.id, channel="terminal", address=str(person.id))
        invitation = Invitation(
            person_id=person.id, issued_at=BEGINNING, expires_at=BEGINNING, used_at=BEGINNING, used_channel="terminal",
            used_address=str(person.id),
        )  # fmt: skip
        self.db.session.add_all([post, address, invitation])
        self.db.session.flush()
        self._put("person", person.id)
        self._put("address", address.id, crc32(f"terminal {person.id}".encode()))
        self._put("invitation", invitation.id)
        self._put("post", post.id)
        for kind, the_id in personal(self.db, person.id, f"{self.spot.mark}的会议", self.assessment).items():
            self._put(kind, the_id)
        return person.id

    def _item(self, kind: str, position: int) -> None:
        of = select(Answer).where(Answer.assessment_id == self.assessment, Answer.position == position)
        answer = self.db.session.exec(of).one()
        said = f"{self.spot.mark}的做法"
        proof = {"evidence": {"items": [], "instead": "on_site"}}
        values: dict[str, Any] = {
            "item": {"verdict": "met", "statement": said} | proof,
            "bonus": {"has": "has", "statement": said} | proof,
            "veto": {"case_1": "has", "case_1_detail": said},
        }[kind]
        answer.state, answer.values, answer.version, answer.comment = State.COMPLETE, values, 1, said
        answer.verdict, answer.unit_id = ("met" if kind == "item" else "has"), self.unit
        answer.person_id, answer.channel, answer.at = self.who, "web", BEGINNING
        key = "case_1_detail" if kind == "veto" else "statement"
        given = AnswerVersion(
            answer_id=answer.id, version=1, key=key, value=said, state=State.COMPLETE, person_id=self.who, channel="web",
            at=BEGINNING,
        )  # fmt: skip
        self.db.session.add(given)
        self.db.session.flush()
        self._put(kind, answer.id, 1)

    def _piece(self, name: str, **about: Any) -> int:
        values = {
            "bureau_id": self.bureau, "unit_id": self.unit, "stage": "receiving", "name": f"{self.spot.mark}{name}.pdf",
            "size": 9, "kind": "file", "dated": TODAY, "person_id": self.who, "channel": "web", "created_at": BEGINNING,
        }  # fmt: skip
        piece = evidence.announce(self.db, values | about)
        evidence.store(self.db, evidence.by_id(self.db, piece), mime="application/pdf", sha256=self._hash, size=9)
        return piece

    def _calendar_day(self) -> None:
        day = date(2026, 9, 8)
        calendar.change(self.db, self.bureau, day, False, f"{self.spot.mark}的安排", self.who, BEGINNING)
        self._put("calendar day", day_number(self.bureau, day))

    def _album(self, name: str, **about: Any) -> tuple[int, int]:
        album = self._piece(name, upload=None, album=f"{self.who}_{name}", **about)
        albums.add(self.db, album, upload=f"{self.who}_{name}_9", name=f"{self.spot.mark}一.jpg", size=9)
        picture = albums.files_of(self.db, album)[0]
        albums.stored(self.db, picture, size=9, mime="image/jpeg", sha256=self._hash)
        return album, picture.id

    def _change(self) -> None:
        """Somebody who is new is to be added, which the head, or else the legal section, is asked about."""
        newcomer = Newcomer(f"{self.spot.mark}人选", "科员", f"1390000{crc32(self.spot.mark.encode()) % 10_000:04}")
        self._put("change", changes.report(
            self.db, bureau=self.bureau, unit=self.of, kind=changes.Kind.ADDING, effective_on=TODAY,
            lines=[Line(Role.LIAISON, newcomer=newcomer)], answers={"name_0": [f"{self.spot.mark}人选", "科员"]},
            reporter=self.who, post=None, now=BEGINNING,
        ))  # fmt: skip

    @property
    def _hash(self) -> str:
        return f"{crc32(self.spot.mark.encode()):064x}"


def build_own(db: Transaction, objects: Objects, actor: Actor, bureau: int) -> None:
    """What is somebody's own, though there is no site for it."""
    post = db.session.exec(select(Post.id).where(Post.person_id == actor.person)).first()
    assert post is not None
    made = personal(db, actor.person, "本人的会议", 0)
    for kind, the_id in (made | {"import": imports.begin(db, bureau, actor.person, BEGINNING), "post": post}).items():
        objects.own.setdefault(kind, {})[actor.person] = Object(the_id)


def personal(db: Transaction, person: int, said: str, assessment: int) -> dict[str, int]:
    """A conversation that a person has put aside, a session, a reminder, and something in the audit log; kind → id."""
    answers = {"held_on": TODAY.isoformat(), "meeting": said, "conclusion": said}
    conversation = kept.begin(db, person, "collective_decision", assessment, answers, None, 0, BEGINNING)
    kept.set_state(db, conversation, kept.PAUSED, BEGINNING)
    mark = VAULT.mark(sessions.SESSION, cookie_of(person))
    entry = {
        "at": BEGINNING, "person_id": person, "post_id": None, "channel": "web", "what": "answer", "object": "person",
        "object_id": person, "before": None, "after": said,
    }  # fmt: skip
    audit.record(db, [entry])
    session = sessions.start(db, person, mark, "phone", BEGINNING)
    return {"conversation": conversation, "session": session, "reminder": _reminded(db, person, said)}


def _reminded(db: Transaction, person: int, said: str) -> int:
    """A reminder that went out."""
    body = {"parts": [["text", said]]}
    row = Reminder(
        kind="", object_id=person, rung="told", person_id=person, bureau_id=0, due_at=BEGINNING, not_before=BEGINNING,
        urgent=True, body=body, state=reminders.State.SENT, done_at=BEGINNING,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    row.told_in = row.id
    return row.id
