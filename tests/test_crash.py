"""A process killed at any place between a delivery and its last effect: nothing is lost, nothing takes effect twice."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from bot import failpoints as at
from bot.files import FileStore
from models.assessments import Answer, AnswerVersion
from models.db import table
from models.evidence import Evidence
from models.outgoing import Outgoing, Urgency
from models.reminders import Reminder
from tests import postgres
from tests.crashing import BETWEEN_LIVES, Kill, Nursery, Service, UploadPage, killed, nursery
from tests.emulators.telegram import Person
from tests.sample_files import box, mp4
from tests.world import BEGINNING, demo_database

pytestmark = pytest.mark.anyio
COUNTIES = ("示范区人社局", "临港县人社局", "青山县人社局")
A_WEEK_LEFT = datetime(2026, 8, 28, 1, 0, 5, tzinfo=UTC)
"""Just after 09:00 there, when the counties' contacts are reminded: on a Friday, since the rung's own day is a day off."""

EVERYWHERE = (at.RECEIVED, at.WRITTEN, at.COMMITTED, at.SENDING, at.SENT, at.MARKED)
ANSWERS: list[Kill] = [(place, times) for times in (1, 2, 5) for place in EVERYWHERE]
ON_POSTGRES: list[Kill] = [(place, 2) for place in (at.WRITTEN, at.COMMITTED, at.SENDING, at.SENT)]
FILES: list[Kill] = [
    (at.FETCHING, 1), (at.PIECE, 1), (at.PIECE, 3), (at.WHOLE, 1), (at.LOOKED, 1),
    *((place, times) for times in (2, 3) for place in EVERYWHERE),
]  # fmt: skip
"""The second and third turns and rows are those of the fetching and of the looking."""
PAGES: list[Kill] = [
    (at.COMMITTED, 1), (at.PIECE, 1), (at.PIECE, 2), (at.PIECE, 3), (at.WHOLE, 1), (at.RECEIVED, 2), (at.COMMITTED, 2),
    (at.LOOKED, 1), (at.COMMITTED, 3),
]  # fmt: skip
"""The first turn is that in which the file is announced."""
REMINDERS: list[Kill] = [
    (at.WRITTEN, 1), (at.COMMITTED, 1), (at.WRITTEN, 1), (at.COMMITTED, 1), (at.SENDING, 1), (at.SENT, 1), (at.SENT, 2),
    (at.MARKED, 1),
]  # fmt: skip
"""The first two meet the tick that plans; then come those in which reminders fall due."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where processes begin."""
    with nursery(tmp_path_factory.mktemp("crash") / "log") as made:
        yield made


@pytest.fixture
def database(tmp_path: Path) -> str:
    place = tmp_path / "crash.sqlite3"
    shutil.copy(demo_database(), place)
    return f"sqlite:///{place}"


def test_every_place_has_its_kill() -> None:
    named = {value for name, value in vars(at).items() if name.isupper()}
    assert {place for kills in (ANSWERS, FILES, PAGES, REMINDERS) for place, _ in kills} == named


async def said(service: Service, person: Person, text: str) -> None:
    """Somebody types a text, and waits for what comes of it."""
    await person.say(text)
    await service.settled(person)


# Answers


async def test_answers(here: Nursery, tmp_path: Path, database: str) -> None:
    await people_answer(here, tmp_path, database, ANSWERS)


async def test_answers_on_postgresql(here: Nursery, tmp_path: Path, postgres_server: Path) -> None:
    await people_answer(here, tmp_path, postgres.fresh_copy(postgres_server, "crash"), ON_POSTGRES)


async def people_answer(here: Nursery, folder: Path, database: str, kills: list[Kill]) -> None:
    async with killed(here, folder, database, kills, BEGINNING) as service:
        contacts = [service.someone(bureau) for bureau in COUNTIES]
        given = await asyncio.gather(*(answer(service, contact) for contact in contacts))
        for contact, items in zip(contacts, given, strict=True):
            assert answers(service, contact) == [
                (str(item), version, key, value)
                for item in range(1, items + 1)
                for version, (key, value) in enumerate((("verdict", "na"), ("reason", reason(item))), 1)
            ]
            assert len(messages(service, contact)) == 1 + 2 * items, "a delivery took effect twice"


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


def answers(service: Service, contact: Person) -> list[tuple[Any, ...]]:
    """Every version of every answer that somebody gave."""
    version = table(AnswerVersion)
    query = (
        sa.select(col(Answer.item), version.c.version, version.c.key, version.c.value)
        .join(version, version.c.answer_id == col(Answer.id))
        .where(version.c.person_id == contact.id)
        .order_by(col(Answer.position), version.c.version)
    )
    return [tuple(row) for row in service.rows(query)]


def messages(service: Service, person: Person, urgency: Urgency = Urgency.REPLY) -> list[Any]:
    """The messages of a class to somebody."""
    to_them = (col(Outgoing.person_id) == person.id, col(Outgoing.kind) == "message")
    return service.rows(sa.select(table(Outgoing)).where(*to_them, col(Outgoing.urgency) == int(urgency)))


# Files


def video(number: int, size: int = 300_000) -> bytes:
    """A sound video like no other."""
    data = mp4()
    return data + box(b"free", bytes([number]) * (size - len(data) - 8))


async def test_files_that_telegram_holds(here: Nursery, tmp_path: Path, database: str) -> None:
    async with killed(here, tmp_path, database, FILES, BEGINNING) as service:
        contact, sent = service.someone(COUNTIES[0]), list[bytes]()
        while service.kills:
            sent.append(video(len(sent)))
            await contact.send_document(f"大厅{len(sent)}.mp4", sent[-1])
            await service.settled()
        all_here(service, sent)


async def test_files_by_the_upload_page(here: Nursery, tmp_path: Path, database: str) -> None:
    async with killed(here, tmp_path, database, PAGES, BEGINNING) as service, UploadPage(service.site) as page:
        contact, sent = service.someone(COUNTIES[0]), list[bytes]()
        await said(service, contact, "上传文件")
        await page.open(contact.seen[-1].text)
        while service.kills:
            sent.append(video(len(sent)))
            await page.bring(f"大厅{len(sent)}.mp4", sent[-1], pieces=3)
            await service.settled()
        all_here(service, sent)


def all_here(service: Service, sent: list[bytes]) -> None:
    """Each file is one piece, whole, under its hash, and nothing else is there."""
    store = FileStore(service.folder / "evidence")
    pieces = service.rows(sa.select(table(Evidence)).order_by(col(Evidence.id)))
    assert [(one.name, one.stage, one.sha256, one.number) for one in pieces] == [
        (f"大厅{number}.mp4", "stored", hashlib.sha256(data).hexdigest(), number) for number, data in enumerate(sent, 1)
    ]
    assert [store.path(one.sha256).read_bytes() for one in pieces] == sent


# Reminders


async def test_reminders(here: Nursery, tmp_path: Path, database: str) -> None:
    async with killed(here, tmp_path, database, REMINDERS, A_WEEK_LEFT - 2 * BETWEEN_LIVES) as service:
        contacts = [service.someone(bureau) for bureau in COUNTIES]
        await service.until(lambda: not service.kills)
        await service.until(lambda: all(contact.seen for contact in contacts))
        await service.settled()
        due = sa.select(table(Reminder)).where(col(Reminder.person_id).in_([one.id for one in contacts]))
        assert Counter((row.person_id, row.state) for row in service.rows(due)) == {
            (one.id, "sent"): 1 for one in contacts
        }
        assert [len(messages(service, contact, Urgency.REMINDER)) for contact in contacts] == [1, 1, 1]
