"""Who tries things: somebody in every role, with no post today, with several; and where each of the objects stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import select

from bot.clock import day_of
from models.db import Transaction
from models.people import Address, Bureau, Person, Post, Role, Unit
from tests.rights.domain import ABROAD, HEAD, HERE, LIAISON, NEXT_DOOR, OFFICER, ROLES, SECTION, Site
from tests.world import BEGINNING

CITY, COUNTY, PROVINCE, OTHER_CITY = "东江市人社局", "示范区人社局", "示范省人社厅", "西河市人社局"
UNIT, OTHER_UNIT = "就业促进科", "劳动关系科"
PLACES = {HERE: (CITY, UNIT), NEXT_DOOR: (CITY, OTHER_UNIT), ABROAD: (OTHER_CITY, UNIT)}
TODAY = day_of(BEGINNING)
LONG_AGO = TODAY.replace(day=1)
ENDED, NOT_YET, STRANGER, STANDS_IN = "ended yesterday", "begins tomorrow", "stranger", "stands in for the contact"

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
class Actor:
    """Somebody who tries things. `posts`: those held today, as (role, where)."""

    name: str
    posts: Posts
    person: int
    contact: bool = False
    """The bureau's contact, or who does the contact's work meanwhile (代办)."""

    @property
    def address(self) -> str:
        return str(self.person)


CAST: Mapping[str, Posts] = {
    **{role: ((role, HERE),) for role in ROLES},
    "contact": ((LIAISON, HERE),),
    STANDS_IN: ((OFFICER, HERE), (LIAISON, HERE)),
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


def cookie_of(person: int) -> str:
    """What the browser holds in which somebody is signed in."""
    return f"cookie-{person}"


def marks_beyond(sites: set[Site]) -> list[str]:
    """The marks of whatever is at no such site."""
    return [spot.mark for site, spot in SPOTS.items() if site not in sites]


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
    return Actor(name, posts, person.id, contact=name in ("contact", STANDS_IN))


def cast_actor(db: Transaction, name: str, posts: Posts) -> Actor:
    if name == STRANGER:
        return Actor(name, (), 987_654_321)
    terms: list[tuple[str, str, date | None, date | None]] = [(*post, None, None) for post in posts]
    if name == NOT_YET:
        terms.append((SECTION, HERE, TODAY + timedelta(days=1), None))
    elif "yesterday" in name:
        terms.append((SECTION, HERE, None, TODAY))
    return newcomer(db, terms, posts, name)
