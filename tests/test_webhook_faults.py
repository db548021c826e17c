"""A database that fails behind the webhook: no 200, so Telegram brings the update again, and it takes effect once."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from functools import partial
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
from tests.platform_service import PATIENCE
from tests.telegram_service import Service, service

pytestmark = pytest.mark.anyio
ANSWERS = ("长" * 300, "暂无", "符合")
"""What is asked of each item, after its verdict; then the verdict of the next."""
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
    """Somebody who has given one answer, and is asked for the next."""
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


def full(here: Service, but_for: int = 0) -> None:
    """Let the database grow by so many pages and no more, as a full disk would."""

    def limit(db: Transaction) -> None:
        driver: Any = db.session.connection().connection.driver_connection
        [used] = driver.execute("PRAGMA page_count").fetchone()
        driver.execute(f"PRAGMA max_page_count = {used + but_for}").fetchall()

    here.database.write(limit).result(PATIENCE)


def attempts(here: Service, update: int) -> list[int | str]:
    """What came of each attempt to bring an update."""
    return [how for one, how in here.telegram.deliveries.attempts if one == update]


def stored(here: Service, update: int) -> tuple[int, int]:
    """How often an update was taken in, and how many answers there are."""

    def look(db: Transaction) -> tuple[int, int]:
        taken = sa.select(sa.func.count()).where(col(Delivery.key) == f"u{update}")
        given = sa.select(sa.func.count()).select_from(AnswerVersion)
        return tuple(db.session.connection().execute(query).scalar_one() for query in (taken, given))  # type: ignore[return-value]

    return here.database.read(look)


async def refused(here: Service, contact: Person, update: int, answers: int) -> None:
    """Nothing is kept of an update, and nobody is told anything, however often it is brought."""
    before = len(contact.seen)
    await here.until(lambda: len(attempts(here, update)) >= 5)
    assert set(attempts(here, update)) == {NOT_YET}
    assert (*stored(here, update), len(contact.seen)) == (0, answers, before)


async def taken(here: Service, contact: Person, update: int, answers: int) -> None:
    """It is taken once, and answered once, and all goes on as before."""
    before = len(contact.seen)
    await here.quiet()
    *refused, last = attempts(here, update)
    assert (set(refused), last) == ({NOT_YET}, 200)
    assert (*stored(here, update), len(contact.seen)) == (1, answers + 1, before + 1)
    assert here.database.read(deliveries.poisoned) == []
    await here.said(contact, "菜单")
    assert {row[0] for row in here.rows()} == {"done"}


async def test_a_locked_database(here: Service, contact: Person) -> None:
    with locked(here):
        update = (await contact.say(ANSWERS[0])).update_id
        await refused(here, contact, update, answers=1)
    await taken(here, contact, update, answers=1)


async def test_a_full_disk(here: Service, contact: Person) -> None:
    full(here)
    update, answers = await answers_until_refused(here, contact)
    await refused(here, contact, update, answers)
    full(here, but_for=1_000)
    await taken(here, contact, update, answers)


async def answers_until_refused(here: Service, contact: Person) -> tuple[int, int]:
    """Use up what room there is in half-empty pages; the first update that is not taken, and how many answers there are."""
    answers = 1
    while True:
        update = (await contact.say(ANSWERS[(answers - 1) % len(ANSWERS)])).update_id
        await here.until(partial(attempts, here, update))
        if attempts(here, update)[0] == NOT_YET:
            return update, answers
        await here.quiet()
        answers += 1


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
