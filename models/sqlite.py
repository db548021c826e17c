"""SQLite as the assistant's database: one writer thread, group commit, readers beside it."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic_core import from_json

from models.db import Database, DatabaseDown, Failed, Job, Transaction, Work, as_json, leave_transactions_alone

T = TypeVar("T")

TUNING = (
    "journal_mode=WAL",
    "synchronous=FULL",  # what is committed survives a power cut
    "foreign_keys=ON",
    "secure_delete=ON",  # what is taken out is overwritten: erased people, what was stopped
    "temp_store=MEMORY",
    "cache_size=-8192",  # 8 MB for each of a handful of connections; the system's own cache holds the rest
    "wal_autocheckpoint=4000",  # 16 MB: a page changed by many turns is copied into the database once
)
"""How every connection is set up."""

_FAULTS = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PROTOCOL,
}


def is_fault(error: BaseException) -> bool:
    """Whether an error is the database's own (disk, lock) and not the statement's."""
    original = getattr(error, "orig", error)
    code = getattr(original, "sqlite_errorcode", None)
    return isinstance(original, sqlite3.Error) and code is not None and (code & 0xFF) in _FAULTS


class SqliteDatabase(Database):
    """SQLite with ONE writer thread: all waiting work goes into one transaction with one durable commit."""

    BATCH = 256
    CROWD = 32
    """A batch of so many or more is followed by as many: for those is waited as long as they keep coming."""
    STEP_SECONDS, LONGEST_SECONDS = 0.001, 0.02
    """In such steps, and no longer in all."""
    READERS = 4
    BUSY_MS = 2_000

    def __init__(self, path: Path | str) -> None:
        self._engine = sa.create_engine(
            f"sqlite:///{path}",
            poolclass=sa.pool.NullPool,
            json_serializer=as_json,
            json_deserializer=from_json,
            hide_parameters=True,  # an error must not quote what people wrote
            connect_args={"isolation_level": None, "check_same_thread": False, "cached_statements": 512},
        )
        leave_transactions_alone(self._engine)
        sa.event.listen(self._engine, "connect", self._tune)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._idle: queue.LifoQueue[Transaction | None] = queue.LifoQueue()
        for _ in range(self.READERS):
            self._idle.put(None)  # one is opened when none that is open is free
        self._closed = False
        self._writer = threading.Thread(target=self._serve, name="database-writer", daemon=True)
        self._writer.start()

    def read(self, work: Work[T]) -> T:
        reader = self._idle.get()
        try:
            reader = reader or Transaction(self._engine.connect())
            reader.execute("BEGIN")
            try:
                return work(reader)
            finally:
                reader.forget()
                reader.execute("ROLLBACK")
        except (sqlite3.Error, sa.exc.DBAPIError) as error:
            raise (DatabaseDown(str(error)) if is_fault(error) else error) from error
        finally:
            self._idle.put(reader)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._writer.join()
            for reader in [self._idle.get() for _ in range(self.READERS)]:
                if reader is not None:
                    reader.close()
            self._engine.dispose()

    def enter(self, job: Job, lane: str) -> None:
        if self._closed:
            job.end(Failed(DatabaseDown("closed")))
        else:
            self._jobs.put(job)

    def _tune(self, connection: sqlite3.Connection, _record: object) -> None:
        for pragma in (f"busy_timeout={self.BUSY_MS}", *TUNING):
            connection.execute(f"PRAGMA {pragma}")

    def _serve(self) -> None:
        transaction = Transaction(self._engine.connect())
        batch: list[Job] = []
        while True:
            job = self._jobs.get()
            if len(batch) >= self.CROWD:
                self._let_gather(len(batch))
            batch = []
            while job is not None:
                if job.begins():
                    batch.append(job)
                if len(batch) == self.BATCH or self._jobs.empty():
                    break
                job = self._jobs.get()
            if batch:
                self._commit(transaction, batch)
            if job is None:
                transaction.close()
                return

    def _let_gather(self, most: int) -> None:
        """Wait a little as long as work keeps coming: those who were answered together answer together, and share a commit."""
        seen, until = -1, time.monotonic() + self.LONGEST_SECONDS
        while seen < (waiting := self._jobs.qsize()) < most and time.monotonic() < until:
            seen = waiting
            time.sleep(self.STEP_SECONDS)

    def _commit(self, transaction: Transaction, batch: list[Job]) -> None:
        try:
            transaction.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            for job in batch:
                job.end(Failed(DatabaseDown(str(error))))
            return
        try:
            outcomes = _outcomes(transaction, batch)
            transaction.execute("COMMIT")
        except Exception as error:
            with suppress(sqlite3.Error):  # a full disk has ended the transaction already
                transaction.execute("ROLLBACK")
            transaction.forget()
            if len(batch) == 1:
                batch[0].end(Failed(DatabaseDown(str(error))))
                return
            for job in batch:
                self._commit(transaction, [job])
            return
        for job, outcome in zip(batch, outcomes, strict=True):
            job.end(outcome)


def _outcomes(transaction: Transaction, batch: list[Job]) -> list[Any]:
    """What each work came to, in the open transaction.

    Work seldom raises, and a savepoint lets SQLite copy every page that is changed below it: so there is none at first. If any
    work raises, all is done again, each below a savepoint of its own.
    """
    try:
        return [job.run(transaction) for job in batch]
    except Exception as error:
        if is_fault(error):
            raise
        failure = error
    transaction.execute("ROLLBACK")
    transaction.execute("BEGIN IMMEDIATE")
    if len(batch) == 1:
        return [batch[0].rescued(transaction, failure, is_fault)]
    return [job.outcome(transaction, is_fault) for job in batch]
