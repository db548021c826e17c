"""The command outbox: what it shows of the rows that wait, that did not arrive, and of how messages fared."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.operating.catalogue import Sentence
from models import deliveries, outgoing_figures
from models.db import Database, Transaction

MOST_SHOWN = 30
LOOKS_BACK = timedelta(days=7)


def show(database: Database, now: datetime) -> Sentence:
    """What waits and why, what did not arrive lately, how much of everything there was. Raises DatabaseDown."""

    def read(db: Transaction) -> Sentence:
        since = now - LOOKS_BACK
        return "outbox", {
            "now": now,
            "queued": outgoing_figures.queued(db),
            "waiting": outgoing_figures.open_rows(db, MOST_SHOWN),
            "missed": outgoing_figures.not_arrived(db, since, MOST_SHOWN),
            "counts": outgoing_figures.counts(db, since, now),
            "days": LOOKS_BACK.days,
            "poison": deliveries.poisoned(db),
        }

    return database.read(read)
