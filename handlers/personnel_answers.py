"""What the answers of 人员变动 come to: who leaves and follows, the posts that end and begin, the way that the report takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlmodel import col, select

from bot.fields import Option
from bot.flow import Answers
from bot.turn import Turn
from handlers.personnel_facts import BACK, Facts, Leaver, recommenders
from models import mergers
from models.people import HeldPost, Role, Unit
from models.personnel import filing
from models.personnel.changes import Kind, Line, Newcomer, Qualification
from models.personnel.filing import NoPlace
from models.quotas import ROSTERS

SEVERAL, ALL, NONE, OTHER_PERSON = "several", "all", "none", "not_them"
ADDED = "0"
"""Stands, in the keys of questions about who follows, for nobody's successor."""
FILED, RECOMMENDED, TO_HEAD, ALONE, TO_SECTION = "filed", "recommended", "to_head", "alone", "to_section"
"""The ways of a report: filed at once; recommended by being reported; to the head; without a head who could; needs no head."""
LINES = (
    {"unit", "kind", "who", "several", "roles", "role", "whom", "what", "to"}, {"reason", "why", "since"}, {"exception"},
)  # fmt: skip
"""What stands together in the summary; of who follows, everything about one person."""
PERSONAL = ("mobile", "name", "title", "to", "which")
"""The questions whose answers are about somebody else's person."""


@dataclass(frozen=True)
class Report(Facts):
    """A unit, and what is reported of it; `change`: the returned change that is being sent again, or None."""

    change: Any | None
    waits: bool
    """Whether some change asks something of the sender already."""

    def of(self, a: Answers) -> Report:
        """The unit that it is about."""
        return self

    def leavers(self, a: Answers) -> tuple[Leaver, ...]:
        """Who leaves, each with the posts that end."""
        if a.kind != Kind.LEAVING or "who" not in a:
            return ()
        chosen = a.several.items if a.who == SEVERAL else (a.who,)
        return tuple(self._ending(self.leaver(key), a) for key in chosen)

    def earliest(self, leavers: Iterable[Leaver]) -> date:
        """The first day on which all these posts can have ended: each was held for a day at least."""
        begun: date = max(post.starts_on for one in leavers for post in one.posts) + timedelta(days=1)
        return max(begun, self.turn.today - BACK)

    def must_be_followed(self, leavers: Iterable[Leaver]) -> bool:
        """Whether nobody of the legal section would be left to file anything if nobody followed these."""
        lines = [Line(post.role, post.id) for one in leavers for post in one.posts]
        return filing.nobody_left(self.turn.db, self.unit.bureau_id, lines, self.turn.today)

    def way(self, a: Answers) -> str:
        """Which way the report takes."""
        if self.by_section:
            return FILED
        if a.kind == Kind.CORRECTING:
            return TO_SECTION
        heads = recommenders(self.turn, self.unit.id, {one.person_id for one in self.leavers(a)})
        if self.turn.actor.person_id in heads:
            return RECOMMENDED
        return TO_HEAD if heads else ALONE

    def lines(self, a: Answers) -> list[Line]:
        """The posts that end and begin."""
        if a.kind == Kind.ADDING:
            return [self._followed(a, ADDED, Role(a.role), None)]
        found = []
        for one in self.leavers(a):
            taken = self.taken(a, one)
            for post in one.posts:
                follows = Role(post.role) in taken
                line = self._followed(a, str(one.person_id), Role(post.role), post.id)
                found.append(line if follows else Line(post.role, post.id))
        return found

    def taken(self, a: Answers, leaver: Leaver) -> tuple[Role, ...]:
        """Which of a leaver's roles pass to who follows."""
        which = a.get(f"takes_{leaver.person_id}", ALL)
        return tuple(role for role in leaver.roles if which in (ALL, role))

    def broken(self, a: Answers) -> NoPlace | None:
        """Which quota it would break; None: none."""
        lines = self.lines(a)
        for role in ROSTERS:
            try:
                filing.check_place(self.turn.db, self.unit, role, lines, a.since)
            except NoPlace as found:
                return found
        return None

    def is_new(self, a: Answers, key: str) -> bool:
        """Whether who follows is somebody new to the roster."""
        return self.known(a[f"mobile_{key}"], a.since) is None or a.get(f"is_{key}") == OTHER_PERSON

    def grouped(self, a: Answers) -> list[list[tuple[int, str, str]]]:
        """The answers as the summary lists them, line by line: (number, name of the question, its key)."""
        groups: dict[str, list[tuple[int, str, str]]] = {}
        for number, key in enumerate(a, 1):
            name, _, whose = key.partition("_")
            line = next((f"line {place}" for place, names in enumerate(LINES) if name in names), f"who follows {whose}")
            groups.setdefault(line, []).append((number, name, key))
        return list(groups.values())

    def leaver_of(self, a: Answers, key: str) -> Leaver | None:
        """The leaver whom a question is about; None: nobody leaves."""
        return next((one for one in self.leavers(a) if key.endswith(f"_{one.person_id}")), None)

    def _ending(self, leaver: Leaver, a: Answers) -> Leaver:
        which = a.get(f"roles_{leaver.person_id}", ALL)
        posts = tuple(post for post in leaver.posts if which in (ALL, post.role))
        return Leaver(leaver.person_id, leaver.name, posts)

    def _followed(self, a: Answers, key: str, role: Role, post: int | None) -> Line:
        mobile = a.get(f"mobile_{key}")
        if not isinstance(mobile, str):  # 暂无
            return Line(role.value, post)
        qualification, education = self._studied(a, key)
        known = self.known(mobile, a.since)
        if known is not None and not self.is_new(a, key):
            return Line(role.value, post, known.person.id, None, qualification, education)
        name, title = a[f"name_{key}"]
        newcomer = Newcomer(name, title or a.get(f"title_{key}", ""), mobile)
        return Line(role.value, post, None, newcomer, qualification, education)

    def _studied(self, a: Answers, key: str) -> tuple[str | None, str | None]:
        """法律职业资格 and 学历专业 as they stand on file."""
        given: Any = a.get(f"studied_{key}") or a.get(f"is_{key}")
        words = self.turn.house.words.labels("personnel_change", "on_file")
        licence = words["licence"] if given == Qualification.LICENCE else None
        degree = words["degree"] if given == Qualification.DEGREE else a.get(f"which_{key}")
        return licence, degree


@dataclass(frozen=True)
class Bureau:
    """Where the legal section reports: which unit it is about is asked first."""

    turn: Turn
    acting: HeldPost
    waits: bool
    change: None = None
    _units: dict[int, Report] = field(default_factory=dict)

    def named(self, part: str) -> tuple[Option, ...]:
        """The units in whose name a text stands, as choices; those that go on as part of another only where they are named."""
        of = Unit.bureau_id == self.acting.bureau_id, col(Unit.name).contains(part, autoescape=True)
        found = self.turn.db.session.exec(select(Unit).where(*of).order_by(col(Unit.id))).all()
        merged = {row.unit_id for row in mergers.of_bureau(self.turn.db, self.acting.bureau_id)} if not part else set()
        return tuple(Option(str(unit.id), unit.name) for unit in found if unit.id not in merged)

    def of(self, a: Answers) -> Report:
        """The unit that was chosen."""
        return self.at(a.unit)

    def at(self, unit: int) -> Report:
        """A unit of the bureau."""
        if unit not in self._units:
            self._units[unit] = Report(
                self.turn, self.turn.db.session.get_one(Unit, unit), self.acting, None, waits=False
            )
        return self._units[unit]


def personal(a: Answers) -> Iterator[str]:
    """The keys of answers about somebody else's person: nothing of them is kept once they are used."""
    return (key for key in a if key.partition("_")[0] in PERSONAL)
