"""The real program in a process of its own: how soon it answers, what memory it takes, and what HTTP adds to a turn."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.turns import Load, Run, loop_factory
from tests.bench.visiting import PATIENCE, Caller, Visitor
from tests.bench.worlds import World

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Service:
    """A running program, and how soon after its start it gave its first page and its first reply."""

    process: subprocess.Popen[bytes]
    port: int
    world: World
    first_page: float = 0.0
    first_reply: float = 0.0

    def visitor(self, address: str) -> Visitor:
        """Someone who opens the page."""
        return Visitor(self.port, (self.world.folder / "secret").read_bytes(), address)

    @property
    def memory(self) -> float | None:
        """Resident megabytes; None where the system does not tell."""
        with suppress(OSError):
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            return int(status.partition("VmRSS:")[2].split()[0]) / 1024
        return None

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far; 0 where the system does not tell."""
        with suppress(OSError):
            used = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")
        return 0.0


@contextmanager
def started(world: World) -> Iterator[Service]:
    """Start the program on a world; its first page and first reply are measured, then it is all yours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"DATA_DIR": str(world.folder.parent), "DATABASE_URL": "", "CHANNELS": "web", "PYTHONUTF8": "1"}
    world.reset()
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", str(port)],
        cwd=ROOT, env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        running = Service(process, port, world)
        asyncio.run(_first_answers(running, begun))
        yield running
    finally:
        process.terminate()
        process.wait(PATIENCE)


async def _first_answers(running: Service, begun: float) -> None:
    while True:
        try:
            caller = await Caller.at(running.port)
            break
        except OSError:
            if time.perf_counter() - begun > PATIENCE or running.process.poll() is not None:
                raise
            await asyncio.sleep(0.005)
    status, _ = await caller.call("GET", "/")
    assert status == 200
    running.first_page = time.perf_counter() - begun
    await caller.close()
    async with running.visitor(running.world.addresses[-1]) as visitor:
        await visitor.say({"text": "菜单"})
    running.first_reply = time.perf_counter() - begun


def run(running: Service, load: Load) -> Run:
    """Answer as the load says, everybody with a page of their own: calls over one connection, messages on a stream."""
    running.world.reset()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        result = runner.run(_run(running, load))
    result.answers = running.world.answered()
    return result


async def _run(running: Service, load: Load) -> Run:
    result = Run()
    for turn in range(load.rounds):
        addresses = running.world.addresses[turn * load.people : (turn + 1) * load.people]
        visitors = [running.visitor(address) for address in addresses]
        await asyncio.gather(*(visitor.__aenter__() for visitor in visitors))
        await asyncio.gather(*(visitor.open() for visitor in visitors))
        begun, cpu = time.perf_counter(), running.cpu
        waits = await asyncio.gather(*(visitor.answer(load.answers) for visitor in visitors))
        result.seconds += time.perf_counter() - begun
        result.cpu += running.cpu - cpu
        result.waits += [wait for one in waits for wait in one]
        await asyncio.gather(*(visitor.__aexit__() for visitor in visitors))
    return result
