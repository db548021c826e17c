"""What 人员变动 goes by: a unit's posts, its quotas, and who somebody is by their mobile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from bot.fields import Option
from bot.flow import Answers
from bot.turn import Turn
from sqlmodel import col, select

from models import own_data, quotas
from models.people import HeldPost, Person, Role, Unit
from models.personnel import effects, history
from models.personnel.changes import Kind, Line, Newcomer, Qualification
from models.quotas import ROSTERS

NOBODY = "nobody"
"""暂无继任人选."""
SEVERAL = "several"
BOTH = "both"
LATEST = timedelta(days=366)
"""So far ahead a change may be reported."""


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody of the unit with posts that the sender may report on."""

    person_id: int
    name: str
    posts: tuple[Any, ...]

    @property
    def key(self) -> str:
        """What a choice carries."""
        return f"p{self.person_id}"

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles of these posts."""
        return tuple(Role(post.role) for post in self.posts)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is on file already: where, in which roles, and whether that is in another bureau."""

    person: Person
    units: tuple[str, ...]
    roles: tuple[Role, ...]
    here: tuple[Role, ...]
    """The roles held in the unit that the change is about."""
    elsewhere: bool


@dataclass(frozen=True)
class Bureau:
    """Where the legal section reports: which unit it is about is asked first."""

    turn: Turn
    acting: HeldPost

    def named(self, part: str) -> tuple[Option, ...]:
        """The units in whose name a text stands, as choices."""
        units = select(Unit).where(Unit.bureau_id == self.acting.bureau_id, col(Unit.name).contains(part, autoescape=True))
        found = self.turn.db.session.exec(units.order_by(col(Unit.id))).all()
        return tuple(Option(str(unit.id), unit.name) for unit in found)

    def at(self, unit: int) -> Facts:
        """The unit that was chosen."""
        return Facts(self.turn, self.turn.db.session.get_one(Unit, unit), self.acting, None)


def unit_of(a: Answers) -> Facts:
    """The unit that a report is about, by its facts and what was answered so far."""
    return a.facts.at(a.unit) if isinstance(a.facts, Bureau) else a.facts


@dataclass(frozen=True)
class Facts:
    """A unit as it is now; `change`: the returned change that is being sent again, or None."""

    turn: Turn
    unit: Unit
    acting: HeldPost
    change: Any | None

    @property
    def by_section(self) -> bool:
        """Whether the legal section enters it itself."""
        return self.acting.role is Role.LEGAL_SECTION

    @property
    def own_only(self) -> bool:
        """Whether the sender may report on nobody else: a 法治员."""
        return self.acting.role is Role.LEGAL_OFFICER

    @cached_property
    def posts(self) -> tuple[Any, ...]:
        """The unit's posts, of today and to come, without those of who stands in for another."""
        lasting = history.lasting(self.turn.db, self.unit.id, self.turn.today)
        return tuple(post for post in lasting if post.on_behalf_of is None)

    @cached_property
    def people(self) -> tuple[Leaver, ...]:
        """Whom the sender may report on, with the posts in question."""
        roles = set(Role) if self.by_section else {*ROSTERS, Role.HEAD}
        found: dict[int, list[Any]] = {}
        for post in self.posts:
            if post.role in roles and (not self.own_only or post.person_id == self.turn.actor.person_id):
                found.setdefault(post.person_id, []).append(post)
        return tuple(Leaver(person, posts[0].name, tuple(posts)) for person, posts in found.items())

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """What the sender can report here."""
        leaving = [Kind.LEAVING, Kind.CORRECTING] if self.people else []
        adding = [Kind.ADDING] if not self.own_only and self.to_add else []
        return tuple(kind for kind in Kind if kind in (*leaving, *adding))

    @cached_property
    def to_add(self) -> tuple[Role, ...]:
        """The rosters with a place free; for the legal section both, since it may allow more."""
        return tuple(role for role in ROSTERS if self.by_section or self.held(role) < self.quota(role).most)

    def quota(self, role: Role) -> quotas.Quota:
        """How many of a role the unit has, at least and at most."""
        return quotas.of_unit(self.turn.db, self.unit, role)

    def held(self, role: Role) -> int:
        """The greatest number who hold a role here from today on."""
        return quotas.most_held(self.turn.db, self.unit.id, role, self.turn.today)

    def leaver(self, key: str) -> Leaver:
        """Whom a choice means. KeyError: nobody here."""
        found = next((one for one in self.people if one.key == key), None)
        if found is None:
            raise KeyError(key)
        return found

    def leavers(self, a: Answers) -> tuple[Leaver, ...]:
        """Who leaves by the answers so far, each with the posts that end."""
        chosen = a.several.items if a.who == SEVERAL else (a.who,)
        return tuple(self._ending(self.leaver(key), a) for key in chosen)

    def earliest(self, leavers: Iterable[Leaver]) -> date:
        """The first day on which all these posts can have ended: each was held for a day at least."""
        return max(post.starts_on for one in leavers for post in one.posts) + timedelta(days=1)

    def must_be_followed(self, leaver: Leaver) -> bool:
        """Whether nobody of the legal section would be left to file anything, so that somebody has to follow."""
        ending = [post.id for post in leaver.posts]
        return effects.nobody_left(self.turn.db, self.unit.bureau_id, ending, self.turn.today)

    def known(self, mobile: str) -> Known | None:
        """Who has a mobile; None: nobody on file."""
        person = own_data.has_mobile(self.turn.db, mobile)
        if person is None:
            return None
        posts = [
            post
            for post in history.of_person(self.turn.db, person)
            if post.on_behalf_of is None and (post.ends_on is None or post.ends_on > self.turn.today)
        ]
        here = tuple(Role(post.role) for post in posts if post.unit_id == self.unit.id)
        elsewhere = any(post.bureau_id != self.unit.bureau_id for post in posts)
        units = tuple(dict.fromkeys(post.unit for post in posts))
        roles = tuple(dict.fromkeys(Role(post.role) for post in posts))
        return Known(self.turn.db.session.get_one(Person, person), units, roles, here, elsewhere)

    def lines(self, a: Answers) -> list[Line]:
        """The posts that the answers end and begin."""
        if a.kind == Kind.ADDING:
            return [self._followed(a, "0", Role(a.role), None)]
        lines = []
        for one in self.leavers(a):
            taken = a.get(f"takes_{one.person_id}", BOTH)
            for post in one.posts:
                follows = taken in (BOTH, post.role)
                lines.append(
                    self._followed(a, str(one.person_id), Role(post.role), post.id)
                    if follows
                    else Line(post.role, post.id)
                )
        return lines

    def _ending(self, leaver: Leaver, a: Answers) -> Leaver:
        which = a.get(f"roles_{leaver.person_id}", BOTH)
        posts = tuple(post for post in leaver.posts if which in (BOTH, post.role))
        return Leaver(leaver.person_id, leaver.name, posts)

    def _followed(self, a: Answers, key: str, role: Role, post: int | None) -> Line:
        mobile = a.get(f"mobile_{key}")
        if not isinstance(mobile, str):  # 暂无
            return Line(role.value, post)
        known = self.known(mobile)
        if known is not None:
            return Line(role.value, post, successor=known.person.id)
        given = a.get(f"qualification_{key}")
        words = self.turn.house.words.labels("personnel_change", "on_file")
        licence = words["licence"] if given is Qualification.LICENCE else None
        degree = words["degree"] if given is Qualification.DEGREE else a.get(f"qualification_text_{key}")
        return Line(role.value, post, newcomer=Newcomer(a[f"name_{key}"], a[f"title_{key}"], mobile, licence, degree))


def choices(people: Iterable[Leaver], labels: Any) -> tuple[Option, ...]:
    """People as choices: each with the roles in question."""
    return tuple(
        Option(one.key, f"{one.name} {'、'.join(labels[role.value] for role in one.roles)}") for one in people
    )
