"""What 人员变动 goes by: a unit's posts, its quotas, and who somebody is by their mobile."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from bot.fields import Option
from bot.turn import Turn
from handlers.own_data import carries_personal
from models import holders, own_data, quotas
from models.people import HeldPost, Person, Role, Unit
from models.personnel import history
from models.personnel.changes import Kind
from models.quotas import ROSTERS

BACK, AHEAD = timedelta(days=366), timedelta(days=184)
"""So far back, and ahead, a change may be reported (ours): a date without its year can then hardly be taken for another."""
_RANK = (Role.LEGAL_SECTION, Role.HEAD, Role.LIAISON, Role.LEGAL_OFFICER)


def widest(posts: Iterable[HeldPost]) -> HeldPost:
    """Of the posts in which somebody may report a change, the one that lets them report most."""
    return min(posts, key=lambda post: _RANK.index(post.role))


def recommenders(turn: Turn, unit: int, leaving: Collection[int]) -> list[int]:
    """The heads of a unit who can recommend a change: those who do not leave by it."""
    return [one for one in holders.in_unit(turn.db, unit, Role.HEAD, turn.today) if one not in leaving]


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
    is_sender: bool
    units: tuple[str, ...]
    roles: tuple[Role, ...]
    here: tuple[Role, ...]
    """The roles held in the unit that the change is about."""
    elsewhere: bool
    in_office: bool
    """Whether some post is held today or later, so that the mobile cannot be another's by now."""

    @property
    def qualified(self) -> bool:
        """Whether it is on file what the person has studied."""
        return bool(self.person.qualification or self.person.education)


@dataclass(frozen=True)
class Facts:
    """A unit as it is now, for somebody who may report its changes."""

    turn: Turn
    unit: Unit
    acting: HeldPost

    @cached_property
    def carries(self) -> bool:
        """Whether other people's numbers may stand on the sender's channel."""
        return carries_personal(self.turn)

    @property
    def by_section(self) -> bool:
        """Whether the legal section enters it itself."""
        return self.acting.role is Role.LEGAL_SECTION

    @cached_property
    def posts(self) -> tuple[Any, ...]:
        """The unit's posts, of today and to come, without those of who stands in for another."""
        lasting = history.lasting(self.turn.db, self.unit.id, self.turn.today)
        return tuple(post for post in lasting if post.on_behalf_of is None)

    @cached_property
    def people(self) -> tuple[Leaver, ...]:
        """Whom the sender may report on, with the posts in question: a 法治员 on nobody else."""
        roles = set(Role) if self.by_section else {*ROSTERS, Role.HEAD}
        only = self.turn.actor.person_id if self.acting.role is Role.LEGAL_OFFICER else None
        found: dict[int, list[Any]] = {}
        for post in self.posts:
            if post.role in roles and only in (None, post.person_id):
                found.setdefault(post.person_id, []).append(post)
        return tuple(Leaver(person, posts[0].name, tuple(posts)) for person, posts in found.items())

    @cached_property
    def others(self) -> tuple[Leaver, ...]:
        """Those of them whose information is not the sender's own to put right."""
        return tuple(one for one in self.people if one.person_id != self.turn.actor.person_id)

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """What the sender can report here."""
        adds = self.acting.role is not Role.LEGAL_OFFICER and bool(self.to_add)
        offered = {Kind.LEAVING: bool(self.people), Kind.ADDING: adds, Kind.CORRECTING: bool(self.others)}
        return tuple(kind for kind, any_of_it in offered.items() if any_of_it)

    @cached_property
    def to_add(self) -> tuple[Role, ...]:
        """The rosters that the unit has, full or not."""
        return tuple(role for role in ROSTERS if self.quota(role).most)

    @property
    def lacking(self) -> list[tuple[Role, int]]:
        """空缺: of which roster how many are missing today."""
        missing = [(role, self.quota(role).least - self._held_today(role)) for role in ROSTERS]
        return [(role, count) for role, count in missing if count > 0]

    def quota(self, role: Role) -> quotas.Quota:
        """How many of a role the unit has, at least and at most."""
        return quotas.of_unit(self.turn.db, self.unit, role)

    def held(self, role: Role, since: date) -> int:
        """The greatest number who hold a role here from a day on."""
        return quotas.most_held(self.turn.db, self.unit.id, role, since)

    def free_from(self, role: Role, since: date) -> date | None:
        """The first day, not before another, from which there is a place for a role; None: none is known."""
        ends = {post.ends_on for post in self.posts if post.role == role and post.ends_on is not None}
        days = sorted({since, *(day for day in ends if day > since)})
        return next((day for day in days if self.held(role, day) < self.quota(role).most), None)

    def leaver(self, key: str) -> Leaver:
        """Whom a choice means. KeyError: nobody here."""
        found = next((one for one in self.people if one.key == key), None)
        if found is None:
            raise KeyError(key)
        return found

    def known(self, mobile: str, day: date) -> Known | None:
        """Who has a mobile, as of a day; None: nobody on file, or nobody but somebody who has left another bureau."""
        person = own_data.has_mobile(self.turn.db, mobile)
        if person is None:
            return None
        ever = [post for post in history.of_person(self.turn.db, person) if post.on_behalf_of is None]
        posts = [post for post in ever if post.ends_on is None or post.ends_on > max(day, self.turn.today)]
        if not posts and (not ever or ever[-1].bureau_id != self.unit.bureau_id):
            return None
        return Known(
            self.turn.db.session.get_one(Person, person),
            person == self.turn.actor.person_id,
            tuple(dict.fromkeys(post.unit for post in posts)),
            tuple(dict.fromkeys(Role(post.role) for post in posts)),
            tuple(Role(post.role) for post in posts if post.unit_id == self.unit.id),
            elsewhere=any(post.bureau_id != self.unit.bureau_id for post in posts),
            in_office=any(post.ends_on is None or post.ends_on > self.turn.today for post in ever),
        )

    def _held_today(self, role: Role) -> int:
        return quotas.held(self.turn.db, self.unit.id, role, self.turn.today)


def choices(found: Iterable[Leaver], labels: Any) -> tuple[Option, ...]:
    """People as choices: each with the roles in question."""
    return tuple(Option(one.key, f"{one.name} {'、'.join(labels[role.value] for role in one.roles)}") for one in found)
