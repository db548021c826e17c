"""Answers by Telegram's webhook over HTTP: the real program, beside the least that could answer (tests/bench/bare.py)."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench import worlds
from tests.bench.crowd import NOT_COUNTED, Told
from tests.bench.processes import Process, free_port, started
from tests.bench.worlds import World

PRODUCT, BARE = "the assistant", "the least that could answer"
TOKEN = "1:bench"
FAST = "1000000"
"""Messages a second: the pace is not what is measured."""


@dataclass(frozen=True)
class Crowd:
    """So many people at once, each giving so many answers."""

    people: int
    answers: int


@dataclass(frozen=True)
class Run:
    """What a run took the process that answered."""

    told: Told
    cpu: float
    """Seconds."""
    memory: float | None
    """Megabytes in the end."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.told.answers / self.told.seconds

    @property
    def cpu_a_thousand(self) -> float:
        """Seconds of CPU for 1,000 answers."""
        return 1000 * self.cpu / self.told.answers

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many of a hundred answers had their reply."""
        waits = sorted(self.told.waits)
        return 1000 * waits[min(len(waits) - 1, len(waits) * percent // 100)]


@dataclass
class Answered:
    """All runs; those of the same number were made one after the other."""

    crowd: Crowd
    runs: dict[str, list[Run]] = field(default_factory=lambda: {PRODUCT: [], BARE: []})
    shares: dict[str, float] = field(default_factory=dict)
    """By part of the program, of its CPU."""

    @property
    def of_bare(self) -> float:
        """The assistant's rate as a part of the other's."""
        return median(one.rate / other.rate for one, other in zip(self.runs[PRODUCT], self.runs[BARE], strict=True))


def world(folder: Path, people: int) -> World:
    """Bureaus for real work, whose contacts are on Telegram."""
    made = worlds.make(folder, people)
    with made.bare() as connection:
        for table in ("address", "bench_address"):
            connection.execute(f"UPDATE {table} SET channel = 'telegram'")
        connection.execute("DELETE FROM meta WHERE \"key\" = 'demo'")
    worlds.settle(made)
    return made


def answered(on: World, crowd: Crowd, runs: int) -> Answered:
    """Let both be asked in turn; then the assistant once more, its CPU looked at."""
    result = Answered(crowd)
    for _ in range(runs):
        result.runs[PRODUCT].append(_of_product(on, crowd, "bot"))
        with TemporaryDirectory(dir=on.folder) as folder:
            result.runs[BARE].append(_run(on, crowd, partial(started, "tests.bench.bare", folder)))
    spent: dict[str, float] = {}
    _of_product(on, crowd, "tests.bench.profiled", spent)
    result.shares = {part: seconds / sum(spent.values()) for part, seconds in spent.items()}
    return result


@contextmanager
def program(on: World, api_port: int, module: str = "bot", **settings: str) -> Iterator[Process]:
    """The program as it runs for real work, with Telegram's webhook."""
    port = free_port()
    settings = {
        "DATA_DIR": str(on.folder), "DATABASE_URL": "", "CHANNELS": "web,telegram", "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}", "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": f"http://127.0.0.1:{api_port}",
        "TELEGRAM_MODE": "webhook", "TELEGRAM_WEBHOOK_SECRET": "secret-of-the-benchmark", "TELEGRAM_PACE": FAST,
        "TELEGRAM_CHAT_PACE": FAST,
    } | settings  # fmt: skip
    with started(module, "serve", **settings) as process:
        yield process


def _of_product(on: World, crowd: Crowd, module: str, spent: dict[str, float] | None = None) -> Run:
    on.reset()
    run = _run(on, crowd, lambda port: program(on, port, module), spent)
    assert on.answered() == crowd.people * (crowd.answers + NOT_COUNTED), "answers that nobody stored, or stored twice"
    return run


def _run(
    on: World, crowd: Crowd, answering: Callable[[int], AbstractContextManager[Process]], spent: dict[str, float] | None = None
) -> Run:  # fmt: skip
    """Let people answer to whatever calls the Bot API on a port. `spent`: what a profiled process tells goes in there."""
    with started("tests.bench.crowd") as people, answering(int(people.line())) as answers:
        people.order({"people": [int(address) for address in on.addresses[: crowd.people]], "answers": crowd.answers})
        assert people.line() == "begun"
        before = answers.cpu
        if spent is not None:
            answers.signal(signal.SIGUSR1)
        told = Told(**json.loads(people.line()))
        cpu, memory = answers.cpu - before, answers.memory
        if spent is not None:
            answers.signal(signal.SIGUSR1)
            spent |= json.loads(next(line for line in iter(answers.line, "") if line.startswith("{")))
        return Run(told, cpu, memory)
