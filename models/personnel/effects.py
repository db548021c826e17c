"""What the day of a filed change brings besides its posts: open work goes to whoever follows, once.

Rights follow from the posts held on a day (models/personnel/filing.py), so nothing has to run at midnight for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models import assessments, joining, members, sessions
from models.assessments import SelfAssessment
from models.conversations import CANCELLED, OPEN, PAUSED, SUSPENDED, Conversation
from models.db import Prepared, Transaction, table
from models.people import Post, Role
from models.personnel import history

_talk = table(Conversation)
_END_TALKS = Prepared(
    sa.update(_talk).where(
        _talk.c.person_id == sa.bindparam("person"),
        _talk.c.state.in_([sa.literal_column(f"'{state}'") for state in (OPEN, SUSPENDED, PAUSED)]),
    ),
    "state",
)


@dataclass(frozen=True, slots=True)
class Moved:
    """What passed to whom when a post ended: the leaver, the role, the successor (None: nobody), and the work."""

    leaver: int | None
    role: Role
    successor: int | None
    contact_of: tuple[int, ...]
    """The self-assessments whose contact the leaver was."""


def move_work(db: Transaction, change: Any, lines: list[Any], today: date, now: datetime) -> list[Moved]:
    """Pass the open work of those who leave to those who follow; what passed.

    A unit's items and evidence are the unit's and stay there. The contact of a bureau's self-assessment is a person:
    the successor becomes it, or nobody. A leaver without any other post is signed out everywhere, and what was open in the
    chat ends.
    """
    moved = []
    for line in lines:
        if line.post_id is None:
            continue
        leaver = db.session.get_one(Post, line.post_id).person_id
        contact_of: tuple[int, ...] = ()
        if line.role == Role.LIAISON and not _is_liaison(db, leaver, change.bureau_id, today):
            contact_of = _pass_contact(db, change.bureau_id, leaver, line.successor_id)
        if not members.in_office(db, leaver, today):
            _shut_out(db, leaver, now)
        moved.append(Moved(leaver, Role(line.role), line.successor_id, contact_of))
    return moved


def _pass_contact(db: Transaction, bureau: int, leaver: int, successor: int | None) -> tuple[int, ...]:
    found = select(SelfAssessment).where(
        SelfAssessment.bureau_id == bureau,
        SelfAssessment.contact_id == leaver,
        col(SelfAssessment.submitted_at).is_(None),
    )
    passed = db.session.exec(found).all()
    for assessment in passed:
        assessments.change_contact(db, assessment.id, successor)
    return tuple(assessment.id for assessment in passed)


def _is_liaison(db: Transaction, person: int, bureau: int, today: date) -> bool:
    """Whether somebody is liaison in another unit of the bureau, and does not only stand in for one."""
    posts = history.of_person(db, person)
    return any(
        post.role == Role.LIAISON
        and post.bureau_id == bureau
        and post.on_behalf_of is None
        and post.starts_on <= today
        and (post.ends_on is None or post.ends_on > today)
        for post in posts
    )


def _shut_out(db: Transaction, person: int, now: datetime) -> None:
    db.run(_END_TALKS, person=person, state=CANCELLED)
    sessions.end_all(db, person, now)
    sessions.void_links(db, person, now)
    joining.withdraw(db, person, now)
