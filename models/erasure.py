"""Erasing a person: name, numbers, places, sessions and words go; posts, answers, evidence and the audit's entries stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from models import audit, people
from models.audit import AuditEntry, AuditValues
from models.burden import Burden
from models.calls import Call
from models.cards import Card
from models.conversations import Conversation
from models.db import Transaction, table
from models.deliveries import Delivery
from models.joining import Invitation, Newcomer
from models.matters.assignments import Assignment
from models.matters.assignments import State as Part
from models.matters.drafts import OpinionDraft
from models.matters.opinions import forget
from models.notices import receipts
from models.outgoing import Outgoing
from models.people import Address, Person
from models.personal_data import PersonalExport
from models.personnel.corrections import PersonnelCorrection
from models.reminders import Reminded, Reminder
from models.roster.imports import RosterImport
from models.sessions import OneTimeLink, WebSession
from models.upload_links import UploadLink


@dataclass(frozen=True, slots=True)
class Goes:
    """How much would be erased."""

    places: int
    sessions: int
    messages: int
    conversations: int
    values: int
    """Entries of the audit log whose before and after would go."""


@dataclass(frozen=True, slots=True)
class By:
    """Who erases, in which post, on which channel."""

    person: int
    post: int | None
    channel: str


_p, _a, _c, _o, _d = (table(one) for one in (Person, Address, Conversation, Outgoing, Delivery))
_s, _l, _u, _i, _n, _x, _r = (
    table(one) for one in (WebSession, OneTimeLink, UploadLink, Invitation, Newcomer, PersonalExport, RosterImport)
)
_reminder, _reminded, _call, _burden = table(Reminder), table(Reminded), table(Call), table(Burden)
_e, _v = table(AuditEntry), table(AuditValues)
_card, _k, _part, _draft = table(Card), table(PersonnelCorrection), table(Assignment), table(OpinionDraft)


def goes(db: Transaction, person: int) -> Goes:
    """What erasing a person would take away."""

    def own(one: sa.Table) -> int:
        return _count(db, one, one.c.person_id == person)

    values = _e.join(_v, _v.c.entry_id == _e.c.id)
    theirs = sa.or_(_e.c.person_id == person, sa.and_(_e.c.object == "person", _e.c.object_id == person))
    return Goes(own(_a), own(_s), own(_o), own(_c), _count(db, values, theirs))


def erase(db: Transaction, person: int, called: str, by: By, now: datetime) -> None:
    """Erase a person, who is `called` so wherever a name has to stand from now on."""
    audit.erase_values_of(db, person, at=now, by=by.person, post=by.post, channel=by.channel)
    invitations = sa.select(_i.c.id).where(_i.c.person_id == person)
    blank = dict.fromkeys(("mobile", "wecom_id", "qualification", "education", "acts_in", "vouched_until"))
    receipts.forget(db, person)
    for place in people.addresses_of(db, person):
        for one in (_d, _n):
            db.session.execute(sa.delete(one).where(one.c.channel == place.channel, one.c.address == place.address))
    for change in (
        sa.delete(_n).where(_n.c.invitation_id.in_(invitations)),
        *(
            sa.delete(one).where(one.c.person_id == person)
            for one in (_i, _u, _c, _o, _s, _l, _x, _a, _reminder, _reminded, _call, _burden)
        ),
        sa.delete(_card).where(_card.c.person_id == person),
        sa.delete(_draft).where(_draft.c.assignment_id.in_(sa.select(_part.c.id).where(_part.c.person_id == person))),
        sa.update(_part)
        .where(_part.c.person_id == person, _part.c.state.in_((Part.RECUSED.value, Part.UNABLE.value)))
        .values(reason=None),
        sa.update(_k).where(_k.c.person_id == person).values(before=None, value=None),
        sa.update(_r).where(_r.c.person_id == person).values(parsed=None, shown=None, name=""),
        sa.update(_p).where(_p.c.id == person).values(name=called, title="", **blank),
    ):
        db.session.execute(change)
    forget(db, person, called)


def _count(db: Transaction, within: sa.FromClause, which: sa.ColumnElement[bool]) -> int:
    return int(db.session.execute(sa.select(sa.func.count()).select_from(within).where(which)).scalar_one())
