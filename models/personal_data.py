"""What is kept of a person anywhere: found for the legal section of the person's bureau, and put together for an export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.assessments import Answer, AnswerVersion
from models.audit import AuditEntry
from models.burden import Burden
from models.db import Transaction, UtcDateTime, table
from models.evidence import Evidence
from models.notices.notices import Notice
from models.notices.receipts import Receipt
from models.outgoing import Outgoing
from models.people import Address, Bureau, Person, Post, Role, Unit
from models.sessions import WebSession

EXPORT_LASTS = timedelta(days=1)


class PersonalExport(SQLModel, table=True):
    """An export that somebody asked for. It is made anew whenever it is downloaded, and itself kept nowhere."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    by_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Term:
    """A post and how long it was, or is, held."""

    bureau_id: int
    bureau: str
    unit: str
    role: Role
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody with every post ever held."""

    id: int
    name: str
    terms: tuple[Term, ...]
    present: tuple[Term, ...]
    """Those held now or from a coming day on."""

    @property
    def bureaus(self) -> list[int]:
        """The bureaus that look after this person's data: the present ones, else the last."""
        last = max(term.ends_on or date.max for term in self.terms)
        terms = self.present or tuple(term for term in self.terms if term.ends_on == last)
        return list(dict.fromkeys(term.bureau_id for term in terms))


_p, _post, _unit, _bureau, _a = (table(one) for one in (Person, Post, Unit, Bureau, Address))
_e, _o, _s, _v, _item, _audit = (
    table(one) for one in (Evidence, Outgoing, WebSession, AnswerVersion, Answer, AuditEntry)
)
_r, _notice, _burden = table(Receipt), table(Notice), table(Burden)
_TERMS = (
    sa.select(_bureau.c.id, _bureau.c.name, _unit.c.name, _post.c.role, _post.c.starts_on, _post.c.ends_on)
    .join(_unit, _unit.c.id == _post.c.unit_id)
    .join(_bureau, _bureau.c.id == _unit.c.bureau_id)
    .order_by(_post.c.starts_on, _post.c.id)
)


def subject(db: Transaction, person: int, today: date) -> Subject | None:
    """Somebody with every post ever held; None: nobody, or nobody who ever held one."""
    name = db.session.execute(sa.select(_p.c.name).where(_p.c.id == person)).scalar_one_or_none()
    rows = db.session.execute(_TERMS.where(_post.c.person_id == person)).all()
    if name is None or not rows:
        return None
    terms = tuple(Term(row[0], row[1], row[2], Role(row[3]), row[4], row[5]) for row in rows)
    return Subject(person, name, terms, tuple(one for one in terms if one.ends_on is None or one.ends_on > today))


def named(db: Transaction, bureau: int, part: str, today: date, most: int) -> list[Subject]:
    """Those whose data a bureau looks after, former people too, in whose name a text stands."""
    query = (
        sa.select(_p.c.id).distinct().join(_post, _post.c.person_id == _p.c.id).join(_unit, _unit.c.id == _post.c.unit_id)
        .where(_unit.c.bureau_id == bureau, _p.c.name.contains(part, autoescape=True)).order_by(_p.c.id).limit(most)
    )  # fmt: skip
    found = (subject(db, row.id, today) for row in db.session.execute(query))
    return [one for one in found if one is not None and bureau in one.bureaus]


def ask_export(db: Transaction, person: int, by: int, now: datetime) -> int:
    """Note that somebody asks for a person's data; the id under which it can be downloaded for a day."""
    asked = PersonalExport(person_id=person, by_id=by, at=now)
    db.session.add(asked)
    db.session.flush()
    return asked.id


def export_asked(db: Transaction, the_id: int, by: int, now: datetime) -> int | None:
    """Whose data can be downloaded under an id by whoever asked; None: nobody's, or nobody's any more."""
    asked = db.session.get(PersonalExport, the_id)
    valid = asked is not None and asked.by_id == by and now - asked.at < EXPORT_LASTS
    return asked.person_id if asked is not None and valid else None


def collected(db: Transaction, person: int) -> Mapping[str, list[Any]]:
    """Everything kept of a person, as rows by kind, the oldest first."""
    return {kind: list(db.session.execute(query(person))) for kind, query in _KINDS.items()}


_KINDS: Mapping[str, Callable[[int], sa.Select[Any]]] = {
    "person": lambda person: sa.select(
        _p.c.name, _p.c.title, _p.c.mobile, _p.c.wecom_id, _p.c.qualification, _p.c.education
    ).where(_p.c.id == person),
    "posts": lambda person: _TERMS.where(_post.c.person_id == person),
    "places": lambda person: sa.select(_a.c.channel, _a.c.address).where(_a.c.person_id == person).order_by(_a.c.id),
    "sessions": lambda person: (
        sa.select(_s.c.device, _s.c.opened_at, _s.c.expires_at, _s.c.ended_at)
        .where(_s.c.person_id == person)
        .order_by(_s.c.id)
    ),
    "answers": lambda person: (
        sa.select(_v.c.at, _v.c.channel, _item.c.position, _item.c.item, _v.c.key, _v.c.value)
        .join(_item, _item.c.id == _v.c.answer_id)
        .where(_v.c.person_id == person)
        .order_by(_v.c.id)
    ),
    "evidence": lambda person: (
        sa.select(_e.c.created_at, _e.c.number, _e.c.name, _e.c.caption, _e.c.dated)
        .where(_e.c.person_id == person)
        .order_by(_e.c.id)
    ),
    "receipts": lambda person: (
        sa.select(_bureau.c.name, _notice.c.title, _r.c.queued_at, _r.c.confirmed_at, _r.c.channel, _r.c.answer)
        .join(_notice, _notice.c.id == _r.c.notice_id)
        .join(_bureau, _bureau.c.id == _notice.c.bureau_id)
        .where(_r.c.person_id == person)
        .order_by(_r.c.notice_id)
    ),
    "messages": lambda person: (
        sa.select(_o.c.created_at, _o.c.channel, _o.c.kind, _o.c.body)
        .where(_o.c.person_id == person, _o.c.kind.in_(("message", "echo")))
        .order_by(_o.c.id)
    ),
    "burden": lambda person: (
        sa.select(_burden.c.week, _burden.c.messages).where(_burden.c.person_id == person).order_by(_burden.c.week)
    ),
    "records": lambda person: (
        sa.select(_audit.c.at, _audit.c.channel, _audit.c.what)
        .where(_audit.c.person_id == person)
        .order_by(_audit.c.id)
    ),
}
