"""PostgreSQL as the assistant's database: a few threads, a connection and a transaction each.

Several processes may share it. Work of one lane keeps its order within a process; across processes the locks that turns take
(the person's row first, then the unit's, then the object's) keep one person's turns one at a time.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from contextlib import suppress
from typing import Any, TypeVar
from zlib import crc32

import psycopg
import sqlalchemy as sa

from models.db import Changed, Database, DatabaseDown, Failed, Job, Transaction, Work, as_json, leave_transactions_alone

T = TypeVar("T")

_AGAIN = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected, Changed)
_DOWN = (psycopg.OperationalError, psycopg.InterfaceError)
MOST_RUNS, PAUSE_SECONDS = 8, 0.05


def is_fault(error: BaseException) -> bool:
    """Whether an error says nothing of the work: the database's own (lost connection, deadlock), or a lost race."""
    return isinstance(getattr(error, "orig", error), (*_DOWN, *_AGAIN))


class PostgresDatabase(Database):
    """Work goes to one of a few threads, by its lane."""

    THREADS = 4

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(
            url, poolclass=sa.pool.NullPool, json_serializer=as_json, hide_parameters=True,
            connect_args={"autocommit": True},
        )  # fmt: skip
        leave_transactions_alone(self._engine)
        self._closed = False
        self._queues: list[queue.SimpleQueue[Job | None]] = [queue.SimpleQueue() for _ in range(self.THREADS)]
        self._threads = [threading.Thread(target=self._serve, args=(jobs,), daemon=True) for jobs in self._queues]
        self._readers: queue.LifoQueue[Transaction | None] = queue.LifoQueue()
        for _ in range(self.THREADS):
            self._readers.put(None)
        for thread in self._threads:
            thread.start()

    def read(self, work: Work[T]) -> T:
        reader = self._readers.get()
        try:
            reader = reader or self._connect()
            reader.execute("BEGIN READ ONLY")
            try:
                return work(reader)
            finally:
                reader.forget()
                reader.execute("ROLLBACK")
        except (psycopg.Error, sa.exc.DBAPIError) as error:
            if not is_fault(error):
                raise
            _drop(reader)
            reader = None
            raise DatabaseDown(str(error)) from error
        finally:
            self._readers.put(reader)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            for jobs in self._queues:
                jobs.put(None)
            for thread in self._threads:
                thread.join()
            for _ in range(self.THREADS):
                _drop(self._readers.get())
            self._engine.dispose()

    def enter(self, job: Job, lane: str) -> None:
        if self._closed:
            job.end(Failed(DatabaseDown("closed")))
        else:
            self._queues[crc32(lane.encode()) % self.THREADS].put(job)

    def _connect(self) -> Transaction:
        return Transaction(self._engine.connect())

    def _serve(self, jobs: queue.SimpleQueue[Job | None]) -> None:
        transaction: Transaction | None = None
        while (job := jobs.get()) is not None:
            if not job.begins():
                continue
            for run in range(MOST_RUNS):
                try:
                    transaction = transaction or self._connect()
                    outcome = self._run(transaction, job)
                except Exception as error:
                    again = isinstance(getattr(error, "orig", error), _AGAIN)
                    if not again:
                        _drop(transaction)
                        transaction = None
                    if not again or run == MOST_RUNS - 1:
                        job.end(Failed(DatabaseDown(str(error))))
                        break
                    # Two that have stopped each other would do so again if both began at once.
                    time.sleep(random.uniform(0, PAUSE_SECONDS * (run + 1)))
                else:
                    job.end(outcome)
                    break
        _drop(transaction)

    def _run(self, transaction: Transaction, job: Job) -> Any:
        transaction.execute("BEGIN")
        try:
            outcome = _outcome(transaction, job)
            transaction.execute("COMMIT")
        except BaseException:
            with suppress(psycopg.Error):
                transaction.execute("ROLLBACK")
            raise
        return outcome


def _outcome(transaction: Transaction, job: Job) -> Any:
    try:
        return job.run(transaction)
    except Exception as error:
        if is_fault(error):
            raise
        transaction.execute("ROLLBACK")
        transaction.execute("BEGIN")
        return job.rescued(transaction, error, is_fault)


def _drop(transaction: Transaction | None) -> None:
    if transaction is not None:
        with suppress(Exception):
            transaction.close()
