"""A process killed at any place between a delivery and its last effect: nothing is lost, nothing takes effect twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import failpoints as at
from bot.files import FileStore
from tests import postgres
from tests.crashing import Kill, Nursery, Service, killed, nursery
from tests.emulators.telegram import Person
from tests.sample_files import box, mp4
from tests.world import BEGINNING, demo_database

pytestmark = pytest.mark.anyio
COUNTIES = ("示范区人社局", "临港县人社局", "青山县人社局")
LADDER = datetime(2026, 8, 28, 1, 0, 5, tzinfo=UTC)
"""Just after 09:00 there: the counties have a week left, and one working day was taken from it by a Saturday."""

ANSWERS: list[Kill] = [
    (place, times) for times in (1, 2, 5)
    for place in (at.RECEIVED, at.WRITTEN, at.COMMITTED, at.SENDING, at.SENT, at.MARKED)
]  # fmt: skip
ON_POSTGRES: list[Kill] = [(place, 2) for place in (at.WRITTEN, at.COMMITTED, at.SENDING, at.SENT)]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("crash") / "log") as made:
        yield made


def sqlite(folder: Path) -> str:
    place = folder / "crash.sqlite3"
    shutil.copy(demo_database(), place)
    return f"sqlite:///{place}"


# An answer


@pytest.mark.parametrize(("database", "kills"), [("sqlite", ANSWERS), ("postgres", ON_POSTGRES)], ids=["sqlite", "postgres"])
async def test_answers(
    database: str, kills: list[Kill], here: Nursery, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = sqlite(tmp_path)
    if database == "postgres":
        url = postgres.fresh_copy(request.getfixturevalue("postgres_server"), "crash")
    async with killed(here, tmp_path, url, kills, BEGINNING) as service:
        contacts = [service.someone(bureau) for bureau in COUNTIES]
        given = await asyncio.gather(*(answer(service, contact) for contact in contacts))
        await service.settled()
        for contact, items in zip(contacts, given, strict=True):
            assert stored(service, contact) == [
                (str(item), version, key, value)
                for item in range(1, items + 1)
                for version, (key, value) in enumerate((("verdict", "na"), ("reason", reason(item))), 1)
            ]


async def answer(service: Service, contact: Person) -> int:
    """Answer item after item, with a button and a text, as long as there are kills to come; how many."""
    await said(service, contact, "指标自评")
    item = 0
    while service.kills:
        item += 1
        await contact.press("不涉及")
        await service.settled(contact)
        await said(service, contact, reason(item))
    return item


def reason(item: int) -> str:
    return f"第{item}项无此职责"


def stored(service: Service, contact: Person) -> list[tuple[str, int, str, Any]]:
    """Every version of every answer that somebody gave."""
    rows = service.rows(
        'SELECT answer.item, answerversion.version, "key", value FROM answerversion JOIN answer ON answer.id = answer_id '
        "WHERE answerversion.person_id = :person ORDER BY answer.position, answerversion.version",
        person=contact.id,
    )
    return [(item, version, key, json.loads(value) if isinstance(value, str) else value) for item, version, key, value in rows]


async def said(service: Service, person: Person, text: str) -> None:
    await person.say(text)
    await service.settled(person)
