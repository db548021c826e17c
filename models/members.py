"""Who of a bureau has joined, where each can be reached, and how such a place is taken away again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func

from models import evidence, joining, sessions, upload_links
from models.db import Prepared, Transaction, table
from models.deliveries import Delivery
from models.outgoing import CREATED, GONE, RUNNING, WAITING, Outgoing
from models.people import Address, Bureau, Level, Person, Post, Role, Unit


@dataclass(frozen=True, slots=True)
class Member:
    """Someone who has a post in a bureau, now or soon; of several units, the first."""

    id: int
    name: str
    unit: str
    bureau: str
    level: Level
    has_mobile: bool
    roles: tuple[Role, ...]


_address, _person, _post, _unit, _bureau = (table(one) for one in (Address, Person, Post, Unit, Bureau))
_delivery, _out = table(Delivery), table(Outgoing)

_PLACES = Prepared(
    sa.select(
        _address.c.id,
        _address.c.channel,
        _address.c.address,
        sa.select(func.max(_delivery.c.at))
        .where(_delivery.c.channel == _address.c.channel, _delivery.c.address == _address.c.address)
        .scalar_subquery()
        .label("last_used"),
    )
    .where(_address.c.person_id == sa.bindparam("person"))
    .order_by(_address.c.id)
)
_PLACE = Prepared(
    sa.select(_address.c.id, _address.c.person_id, _address.c.channel, _address.c.address).where(
        _address.c.channel == sa.bindparam("the_channel"), _address.c.address == sa.bindparam("the_address")
    )
)
_PLACE_BY_ID = Prepared(
    sa.select(_address.c.id, _address.c.person_id, _address.c.channel, _address.c.address).where(
        _address.c.id == sa.bindparam("the_id")
    )
)
_UNLINK = Prepared(sa.delete(_address).where(_address.c.id == sa.bindparam("the_id")))
_CALL_BACK = Prepared(
    sa.update(_out).where(
        _out.c.channel == sa.bindparam("the_channel"),
        _out.c.person_id == sa.bindparam("person"),
        _out.c.address == sa.bindparam("the_address"),
        _out.c.state.in_([sa.literal_column(f"'{state}'") for state in (CREATED, RUNNING, WAITING)]),
    ),
    "state", "done_at",
)  # fmt: skip
_FORGET_ACCOUNT = Prepared(
    sa.update(_person).where(
        _person.c.id == sa.bindparam("person"), func.lower(_person.c.wecom_id) == sa.bindparam("account")
    ),
    "wecom_id",
)
_IN_OFFICE = Prepared(
    sa.select(_post.c.id)
    .where(
        _post.c.person_id == sa.bindparam("person"),
        _post.c.starts_on <= sa.bindparam("today"),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
    )
    .limit(1)
)
_MOBILE = Prepared(sa.select(_person.c.mobile).where(_person.c.id == sa.bindparam("person")))
_BUREAUS = Prepared(
    sa.select(_unit.c.bureau_id)
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .where(
        _post.c.person_id == sa.bindparam("person"),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
    )
    .order_by(_post.c.id)
)


def unjoined(
    db: Transaction, bureau: int, today: date, most: int, offset: int = 0, role: Role | None = None
) -> list[Member]:
    """Those of a bureau who can be reached nowhere yet, unit by unit; `role`: with a post in it."""
    in_role = sa.exists().where(_post.c.person_id == _person.c.id, _post.c.role == role, _lasting(today))
    where = [~_has_address(), *([in_role] if role is not None else [])]
    return _members(db, bureau, today, where, most, offset)


def uninvited(db: Transaction, bureau: int, today: date, now: datetime, most: int) -> list[Member]:
    """Those of them who have a mobile on file and no open code."""
    return _members(
        db, bureau, today, [~_has_address(), _person.c.mobile != "", ~joining.has_open(_person.c.id, now)], most
    )


def count_unjoined(db: Transaction, bureau: int, today: date) -> int:
    """How many they are."""
    people = _first_units(bureau, today).subquery()
    counted = sa.select(func.count()).select_from(_person).join(people, people.c.person_id == _person.c.id)
    return int(db.session.execute(counted.where(~_has_address())).scalar_one())


def named(db: Transaction, bureau: int, today: date, part: str, most: int) -> list[Member]:
    """Those of a bureau in whose name a text stands."""
    return _members(db, bureau, today, [_person.c.name.contains(part, autoescape=True)], most)


def member(db: Transaction, bureau: int, person: int, today: date) -> Member | None:
    """Someone of a bureau; None: nobody of it."""
    return next(iter(_members(db, bureau, today, [_person.c.id == person], 1)), None)


def mobile_of(db: Transaction, person: int) -> str:
    """A person's mobile on file, or an empty text."""
    row = db.one(_MOBILE, person=person)
    return (row.mobile if row is not None else None) or ""


def bureaus_of(db: Transaction, person: int, today: date) -> list[int]:
    """The bureaus to which a person belongs, now or soon."""
    return list(dict.fromkeys(row.bureau_id for row in db.all(_BUREAUS, person=person, today=today)))


def in_office(db: Transaction, person: int, today: date) -> bool:
    """Whether a person holds a post today."""
    return db.one(_IN_OFFICE, person=person, today=today) is not None


def places(db: Transaction, person: int) -> list[Any]:
    """Where a person can be reached (id, channel, address), and when it last came from there."""
    return db.all(_PLACES, person=person)


def place_at(db: Transaction, channel: str, address: str) -> Any | None:
    """An address (id, person_id, channel, address); None: it is nobody's."""
    return db.one(_PLACE, the_channel=channel, the_address=address)


def place_by_id(db: Transaction, the_id: int) -> Any | None:
    """As `place_at`, by the row's id."""
    return db.one(_PLACE_BY_ID, the_id=the_id)


def unlink(db: Transaction, place: Any, now: datetime) -> None:
    """Take an address from its person.

    With it goes the account on the roster, where it is that, and whatever the one who sits there may have got through it:
    what waits to be sent there, every web session, one-time link and upload link of the person, codes not used yet, and
    files that are still on their way.
    """
    db.run(_UNLINK, the_id=place.id)
    db.run(
        _CALL_BACK, the_channel=place.channel, the_address=place.address, person=place.person_id, state=GONE, done_at=now
    )  # fmt: skip
    db.run(_FORGET_ACCOUNT, person=place.person_id, account=place.address, wecom_id=None)
    sessions.end_all(db, place.person_id, now)
    sessions.void_links(db, place.person_id, now)
    upload_links.end_all(db, place.person_id, now)
    evidence.break_off(db, place.person_id, place.channel)
    joining.withdraw(db, place.person_id, now)


def _has_address() -> sa.ColumnElement[bool]:
    return sa.exists().where(_address.c.person_id == _person.c.id)


def _lasting(today: date) -> sa.ColumnElement[bool]:
    return sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > today)


def _first_units(bureau: int, today: date) -> sa.Select[Any]:
    return (
        sa.select(_post.c.person_id, func.min(_unit.c.id).label("unit_id"))
        .join(_unit, _unit.c.id == _post.c.unit_id)
        .where(_unit.c.bureau_id == bureau, _lasting(today))
        .group_by(_post.c.person_id)
    )


def _members(
    db: Transaction, bureau: int, today: date, where: list[sa.ColumnElement[bool]], most: int, offset: int = 0
) -> list[Member]:
    first = _first_units(bureau, today).subquery()
    found = db.session.execute(
        sa.select(_person.c.id, _person.c.name, _person.c.mobile, _unit.c.name, _bureau.c.name, _bureau.c.level)
        .join(first, first.c.person_id == _person.c.id)
        .join(_unit, _unit.c.id == first.c.unit_id)
        .join(_bureau, _bureau.c.id == _unit.c.bureau_id)
        .where(*where)
        .order_by(_unit.c.id, _person.c.id)
        .limit(most)
        .offset(offset)
    ).all()
    held = db.session.execute(
        sa.select(_post.c.person_id, _post.c.role)
        .join(_unit, _unit.c.id == _post.c.unit_id)
        .where(_post.c.person_id.in_([row[0] for row in found]), _unit.c.bureau_id == bureau, _lasting(today))
        .order_by(_post.c.id)
    ).all()
    return [
        Member(
            the_id, name, unit, of, Level(level), bool(mobile), tuple(Role(role) for who, role in held if who == the_id)
        )
        for the_id, name, mobile, unit, of, level in found
    ]
