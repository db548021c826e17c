"""A large file through HTTP: what memory it takes the program while it comes and is looked into, and how fast it comes."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bot.channels.web.uploads import CHUNK_BYTES
from tests import sample_files
from tests.bench.service import Service
from tests.bench.turns import loop_factory

HERE = "已入库"
SAMPLED_SECONDS = 0.02


@dataclass
class Carried:
    """What it took."""

    megabytes: int
    seconds: float = 0.0
    """Until its last byte was there and it had been looked into."""
    grown: float | None = None
    """Megabytes of resident memory above those before it, at most; None where the system does not tell."""


def carried(running: Service, megabytes: int) -> Carried:
    """Bring a video of so many megabytes, as the page does, part by part."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_carry(running, megabytes))


async def _carry(running: Service, megabytes: int) -> Carried:
    before, result, size = running.memory, Carried(megabytes), megabytes * 1024 * 1024
    begun = time.perf_counter()
    async with running.visitor(running.world.addresses[-1]) as visitor:
        upload = await visitor.announce("录像.mp4", size)
        for offset, part in _parts(size):
            await visitor.append(upload, offset, part)
            _note(result, running, before)
        here = asyncio.create_task(visitor.told(HERE))
        while not here.done():
            _note(result, running, before)
            await asyncio.wait({here}, timeout=SAMPLED_SECONDS)
        await here
    result.seconds = time.perf_counter() - begun
    return result


def _note(result: Carried, running: Service, before: float | None) -> None:
    now = running.memory
    if before is not None and now is not None:
        result.grown = max(result.grown or 0.0, now - before)


def _parts(size: int) -> Iterator[tuple[int, bytes]]:
    """A sound video of that size in parts, none of which is kept here either."""
    head = sample_files.mp4()
    head += struct.pack(">I4s", size - len(head), b"free")
    yield 0, head.ljust(CHUNK_BYTES, b"\0")
    for offset in range(CHUNK_BYTES, size, CHUNK_BYTES):
        yield offset, bytes(CHUNK_BYTES)
