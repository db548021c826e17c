"""Bringing a roster of 3,000 people in 500 units in: the file read, the plan made, everything written and durable."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.clock import day_of
from models import schema
from models.database import open_database
from models.db import Transaction
from models.roster import files, planning, writing
from tests.sample_rosters import roster as file_of
from tests.sample_rosters import somebody

PEOPLE, UNITS = 3_000, 500
FIRST_MOBILE = 13_800_000_000


def imported(folder: Path) -> float:
    """Seconds for the whole import into an empty database, which lies beside those that are measured."""
    with TemporaryDirectory(dir=folder) as made:
        place = Path(made) / "roster.xlsx"
        people = [somebody(f"{n % UNITS}科", f"{n}号", FIRST_MOBILE + n, "联络员") for n in range(PEOPLE)]
        place.write_bytes(file_of(people, [("示范区人社局", "县区", "")]))
        url = f"sqlite:///{made}/assistant.sqlite3"
        schema.migrate(url)
        database = open_database(url)
        try:
            begun = time.perf_counter()
            now = datetime.now(UTC)
            parsed = files.read(place, day_of(now))

            def work(db: Transaction) -> None:
                plan = planning.plan(db, parsed, None, day_of(now))
                writing.apply(db, plan, now, writing.By(None, None, "command"))

            database.write(work).result()
            return time.perf_counter() - begun
        finally:
            database.close()
