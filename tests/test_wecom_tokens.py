"""One access token for all processes: one of them fetches it, the others find it, and nobody finds it in the database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels import NotReached
from bot.channels.wecom.api import Alone
from bot.channels.wecom.tokens import Seal, Tokens
from bot.sharing import SharedByDatabase
from models import schema
from models.database import open_database
from models.db import Database
from tests.platform_service import no_pause
from tests.wecom_service import settings
from tests.world import FrozenClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    url = f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    schema.migrate(url)
    return open_database(url)


class Platform:
    """Gives tokens, one after the other, and takes its time."""

    def __init__(self) -> None:
        self.given = 0
        self.hangs = asyncio.Event()
        self.hangs.set()

    async def fetch(self) -> tuple[str, int]:
        await self.hangs.wait()
        await asyncio.sleep(0.01)
        self.given += 1
        return f"token-{self.given}", 7200


async def test_however_many_processes_there_are_one_of_them_fetches_it(database: Database) -> None:
    clock, platform = FrozenClock(), Platform()
    processes = [
        Tokens(
            settings("http://x"),
            SharedByDatabase(database, f"process {number}", clock),
            clock,
            platform.fetch,
            no_pause,
        )
        for number in range(4)
    ]
    found = await asyncio.gather(*(one.get() for one in processes for _ in range(5)))
    assert (set(found), platform.given) == ({"token-1"}, 1)
    for one in processes:
        one.drop("token-1")
    found = await asyncio.gather(*(one.get() for one in processes))
    assert (set(found), platform.given) == ({"token-2"}, 2)
    processes[0].drop("token-1")
    assert await processes[0].get() == "token-2"
    kept = database.read(
        lambda db: db.session.connection().exec_driver_sql("SELECT value FROM sharedvalue").scalars().all()
    )
    assert kept
    assert not any("token" in one for one in kept)
    database.close()


async def test_a_process_that_hangs_holds_the_others_up_for_seconds_only(database: Database) -> None:
    clock, hanging, platform = FrozenClock(), Platform(), Platform()
    hanging.hangs.clear()
    first = Tokens(settings("http://x"), SharedByDatabase(database, "first", clock), clock, hanging.fetch, no_pause)
    second = Tokens(settings("http://x"), SharedByDatabase(database, "second", clock), clock, platform.fetch, no_pause)
    task = asyncio.create_task(first.get())
    await asyncio.sleep(0.05)
    with pytest.raises(NotReached):
        await second.get()
    clock.pass_(seconds=9)
    assert await second.get() == "token-1"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    database.close()


async def test_the_same_one_given_again_is_good_and_is_not_fetched_for_every_call() -> None:
    """A platform may refuse a token once by mistake, and give it again as long as it lasts."""
    fetched = 0

    async def fetch() -> tuple[str, int]:
        nonlocal fetched
        fetched += 1
        return "the same", 7200

    tokens = Tokens(settings("http://x"), Alone(), FrozenClock(), fetch, no_pause)
    tokens.drop(await tokens.get())
    assert [await tokens.get() for _ in range(5)] == ["the same"] * 5
    assert fetched == 2


async def test_it_is_used_until_five_minutes_before_its_end() -> None:
    clock, platform = FrozenClock(), Platform()
    tokens = Tokens(settings("http://x"), Alone(), clock, platform.fetch, no_pause)
    assert await tokens.get() == "token-1"
    clock.pass_(seconds=timedelta(minutes=114, seconds=59).total_seconds())
    assert await tokens.get() == "token-1"
    clock.pass_(seconds=2)
    assert await tokens.get() == "token-2"


def test_what_was_kept_with_another_secret_is_none() -> None:
    assert Seal("one").opened(Seal("one").sealed("token")) == "token"
    for kept in (Seal("other").sealed("token"), "", "no base64", "AAAA"):
        assert Seal("one").opened(kept) == ""
