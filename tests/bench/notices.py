"""A notice to thousands by Telegram, some of them out of reach, while officers go on answering their checklist.

Sent whole; with the process killed half-way; and stopped on its way, the button pressed twice. Each time the report is held
against what people on Telegram have really seen.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from bot.render import Words
from models.database import open_database
from models.db import Transaction
from models.notices import notices
from models.notices.audience import Audience, Scope
from models.notices.copies import Figures
from models.notices.notices import Draft, State
from models.outgoing import OPEN
from tests import notice_crowd
from tests.bench import webhook
from tests.bench.people import Officer, looked_at
from tests.bench.processes import Process, free_port
from tests.bench.sending import PACE, PAUSE_SECONDS
from tests.bench.worlds import World, settle
from tests.emulators.telegram import TOKEN, Message, Person, TelegramEmulator

ITEMS = 64
AUTHOR = notice_crowd.FIRST - 1
TITLE = "旁听庭审"
STOPPED_AT = 0.4
AIM_P99 = 1000.0
"""Milliseconds for 99 of 100 answers meanwhile."""
LOOK_SECONDS = 0.05
PATIENCE = 120.0


@dataclass(frozen=True)
class Scale:
    """How many get the notice, how many officers answer meanwhile, and how many messages a second Telegram allows."""

    people: int
    officers: int
    pace: int


FULL, QUICK = Scale(5_000, 40, PACE), Scale(60, 4, 12)


@dataclass
class Went:
    """How it went."""

    how: str
    seconds: float
    figures: Figures
    differences: list[str]
    """Between the report and what people saw."""
    waits: list[float] = field(default_factory=list)
    """Seconds that officers waited for each answer."""

    @property
    def p99(self) -> float:
        """Milliseconds within which 99 of 100 answers had their reply."""
        return 1000 * quantiles(self.waits, n=100)[-1] if len(self.waits) > 1 else 0.0


class Hall:
    """The program, its people on Telegram, and a notice that is to go to most of them."""

    def __init__(self, on: World, telegram: TelegramEmulator, scale: Scale, stack: ExitStack) -> None:
        self.telegram = telegram
        self._on, self._scale, self._stack = on, scale, stack
        self._database = stack.enter_context(closing(open_database(on.url)))
        self.fates = notice_crowd.fates(telegram, range(notice_crowd.FIRST, notice_crowd.FIRST + scale.people))
        self.author = telegram.person(AUTHOR)
        self.officers = [telegram.person(int(one)) for one in on.addresses]
        for one in (self.author, *self.officers):
            one.chat.opened = True
        self.program = self.begin()

    def begin(self) -> Process:
        """Let the program run (once more)."""
        settings = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_PACE": str(self._scale.pace), "TELEGRAM_CHAT_PACE": "1"}
        return self._stack.enter_context(webhook.program(self._on, self.telegram.port, **settings))

    def send(self) -> int:
        """Put the notice on its way; its id."""
        now = datetime.now(UTC)

        def write(db: Transaction) -> int:
            [(bureau, post)] = db.session.connection().exec_driver_sql(
                f"SELECT u.bureau_id, p.id FROM post p JOIN unit u ON u.id = p.unit_id WHERE p.person_id = {AUTHOR}"
            )
            meant = Audience(Scope.BUREAU).stored()
            draft = Draft(bureau, TITLE, "周五上午九时，请着正装。", meant, now, receipt=True, at_once=True)
            return notices.write(db, draft, AUTHOR, post, now)

        return self._database.write(write).result()

    def reached(self) -> int:
        """How many messages have told somebody of it."""
        return sum(TITLE in one.text for one in self.telegram.ledger.history)

    def over(self, notice: int) -> bool:
        """Whether nothing more is to come of it."""

        def look(db: Transaction) -> bool:
            row = notices.by_id(db, notice)
            left = db.session.connection().exec_driver_sql(f"SELECT count(*) FROM outgoing WHERE {OPEN}").scalar_one()
            return row is not None and row.state in (State.SENT, State.STOPPED) and not left

        return self._database.read(look)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(LOOK_SECONDS)

    async def kill(self, notice: int) -> None:
        """Half-way through, the process is killed, and another begins."""
        await self.until(lambda: self.reached() >= self._scale.people // 2)
        self.program.signal(signal.SIGKILL)
        self.program = self.begin()

    async def stop(self, notice: int) -> None:
        """On its way, the author stops it, pressing twice."""
        await said(self.author, lambda: self.author.say("通知"))
        await said(self.author, lambda: self.author.press("查看1"))
        await self.until(lambda: self.reached() >= STOPPED_AT * self._scale.people)
        for _ in range(2):
            await self.author.press("停止发送")


async def said(person: Person, act: Callable[[], Awaitable[object]]) -> Message:
    """Somebody says or presses something; the reply, once it is there."""
    before = len(person.seen)
    await act()
    async with asyncio.timeout(PATIENCE):
        while len(person.seen) == before:
            await asyncio.sleep(0.005)
    return person.seen[-1]


async def answers(person: Person, over: asyncio.Event) -> list[float]:
    """An officer answers item after item; the seconds that each answer took."""
    officer, waits = Officer(person.id), list[float]()
    shown = await said(person, lambda: person.say(officer.opening(ITEMS)["text"]))
    while not over.is_set():
        await asyncio.sleep(PAUSE_SECONDS * (0.9 + 0.2 * (person.id % 10) / 10))
        given = officer.answer(looked_at({"text": shown.text, "reply_markup": shown.markup or {}}))
        assert given is not None, shown.text
        begun = time.perf_counter()
        press = partial(person.press_data, given.get("press", ""), shown)
        shown = await said(person, press if "press" in given else partial(person.say, given.get("text", "")))
        waits.append(time.perf_counter() - begun)
    return waits


def world(folder: Path, scale: Scale) -> World:
    """A bureau with so many people more, an author in it, and officers of others who answer."""
    made = webhook.world(folder, scale.officers)
    notice_crowd.join(made.place, 1, scale.people)
    with made.bare() as connection:
        for columns, values in (
            ("person (id, name, title)", f"{AUTHOR}, '法制科经办', ''"),
            ("post (person_id, unit_id, role, starts_on)", f"{AUTHOR}, 1, 'legal_section', '2020-01-01'"),
            ("address (person_id, channel, address)", f"{AUTHOR}, 'telegram', {AUTHOR}"),
        ):
            connection.execute(f"INSERT INTO {columns} VALUES ({values})")
        connection.execute("DELETE FROM bench_address")
        connection.execute("INSERT INTO bench_address SELECT * FROM address")
    settle(made)
    return made


def measure(scale: Scale, folder: Path) -> list[Went]:
    """Send it in each of the three ways."""
    on = world(folder / f"notices-{scale.people}", scale)
    return [
        asyncio.run(_go(on, scale, "sent whole, officers answering", None, talking=True)),
        asyncio.run(_go(on, scale, "the process killed half-way", Hall.kill)),
        asyncio.run(_go(on, scale, f"stopped at {STOPPED_AT:.0%} by two presses", Hall.stop)),
    ]


async def _go(
    on: World, scale: Scale, how: str, meanwhile: Callable[[Hall, int], Awaitable[None]] | None, *, talking: bool = False
) -> Went:  # fmt: skip
    on.reset()
    async with TelegramEmulator(port=free_port(), overall=scale.pace, per_chat=1) as telegram:
        stack = ExitStack()
        try:
            hall = Hall(on, telegram, scale, stack)
            await said(hall.author, lambda: hall.author.say("菜单"))
            over = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                talks = [group.create_task(answers(one, over)) for one in hall.officers if talking]
                notice = hall.send()
                await hall.until(lambda: hall.reached() > 0)
                begun = time.perf_counter()
                if meanwhile is not None:
                    await meanwhile(hall, notice)
                await hall.until(lambda: hall.over(notice))
                seconds = time.perf_counter() - begun
                over.set()
            told = notice_crowd.report(on.url, notice, Words())
            found = notice_crowd.differences(told, telegram, TITLE, hall.fates)
        finally:
            await asyncio.to_thread(stack.close)  # a program that ends may still call
        return Went(how, seconds, told.figures, found, [wait for one in talks for wait in one.result()])


def show(went: list[Went]) -> None:
    """Print the table."""
    table = Table(
        "how", "s", "sent", "failed", "stopped", "total", "marked 可能重复", "answers", "p99 ms", "report = ledger",
        title=f"A notice to {went[0].figures.total:,} people by Telegram, 2 % blocked, 1 % refused",
    )  # fmt: skip
    for one in went:
        f, same = one.figures, not one.differences
        p99 = f"{one.p99:.0f}" if one.p99 <= AIM_P99 else f"[bold red]{one.p99:.0f}[/]"
        table.add_row(
            one.how, f"{one.seconds:.0f}", *(f"{n:,}" for n in (f.sent, f.failed, f.stopped, f.total, f.repeated)),
            *((str(len(one.waits)), p99) if one.waits else ("–", "–")),
            "[green]yes[/]" if same else f"[bold red]{len(one.differences)} differ: {one.differences[0]}[/]",
        )  # fmt: skip
    table.caption = f"Aim: 99 of 100 answers within {AIM_P99:.0f} ms; sent + failed + stopped = total."
    Console(width=None if Console().is_terminal else 160).print(table)
