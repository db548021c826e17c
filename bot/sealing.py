"""Sealing the audit log while the assistant runs, and noting outside the database how far the chain has come."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from bot.clock import Clock, local
from bot.waiting import commit
from models import leases, sealing
from models.db import Database, DatabaseDown
from models.sealing import Head

log = structlog.get_logger()

HEADS_FILE = "audit-heads"
"""The file in the data folder: a line for each head noted, its number, its hash, and when that was."""
SEAL_SECONDS = 5
MOST_AT_ONCE = 200
"""Entries sealed in one transaction: a few milliseconds, so that no turn waits long behind it."""
MOST_TRANSACTIONS = 50
"""At one tick; the next goes on."""
NOTE_EVERY = timedelta(minutes=1)

LONGEST_TAIL = 4096
"""Bytes at the end among which the last whole line ends."""

_LINE = re.compile(r"([1-9]\d{0,8}) ([0-9a-f]{64}) \S+\n")


class Sealer:
    """Seals what is committed, taking turns with other processes; ticks and the end of the process drive it."""

    def __init__(self, database: Database, file: Path, holder: str, clock: Clock) -> None:
        self._database = database
        self._file = file
        self._holder = holder
        self._clock = clock
        self._alone = asyncio.Lock()
        self._noted: Head | None = None
        self._note_from: datetime | None = None
        """The moment from which the next head may be noted; None: at once."""

    async def tick(self) -> None:
        """Seal what has been committed, and note the head if the last note is a minute old."""
        now = self._clock.now()
        await self._work(now, noting=self._note_from is None or now >= self._note_from)

    async def stop(self) -> None:
        """Seal and note what there is, and let other processes take over at once."""
        await self._work(self._clock.now(), noting=True, ending=True)

    async def _work(self, now: datetime, *, noting: bool, ending: bool = False) -> None:
        try:
            async with self._alone:
                await self._seal(now)
                if noting:
                    await asyncio.to_thread(self._note, now)
                if ending:
                    give_up = partial(leases.give_up, name=sealing.WORK, holder=self._holder)
                    await commit(self._database, give_up)
        except DatabaseDown as error:
            log.warning("database unavailable", reason=str(error))
        except OSError as error:
            log.error("audit head not noted", reason=str(error))

    async def _seal(self, now: datetime) -> None:
        work = partial(sealing.seal, holder=self._holder, now=now, most=MOST_AT_ONCE)
        for _ in range(MOST_TRANSACTIONS):
            waits = await asyncio.to_thread(self._database.read, sealing.waits)
            if not waits or await commit(self._database, work) < MOST_AT_ONCE:
                return

    def _note(self, now: datetime) -> None:
        head = self._database.read(sealing.head)
        if head.sequence and head != self._noted:
            note(self._file, head, now)
            self._noted, self._note_from = head, now + NOTE_EVERY


def note(file: Path, head: Head, now: datetime) -> None:
    """Write a head behind those noted before, durable on return; a line that a crash cut short makes way. Raises OSError."""
    with open(file, "ab+", opener=lambda path, flags: os.open(path, flags, 0o600)) as lines:
        size = lines.seek(0, os.SEEK_END)
        lines.seek(max(0, size - LONGEST_TAIL))
        tail = lines.read()
        if tail and not tail.endswith(b"\n"):
            lines.truncate(size - len(tail) + tail.rfind(b"\n") + 1)
        lines.write(f"{head.sequence} {head.hash} {local(now).isoformat()}\n".encode("ascii"))
        lines.flush()
        os.fsync(lines.fileno())


def noted(file: Path) -> Iterator[Head | int]:
    """The heads noted until now, in order; for a line that is none, its number. Nothing if there is no file."""
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        return iter(())
    return _read(file, size)


def _read(file: Path, size: int) -> Iterator[Head | int]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            size -= len(line)
            if size < 0 or not line.endswith(b"\n"):
                return  # just being written, or cut short by a crash
            found = _LINE.fullmatch(line.decode("ascii", "replace"))
            yield Head(int(found[1]), found[2]) if found else number
