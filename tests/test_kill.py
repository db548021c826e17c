"""Whatever moment the process is killed at: what it confirmed is there, what it did not is taken when it comes again, once."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

import pytest

from bot import router, work
from bot.assistant import Assistant
from bot.channels.web import NAME, WebChannel
from bot.files import FileStore
from bot.house import House
from bot.messages import Inbound
from bot.outbox import Outbox
from models import assessments
from models.catalogues import read_catalogue
from models.database import open_database
from models.demo import CATALOGUE
from models.outgoing import LEASE
from tests.world import BEGINNING, CHANNELS, FrozenClock, World, the_words

KILLS = 40
ON_THEIR_WAY = 20
"""Deliveries that a process gets beyond those it confirms before it is to be killed."""
PATIENCE = 20
SWEEPS = 10
"""How often the last process takes up what the killed ones have left: more often than that can need."""
BUREAUS = ("东江市人社局", "西河市人社局", "示范区人社局", "临港县人社局", "青山县人社局")


# The processes


async def serve(place: Path, life: int, line: Connection) -> None:
    """One process of the assistant: confirms each delivery once it is durable; None ends it in good order.

    Every life begins when the leases of the one before have run out.
    """
    clock = FrozenClock(BEGINNING + life * (LEASE + timedelta(seconds=1)))
    holder, database, store = f"life {life}", open_database(f"sqlite:///{place}"), FileStore(place.parent / "evidence")
    outbox = Outbox(database, {NAME: WebChannel()}, work.workers(store, database, clock), holder, clock)
    house = House(the_words(), CHANNELS, holder, frozenset({NAME}))
    assistant = Assistant(database, house, clock, router.dispatch, outbox.offer)
    outbox.start(assistant)
    one_at_a_time = threading.Lock()

    def confirm(key: str, future: Future[Any]) -> None:
        future.result()
        with one_at_a_time:
            line.send(key)

    while (inbound := await asyncio.to_thread(line.recv)) is not None:
        assistant.receive(inbound).add_done_callback(partial(confirm, inbound.key))
    for _ in range(SWEEPS):
        await outbox.sweep()
        await outbox.settled()
    await outbox.stop()
    database.close()


def nursery(place: Path, socket: str) -> None:
    """Reads and compiles once what every process needs, then lets one begin for each number that comes in."""
    shutil.copy(place, warm := place.with_name("warm.sqlite3"))
    database = open_database(f"sqlite:///{warm}")
    house = House(the_words(), CHANNELS, "", frozenset())
    assistant = Assistant(database, house, FrozenClock(), router.dispatch)
    [[address]] = database.read(lambda db: db.session.connection().exec_driver_sql(CONTACT).fetchall())
    for text in ("指标自评", "不涉及", "暂存"):
        assistant.receive(Inbound(NAME, address, text, text=text)).result(PATIENCE)
    database.close()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with Client(socket) as orders:
        while life := orders.recv():
            if os.fork() == 0:
                with Client(socket) as line:
                    line.send(os.getpid())
                    asyncio.run(serve(place, life, line))
                os._exit(0)


CONTACT = "SELECT address.address FROM address JOIN selfassessment ON contact_id = person_id ORDER BY selfassessment.id LIMIT 1"


class Machine:
    """Runs one process after another on the same database, and remembers what was confirmed."""

    def __init__(self, place: Path, inbounds: list[Inbound]) -> None:
        self.waiting = {inbound.key: inbound for inbound in inbounds}
        self._life = 0
        self._listener = Listener(str(place.with_name("line")))
        self._nursery = multiprocessing.get_context("spawn").Process(
            target=nursery, args=(place, self._listener.address), daemon=True
        )
        self._nursery.start()
        self._orders = self._listener.accept()

    def live(self, *, confirmations: int, longer: float) -> None:
        """A process lives until it has confirmed so much, and so many seconds longer; then it is killed."""
        given = list(self.waiting.values())[: confirmations + ON_THEIR_WAY]
        with self._process() as (pid, line):
            for inbound in given:
                line.send(inbound)
            for _ in given[:confirmations]:
                self._hear(line)
            time.sleep(longer)
            os.kill(pid, signal.SIGKILL)
            with suppress(EOFError, OSError):  # killed while it spoke: what was cut off is not confirmed
                while True:
                    self._hear(line)

    def live_on(self) -> None:
        """A process lives until everything is confirmed and dealt with, and ends in good order."""
        with self._process() as (_, line):
            for inbound in list(self.waiting.values()):
                line.send(inbound)
                self._hear(line)
            line.send(None)
            with suppress(EOFError):
                self._hear(line)

    def close(self) -> None:
        """No more processes."""
        self._orders.send(0)
        self._nursery.join(PATIENCE)
        self._listener.close()

    @contextmanager
    def _process(self) -> Iterator[tuple[int, Connection]]:
        self._life += 1
        self._orders.send(self._life)
        with self._listener.accept() as line:
            yield line.recv(), line

    def _hear(self, line: Connection) -> None:
        assert line.poll(PATIENCE)
        self.waiting.pop(line.recv())


# What is said, and what must come of it


@dataclass
class Script:
    """What one bureau's contact says, and what must be stored of it."""

    person: int
    bureau: str
    texts: list[str] = field(default_factory=lambda: ["指标自评"])
    given: dict[int, list[tuple[str, Any]]] = field(default_factory=dict)
    """By item: the answers in order, as (key, value); a piece of evidence stands as its link."""

    def answer(self, item: int, *given: tuple[str, str, Any]) -> None:
        """Answer an item: for each answer what is typed, its key, and what is stored (no key: it is no answer yet)."""
        self.texts += [text for text, _, _ in given]
        self.given[item] = [(key, value) for _, key, value in given if key]

    def inbounds(self) -> list[Inbound]:
        return [
            Inbound(NAME, str(self.person), f"{self.person}:{place}", text=text)
            for place, text in enumerate(self.texts)
        ]


def script_of(person: int, bureau: str) -> Script:
    """All indicators in order, answered in turn as not applicable, not met, and met with a link."""
    script = Script(person, bureau)
    for indicator in read_catalogue((CATALOGUE / "indicators-2022.yaml").read_bytes()).indicators:
        number = indicator.number
        if number % 3 == 1:
            script.answer(
                number, ("不符合", "verdict", "unmet"), (f"第{number}项尚有差距", "gap", f"第{number}项尚有差距"),
                ("暂无", "evidence", {"items": [], "instead": "none"}),
            )  # fmt: skip
        elif number % 3 == 2 and not indicator.measures:
            link = f"https://www.gov.cn/{person}/{number}.html"
            script.answer(
                number, ("符合", "verdict", "met"), (f"第{number}项已落实", "statement", f"第{number}项已落实"),
                (link, "", None), ("没有了，下一项", "evidence", link),
            )  # fmt: skip
        else:
            script.answer(
                number, ("不涉及", "verdict", "na"), (f"第{number}项无此职责", "reason", f"第{number}项无此职责")
            )
    return script


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, so that forty of them start quickly")
def test_nothing_confirmed_is_missing_and_nothing_is_doubled(tmp_path: Path) -> None:
    seed = int(os.environ.get("KILL_SEED") or random.randrange(10**6))
    print(f"KILL_SEED={seed}")
    chance = random.Random(seed)
    world = World(tmp_path)
    scripts = [script_of(world.person("法制科法治联络员", bureau), bureau) for bureau in BUREAUS]
    for script in scripts:
        date_evidence(world, script)
    world.close()

    texts = [inbound for turns in zip(*(script.inbounds() for script in scripts), strict=True) for inbound in turns]
    machine = Machine(world.place, texts)
    for _ in range(KILLS):
        machine.live(confirmations=chance.randrange(len(texts) // KILLS), longer=chance.uniform(0, 0.006))
    machine.live_on()
    machine.live_on()
    machine.close()

    assert world.rows("PRAGMA integrity_check") == [("ok",)]
    assert world.rows("SELECT count(*), count(poison) FROM delivery WHERE \"key\" NOT LIKE 'work:%'") == [
        (len(texts), 0)
    ]
    assert world.rows("SELECT person_id FROM conversation WHERE state = 'open' GROUP BY 1 HAVING count(*) > 1") == []
    assert world.rows("SELECT state, count(*) FROM outgoing WHERE state != 'done' GROUP BY 1") == []
    for script in scripts:
        answers_are_those_of(world, script)
        each_delivery_was_answered_once(world, script)


def date_evidence(world: World, script: Script) -> None:
    """Evidence has a date by itself, so that no question about it comes between."""
    [(bureau,)] = world.rows("SELECT id FROM bureau WHERE name = ?", script.bureau)
    own: Any = world.database.read(lambda db: assessments.of_bureau(db, bureau))
    world.database.write(lambda db: assessments.note_dated(db, own.id, date(2026, 6, 30))).result()


def answers_are_those_of(world: World, script: Script) -> None:
    """Every answer has exactly the versions that were given, and evidence is numbered without a gap."""
    links = {f"e{piece}": name for piece, name in world.rows("SELECT id, name FROM evidence")}
    given: dict[int, list[tuple[str, Any]]] = {}
    for item, version, key, stored in world.rows(
        'SELECT answer.item, answerversion.version, "key", value FROM answerversion JOIN answer ON answer.id = answer_id '
        "WHERE answerversion.person_id = ? ORDER BY answer_id, answerversion.version",
        script.person,
    ):
        value = json.loads(stored)
        if key == "evidence" and value["items"]:
            [value] = [links[piece] for piece in value["items"]]
        given.setdefault(int(item), []).append((key, value))
        assert version == len(given[int(item)])
    assert given == script.given
    states = world.rows(
        "SELECT version, state, json_extract(\"values\", '$.verdict') FROM answer WHERE person_id = ? ORDER BY position",
        script.person,
    )
    assert states == [(len(one), "complete", one[0][1]) for _, one in sorted(script.given.items())]
    numbers = world.rows("SELECT number FROM evidence WHERE person_id = ? ORDER BY number", script.person)
    assert [number for (number,) in numbers] == list(range(1, 1 + sum("https" in text for text in script.texts)))


def each_delivery_was_answered_once(world: World, script: Script) -> None:
    """What was said stands once in the person's list, and so does one reply to it (to a link: when it is stored)."""
    bodies = world.rows("SELECT kind, body FROM outgoing WHERE person_id = ? ORDER BY id", script.person)
    read = [json.loads(body) for _, body in bodies]
    echoes = Counter(
        body["delivery"] for body in [*read, *(body.get("said", {}) for body in read)] if "delivery" in body
    )
    assert echoes == Counter(inbound.key for inbound in script.inbounds())
    assert sum(kind == "message" for kind, _ in bodies) == len(script.texts)
