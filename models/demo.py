"""The demo bureaus: one province, two cities, three counties; people called by their role, none of them real."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from models import assessments, campaigns, meta
from models.campaign_files import read_campaign, years_ahead
from models.db import Transaction
from models.people import Address, Bureau, Level, Person, Post, Role, Unit, UnitKind

CATALOGUE = Path(__file__).parent / "catalogue"

BUREAUS: tuple[tuple[str, Level, str | None], ...] = (
    ("示范省人社厅", Level.PROVINCE, None),
    ("东江市人社局", Level.CITY, "示范省人社厅"),
    ("西河市人社局", Level.CITY, "示范省人社厅"),
    ("示范区人社局", Level.COUNTY, "东江市人社局"),
    ("临港县人社局", Level.COUNTY, "东江市人社局"),
    ("青山县人社局", Level.COUNTY, "西河市人社局"),
)
SECTIONS = ("就业促进科", "职业能力建设科", "劳动关系科", "工伤保险科")
AFFILIATES = ("就业服务中心", "劳动监察大队")
LEGAL, OFFICE, PARTY, LEADERS = "法制科", "办公室", "党群科", "局领导"


def fill(db: Transaction, now: datetime, today: date) -> None:
    """Make the demo bureaus in an empty database, their campaign's 9 September ahead of today."""
    db.session.add(meta.Meta(key=meta.DEMO, value="1"))
    version = campaigns.load_catalogue(db, (CATALOGUE / "indicators-2022.yaml").read_bytes(), now)
    source = (CATALOGUE / "campaign-2022.yaml").read_bytes()
    campaign = campaigns.load_campaign(db, source, years_ahead(read_campaign(source), today), version.id)
    catalogue = campaigns.catalogue_of(db, version.id, version.sha256)
    for bureau in _bureaus(db):
        people = _staff(db, bureau, now, today)
        if bureau.level != Level.PROVINCE:
            contact = people[f"{LEGAL}法治联络员"]
            assessments.begin(db, campaign.id, bureau.id, version.id, catalogue, contact.id, now)


def _bureaus(db: Transaction) -> list[Bureau]:
    made: dict[str, Bureau] = {}
    for name, level, parent in BUREAUS:
        made[name] = Bureau(name=name, level=level, parent_id=made[parent].id if parent else None)
        db.session.add(made[name])
        db.session.flush()
    return list(made.values())


def _staff(db: Transaction, bureau: Bureau, now: datetime, today: date) -> dict[str, Person]:
    people: dict[str, Person] = {}
    for unit_name, kind, roles in _units():
        unit = Unit(bureau_id=bureau.id, name=unit_name, kind=kind)
        db.session.add(unit)
        db.session.flush()
        for called, role in roles:
            person = people[called] = Person(name=called, informed_at=now)  # nothing is kept of people who are made up
            db.session.add(person)
            db.session.flush()
            db.session.add(Address(person_id=person.id, channel="web", address=str(person.id)))
            db.session.add(Post(person_id=person.id, unit_id=unit.id, role=role, starts_on=today.replace(day=1)))
    db.session.flush()
    return people


def _units() -> list[tuple[str, UnitKind, list[tuple[str, Role]]]]:
    legal = [("法治联络员", Role.LIAISON), ("经办", Role.LEGAL_SECTION), ("科长", Role.LEGAL_SECTION)]
    officer = [("法治员", Role.LEGAL_OFFICER)]
    two_officers = [("法治员甲", Role.LEGAL_OFFICER), ("法治员乙", Role.LEGAL_OFFICER)]
    trio = [("法治联络员", Role.LIAISON), ("负责人", Role.HEAD)]
    staff = [
        (LEGAL, UnitKind.SECTION, legal),
        *((name, UnitKind.SECTION, trio + officer) for name in SECTIONS),
        *((name, UnitKind.AFFILIATE, trio + two_officers) for name in AFFILIATES),
        (OFFICE, UnitKind.SECTION, [("经办", Role.OFFICE)]),
        (PARTY, UnitKind.SECTION, [("经办", Role.PARTY_SECTION)]),
        (LEADERS, UnitKind.SECTION, [("（分管）", Role.LEADER)]),
    ]
    return [(name, kind, [(f"{name}{called}", role) for called, role in posts]) for name, kind, posts in staff]
