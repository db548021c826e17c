"""A world to try rights in: somebody in every role, and an object of every kind at every site, each with a mark of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zlib import crc32

from sqlmodel import col, select

from bot.clock import day_of
from models import albums, assessments, audit, evidence, joining, personal_data, pictures, sessions
from models import conversations as kept
from models.assessments import Answer, AnswerVersion, State
from models.campaigns import Campaign
from models.database import open_database
from models.db import Transaction
from models.joining import Invitation
from models.people import Address, Bureau, Person, Post, Role, Unit
from models.roster import imports
from tests.rights_domain import ABROAD, HEAD, HERE, LIAISON, NEXT_DOOR, ROLES, SECTION, Site
from tests.world import BEGINNING, VAULT, demo_database

CITY, COUNTY, PROVINCE, OTHER_CITY = "东江市人社局", "示范区人社局", "示范省人社厅", "西河市人社局"
UNIT, OTHER_UNIT = "就业促进科", "劳动关系科"
PLACES = {HERE: (CITY, UNIT), NEXT_DOOR: (CITY, OTHER_UNIT), ABROAD: (OTHER_CITY, UNIT)}
TODAY = day_of(BEGINNING)
LONG_AGO = TODAY.replace(day=1)
ENDED, NOT_YET, STRANGER = "ended yesterday", "begins tomorrow", "stranger"

Posts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Spot:
    """What is at a site: the bureau and unit, the number of its item there, and the word by which its objects are marked."""

    bureau: str
    unit: str | None
    number: int
    mark: str
    bonus: int | None
    veto: int | None


SPOTS: Mapping[Site, Spot] = {
    Site.OWN_UNIT: Spot(CITY, UNIT, 3, "甲处", 61, 63),
    Site.OTHER_UNIT: Spot(CITY, OTHER_UNIT, 17, "乙处", 62, 64),
    Site.NOBODYS: Spot(CITY, None, 23, "丙处", None, None),
    Site.BELOW: Spot(COUNTY, UNIT, 31, "丁处", 61, 63),
    Site.ABOVE: Spot(PROVINCE, UNIT, 37, "戊处", 61, 63),
    Site.ELSEWHERE: Spot(OTHER_CITY, UNIT, 41, "己处", 61, 63),
}


@dataclass(frozen=True)
class Object:
    """Something that a button can be about: its id, and the version that such a button carries."""

    id: int
    version: int = 0


@dataclass(frozen=True)
class Actor:
    """Somebody who tries things. `posts`: those held today, as (role, where)."""

    name: str
    posts: Posts
    person: int
    contact: bool = False

    @property
    def address(self) -> str:
        return str(self.person)


@dataclass
class Objects:
    """Everything there is to be pressed: kind → site → object; and what is each actor's own: kind → person → object."""

    at: dict[str, dict[Site, Object]] = field(default_factory=dict)
    own: dict[str, dict[int, Object]] = field(default_factory=dict)

    def put(self, kind: str, site: Site, the_id: int, version: int = 0) -> None:
        self.at.setdefault(kind, {})[site] = Object(the_id, version)

    def put_own(self, kind: str, person: int, the_id: int) -> None:
        self.own.setdefault(kind, {})[person] = Object(the_id)


CAST: Mapping[str, Posts] = {
    **{role: ((role, HERE),) for role in ROLES},
    "contact": ((LIAISON, HERE),),
    "liaison here, head next door": ((LIAISON, HERE), (HEAD, NEXT_DOOR)),
    "head here, liaison abroad": ((HEAD, HERE), (LIAISON, ABROAD)),
    "legal section here and abroad": ((SECTION, HERE), (SECTION, ABROAD)),
    "legal section here, liaison abroad": ((SECTION, HERE), (LIAISON, ABROAD)),
    "liaison here, legal section abroad": ((LIAISON, HERE), (SECTION, ABROAD)),
    ENDED: (),
    NOT_YET: (),
    "liaison here, until yesterday legal section": ((LIAISON, HERE),),
    STRANGER: (),
}
"""Who there is; those without a post today had, or will have, one in the legal section."""


@dataclass(frozen=True)
class Made:
    """The database, and what is in it."""

    place: Path
    actors: Mapping[str, Actor]
    objects: Objects


@cache
def made() -> Made:
    """All of it, made once for all tests of a process; to be copied."""
    place = Path(mkdtemp(prefix="rights-")) / "template.sqlite3"
    shutil.copy(demo_database(), place)
    database = open_database(f"sqlite:///{place}")
    actors, objects = database.write(_fill).result()
    database.close()
    return Made(place, actors, objects)


def marks_beyond(sites: set[Site]) -> list[str]:
    """The marks of whatever is at no such site."""
    return [spot.mark for site, spot in SPOTS.items() if site not in sites]


def _fill(db: Transaction) -> tuple[dict[str, Actor], Objects]:
    units = {(bureau.name, unit.name): unit.id for unit, bureau in db.session.exec(select(Unit, Bureau).join(Bureau))}
    actors = {name: _actor(db, name, posts) for name, posts in CAST.items()}
    objects = Objects()
    for bureau in db.session.exec(select(Bureau).order_by(col(Bureau.id))).all():
        contact = actors["contact"].person if bureau.name == CITY else None
        _assessment(db, bureau, contact)
    for site, spot in SPOTS.items():
        _build(db, units, objects, site, spot)
    for actor in actors.values():
        if actor.name != STRANGER:
            _own(db, objects, actor, units[CITY, UNIT])
    db.session.flush()
    return actors, objects


def newcomer(
    db: Transaction, terms: Iterable[tuple[str, str, date | None, date | None]], posts: Posts, name: str = "newcomer"
) -> Actor:
    """Somebody new with these terms (role, where, from, until); `posts`: those of them that are held today."""
    person = Person(name="试用人员", informed_at=BEGINNING)
    db.session.add(person)
    db.session.flush()
    db.session.add(Address(person_id=person.id, channel="web", address=str(person.id)))
    for role, where, begins, ends in terms:
        bureau, unit = PLACES[where]
        of = select(Unit.id).join(Bureau).where(Unit.name == unit, Bureau.name == bureau)
        db.session.add(
            Post(
                person_id=person.id, unit_id=db.session.exec(of).one(), role=Role(role), starts_on=begins or LONG_AGO,
                ends_on=ends,
            )
        )  # fmt: skip
    db.session.flush()
    return Actor(name, posts, person.id, contact=name == "contact")


def _actor(db: Transaction, name: str, posts: Posts) -> Actor:
    if name == STRANGER:
        return Actor(name, (), 987_654_321)
    terms: list[tuple[str, str, date | None, date | None]] = [(*post, None, None) for post in posts]
    if name == NOT_YET:
        terms.append((SECTION, HERE, TODAY + timedelta(days=1), None))
    elif "yesterday" in name:
        terms.append((SECTION, HERE, None, TODAY))
    return newcomer(db, terms, posts, name)


def _assessment(db: Transaction, bureau: Bureau, contact: int | None) -> None:
    found = assessments.of_bureau(db, bureau.id)
    if found is None:
        campaign = db.session.exec(select(Campaign)).one()
        assessments.begin_now(db, campaign, bureau.id, contact, BEGINNING)  # type: ignore[arg-type]
    elif contact is not None:
        assessments.change_contact(db, found.id, contact)


def _build(db: Transaction, units: Mapping[tuple[str, str], int], objects: Objects, site: Site, spot: Spot) -> None:
    bureau = db.session.exec(select(Bureau.id).where(Bureau.name == spot.bureau)).one()
    unit = units[spot.bureau, spot.unit] if spot.unit is not None else None
    who = _somebody(db, objects, site, spot, unit or units[spot.bureau, "法制科"])
    assessment = assessments.of_bureau(db, bureau)
    assert assessment is not None
    for kind, position in (("item", spot.number), ("bonus", spot.bonus), ("veto", spot.veto)):
        if position is not None:
            _item(db, objects, site, (kind, assessment.id, position), (unit, who, spot.mark))
    brought = {
        "bureau_id": bureau, "unit_id": unit, "stage": "stored", "size": 9, "kind": "file", "upload": f"{who}_{site}_9",
        "dated": TODAY, "person_id": who, "channel": "web", "created_at": BEGINNING,
    }  # fmt: skip
    for kind in ("piece", "boxed"):
        piece = evidence.announce(db, brought | {"name": f"{spot.mark}{kind}.pdf", "upload": f"{who}_{kind}_9"})
        number = int(db.session.execute(_count(bureau)).scalar_one()) + 1
        row = evidence.by_id(db, piece)
        evidence.change(db, row, number=number, mime="application/pdf", sha256=f"{crc32(spot.mark.encode()):064x}")
        objects.put(kind, site, piece)
    album = evidence.announce(db, brought | {"name": f"{spot.mark}一.jpg", "upload": None, "album": f"{who}_album"})
    albums.add(db, album, upload=f"{who}_picture_9", name=f"{spot.mark}一.jpg", size=9)
    picture = albums.files_of(db, album)[0]
    albums.stored(db, picture, size=9, mime="image/jpeg", sha256=f"{crc32(spot.mark.encode()):064x}")
    evidence.change(db, evidence.by_id(db, album), number=int(db.session.execute(_count(bureau)).scalar_one()) + 1)
    objects.put("album file", site, picture.id)
    evidence.use(db, objects.at["item"][site].id, objects.at["piece"][site].id)
    if site not in (Site.OWN_UNIT, Site.OTHER_UNIT):
        objects.put("assessment", site, assessment.id)
        objects.put("bureau", site, bureau)
        objects.put("picture", site, pictures.keep(db, "progress", assessment.id, f"{assessment.id:064x}", BEGINNING))
    objects.put("export", site, personal_data.ask_export(db, who, who, BEGINNING))
    objects.put("import", site, imports.begin(db, bureau, who, BEGINNING))


def _count(bureau: int) -> Any:
    from sqlalchemy import func

    return (
        select(func.count())
        .select_from(evidence.Evidence)
        .where(  # type: ignore[return-value]
            evidence.Evidence.bureau_id == bureau, col(evidence.Evidence.number).is_not(None)
        )
    )


def _item(
    db: Transaction, objects: Objects, site: Site, which: tuple[str, int, int], about: tuple[int | None, int, str]
) -> None:
    kind, assessment, position = which
    unit, who, mark = about
    answer = db.session.exec(
        select(Answer).where(Answer.assessment_id == assessment, Answer.position == position)
    ).one()  # fmt: skip
    said = f"{mark}的做法"
    values: dict[str, Any] = {
        "item": {"verdict": "met", "statement": said, "evidence": {"items": [], "instead": "on_site"}},
        "bonus": {"has": "has", "statement": said, "evidence": {"items": [], "instead": "on_site"}},
        "veto": {"case_1": "has", "case_1_detail": said},
    }[kind]
    answer.state, answer.values, answer.version = State.COMPLETE, values, 1
    answer.verdict = "met" if kind == "item" else "has"
    answer.unit_id, answer.person_id, answer.channel, answer.at, answer.comment = unit, who, "web", BEGINNING, said
    key = "statement" if kind != "veto" else "case_1_detail"
    db.session.add(
        AnswerVersion(
            answer_id=answer.id, version=1, key=key, value=said, state=State.COMPLETE, person_id=who, channel="web",
            at=BEGINNING,
        )
    )  # fmt: skip
    db.session.flush()
    objects.put(kind, site, answer.id, 1)


def _somebody(db: Transaction, objects: Objects, site: Site, spot: Spot, unit: int) -> int:
    """Somebody at the site who has joined by a code, is signed in, and is in the middle of a conversation."""
    person = Person(name=f"{spot.mark}材料员", mobile=f"1380000{crc32(spot.mark.encode()) % 10_000:04}")
    db.session.add(person)
    db.session.flush()
    db.session.add(Post(person_id=person.id, unit_id=unit, role=Role.LEGAL_OFFICER, starts_on=LONG_AGO))
    address = Address(person_id=person.id, channel="terminal", address=str(person.id))
    invitation = Invitation(
        person_id=person.id, issued_at=BEGINNING, expires_at=BEGINNING, used_at=BEGINNING, used_channel="terminal",
        used_address=str(person.id),
    )  # fmt: skip
    db.session.add_all([address, invitation])
    db.session.flush()
    objects.put("person", site, person.id)
    objects.put("address", site, address.id, crc32(f"terminal {person.id}".encode()))
    objects.put("invitation", site, invitation.id)
    post = db.session.exec(select(Post.id).where(Post.person_id == person.id)).one()
    objects.put("post", site, post)
    _personal(db, lambda kind, the_id: objects.put(kind, site, the_id), person.id, f"{spot.mark}的会议")
    return person.id


def _own(db: Transaction, objects: Objects, actor: Actor, unit: int) -> None:
    def put(kind: str, the_id: int) -> None:
        objects.put_own(kind, actor.person, the_id)

    _personal(db, put, actor.person, "本人的会议")
    bureau = db.session.get_one(Unit, unit).bureau_id
    put("import", imports.begin(db, bureau, actor.person, BEGINNING))
    post = db.session.exec(select(Post.id).where(Post.person_id == actor.person)).first()
    assert post is not None
    put("post", post)


def _personal(db: Transaction, put: Callable[[str, int], None], person: int, said: str) -> None:
    answers = {"held_on": TODAY.isoformat(), "meeting": said, "conclusion": said}
    conversation = kept.begin(db, person, "collective_decision", 0, answers, None, 0, BEGINNING)
    kept.set_state(db, conversation, kept.DONE, BEGINNING)
    put("conversation", conversation)
    put("session", sessions.start(db, person, VAULT.mark("test", str(person)), "phone", BEGINNING))
    entry = {
        "at": BEGINNING, "person_id": person, "post_id": None, "channel": "web", "what": "answer", "object": "person",
        "object_id": person, "before": None, "after": said,
    }  # fmt: skip
    audit.record(db, [entry])


__all__ = ["CAST", "SPOTS", "Actor", "Made", "Object", "Objects", "joining", "made", "marks_beyond"]
