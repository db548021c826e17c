"""A roster of 3,000 people in 500 units: brought in from a file; listed, and exported as 备案汇总表."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

from bot.clock import day_of
from bot.documents.filing.document import docx
from bot.documents.filing.workbook import xlsx
from bot.render import Words
from handlers.roster import PAGE
from models import schema
from models.database import open_database
from models.db import Database, Transaction
from models.personnel import filing_table, listing
from models.roster import files, planning, writing
from tests.sample_rosters import roster as file_of
from tests.sample_rosters import somebody

T = TypeVar("T")

PEOPLE, UNITS = 3_000, 500
FIRST_MOBILE = 13_800_000_000
ROLES = ("联络员", "法治员")


class Seconds(NamedTuple):
    """What each takes."""

    imported: float
    """The file read, the plan made, everything written and durable."""
    listed: float
    paged: float
    """A page of the 花名册 by unit, the median of all its pages."""
    xlsx: float
    docx: float


def measured(folder: Path) -> Seconds:
    """Everything in turn, in a database of its own, which lies beside those that are measured."""
    now = datetime.now(UTC)
    today = day_of(now)
    with TemporaryDirectory(dir=folder) as made:
        place = Path(made) / "roster.xlsx"
        people = [somebody(f"{n % UNITS}科", f"{n}号", FIRST_MOBILE + n, ROLES[n // UNITS % 2]) for n in range(PEOPLE)]
        place.write_bytes(file_of(people, [("示范区人社局", "县区", "")]))
        url = f"sqlite:///{made}/assistant.sqlite3"
        schema.migrate(url)
        database = open_database(url)
        words = Words()
        try:
            imported, _ = _timed(lambda: _bring(database, place, now))
            listed, table = _timed(lambda: database.read(partial(filing_table.collected, bureau=1, day=today)))
            page = partial(listing.by_unit, bureau=1, day=today, most=PAGE)
            pages = [partial(database.read, partial(page, start=start)) for start in range(0, UNITS, PAGE)]
            paged = median(_timed(one)[0] for one in pages)
            written = [_timed(partial(make, words, table))[0] for make in (xlsx, docx)]
        finally:
            database.close()
    return Seconds(imported, listed, paged, *written)


def _bring(database: Database, place: Path, now: datetime) -> None:
    parsed = files.read(place, day_of(now))

    def work(db: Transaction) -> None:
        plan = planning.plan(db, parsed, None, day_of(now))
        writing.apply(db, plan, now, writing.By(None, None, "command"))

    database.write(work).result()


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found
