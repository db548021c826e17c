"""Thousands of messages through Telegram at the pace it allows, while it fails now and then and people go on chatting."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from models.outgoing import FINISHED, OPEN, Urgency
from models.prepared import microseconds
from tests.bench import webhook
from tests.bench.people import SENTENCE
from tests.bench.processes import free_port
from tests.bench.worlds import World, settle
from tests.emulators.telegram import TOKEN, Person, TelegramEmulator
from tests.emulators.telegram.calls import Call
from tests.emulators.telegram.faults import CUT, ERROR, RESET, Fault, Faults

PACE = 300
"""Messages a second that Telegram allows here."""
CHANCES = {ERROR: 0.004, RESET: 0.003, CUT: 0.003}
"""Answered with 500; nothing done, or all done, and no answer."""
CHATTERS = 20
SAID = "帮助"
PAUSE_SECONDS = 1.2
"""Between a reply and what its reader says next: one chat gets no more than a message a second."""
LOOK_SECONDS = 0.05
PATIENCE = 60.0


@dataclass
class Delivered:
    """How it went."""

    messages: int
    seconds: float = 0.0
    lost: int = 0
    """Not sent in the end, or marked so and never seen."""
    refused: int = 0
    """429s."""
    failed: int = 0
    """Calls that Telegram let fail."""
    twice: int = 0
    """Seen twice."""
    marked: int = 0
    """Marked as possibly repeated."""
    unmarked: int = 0
    """Seen twice, and not marked."""
    waits: list[float] = field(default_factory=list)
    """Seconds that people waited for each reply."""

    @property
    def of_ideal(self) -> float:
        """How many times as long it took as the pace alone asks for."""
        return self.seconds / ((self.messages + len(self.waits)) / PACE)

    @property
    def p99(self) -> float:
        """Milliseconds within which 99 of 100 replies came."""
        return 1000 * quantiles(self.waits, n=100)[-1]


class _ElsewhereOnly(Faults):
    """Nobody who chats meets a fault, lest its own second be what is measured."""

    def next(self, call: Call) -> Fault | None:
        return None if call.params.get("chat_id", CHATTERS + 1) <= CHATTERS else super().next(call)


def world(folder: Path, messages: int) -> World:
    """People who chat, and others to each of whom there is something to be told."""
    made = webhook.world(folder, CHATTERS)
    with made.bare() as connection:
        connection.execute("BEGIN")
        for columns, values in (
            ("person (id, name, title)", "k, '经办', ''"),
            ("post (person_id, unit_id, role, starts_on)", "k, 1, 'liaison', '2020-01-01'"),
            ("address (person_id, channel, address)", "k, 'telegram', k"),
        ):
            connection.execute(f"INSERT INTO {columns} SELECT {values} FROM ({_numbers(messages)})")
        connection.execute("INSERT INTO bench_address SELECT * FROM address WHERE person_id > ?", (CHATTERS,))
        connection.execute("COMMIT")
    settle(made)
    return made


def delivered(on: World, messages: int) -> Delivered:
    """Tell them all at once."""
    on.reset()
    port = free_port()
    with webhook.program(on, port, TELEGRAM_TOKEN=TOKEN, TELEGRAM_PACE=str(PACE), TELEGRAM_CHAT_PACE="1"):
        return asyncio.run(_deliver(on, port, messages))


async def _deliver(on: World, port: int, messages: int) -> Delivered:
    result = Delivered(messages)
    async with TelegramEmulator(port=port, overall=PACE, per_chat=1) as telegram:
        telegram.faults = _ElsewhereOnly()
        people = [telegram.person(number) for number in range(1, CHATTERS + messages + 1)]
        for one in people:
            one.chat.opened = True
        over = asyncio.Event()
        chats = [_Chat(telegram, one) for one in people[:CHATTERS]]
        for chat in chats:
            await chat.say()  # which may be the program's first turn
        telegram.faults.by_chance(CHANCES)
        with on.bare() as connection:
            begun = time.perf_counter()
            _write(connection, messages)
            async with asyncio.TaskGroup() as group:
                talking = [group.create_task(chat.talk(over)) for chat in chats]
                while _is_open(connection):
                    await asyncio.sleep(LOOK_SECONDS)
                result.seconds = time.perf_counter() - begun
                over.set()
            result.waits = [wait for task in talking for wait in task.result()]
            _count(result, connection, telegram)
    return result


class _Chat:
    """Somebody who asks for the same again and again."""

    def __init__(self, telegram: TelegramEmulator, person: Person) -> None:
        self._telegram, self._person = telegram, person

    async def talk(self, over: asyncio.Event) -> list[float]:
        """Talk until it is over; the seconds that each reply took."""
        waits = []
        while not over.is_set():
            await asyncio.sleep(PAUSE_SECONDS * (0.9 + 0.2 * self._person.id / CHATTERS))
            waits.append(await self.say())
        return waits

    async def say(self) -> float:
        """Say something; the seconds until there is a reply."""
        before, begun = len(self._person.seen), time.perf_counter()
        await self._person.say(SAID)
        async with asyncio.timeout(PATIENCE):
            while len(self._person.seen) == before:
                await asyncio.sleep(0.005)
        return time.perf_counter() - begun


def _write(connection: sqlite3.Connection, messages: int) -> None:
    """Write the messages down, as a notice to everybody does."""
    now = microseconds(datetime.now(UTC))
    body = f"""json_object('parts', json_array(json_array('text', '第' || k || '号：{SENTENCE}')))"""
    values = f"'message', 'telegram', k, k, {int(Urgency.NOTICE)}, {body}, 'created', 0, {now}, 0, 0, {now}"
    columns = (
        "kind, channel, person_id, address, urgency, body, state, lease, lease_until, attempt, repeated, created_at"
    )
    connection.execute(f"INSERT INTO outgoing ({columns}) SELECT {values} FROM ({_numbers(messages)})")


def _is_open(connection: sqlite3.Connection) -> bool:
    return bool(
        connection.execute(f"SELECT EXISTS (SELECT * FROM outgoing WHERE channel = 'telegram' AND {OPEN})").fetchone()[
            0
        ]
    )


def _count(result: Delivered, connection: sqlite3.Connection, telegram: TelegramEmulator) -> None:
    seen = Counter(one.chat_id for one in telegram.effects() if one.chat_id > CHATTERS)
    rows = connection.execute(
        "SELECT person_id, state, repeated FROM outgoing WHERE person_id > ?", (CHATTERS,)
    ).fetchall()
    result.lost = sum(state != FINISHED or not seen[person] for person, state, _ in rows)
    result.refused, result.failed = telegram.flood.refused, len(telegram.faults.met)
    result.twice = sum(count > 1 for count in seen.values())
    result.marked = sum(repeated for _, _, repeated in rows)
    result.unmarked = sum(seen[person] > 1 and not repeated for person, _, repeated in rows)


def _numbers(count: int) -> str:
    """The people to be told, as a query of their numbers `k`."""
    first, last = CHATTERS + 1, CHATTERS + count
    return f"WITH RECURSIVE n(k) AS (VALUES ({first}) UNION ALL SELECT k + 1 FROM n WHERE k < {last}) SELECT k FROM n"
