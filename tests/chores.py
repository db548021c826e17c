"""Reminders to try: a kind of them whose objects a test makes up, and a process in which they fall due by hand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from bot import reminding, router
from bot.assistant import Assistant
from bot.clock import ZONE
from bot.house import House
from bot.messages import Button
from bot.reminders import Reminders
from bot.reminding import KINDS, Kind, Owed, Rung
from bot.rows import Sent
from bot.turn import Turn
from models import people
from tests.world import CHANNELS, VAULT, World

CHORE = "chore"
PLAN = 0
"""In place of an object: the plan of all."""


def moment(day: date | str, at: str = "09:00") -> datetime:
    """A time of a day here."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(day, time.fromisoformat(at), ZONE)


@dataclass
class Chore:
    """Something that people owe by a deadline, and when they are reminded of it."""

    text: str
    deadline: datetime | None
    owing: set[int]
    rungs: list[Rung] = field(default_factory=list)
    minutes: int = 5

    def rung(
        self, due_at: datetime, *, urgent: bool = False, until: datetime | None = None, provisional: bool = False
    ) -> Chore:
        """Plan a reminder; past its use with the deadline, or two weeks after it fell due."""
        past = self.deadline if self.deadline is not None and due_at < self.deadline else due_at + timedelta(days=14)
        self.rungs.append(Rung(f"{due_at:%m%d.%H%M}", due_at, self.deadline, until or past, urgent, 4, provisional))
        return self


class Chores:
    """All there are."""

    def __init__(self) -> None:
        self.objects: dict[int, Chore] = {}
        self.breaks: set[int] = set()
        """Objects whose owing is at fault."""
        self.asked: list[tuple[int, int | None]] = []

    def add(self, text: str, deadline: datetime | None, *owing: int) -> Chore:
        """One more, owed by some people."""
        return self.objects.setdefault(len(self.objects) + 1, Chore(text, deadline, set(owing)))

    def owing(self, turn: Turn, the_object: int, person: int | None) -> Iterator[Owed]:
        self.asked.append((the_object, person))
        if the_object in self.breaks:
            raise RuntimeError
        chore = self.objects[the_object]
        overdue = chore.deadline is not None and turn.now >= chore.deadline
        for one in sorted(chore.owing & ({person} if person is not None else chore.owing)):
            yield Owed(one, chore.text, Button("menu", label=f"办{chore.text}"), chore.minutes, chore.deadline, overdue)

    def plan(self, turn: Turn) -> Iterator[tuple[int, Iterable[Rung]]]:
        if PLAN in self.breaks:
            raise RuntimeError
        for number, chore in self.objects.items():
            yield number, chore.rungs


@contextmanager
def chores() -> Iterator[Chores]:
    """A registry in which they are the only kind."""
    made, before = Chores(), dict(KINDS)
    KINDS.clear()
    KINDS[CHORE] = Kind(made.owing, made.plan, "menu")
    try:
        yield made
    finally:
        KINDS.clear()
        KINDS.update(before)


class Process:
    """A process in which reminders fall due, and the messages that it sends."""

    def __init__(self, world: World, holder: str = "one") -> None:
        self.world = world
        self.rows: list[Sent] = []
        """Everything sent, on every channel."""
        house = House(world.words, CHANNELS, holder, frozenset(CHANNELS), VAULT)
        self.assistant = Assistant(world.database, house, world.clock, router.dispatch, self.rows.extend)
        self.reminders = Reminders(world.database, self.assistant, holder, world.clock)
        self._runner = asyncio.Runner()

    def tick(self) -> list[Sent]:
        """One tick; the messages that came of it, those on the page."""
        before = len(self.rows)
        self._runner.run(self.reminders.tick())
        return [row for row in self.rows[before:] if row.channel == "web"]

    def at(self, day: date | str, at: str = "09:00") -> list[Sent]:
        """Go to a time of a day, and tick."""
        self.set(day, at)
        return self.tick()

    def set(self, day: date | str, at: str = "09:00") -> None:
        """Set the clock."""
        self.world.clock._now = moment(day, at)

    def do(self, work: Any) -> list[Sent]:
        """Let something happen in a turn of nobody's."""
        before, handed_over = len(self.rows), threading.Event()
        future = self.assistant.by_itself("test", work)
        future.add_done_callback(lambda _: handed_over.set())
        future.result()
        handed_over.wait()
        return [row for row in self.rows[before:] if row.channel == "web"]

    def plan(self) -> None:
        """Bring the plan up to date."""
        self.do(reminding.replan)

    def tell(self, *persons: int, text: str = "第1项被退回。", of: tuple[str, int] | None = None) -> list[Sent]:
        """Return something to people."""

        def work(turn: Turn) -> None:
            with turn.within("chores"):
                turn.remind(persons, "told", Button("menu", label="去改"), of=of, text=text)

        return self.do(work)

    def news(self, *persons: int, text: str = "有人已加入。") -> None:
        """Tell people something that can wait."""

        def work(turn: Turn) -> None:
            with turn.within("chores"):
                turn.news(persons, "told", text=text)

        self.do(work)

    def states(self, rung: str = "%") -> list[str]:
        """What has become of the reminders for somebody, in the order in which they were made."""
        sql = f"SELECT state FROM reminder WHERE person_id > 0 AND rung LIKE '{rung}' ORDER BY id"
        return [state for (state,) in self.world.rows(sql)]

    def close(self) -> None:
        """It ends in good order."""
        self._runner.run(self.reminders.stop())
        self._runner.close()


@dataclass
class Case:
    """A world with such reminders, and two people in it: the campaign's contact and a liaison."""

    world: World
    due: Chores
    process: Process
    me: int
    other: int
    others: list[Process] = field(default_factory=list)

    def another(self) -> Process:
        """Another process on the same database."""
        self.others.append(Process(self.world, f"another {len(self.others)}"))
        return self.others[-1]


@contextmanager
def case(world: World) -> Iterator[Case]:
    """One in a world, which is closed with it."""
    process = Process(world)
    me, other = world.person("法制科法治联络员"), world.person("就业促进科法治联络员")
    on_the_page(world, me, other)
    with chores() as due:
        made = Case(world, due, process, me, other)
        try:
            yield made
        finally:
            for one in (process, *made.others):
                one.close()
            world.close()


def text_of(row: Sent) -> str:
    return "\n".join(text for _, text in row.body["parts"])


def labels_of(row: Sent) -> list[str]:
    return [label for line in row.body.get("buttons", ()) for label, _, _ in line]


def on_the_page(world: World, *persons: int) -> None:
    """Let people be reached on the page."""
    for person in persons:
        world.database.write(lambda db, person=person: people.have_address(db, person, "web", str(person))).result()
