"""Thousands of members told something through WeCom within its limits, while it fails now and then: none left out, none twice."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models.outgoing import FINISHED, OPEN, Urgency
from models.prepared import microseconds
from tests.bench import webhook
from tests.bench.people import SENTENCE
from tests.bench.processes import free_port
from tests.bench.worlds import World, settle
from tests.emulators.wecom import AES_KEY, AGENT, CORP, SECRET, TOKEN, WeComEmulator
from tests.emulators.wecom.faults import CUT, ERROR, RESET

FULL, QUICK = 5_000, 40
AIM_SECONDS = 30.0
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
    port = free_port()
    settings = {
        "CHANNELS": "web,wecom", "WECOM_API": f"http://127.0.0.1:{port}", "WECOM_CORP_ID": CORP, "WECOM_AGENT_ID": str(AGENT),
        "WECOM_SECRET": SECRET, "WECOM_TOKEN": TOKEN, "WECOM_AES_KEY": AES_KEY, "WECOM_SPREAD": "0",
    }  # fmt: skip
    with webhook.program(made, port, **settings):
        return asyncio.run(_tell(made, port, members))


async def _tell(on: World, port: int, members: int) -> Told:
    result = Told(members)
    async with WeComEmulator(port=port) as wecom:
        for number in range(OTHERS + 1, OTHERS + members + 1):
            wecom.member(f"m{number}")
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
    return result


def show(told: Told) -> None:
    """Print the table."""
    table = Table("measured", "aim", "reached", "", title=f"{told.members:,} members told something through WeCom")
    for what, aim, reached, good in (
        ("time", f"≤ {AIM_SECONDS:g} s", f"{told.seconds:.1f} s", told.seconds <= AIM_SECONDS),
        (f"lost ({told.failed} calls failed)", "0", str(told.lost), not told.lost),
        ("dropped by WeCom without a word", "0", str(told.dropped), not told.dropped),
        ("refused for being too fast", "0", str(told.refused), not told.refused),
        ("seen twice", "0", str(told.twice), not told.twice),
    ):
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
