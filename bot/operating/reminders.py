"""The command reminders preview: the real machinery, run ahead of time on a database that keeps nothing of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import reading, reminding
from bot.channels import Traits
from bot.clock import ZONE, day_of
from bot.house import House
from bot.messages import Inbound
from bot.operating.catalogue import Sentence, Stopped
from bot.reminding import Delivered
from bot.render import Words
from bot.turn import Turn
from models import people, posts, reminders
from models.database import SQLITE, open_database
from models.db import Database, Transaction

MOST_DAYS = 400
USUALLY = timedelta(days=7)
FIRST_LINES = 3


@dataclass(frozen=True, slots=True)
class Expected:
    """A message that somebody will get if nothing changes until then."""

    at: datetime
    bureau: str
    unit: str
    name: str
    is_digest: bool
    lines: list[str]
    provisional: bool

    @property
    def day(self) -> date:
        """The day here."""
        return day_of(self.at)


class _Undone(Exception):
    """Carries what was found out of a transaction that is to be undone."""

    def __init__(self, found: list[Expected]) -> None:
        super().__init__(len(found))
        self.found = found


def preview(url: str, traits: Mapping[str, Traits], first: str, last: str, now: datetime) -> Sentence:
    """Who gets what from one day to another, as things stand now. Raises Stopped, DatabaseDown."""
    begins, ends = _days(first, last, day_of(now))
    house = House(Words(), traits, "", frozenset())
    after_last = datetime.combine(ends + timedelta(days=1), time(), ZONE).astimezone(UTC)

    def work(db: Transaction) -> None:
        raise _Undone(list(_run(db, house, now, after_last)))

    with _passing(url) as database:
        try:
            database.write(work).result()
        except _Undone as undone:
            found = [one for one in undone.found if one.day >= begins]
    return "reminders_preview", {"first": begins, "last": ends, "found": found}


def _days(first: str, last: str, today: date) -> tuple[date, date]:
    try:
        begins = reading.read_day(first, today) if first else today
        ends = reading.read_day(last, today) if last else begins + USUALLY
    except reading.Unreadable:
        raise Stopped("preview_no_day") from None
    if ends < begins:
        raise Stopped("preview_reversed", first=begins, last=ends)
    if ends < today:
        raise Stopped("preview_over", last=ends, today=today)
    if (ends - today).days >= MOST_DAYS:
        raise Stopped("preview_too_far", most=MOST_DAYS)
    return max(begins, today), ends


@contextmanager
def _passing(url: str) -> Iterator[Database]:
    """The database itself where what is undone holds nobody up; else a copy, which goes with its folder."""
    if not url.startswith(SQLITE):
        database = open_database(url)
        try:
            yield database
        finally:
            database.close()
        return
    place = Path(url.removeprefix(SQLITE))
    with TemporaryDirectory(dir=place.parent) as folder:
        copy = Path(folder) / place.name
        with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        database = open_database(f"{SQLITE}{copy}")
        try:
            yield database
        finally:
            database.close()


def _run(db: Transaction, house: House, now: datetime, until: datetime) -> Iterator[Expected]:
    """Go from one moment to the next at which something is due; each new day plans anew."""
    moment, day = now, date.min
    while moment < until:
        if day != day_of(moment):
            day = day_of(moment)
            reminding.replan(_turn(db, house, moment))
        while who := reminders.who_is_due(db, moment, reminding.MOST):
            for one in reminding.fall_due(_turn(db, house, moment), who):
                yield _expected(db, moment, one)
        midnight = datetime.combine(day + timedelta(days=1), time(), ZONE).astimezone(UTC)
        moment = min(midnight, reminders.next_moment(db) or midnight)


def _turn(db: Transaction, house: House, moment: datetime) -> Turn:
    return Turn(db, house, Inbound("", "", ""), moment)


def _expected(db: Transaction, moment: datetime, one: Delivered) -> Expected:
    post = posts.held(db, one.person, day_of(moment))[0]
    lines = "\n".join(text for _, text in one.body["parts"]).splitlines()
    name = people.name_of(db, one.person)
    return Expected(moment, post.bureau, post.unit, name, one.is_digest, lines[:FIRST_LINES], one.provisional)
