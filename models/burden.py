"""减负: how many messages each person has had in a week, replies left out (DOMAIN 9).

A message counts once, on however many channels it stands, in the week for which it is written; one that is called back stays counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, table
from models.people import Person, Post, Unit


class Burden(SQLModel, table=True):
    """What somebody has had in the week that begins on a Monday."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    week: date = Field(primary_key=True, index=True)
    messages: int


@dataclass(frozen=True, slots=True)
class Weight:
    """What some people have had in a week: the median (the higher of two), and the most that one of them has had."""

    median: int
    most: int


@dataclass(frozen=True, slots=True)
class Week:
    """What a bureau's people have had in the week that begins on a day; `people`: how many of them have had something."""

    begins: date
    weight: Weight
    people: int


_b, _p, _post, _u = (table(one) for one in (Burden, Person, Post, Unit))
_new = insert(_b)
# PostgreSQL's construct: its ON CONFLICT clause compiles to the same words on SQLite.
_COUNT = Prepared(
    _new.on_conflict_do_update(index_elements=["person_id", "week"], set_={"messages": _b.c.messages + 1}),
    "person_id", "week", "messages",
)  # fmt: skip
_OF_WEEK = Prepared(sa.select(_b.c.person_id, _b.c.messages).where(_b.c.week == sa.bindparam("the_week")))
_of_bureau = (
    sa.select(_post.c.person_id, sa.func.min(_u.c.id).label("unit_id"))
    .join(_u, _u.c.id == _post.c.unit_id)
    .where(
        _u.c.bureau_id == sa.bindparam("bureau"), _post.c.starts_on <= sa.bindparam("today"),
        sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
    )
    .group_by(_post.c.person_id)
    .subquery("of_bureau")
)  # fmt: skip
"""The people of a bureau today, each once, and a unit of theirs."""
_PEOPLE = Prepared(sa.select(sa.func.count().label("people")).select_from(_of_bureau))
_ALIKE = Prepared(
    sa.select(_b.c.week, _b.c.messages, sa.func.count().label("people"))
    .join(_of_bureau, _of_bureau.c.person_id == _b.c.person_id)
    .where(_b.c.week.between(sa.bindparam("first"), sa.bindparam("last")))
    .group_by(_b.c.week, _b.c.messages)
)
_MOST = Prepared(
    sa.select(_p.c.name, _u.c.name.label("unit"), _b.c.messages)
    .join(_of_bureau, _of_bureau.c.person_id == _b.c.person_id)
    .join(_p, _p.c.id == _b.c.person_id)
    .join(_u, _u.c.id == _of_bureau.c.unit_id)
    .where(_b.c.week == sa.bindparam("the_week"))
    .order_by(_b.c.messages.desc(), _p.c.id)
    .limit(sa.bindparam("most"))
    .offset(sa.bindparam("start"))
)


def monday(day: date) -> date:
    """With what day its week begins."""
    return day - timedelta(days=day.weekday())


def count(db: Transaction, person: int, today: date) -> None:
    """Note that somebody gets a message today that is no reply. The caller holds the person."""
    db.run(_COUNT, person_id=person, week=monday(today), messages=1)


def of(db: Transaction, persons: Sequence[int], today: date) -> Weight:
    """What these people have had in this week by now."""
    had = {row.person_id: row.messages for row in db.all(_OF_WEEK, the_week=monday(today))}
    return _weight(Counter(had.get(person, 0) for person in persons))


def weeks(db: Transaction, bureau: int, today: date, before: int) -> list[Week]:
    """What those who are a bureau's people today have had in this week and in some before, the newest first."""
    this = monday(today)
    total = _total(db, bureau, today)
    begins = [this - timedelta(weeks=number) for number in range(before + 1)]
    had: dict[date, Counter[int]] = {one: Counter() for one in begins}
    for row in db.all(_ALIKE, bureau=bureau, today=today, first=begins[-1], last=this):
        had[row.week][row.messages] = row.people
    return [Week(one, _weight(had[one] + Counter({0: total - had[one].total()})), had[one].total()) for one in begins]


def heaviest(db: Transaction, bureau: int, today: date, start: int, most: int) -> list[Any]:
    """Those of a bureau's people who have had the most this week, from the place `start` on: rows of name, unit and messages."""
    return db.all(_MOST, bureau=bureau, today=today, the_week=monday(today), start=start, most=most)


def _total(db: Transaction, bureau: int, today: date) -> int:
    row = db.one(_PEOPLE, bureau=bureau, today=today)
    assert row is not None
    return int(row.people)


def _weight(counts: Mapping[int, int]) -> Weight:
    """The weight that it is if so many messages were had by so many people each."""
    half, passed = sum(counts.values()) // 2, 0
    for messages in sorted(counts):
        passed += counts[messages]
        if passed > half:
            return Weight(messages, max(counts))
    return Weight(0, 0)
