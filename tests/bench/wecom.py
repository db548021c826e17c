"""Thousands of members told something through WeCom within its limits, while it fails now and then: none left out, none twice."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from bot.channels.wecom.settings import CALLBACK_PATH
from models.outgoing import FINISHED, OPEN, Urgency
from models.prepared import microseconds
from tests.bench import webhook
from tests.bench.people import SENTENCE
from tests.bench.processes import free_port
from tests.bench.worlds import World, settle
from tests.emulators.wecom import AES_KEY, AGENT, CORP, SECRET, TOKEN, WeComEmulator
from tests.emulators.wecom.faults import CUT, ERROR, RESET

FULL, QUICK = 5_000, 40
AIM_SECONDS, AIM_WAIT_SECONDS = 30.0, 1.0
WRITING, EACH = 200, 5
"""Then so many members write at once, each so often: until a message is taken."""
CHANCES: dict[str | int, float] = {ERROR: 0.004, RESET: 0.003, CUT: 0.003, -1: 0.002}
"""Answered with 502; nothing done, or all done, and no answer; too busy."""
LOOK_SECONDS = 0.05
OTHERS = 20
"""People of the world who are told nothing."""


@dataclass
class Told:
    """How it went."""

    members: int
    seconds: float = 0.0
    lost: int = 0
    dropped: int = 0
    """Sent, and not shown by WeCom without a word."""
    refused: int = 0
    """45009 and the like."""
    twice: int = 0
    failed: int = 0
    """Calls that WeCom let fail."""
    waits: list[float] = field(default_factory=list)
    """Seconds until each message that members wrote afterwards was taken, in order of size."""
    untaken: int = 0
    """Messages that were not taken at once."""


class Line:
    """The way from WeCom to the program: a call, and how long it took."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._session: aiohttp.ClientSession | None = None

    async def post(self, method: str, url: str, body: bytes) -> tuple[int, bytes]:
        """One call; status and body of the answer."""
        self._session = self._session or aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        begun = time.perf_counter()
        async with self._session.request(method, url, data=body) as answer:
            read = await answer.read()
            self.seconds.append(time.perf_counter() - begun)
            return answer.status, read

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()


def measure(members: int, folder: Path) -> Told:
    """Tell them all at once."""
    made = webhook.world(folder / f"wecom-{members}", OTHERS)
    with made.bare() as connection:
        for columns, values in (
            ("person (id, name, title, wecom_id)", "k, '经办', '', 'm' || k"),
            ("post (person_id, unit_id, role, starts_on)", "k, 1, 'liaison', '2020-01-01'"),
            ("address (person_id, channel, address)", "k, 'wecom', 'm' || k"),
        ):
            connection.execute(f"INSERT OR IGNORE INTO {columns} SELECT {values} FROM ({_numbers(members)})")
    settle(made)
    port, own = free_port(), free_port()
    settings = {
        "PORT": str(own), "PUBLIC_URL": f"http://127.0.0.1:{own}",
        "CHANNELS": "web,wecom", "WECOM_API": f"http://127.0.0.1:{port}", "WECOM_CORP_ID": CORP, "WECOM_AGENT_ID": str(AGENT),
        "WECOM_SECRET": SECRET, "WECOM_TOKEN": TOKEN, "WECOM_AES_KEY": AES_KEY, "WECOM_SPREAD": "0",
    }  # fmt: skip
    with webhook.program(made, port, **settings):
        return asyncio.run(_tell(made, port, own, members))


async def _tell(on: World, port: int, own: int, members: int) -> Told:
    result, line = Told(members), Line()
    async with WeComEmulator(port=port, post=line.post) as wecom:
        wecom.callbacks.url = f"http://127.0.0.1:{own}{CALLBACK_PATH}"
        known = [wecom.member(f"m{number}") for number in range(OTHERS + 1, OTHERS + members + 1)]
        async with asyncio.timeout(60):
            while not wecom.menu:  # the program runs, and has its token
                await asyncio.sleep(LOOK_SECONDS)
        wecom.faults.by_chance(CHANCES)
        with on.bare() as connection:
            begun = time.perf_counter()
            _write(connection, members)
            while _is_open(connection):
                await asyncio.sleep(LOOK_SECONDS)
            result.seconds = time.perf_counter() - begun
            states = [row[0] for row in connection.execute("SELECT state FROM outgoing WHERE channel = 'wecom'")]
        seen = Counter(one.message.member for one in wecom.ledger.history)
        result.lost = members - min(len(seen), sum(state == FINISHED for state in states))
        result.dropped, result.failed = len(wecom.ledger.dropped), len(wecom.faults.met)
        result.refused = sum(code in (45009, 45033) for _, code, _ in wecom.refusals)
        result.twice = sum(count > 1 for count in seen.values())
        for one in known[:WRITING] * EACH:
            one.say("菜单")
        await wecom.callbacks.quiet(60)
        result.untaken = sum(one.attempts != [200] for one in wecom.callbacks.history)
        await line.close()
    result.waits = sorted(line.seconds)
    return result


def show(told: Told) -> None:
    """Print the table."""
    last = told.waits[len(told.waits) * 99 // 100]
    table = Table("measured", "aim", "reached", "", title=f"{told.members:,} members told something through WeCom")
    for what, aim, reached, good in (
        ("time", f"≤ {AIM_SECONDS:g} s", f"{told.seconds:.1f} s", told.seconds <= AIM_SECONDS),
        (f"lost ({told.failed} calls failed)", "0", str(told.lost), not told.lost),
        ("dropped by WeCom without a word", "0", str(told.dropped), not told.dropped),
        ("refused for being too fast", "0", str(told.refused), not told.refused),
        ("seen twice", "0", str(told.twice), not told.twice),
        (f"{len(told.waits):,} messages written at once: taken, p99", f"≤ {AIM_WAIT_SECONDS:g} s", f"{last:.2f} s",
         last <= AIM_WAIT_SECONDS),
        ("the same, not taken at once", "0", str(told.untaken), not told.untaken),
    ):  # fmt: skip
        table.add_row(what, aim, reached, "[green]reached[/]" if good else "[bold red]MISSED[/]")
    Console(width=None if Console().is_terminal else 132).print(table)


def _write(connection: sqlite3.Connection, members: int) -> None:
    """Write the messages down, as a notice to everybody does."""
    now = microseconds(datetime.now(UTC))
    body = f"json_object('parts', json_array(json_array('text', '第' || k || '号：{SENTENCE}')))"
    values = f"'message', 'wecom', k, 'm' || k, {int(Urgency.NOTICE)}, {body}, 'created', 0, {now}, 0, 0, {now}"
    columns = (
        "kind, channel, person_id, address, urgency, body, state, lease, lease_until, attempt, repeated, created_at"
    )
    connection.execute(f"INSERT INTO outgoing ({columns}) SELECT {values} FROM ({_numbers(members)})")


def _is_open(connection: sqlite3.Connection) -> bool:
    query = f"SELECT EXISTS (SELECT * FROM outgoing WHERE channel = 'wecom' AND {OPEN})"
    return bool(connection.execute(query).fetchone()[0])


def _numbers(count: int) -> str:
    first, last = OTHERS + 1, OTHERS + count
    return f"WITH RECURSIVE n(k) AS (VALUES ({first}) UNION ALL SELECT k + 1 FROM n WHERE k < {last}) SELECT k FROM n"
