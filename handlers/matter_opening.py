"""What 提请审核 goes by: the kinds that somebody may open, the units these are for, and who may be asked to review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from bot import reading
from bot.clock import local
from bot.fields import Option
from bot.flow import Answers
from bot.render import weekday
from bot.turn import Turn
from handlers.matter_fields import DueDay
from models import calendar, mergers
from models.affairs import Affair, By, Step, affairs
from models.calendar import Calendar
from models.matters import assignments, clock, settings
from models.matters.assignments import Candidate
from models.matters.parties import OF_UNIT
from models.people import HeldPost, Role
from models.personnel import history

LINES = (
    {"kind", "confidential", "route", "unit"},
    {"title"},
    {"details"},
    {"files", "handler", "handlers"},
    {"who", "several", "due"},
)
"""What stands together in the summary."""
ROUTE = "r"
"""Before the number of a route in what a choice carries."""


@dataclass(frozen=True)
class Opening:
    """A unit's, or a bureau's, as somebody who opens matters for it finds it: `posts` are those in which they do, in one unit."""

    turn: Turn
    posts: tuple[HeldPost, ...]

    @property
    def bureau(self) -> int:
        """The bureau that it is in."""
        return self.posts[0].bureau_id

    @cached_property
    def calendar(self) -> Calendar:
        """By which days are counted here."""
        return calendar.of_bureau(self.turn.db, self.bureau)

    @cached_property
    def kinds(self) -> tuple[Affair, ...]:
        """What can be opened, in the notice's order."""
        return tuple(kind for kind in affairs().kinds.values() if self.posts_for(kind))

    def posts_for(self, kind: Affair) -> list[HeldPost]:
        """The posts that let the sender open a kind, the one that reaches further first."""
        roles = settings.opened_by(self.turn.db, self.bureau, kind)
        return sorted((post for post in self.posts if post.role in roles), key=lambda post: post.role in OF_UNIT)

    def kind(self, a: Answers) -> Affair:
        """The kind that was chosen."""
        return affairs().kinds[a.kind]

    def route(self, a: Answers) -> str:
        """The route that was chosen; the only one, where there is no choice."""
        routes = tuple(self.kind(a).routes)
        return routes[int(a.route.removeprefix(ROUTE))] if "route" in a else routes[0]

    def first_step(self, a: Answers) -> Step:
        """With what it begins."""
        return self.kind(a).routes[self.route(a)][0]

    def own_unit(self, a: Answers) -> int | None:
        """The unit that it can only be for; None: any of the bureau."""
        post = self.posts_for(self.kind(a))[0]
        return post.unit_id if post.role in OF_UNIT else None

    @cached_property
    def units_here(self) -> dict[int, str]:
        """The bureau's units by id, with their names: those where somebody does more than lead the bureau."""
        roles = [role for role in Role if role is not Role.LEADER]
        held = history.held(self.turn.db, self.bureau, self.turn.today, roles)
        return {post.unit_id: post.unit for post in sorted(held, key=lambda post: post.unit_id)}

    def units(self, a: Answers, part: str = "") -> tuple[Option, ...]:
        """The units that it can be for, in whose name a text stands, as choices; merged ones only where they are named."""
        own = self.own_unit(a)
        over = mergers.of_bureau(self.turn.db, self.bureau) if part else []
        merged = {row.unit_id: row.unit for row in over if row.from_on <= self.turn.today}
        return tuple(
            Option(str(unit), name) for unit, name in (self.units_here | merged).items()
            if own in (None, unit) and part in reading.tidy(name)
        )  # fmt: skip

    def unit_name(self, a: Answers) -> str:
        """What the unit that it is for is called."""
        return self.units_here[a.unit]

    def staff(self, a: Answers) -> dict[int, str]:
        """Those of the unit's rosters today, by id, with their names."""
        held = history.in_unit(self.turn.db, a.unit, self.turn.today)
        return {post.person_id: post.name for post in held if post.on_behalf_of is None}

    def handlers(self, a: Answers) -> tuple[int, ...]:
        """Who of them handles what it is about."""
        if "handlers" in a:
            return tuple(map(int, a.handlers.items))
        return (int(a.handler),) if "handler" in a and a.handler.isdecimal() else ()

    def candidates(self, a: Answers) -> list[Candidate]:
        """Who may be asked by whoever opens it: nobody, where it is others' to choose, or nobody is left."""
        step = self.first_step(a)
        chooses = step.by is By.OWN_OFFICER or step.assigned_by in {post.role for post in self.posts}
        if not chooses:
            return []
        found = assignments.possible(self.turn.db, self.bureau, a.unit, step, self.turn.today, self.handlers(a))
        return [one for one in found if step.by is not By.OWN_OFFICER or one.unit_id == a.unit]

    def chosen(self, a: Answers) -> list[Candidate]:
        """Who of them is asked."""
        ids: Iterable[int] = ()
        if "several" in a:
            ids = map(int, a.several.items)
        elif isinstance(a.get("who"), int):
            ids = (a.who,)
        wanted = set(ids)
        return [one for one in self.candidates(a) if one.person_id in wanted]

    def grouped(self, a: Answers) -> list[list[tuple[int, str]]]:
        """The answers as the summary lists them, line by line: (number, key)."""
        numbered = list(enumerate(a, 1))
        lines = [[(number, key) for number, key in numbered if key in keys] for keys in LINES]
        return [line for line in lines if line]

    def usual_due(self, a: Answers) -> date:
        """The due date as the settings give it."""
        days = clock.days_of(self.turn.db, self.bureau, self.kind(a))
        return clock.from_start(self.calendar, self.turn.today, days).day

    def due_day(self, a: Answers) -> DueDay:
        """The question for another one."""
        usual = self.usual_due(a)
        return DueDay(self.first_due, self.last_due, usually=usual, called=weekday(usual))

    def due(self, day: date) -> clock.Due:
        """The due date that comes of one that was named."""
        return clock.chosen(self.calendar, day, self.turn.today)

    @property
    def first_due(self) -> date:
        """Today, as long as its office hours last."""
        over = local(self.turn.now).time() > clock.CLOSES_AT
        return self.turn.today + timedelta(days=over)

    @cached_property
    def last_due(self) -> date:
        """As far ahead as a due date may lie."""
        return self.calendar.after(self.turn.today, clock.LONGEST)
