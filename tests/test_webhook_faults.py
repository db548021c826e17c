"""A database that fails behind the webhook: no 200, so Telegram brings the update again, and it takes effect once."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from models import deliveries
from models.assessments import AnswerVersion
from models.db import Transaction
from models.deliveries import Delivery
from models.outgoing import LEASE
from models.sqlite import SqliteDatabase
from tests.emulators.telegram import Person
from tests.telegram_service import PATIENCE, Service, service

pytestmark = pytest.mark.anyio
LONG = "长" * 499
"""An answer that needs another page of the database."""
NOT_YET = 503


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    monkeypatch.setattr(SqliteDatabase, "BUSY_MS", 20)  # as if seconds passed with each attempt
    async with service(tmp_path, "webhook") as made:
        yield made


@pytest.fixture
async def contact(here: Service) -> Person:
    """Somebody who is asked what was done for an item."""
    found = here.someone()
    for text in ("改1", "符合"):
        await here.said(found, text)
    return found


@contextmanager
def locked(here: Service) -> Iterator[None]:
    """Another program holds the database meanwhile."""
    with closing(sqlite3.connect(here.place, isolation_level=None, timeout=PATIENCE)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def attempts(here: Service, update: int) -> list[int | str]:
    """What came of each attempt to bring an update."""
    return [how for one, how in here.telegram.deliveries.attempts if one == update]


def stored(here: Service, update: int) -> tuple[int, list[Any]]:
    """How often an update was taken in, and the answers that came of all of them."""

    def look(db: Transaction) -> tuple[int, list[Any]]:
        taken = db.session.connection().execute(sa.select(col(Delivery.key)).where(col(Delivery.key) == f"u{update}"))
        values = db.session.connection().execute(sa.select(col(AnswerVersion.value)).order_by(col(AnswerVersion.id)))
        return len(taken.all()), [value for (value,) in values]

    return here.database.read(look)


async def taken_in_the_end(here: Service, contact: Person, update: int, text: str, before: int) -> None:
    """The update was brought until it was taken, and then it was taken once, and answered once."""
    await here.quiet()
    *refused, last = attempts(here, update)
    assert (set(refused), last) == ({NOT_YET}, 200)
    assert stored(here, update) == (1, ["met", text])
    await here.until(lambda: len(contact.seen) > before)
    assert len(contact.seen) == before + 1
    assert here.database.read(deliveries.poisoned) == []
    await here.said(contact, "暂无")
    assert {row[0] for row in here.rows()} == {"done"}


async def test_a_locked_database(here: Service, contact: Person) -> None:
    before = len(contact.seen)
    with locked(here):
        update = (await contact.say(LONG)).update_id
        await here.until(lambda: len(attempts(here, update)) >= 5)
        assert set(attempts(here, update)) == {NOT_YET}
        assert stored(here, update) == (0, ["met"])
        assert len(contact.seen) == before
    await taken_in_the_end(here, contact, update, LONG, before)


async def test_a_full_disk(here: Service, contact: Person) -> None:
    before = len(contact.seen)
    room(here, 0)
    update = (await contact.say(LONG)).update_id
    await here.until(lambda: len(attempts(here, update)) >= 3)
    assert set(attempts(here, update)) == {NOT_YET}
    assert stored(here, update) == (0, ["met"])
    room(here, 1_000)
    await taken_in_the_end(here, contact, update, LONG, before)


def room(here: Service, pages: int) -> None:
    """Let the database grow by so many pages and no more, as a full disk would."""

    def limit(db: Transaction) -> None:
        driver: Any = db.session.connection().connection.driver_connection
        [used] = driver.execute("PRAGMA page_count").fetchone()
        driver.execute(f"PRAGMA max_page_count = {used + pages}").fetchall()

    here.database.write(limit).result(PATIENCE)


async def test_a_database_locked_before_the_mark_of_a_message_that_was_sent(here: Service, contact: Person) -> None:
    """The mark waits; the message does not go out a second time, even when its lease has run out meanwhile."""
    before, sending = len(contact.seen), here.telegram.faults.fail("hang", "sendMessage")
    await contact.say("帮助")
    await sending.reached.wait()
    with locked(here):
        sending.release()
        await here.until(lambda: len(contact.seen) == before + 1)
        here.clock.pass_(seconds=2 * LEASE.total_seconds())
        assert here.rows()[-1][0] == "running"
    await here.app.outbox.sweep()
    await here.quiet()
    state, _, repeated, _ = here.rows()[-1]
    assert (state, bool(repeated), len(contact.seen)) == ("done", False, before + 1)
