"""Whom a matter concerns today, by role: who opens, assigns and accepts it, and who is informed.

Where nobody holds the role that would act, the legal section stands in for it: nothing is left to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from models import holders
from models.db import Transaction
from models.matters import assignments, matters, settings
from models.people import Post, Role

OF_UNIT = (Role.LIAISON, Role.HEAD)
"""The roles in which somebody speaks for the unit that a matter is for."""


def holding(db: Transaction, matter: Any, role: Role, today: date) -> list[int]:
    """Who holds a role as far as a matter (a row) goes: in its unit where the role speaks for a unit, else in its bureau."""
    if role in OF_UNIT:
        return holders.in_unit(db, matter.unit_id, role, today)
    return holders.in_bureau(db, matter.bureau_id, role, today)


def section(db: Transaction, matter: Any, today: date) -> list[int]:
    """The legal section of a matter's bureau."""
    return holding(db, matter, Role.LEGAL_SECTION, today)


def opening_roles(db: Transaction, matter: Any) -> frozenset[Role]:
    """The roles that may open such a matter, and withdraw it."""
    return settings.opened_by(db, matter.bureau_id, matters.kind_of(matter))


def openers(db: Transaction, matter: Any, today: date) -> list[int]:
    """Whoever opened a matter; once that one cannot any more, whoever speaks for the same unit, or holds the same role."""
    role = Role(db.session.get_one(Post, matter.opened_post).role)
    roles = OF_UNIT if role in OF_UNIT else (role,)
    able = sorted({one for each in roles for one in holding(db, matter, each, today)})
    if matter.opened_by in able:
        return [matter.opened_by]
    return able or section(db, matter, today)


def assigner(db: Transaction, matter: Any, today: date) -> Role:
    """The role whose it is to assign the present step of a matter."""
    role = matters.step_of(matter).assigned_by
    return role if holding(db, matter, role, today) else Role.LEGAL_SECTION


def assigners(db: Transaction, matter: Any, today: date) -> list[int]:
    """Who may assign the present step of a matter, and give it to another."""
    return holding(db, matter, assigner(db, matter, today), today)


def accepter(db: Transaction, matter: Any, today: date) -> Role | None:
    """The role whose it is to accept the present step's opinions; None: they count as soon as they are in."""
    role = matters.step_of(matter).accepted_by
    if role is None:
        return None
    return role if _who_did_not_write(db, matter, holding(db, matter, role, today)) else Role.LEGAL_SECTION


def accepters(db: Transaction, matter: Any, today: date) -> list[int]:
    """Who may accept the present step's opinions: nobody what they wrote themselves, as long as there is somebody else."""
    role = accepter(db, matter, today)
    able = holding(db, matter, role, today) if role is not None else []
    return _who_did_not_write(db, matter, able) or able


def informed(db: Transaction, matter: Any, today: date) -> list[int]:
    """Who hears that a matter was opened, and that it is done."""
    roles = matters.kind_of(matter).informed
    return sorted({one for role in roles for one in holding(db, matter, role, today)})


def _who_did_not_write(db: Transaction, matter: Any, able: Iterable[int]) -> list[int]:
    wrote = {one.person_id for one in assignments.live(db, matter)}
    return [one for one in able if one not in wrote]
