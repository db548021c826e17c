"""An assistant that is killed again and again while people talk to it through an emulated Telegram, and what must hold then."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import sqlalchemy as sa
from sqlmodel import col

from bot import hidden
from bot.due_work import DUE_SECONDS
from bot.render import Words
from models import holders, outgoing, people
from models.database import open_database
from models.db import table
from models.deliveries import Delivery
from models.outgoing import Outgoing
from models.people import Address
from tests.crash_server import FAST, Order
from tests.emulators.telegram import Person, TelegramEmulator
from tests.world import VAULT, demo_database

ROOT = Path(__file__).parents[1]
NAME = "telegram"
PATIENCE = 60
"""Seconds for what takes milliseconds."""
BETWEEN_LIVES = timedelta(seconds=60)
"""From when one process begins to when the next does, by their clocks: the leases of the one before have run out."""

OPEN = col(Outgoing.state).in_([outgoing.CREATED, outgoing.RUNNING, outgoing.WAITING])

Kill = tuple[str, int]
"""A place, and at the so-manieth time that it is come by."""


class Nursery:
    """Where processes begin: tests/crash_server.py."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = int(self._line())

    def begin(self, order: Order) -> int:
        """Let a process begin; its id."""
        assert self._process.stdin is not None
        print(json.dumps(asdict(order)), file=self._process.stdin, flush=True)
        return int(self._line())

    async def ended(self) -> int:
        """Wait until it has ended; its exit code."""
        return int(await asyncio.to_thread(self._line))

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "no more processes can begin"
        return line


@contextmanager
def nursery(log: Path) -> Iterator[Nursery]:
    """What the processes have to say goes into `log`."""
    command = [sys.executable, "-m", "tests.crash_server", str(demo_database())]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with log.open("w") as written, subprocess.Popen(command, cwd=ROOT, stderr=written, **pipes) as process:
        yield Nursery(process)


class Service:
    """One process after the other on the same database; people do not notice which."""

    def __init__(
        self, nursery: Nursery, folder: Path, url: str, telegram: TelegramEmulator, kills: Sequence[Kill], begins: datetime
    ) -> None:  # fmt: skip
        self.folder, self.telegram = folder, telegram
        self.site = f"http://127.0.0.1:{nursery.port}"
        self.kills = list(kills)
        """Those still to come."""
        self.in_flight: Counter[int] = Counter()
        """By row: the kills at which somebody was at it, and no mark was here yet."""
        self.pace = FAST
        """Messages a second that the processes send by Telegram."""
        self.due_seconds: float = DUE_SECONDS
        """How often they look for what falls due by itself."""
        self._nursery, self._url, self._begins = nursery, url, begins
        self._database = open_database(url)
        self._process = 0
        self._over = False

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        """Look straight into the database."""
        return list(self._database.read(lambda db: db.session.connection().execute(query).fetchall()))

    def someone(self, bureau: str, called: str = "法制科法治联络员") -> Person:
        """One of the demo's people, who can be reached by Telegram and nowhere else."""
        known = self._database.read(holders.everyone)
        number = next(one.person_id for one in known if (one.name, one.bureau) == (called, bureau))

        def move(db: Any) -> None:
            db.session.connection().execute(sa.delete(Address).where(col(Address.person_id) == number))
            people.have_address(db, number, NAME, str(number))

        self._database.write(move).result(PATIENCE)
        found = self.telegram.person(number, called)
        found.chat.opened = True
        return found

    async def until(self, true: Callable[[], Any]) -> None:
        """Wait for something that is on its way."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.01)

    async def settled(self, person: Person | None = None) -> None:
        """Wait until all that people (or one of them) said was taken, and all that follows from it is out."""

        def is_settled() -> bool:
            waiting = {update.lane[1] for update in self.telegram.deliveries.pending.values()}
            waiting |= {int(row.address) for row in self.rows(sa.select(col(Outgoing.address)).where(OPEN))}
            return not waiting if person is None else person.id not in waiting

        await self.until(is_settled)

    async def live(self) -> None:
        """Let processes live and die."""
        for life in range(1000):
            place, times = self.kills[0] if self.kills else ("", 1)
            self._process = self._nursery.begin(self._order(self._begins + life * BETWEEN_LIVES, place, times))
            code = await self._nursery.ended()
            self._process = 0
            if self._over:
                assert code in (0, -signal.SIGTERM)
                return
            assert (bool(place), code) == (True, -signal.SIGKILL), f"ended of its own accord: {code}"
            self._look_at_the_dead()
            self.kills = self.kills[1:]

    async def end(self) -> None:
        """Let the last process end in good order."""
        assert not self.kills, f"not everybody was killed: {self.kills}"
        await self.until(lambda: self._process)
        self._over = True
        os.kill(self._process, signal.SIGTERM)

    def close(self) -> None:
        """Let nothing run on."""
        if self._process:
            os.kill(self._process, signal.SIGKILL)
        self._database.close()

    def _order(self, begins: datetime, place: str, times: int) -> Order:
        return Order(
            self._url, str(self.folder), self.telegram.url, begins.isoformat(), place, times, pace=self.pace,
            due_seconds=self.due_seconds,
        )  # fmt: skip

    def _taken(self) -> set[str]:
        """The keys of what was answered with 200."""
        return {f"u{update}" for update, status in self.telegram.deliveries.attempts if status == 200}

    def _look_at_the_dead(self) -> None:
        """Whatever was answered with 200 is in the database."""
        stored = {row.key for row in self.rows(sa.select(col(Delivery.key)))}
        assert self._taken() <= stored
        running = sa.select(col(Outgoing.id)).where(col(Outgoing.state) == outgoing.RUNNING)
        self.in_flight.update(row.id for row in self.rows(running))


@asynccontextmanager
async def killed(
    nursery: Nursery, folder: Path, url: str, kills: Sequence[Kill], begins: datetime, *, pace: int = FAST,
    due_seconds: float = DUE_SECONDS, holds: Callable[[Service], None] | None = None,
) -> AsyncIterator[Service]:  # fmt: skip
    """A service that is killed so; in the end everything is settled, and held against the rules, or those of `holds`."""

    async def no_pause(_: float) -> None:
        await asyncio.sleep(0.005)

    async with TelegramEmulator(overall=None, sleep=no_pause) as telegram:
        service = Service(nursery, folder, url, telegram, kills, begins)
        service.pace, service.due_seconds = pace, due_seconds
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(service.live())
                yield service
                await service.settled()
                await service.end()
            (holds or check)(service)
        finally:
            service.close()


def check(service: Service) -> None:
    """Nothing is lost, nothing goes on, and what came twice was in flight at a kill and says so."""
    assert service.rows(sa.select(table(Outgoing)).where(OPEN)) == []
    assert service.rows(sa.select(col(Delivery.poison)).where(col(Delivery.poison).is_not(None))) == []
    rows = service.rows(
        sa.select(table(Outgoing)).where(col(Outgoing.kind) == "message", col(Outgoing.channel) == NAME)
    )
    assert {row.state for row in rows} == {outgoing.FINISHED}
    assert {row.id for row in rows if row.repeated} <= set(service.in_flight)
    alike: defaultdict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in rows:
        alike[int(row.address), text_in(row.body)].append(row)
    told = [(one.chat_id, one.text) for one in service.telegram.effects() if one.method != "deleteMessage"]
    seen = Counter((chat, text.removeprefix(MAYBE_AGAIN).lstrip("\n")) for chat, text in told)
    unmarked = Counter(message for message in told if not message[1].startswith(MAYBE_AGAIN))
    assert set(seen) <= set(alike)
    for message, same in alike.items():
        copies = sum(service.in_flight[row.id] for row in same if row.repeated)
        assert len(same) <= seen[message] <= len(same) + copies, message
        assert unmarked[message] <= len(same), message


MAYBE_AGAIN = str(Words().environment.get_template("common/undelivered.j2").module.MAYBE_AGAIN)  # type: ignore[attr-defined]
"""Stands before what a person may have had already."""


def text_in(body: dict[str, Any]) -> str:
    """What a row says, as it is seen."""
    return "\n".join(text.strip() for _, text in hidden.shown(body, VAULT)["parts"] if text.strip())


class UploadPage:
    """An upload page in a browser, which goes on where a lost connection stopped it."""

    def __init__(self, site: str) -> None:
        self._http = httpx.AsyncClient(base_url=site, timeout=PATIENCE)

    async def __aenter__(self) -> UploadPage:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def open(self, told: str) -> None:
        """Open the link in a message."""
        found = re.search(r"/upload#(\S+)", told)
        assert found, told
        opened = await self._call("POST", "/upload", json={"id": str(uuid4()), "token": found[1]})
        self._http.headers["x-key"] = opened["key"]

    async def bring(self, name: str, data: bytes, pieces: int) -> None:
        """Announce a file and send it."""
        announced = {"id": str(uuid4()), "name": name, "size": len(data)}
        told = await self._call("POST", "/api/link/uploads", json=announced)
        path, here = f"/api/link/uploads/{told['upload']}", told["offset"]
        while here < len(data):
            piece = data[here : here + -(-len(data) // pieces)]
            try:
                told = (await self._http.patch(path, content=piece, headers={"upload-offset": str(here)})).json()
            except httpx.TransportError:
                told = await self._call("GET", path)
            here = told["offset"]

    async def _call(self, method: str, path: str, **what: Any) -> Any:
        while True:
            try:
                answer = await self._http.request(method, path, **what)
            except httpx.TransportError:
                continue
            assert answer.status_code == 200, answer.text
            return answer.json()
