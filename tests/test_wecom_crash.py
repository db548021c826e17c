"""As tests/test_crash.py, through WeCom: killed at any place, nothing is lost, nothing takes effect twice, a copy says so."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from bot import failpoints as at
from bot.channels.wecom import NAME
from bot.channels.wecom.settings import CALLBACK_PATH
from models import holders, people
from models.assessments import Answer, AnswerVersion
from models.db import table
from models.deliveries import Delivery
from models.evidence import Evidence
from models.outgoing import FINISHED, Outgoing, Urgency
from models.people import Address
from tests import postgres
from tests.crash_server import Order
from tests.crashing import BETWEEN_LIVES, MAYBE_AGAIN, OPEN, PATIENCE, Kill, Nursery, Service, nursery, text_in
from tests.emulators.wecom import Member, WeComEmulator
from tests.sample_files import box, mp4
from tests.test_crash import A_WEEK_LEFT, COUNTIES, EVERYWHERE, FILES, ON_POSTGRES, REMINDERS
from tests.world import BEGINNING, demo_database

pytestmark = pytest.mark.anyio
ANSWERS: list[Kill] = [(place, times) for times in (1, 3) for place in EVERYWHERE]
SPLIT = re.compile(r"[。？！\n]")
NOT_OURS = re.compile(f"[\\s┃]|请选择：|{MAYBE_AGAIN}")


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


class LifeClock:
    """The time of the process that lives: WeCom's calls carry it, and none from far away is taken."""

    def __init__(self) -> None:
        self.begin(BEGINNING)

    def begin(self, at: datetime) -> None:
        self._ahead = at - timedelta(seconds=time.monotonic())

    def now(self) -> datetime:
        return self._ahead + timedelta(seconds=time.monotonic())


class WeComService(Service):
    """One process after the other; the emulator stands where Telegram's does."""

    wecom: WeComEmulator

    def member(self, bureau: str, called: str = "法制科法治联络员") -> Member:
        """One of the demo's people, who can be reached by WeCom and nowhere else."""
        known = self._database.read(holders.everyone)
        number = next(one.person_id for one in known if (one.name, one.bureau) == (called, bureau))

        def move(db: Any) -> None:
            db.session.connection().execute(sa.delete(Address).where(col(Address.person_id) == number))
            people.have_address(db, number, NAME, f"m{number}")

        self._database.write(move).result(PATIENCE)
        return self.wecom.member(f"m{number}")

    async def over(self, member: Member | None = None) -> None:
        """Wait until all that members (or one of them) said was taken, and all that follows from it is out."""

        def is_over() -> bool:
            waiting = set(self.wecom.callbacks._running)
            waiting |= {row.address for row in self.rows(sa.select(col(Outgoing.address)).where(OPEN))}
            return not waiting if member is None else member.id not in waiting

        await self.until(is_over)

    def _order(self, begins: datetime, place: str, times: int) -> Order:
        self.wecom.ledger.clock.begin(begins)  # type: ignore[attr-defined]
        return replace(super()._order(begins, place, times), platform=NAME)

    def _taken(self) -> set[str]:
        numbers = (re.search(rb"<MsgId>(\d+)<", one.xml) for one in self.wecom.callbacks.history if one.taken)
        return {f"m{found[1].decode()}" for found in numbers if found is not None}


@asynccontextmanager
async def killed(
    here: Nursery, folder: Path, url: str, kills: Sequence[Kill], begins: datetime = BEGINNING
) -> AsyncIterator[WeComService]:
    """A service that is killed so; in the end everything is over, and held against the rules."""

    async def no_pause(_: float) -> None:
        await asyncio.sleep(0.005)

    async with WeComEmulator(LifeClock(), windows=(), sleep=no_pause) as wecom:
        service = WeComService(here, folder, url, wecom, kills, begins)  # type: ignore[arg-type]
        service.wecom = wecom
        wecom.callbacks.url, wecom.callbacks.retries = service.site + CALLBACK_PATH, 1000
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(service.live())
                yield service
                await service.over()
                await service.end()
            check(service)
        finally:
            service.close()


def sentences(text: str) -> Iterator[str]:
    """What a text says, sentence by sentence: of a long message, some stand on the card and some before it."""
    return (found for one in SPLIT.split(text) if (found := NOT_OURS.sub("", one)))


def check(service: WeComService) -> None:
    """Nothing is lost, nothing goes on, and what came twice was in flight at a kill and says so."""
    assert service.rows(sa.select(table(Outgoing)).where(OPEN)) == []
    assert service.rows(sa.select(col(Delivery.poison)).where(col(Delivery.poison).is_not(None))) == []
    rows = service.rows(
        sa.select(table(Outgoing)).where(col(Outgoing.kind) == "message", col(Outgoing.channel) == NAME)
    )
    assert {row.state for row in rows} == {FINISHED}
    assert {row.id for row in rows if row.repeated} <= set(service.in_flight)
    meant: Counter[tuple[str, str]] = Counter()
    copies: Counter[tuple[str, str]] = Counter()
    for row in rows:
        said = [(row.address, one) for one in sentences(text_in(row.body))]
        meant.update(said)
        for one in said * row.repeated:
            copies[one] += service.in_flight[row.id]
    effects = [
        one.message for one in service.wecom.ledger.history if not one.message.greyed and one.how != "message/recall"
    ]
    seen = Counter((one.member, said) for one in effects for said in sentences(one.words))
    for one, count in meant.items():
        assert count <= seen[one] <= count + copies[one], one
    marked = sum(MAYBE_AGAIN in one.words for one in effects)
    assert marked <= sum(service.in_flight[row.id] for row in rows if row.repeated)


async def said(service: WeComService, member: Member, text: str) -> None:
    member.say(text)
    await service.over(member)


async def test_answers(here: Nursery, tmp_path: Path, database: str) -> None:
    await people_answer(here, tmp_path, database, ANSWERS)


async def test_answers_on_postgresql(here: Nursery, tmp_path: Path, postgres_server: Path) -> None:
    await people_answer(here, tmp_path, postgres.fresh_copy(postgres_server, "wecom_crash"), ON_POSTGRES)


async def people_answer(here: Nursery, folder: Path, database: str, kills: list[Kill]) -> None:
    async with killed(here, folder, database, kills) as service:
        contacts = [service.member(bureau) for bureau in COUNTIES]
        given = await asyncio.gather(*(answer(service, contact) for contact in contacts))
        for contact, items in zip(contacts, given, strict=True):
            assert answers(service, contact) == [
                (str(item), version, key, value)
                for item in range(1, items + 1)
                for version, (key, value) in enumerate((("verdict", "na"), ("reason", f"第{item}项无此职责")), 1)
            ]
            assert len(messages(service, contact)) == 1 + 2 * items, "a delivery took effect twice"


async def answer(service: WeComService, contact: Member) -> int:
    """Answer item after item, with a button and a text, as long as there are kills to come; how many."""
    await said(service, contact, "指标自评")
    item = 0
    while service.kills:
        item += 1
        contact.press("不涉及")
        await service.over(contact)
        await said(service, contact, f"第{item}项无此职责")
    return item


def answers(service: WeComService, contact: Member) -> list[tuple[Any, ...]]:
    """Every version of every answer that somebody gave."""
    version = table(AnswerVersion)
    query = (
        sa.select(col(Answer.item), version.c.version, version.c.key, version.c.value)
        .join(version, version.c.answer_id == col(Answer.id))
        .where(version.c.person_id == int(contact.id[1:]))
        .order_by(col(Answer.position), version.c.version)
    )
    return [tuple(row) for row in service.rows(query)]


def messages(service: WeComService, member: Member, urgency: Urgency = Urgency.REPLY) -> list[Any]:
    """The messages of a class to somebody."""
    to_them = (col(Outgoing.person_id) == int(member.id[1:]), col(Outgoing.kind) == "message")
    return service.rows(sa.select(table(Outgoing)).where(*to_them, col(Outgoing.urgency) == int(urgency)))


async def test_pictures_that_wecom_holds(here: Nursery, tmp_path: Path, database: str) -> None:
    async with killed(here, tmp_path, database, FILES) as service:
        contact, sent = service.member(COUNTIES[0]), list[bytes]()
        while service.kills:
            sent.append(mp4() + box(b"free", bytes([len(sent)]) * 5_000_000))
            contact.send_video(sent[-1])
            await service.over()
        pieces = service.rows(sa.select(table(Evidence)).order_by(col(Evidence.id)))
        assert [(one.stage, one.number) for one in pieces] == [("stored", n) for n in range(1, len(sent) + 1)]
        kept = {path.read_bytes() for path in (tmp_path / "evidence").glob("??/*") if path.is_file()}
        assert set(sent) <= kept


async def test_reminders(here: Nursery, tmp_path: Path, database: str) -> None:
    async with killed(here, tmp_path, database, REMINDERS, A_WEEK_LEFT - 2 * BETWEEN_LIVES) as service:
        contacts = [service.member(bureau) for bureau in COUNTIES]
        await service.until(lambda: not service.kills)
        await service.until(lambda: all(contact.seen for contact in contacts))
        await service.over()
        assert [len(messages(service, contact, Urgency.REMINDER)) for contact in contacts] == [1, 1, 1]
        for contact in contacts:
            words = [one.words for one in contact.seen]
            assert len(words) == len(set(words)), "a reminder came twice"
            assert not any(MAYBE_AGAIN in one for one in words)


def test_every_place_is_met() -> None:
    named = {value for name, value in vars(at).items() if name.isupper()}
    assert {place for kills in (ANSWERS, FILES, REMINDERS) for place, _ in kills} == named
