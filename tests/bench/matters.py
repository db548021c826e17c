"""10,000 matters of one bureau: figures, a page of the list with its counts, what waits for somebody, and all their reminders."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlmodel import select

from bot import reminding
from bot.channels.web import WebChannel
from bot.clock import day_of
from bot.house import House
from bot.messages import Inbound
from bot.render import Words
from bot.turn import Turn
from handlers import matters as lists
from handlers.matter_reminders import MATTER, TASK
from handlers.matters import PAGE
from models import demo, holders, people, schema
from models.database import open_database
from models.db import Transaction
from models.matters import figures, listing
from models.matters.figures import Span
from models.matters.listing import Filter, Scope
from models.people import Bureau, Role
from models.rights import Right
from tests.sample_many_matters import fill

MATTERS, TIMES = 10_000, 5
BUREAU = "示范区人社局"


class Seconds(NamedTuple):
    """What each takes, the median of several times."""

    figures: float
    """By kind, of the bureau, with what each reviewer has to do."""
    page: float
    """The first page of all, with how many there are by state."""
    by_kind: float
    waiting: float
    """What waits for the legal section: of a thousand that are open, some hundreds."""
    planned: float
    """The daily plan of all their reminders, as they are found to be as planned."""


def measured(folder: Path) -> Seconds:
    """Everything in turn, in a database of its own, which lies beside those that are measured."""
    now = datetime.now(UTC)
    today = day_of(now)
    with TemporaryDirectory(dir=folder) as made:
        url = f"sqlite:///{made}/assistant.sqlite3"
        schema.migrate(url)
        database = open_database(url)
        try:
            database.write(lambda db: demo.fill(db, now, today)).result()
            bureau = database.read(lambda db: db.session.exec(select(Bureau.id).where(Bureau.name == BUREAU)).one())
            database.write(partial(fill, bureau=bureau, many=MATTERS, today=today, chance=Random(5))).result()
            house = House(Words(), {"web": WebChannel.traits}, "bench", frozenset({"web"}))
            chief = database.read(lambda db: holders.in_bureau(db, bureau, Role.LEGAL_SECTION, today))[0]
            database.write(lambda db: people.have_address(db, chief, "web", str(chief))).result()
            span, scope = Span(today.replace(month=1, day=1), today), Scope(bureau, 0, everything=True)

            def count(db: Transaction) -> None:
                figures.of_bureau(db, bureau, span, today)
                figures.loads(db, bureau, today)

            def page(db: Transaction) -> None:
                listing.page(db, scope, Filter(), 0, PAGE)
                listing.by_state(db, scope)

            def by_kind(db: Transaction) -> None:
                listing.by_kind(db, scope)

            def waiting(db: Transaction) -> None:
                turn = Turn(db, house, Inbound("web", str(chief), "bench"), now, reads=True)
                turn.recognise()
                assert turn.acts(Right.SEE_MATTER)
                assert list(lists.waiting_for(turn, lists.scope_of(turn)))

            def planned(db: Transaction) -> None:
                turn = Turn(db, house, Inbound("web", str(chief), "bench"), now)
                for kind in (MATTER, TASK):
                    reminding.astray(turn, kind)

            works = (count, page, by_kind, waiting, planned)
            return Seconds(*(_timed(partial(database.read, work)) for work in works))
        finally:
            database.close()


def _timed(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return median(taken)
