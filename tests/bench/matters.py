"""10,000 matters of one bureau: figures, a page of the list with its counts, and what reminders are planned of them."""

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

from bot.clock import day_of
from handlers.matters import PAGE
from models import demo, schema
from models.database import open_database
from models.db import Transaction
from models.matters import figures, listing
from models.matters.figures import Span
from models.matters.listing import Filter, Scope
from models.people import Bureau
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
            span, scope = Span(today.replace(month=1, day=1), today), Scope(bureau, 0, everything=True)

            def count(db: Transaction) -> None:
                figures.of_bureau(db, bureau, span, today)
                figures.loads(db, bureau, today)

            def page(db: Transaction) -> None:
                listing.page(db, scope, Filter(), 0, PAGE)
                listing.by_state(db, scope)

            def by_kind(db: Transaction) -> None:
                listing.by_kind(db, scope)

            return Seconds(*(_timed(partial(database.read, work)) for work in (count, page, by_kind)))
        finally:
            database.close()


def _timed(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return median(taken)
