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


class Parties:
    """Whom matters concern on a day. Who holds a role is looked up once, so that one of these serves a whole list."""

    def __init__(self, db: Transaction, today: date) -> None:
        self._db, self._today = db, today
        self._held: dict[tuple[int, Role], list[int]] = {}
        self._roles: dict[int, Role] = {}

    def holding(self, matter: Any, role: Role) -> list[int]:
        """Who holds a role as far as a matter (a row) goes: in its unit where the role speaks for a unit, else in its bureau."""
        of_unit = role in OF_UNIT
        key = (matter.unit_id if of_unit else matter.bureau_id, role)
        if key not in self._held:
            find = holders.in_unit if of_unit else holders.in_bureau
            self._held[key] = find(self._db, *key, self._today)
        return self._held[key]

    def section(self, matter: Any) -> list[int]:
        """The legal section of a matter's bureau."""
        return self.holding(matter, Role.LEGAL_SECTION)

    def openers(self, matter: Any) -> list[int]:
        """Whoever opened a matter; once that one cannot any more, whoever speaks for the same unit, or holds the same role."""
        role = self._opened_as(matter.opened_post)
        roles = OF_UNIT if role in OF_UNIT else (role,)
        able = sorted({one for each in roles for one in self.holding(matter, each)})
        if matter.opened_by in able:
            return [matter.opened_by]
        return able or self.section(matter)

    def assigner(self, matter: Any) -> Role:
        """The role whose it is to assign the present step of a matter."""
        role = matters.step_of(matter).assigned_by
        return role if self.holding(matter, role) else Role.LEGAL_SECTION

    def assigners(self, matter: Any) -> list[int]:
        """Who may assign the present step of a matter, and give it to another."""
        return self.holding(matter, self.assigner(matter))

    def accepter(self, matter: Any) -> Role | None:
        """The role whose it is to accept the present step's opinions; None: they count as soon as they are in."""
        role = matters.step_of(matter).accepted_by
        if role is None:
            return None
        return role if self._who_did_not_write(matter, self.holding(matter, role)) else Role.LEGAL_SECTION

    def accepters(self, matter: Any) -> list[int]:
        """Who may accept the present step's opinions: nobody what they wrote themselves, as long as there is somebody else."""
        role = self.accepter(matter)
        able = self.holding(matter, role) if role is not None else []
        return self._who_did_not_write(matter, able) or able

    def informed(self, matter: Any) -> list[int]:
        """Who hears that a matter was opened, and that it is done."""
        roles = matters.kind_of(matter).informed
        return sorted({one for role in roles for one in self.holding(matter, role)})

    def _opened_as(self, post: int) -> Role:
        if post not in self._roles:
            self._roles[post] = Role(self._db.session.get_one(Post, post).role)
        return self._roles[post]

    def _who_did_not_write(self, matter: Any, able: Iterable[int]) -> list[int]:
        wrote = {one.person_id for one in assignments.live(self._db, matter)}
        return [one for one in able if one not in wrote]


def section(db: Transaction, matter: Any, today: date) -> list[int]:
    """As `Parties.section`; so are the others below."""
    return Parties(db, today).section(matter)


def opening_roles(db: Transaction, matter: Any) -> frozenset[Role]:
    """The roles that may open such a matter, and withdraw it."""
    return settings.opened_by(db, matter.bureau_id, matters.kind_of(matter))


def openers(db: Transaction, matter: Any, today: date) -> list[int]:
    """Who opened it, or acts for whoever did."""
    return Parties(db, today).openers(matter)


def assigner(db: Transaction, matter: Any, today: date) -> Role:
    """The role that assigns its present step."""
    return Parties(db, today).assigner(matter)


def assigners(db: Transaction, matter: Any, today: date) -> list[int]:
    """Who assigns its present step."""
    return Parties(db, today).assigners(matter)


def accepter(db: Transaction, matter: Any, today: date) -> Role | None:
    """The role that accepts its present step's opinions."""
    return Parties(db, today).accepter(matter)


def accepters(db: Transaction, matter: Any, today: date) -> list[int]:
    """Who accepts them."""
    return Parties(db, today).accepters(matter)


def informed(db: Transaction, matter: Any, today: date) -> list[int]:
    """Who is informed."""
    return Parties(db, today).informed(matter)
