"""Who works where: bureaus, their units, people, the posts they hold, and where each can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table


class Level(StrEnum):
    """A bureau's level: 省, 市, 县区."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


class UnitKind(StrEnum):
    """机关科室 or 局属单位 (闵人社发〔2023〕31号 三(一))."""

    SECTION = "section"
    AFFILIATE = "affiliate"


class Role(StrEnum):
    """The roles a post can have."""

    LIAISON = "liaison"
    LEGAL_OFFICER = "legal_officer"
    HEAD = "head"
    LEGAL_SECTION = "legal_section"
    OFFICE = "office"
    PARTY_SECTION = "party_section"
    LEADER = "leader"


class Bureau(SQLModel, table=True):
    """One human-resources-and-social-security office in the tree province, city, county."""

    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    level: str
    parent_id: int | None = Field(default=None, foreign_key="bureau.id", index=True)


class Unit(SQLModel, table=True):
    """A part of a bureau."""

    __table_args__ = (sa.UniqueConstraint("bureau_id", "name"),)

    id: int = Field(default=None, primary_key=True)
    bureau_id: int = Field(foreign_key="bureau.id")
    name: str
    kind: str


class Person(SQLModel, table=True):
    """Someone on the staff."""

    id: int = Field(default=None, primary_key=True)
    name: str
    title: str = ""
    mobile: str | None = Field(default=None, index=True, unique=True)
    wecom_id: str | None = Field(default=None, index=True, unique=True)
    """The member's id in 企业微信."""
    qualification: str | None = None
    """法律职业资格, as the roster words it."""
    education: str | None = None
    """学历专业."""
    acts_in: int | None = None
    """The post chosen last where several fitted what was to be done."""
    informed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the person was told what is kept of people, and why."""
    vouched_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Until when the person has said that words like 机密, in what is sent, are about no secret."""


class Post(SQLModel, table=True):
    """A person's role in a unit, from a day until before another."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    role: str
    starts_on: date
    ends_on: date | None = None
    on_behalf_of: int | None = Field(default=None, foreign_key="person.id")
    """代办: whose liaison work it is, for these days. Such a post is none of the roster and fills no quota."""


class Address(SQLModel, table=True):
    """A person on a channel, and the question last shown there."""

    __table_args__ = (sa.UniqueConstraint("channel", "address"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    channel: str
    address: str
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the person last wrote from here, to the minute."""
    gone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when nothing can be sent here: the person has left or blocked the channel."""
    shown_conversation: int | None = None
    shown_key: str | None = None
    shown_message: int | None = None
    held: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """A text that answers no question on show, until the person says what it is."""


@dataclass(slots=True)
class HeldPost:
    """A post held today, with the names that a message needs."""

    id: int
    role: Role
    unit_id: int
    unit: str
    bureau_id: int
    bureau: str
    level: Level
    on_behalf_of: int | None = None
    """代办: whose liaison work it is."""
    absent: str = ""
    """What that person is called."""


_address, _person, _post, _unit, _bureau = (table(model) for model in (Address, Person, Post, Unit, Bureau))
_absent = _person.alias("absent")

_WHO = Prepared(
    sa.select(_address.c.person_id).where(
        _address.c.channel == sa.bindparam("channel"), _address.c.address == sa.bindparam("address")
    )
)
_held_today = sa.and_(
    _post.c.person_id == _person.c.id,
    _post.c.starts_on <= sa.bindparam("today"),
    sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
)
_RECOGNISE = Prepared(
    sa.select(
        _address.c.id,
        _address.c.person_id,
        _person.c.name,
        _person.c.acts_in,
        _person.c.informed_at,
        _address.c.shown_conversation,
        _address.c.shown_key,
        _address.c.shown_message,
        _address.c.held,
        _address.c.used_at,
        _address.c.gone_at,
        _post.c.id.label("post_id"),
        _post.c.role,
        _post.c.unit_id,
        _unit.c.name.label("unit"),
        _unit.c.bureau_id,
        _bureau.c.name.label("bureau"),
        _bureau.c.level,
        _post.c.on_behalf_of,
        _absent.c.name.label("absent"),
    )
    .join(_person, _person.c.id == _address.c.person_id)
    .outerjoin(_post, _held_today)
    .outerjoin(_unit, _unit.c.id == _post.c.unit_id)
    .outerjoin(_bureau, _bureau.c.id == _unit.c.bureau_id)
    .outerjoin(_absent, _absent.c.id == _post.c.on_behalf_of)
    .where(_address.c.channel == sa.bindparam("channel"), _address.c.address == sa.bindparam("address"))
    .order_by(_post.c.id)
)
_RECOGNISE_ALONE = Prepared(_RECOGNISE.statement.with_for_update(of=(_person, _address)))
_LOCK = Prepared(sa.select(_person.c.id).where(_person.c.id == sa.bindparam("person")).with_for_update())
_SHOW = Prepared(
    sa.update(_address).where(_address.c.id == sa.bindparam("address_id")),
    "shown_conversation",
    "shown_key",
    "shown_message",
    "held",
)
_HOLD = Prepared(sa.update(_address).where(_address.c.id == sa.bindparam("address_id")), "held")
_ACT_IN = Prepared(sa.update(_person).where(_person.c.id == sa.bindparam("person")), "acts_in")
_ADDRESSES = Prepared(
    sa.select(_address.c.id, _address.c.channel, _address.c.address, _address.c.used_at, _address.c.gone_at)
    .where(_address.c.person_id == sa.bindparam("person"))
    .order_by(_address.c.id)
)
_USED = Prepared(sa.update(_address).where(_address.c.id == sa.bindparam("address_id")), "used_at", "gone_at")
_LEFT = Prepared(
    sa.update(_address).where(
        _address.c.channel == sa.bindparam("the_channel"), _address.c.address == sa.bindparam("the_address")
    ),
    "gone_at",
)
_COUNTIES = Prepared(
    sa.select(_bureau.c.id)
    .where(_bureau.c.parent_id == sa.bindparam("city"), _bureau.c.level == Level.COUNTY.value)
    .order_by(_bureau.c.id)
)
_NAME = Prepared(sa.select(_person.c.name).where(_person.c.id == sa.bindparam("person")))


def who(db: Transaction, channel: str, address: str) -> int | None:
    """The id of the person at an address, or None for a stranger."""
    row = db.one(_WHO, channel=channel, address=address)
    return None if row is None else int(row.person_id)


def recognise(
    db: Transaction, channel: str, address: str, today: date, *, alone: bool
) -> tuple[Any, tuple[HeldPost, ...]] | None:
    """The address with its person (its columns but the channel, name, acts_in, informed_at), and the posts held today; else None.

    Rights follow from these posts alone. `alone`: hold the person's row until the transaction ends, so that a person's
    turns run one at a time.
    """
    rows = db.all(_RECOGNISE_ALONE if alone else _RECOGNISE, channel=channel, address=address, today=today)
    if not rows:
        return None
    posts = tuple(
        HeldPost(
            row.post_id, Role(row.role), row.unit_id, row.unit, row.bureau_id, row.bureau, Level(row.level),
            row.on_behalf_of, row.absent or "",
        )
        for row in rows
        if row.post_id is not None
    )  # fmt: skip
    return rows[0], posts


def lock(db: Transaction, person: int) -> None:
    """Hold a person's row until the transaction ends, so that rows for that person appear in the order of their ids."""
    db.one(_LOCK, person=person)


def bureau_of(db: Transaction, bureau: int) -> Bureau:
    """A bureau. KeyError: there is none."""
    found = db.session.get(Bureau, bureau)
    if found is None:
        raise KeyError(bureau)
    return found


def counties_of(db: Transaction, city: int) -> list[int]:
    """The ids of the counties directly below a city."""
    return [row.id for row in db.all(_COUNTIES, city=city)]


def name_of(db: Transaction, person: int) -> str:
    """A person's name. KeyError: no such person."""
    row = db.one(_NAME, person=person)
    if row is None:
        raise KeyError(person)
    return str(row.name)


def addresses_of(db: Transaction, person: int) -> list[Any]:
    """Where a person has joined: rows of id, channel, address, used_at, gone_at."""
    return db.all(_ADDRESSES, person=person)


def used(db: Transaction, address_id: int, now: datetime) -> None:
    """Note that the person writes from an address, where messages arrive again, too."""
    db.run(_USED, address_id=address_id, used_at=now, gone_at=None)


def left(db: Transaction, channel: str, address: str, now: datetime) -> None:
    """Note that nothing can be sent to an address any more, until its person writes from there again."""
    db.run(_LEFT, the_channel=channel, the_address=address, gone_at=now)


def have_address(db: Transaction, person: int, channel: str, address: str) -> None:
    """Make sure that a person can be reached at an address."""
    if who(db, channel, address) is None:
        db.session.add(Address(person_id=person, channel=channel, address=address))


def record_shown(db: Transaction, address_id: int, conversation: int | None, key: str | None, message: int) -> None:
    """Note the question now on show at an address; whatever was held there is settled."""
    db.run(
        _SHOW, address_id=address_id, shown_conversation=conversation, shown_key=key, shown_message=message, held=None
    )


def act_in(db: Transaction, person: int, post: int) -> None:
    """Remember the post that a person chose to act in."""
    db.run(_ACT_IN, person=person, acts_in=post)


def hold(db: Transaction, address_id: int, text: dict[str, Any] | None) -> None:
    """Keep a text back until the person says what it is, or (None) let it go."""
    db.run(_HOLD, address_id=address_id, held=text)
