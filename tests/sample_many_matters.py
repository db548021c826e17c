"""Thousands of matters, written straight into the tables: done and open, in time and late, of all kinds, for all units."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models.affairs import Step, affairs
from models.db import Transaction, table
from models.matters.assignments import Assignment
from models.matters.assignments import State as Task
from models.matters.matters import Matter, State
from models.matters.opinions import MatterDocument
from models.people import Post, Role, Unit
from models.zone import ZONE

STATES = (
    State.WAITING,
    State.WORKING,
    State.WORKING,
    State.SUSPENDED,
    State.SUBMITTED,
    State.DECIDING,
    State.WITHDRAWN,
)
"""What those come to that are not done."""
OF_TASK = {
    State.WORKING: Task.ACCEPTED, State.SUSPENDED: Task.ACCEPTED, State.SUBMITTED: Task.SUBMITTED, State.DECIDING: Task.DONE,
    State.DONE: Task.DONE, State.WITHDRAWN: Task.REPLACED,
}  # fmt: skip
DONE_SHARE = 0.9


def fill(db: Transaction, bureau: int, many: int, today: date, chance: Random) -> None:
    """Write so many matters of a bureau, opened within the two years before a day."""
    units = list(db.session.exec(select(Unit.id).where(Unit.bureau_id == bureau)).all())
    held = select(Post).join(Unit).where(Unit.bureau_id == bureau)
    officers = db.session.exec(held.where(Post.role == Role.LEGAL_OFFICER).order_by(col(Post.id))).all()
    opener = db.session.exec(held.where(Post.role == Role.LEGAL_SECTION)).first()
    assert opener is not None
    found, parts, documents = [], [], []
    for number in range(1, many + 1):
        matter, part, document = _one(number, bureau, chance, today, units, officers, opener)
        found.append(matter)
        parts += part
        documents += document
    for model, rows in ((Matter, found), (Assignment, parts), (MatterDocument, documents)):
        db.session.execute(sa.insert(table(model)), rows)


def _one(
    number: int, bureau: int, chance: Random, today: date, units: list[int], officers: Any, opener: Any
) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    kind = chance.choice(list(affairs().kinds.values()))
    route = chance.choice(list(kind.routes))
    begun = today - timedelta(days=chance.randrange(730))
    due = begun + timedelta(days=chance.randrange(1, 21))
    state, step = _standing(kind.routes[route], chance)
    at, by = _moment(begun), opener.person_id
    matter = {
        "id": number, "bureau_id": bureau, "unit_id": chance.choice(units), "affair": kind.key, "route": route, "step": step,
        "year": begun.year, "number": number, "title": f"事项{number}", "facts": "", "confidential": False, "opened_by": by,
        "opened_post": opener.id, "opened_at": at, "begun_on": begun, "due_on": due, "state": state.value, "version": 1,
        "moved_by": by, "moved_at": at, "comment": None,
    }  # fmt: skip
    parts, documents = [], []
    for place in range(step + 1) if state != State.WAITING else ():
        officer = chance.choice(officers)
        parts.append({
            "matter_id": number, "step": place, "person_id": officer.person_id, "unit_id": officer.unit_id,
            "state": OF_TASK[state if place == step else State.DONE].value, "reason": None, "returned": None,
            "assigned_by": by, "assigned_at": at, "moved_by": by, "moved_at": at, "version": 1,
        })  # fmt: skip
        if state in (State.DONE, State.DECIDING) or place < step:
            accepted = min(begun + timedelta(days=chance.randrange(40)), today)
            documents.append({
                "matter_id": number, "step": place, "bureau_id": bureau, "title": kind.title, "code": "法审", "year": accepted.year,
                "number": number * 3 + place, "red": False, "issuer": "", "in_time": chance.random() < 0.8, "accepted_by": by,
                "accepted_at": _moment(accepted), "accepted_on": accepted, "names": None,
            })  # fmt: skip
            parts[-1]["moved_at"] = matter["moved_at"] = _moment(accepted)
    return matter, parts, documents


def _standing(steps: tuple[Step, ...], chance: Random) -> tuple[State, int]:
    """Where a matter of these steps stands: as it can."""
    if chance.random() < DONE_SHARE:
        return State.DONE, len(steps) - 1
    state = chance.choice(STATES)
    if state == State.DECIDING and steps[-1].optional:
        return state, len(steps) - 2
    if state == State.DECIDING or (state == State.SUBMITTED and steps[0].accepted_by is None):
        return State.WORKING, 0
    return state, 0


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(10), ZONE)
