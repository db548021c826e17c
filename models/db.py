"""The database: transactions that run prepared statements, and the work that waits for one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar, cast

import sqlalchemy as sa
import structlog
from sqlmodel import Session, SQLModel

from models.prepared import SQLITE, Compiled, Insertion, Prepared, Row, UtcDateTime, as_json

__all__ = [
    "Changed", "Database", "DatabaseDown", "Insertion", "Job", "Prepared", "Rescue", "Row", "Transaction", "UtcDateTime", "Work",
    "as_json", "leave_transactions_alone", "table",
]  # fmt: skip

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

log = structlog.get_logger()

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class DatabaseDown(Exception):
    """The database itself failed (locked, full, gone); nothing of the work was kept, and it may be tried again."""


class Changed(Exception):
    """Somebody else changed an object after it was read here: the work is to run again from the beginning."""


def table(model: type[SQLModel]) -> sa.Table:
    """The table behind a SQLModel class."""
    return cast(sa.Table, model.__table__)  # type: ignore[attr-defined]


def leave_transactions_alone(engine: sa.Engine) -> None:
    """Transactions are begun and ended by hand here, so SQLAlchemy's own commands for them do nothing on this engine."""
    dialect: Any = engine.dialect
    dialect.do_begin = dialect.do_rollback = dialect.do_commit = lambda _connection: None


class Transaction:
    """What a turn works with: prepared statements and, for rare work, a session, all in one open transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect
        self._database = connection.dialect.name
        self._cursor = cast(Any, connection.connection).driver_connection.cursor()
        self._session: Session | None = None

    def all(self, statement: Prepared, /, **params: Any) -> list[Row]:
        """Every row of a prepared query."""
        row = self._run(statement, params).row
        return [row(one) for one in self._cursor.fetchall()]

    def one(self, statement: Prepared, /, **params: Any) -> Row | None:
        """The first row of a prepared query, or None."""
        row = self._run(statement, params).row
        fetched = self._cursor.fetchall()
        return row(fetched[0]) if fetched else None

    def run(self, statement: Prepared, /, **params: Any) -> int:
        """Run a prepared change; how many rows it touched."""
        self._run(statement, params)
        return int(self._cursor.rowcount)

    def insert(self, statement: Insertion, /, **params: Any) -> int:
        """Write a row by a prepared INSERT; its id."""
        self._run(statement, params)
        return int(self._cursor.lastrowid if self._database == SQLITE else self._cursor.fetchone()[0])

    def many(self, statement: Prepared, rows: list[dict[str, Any]]) -> None:
        """Run a prepared change once for each of the rows."""
        if rows:
            compiled = statement.on(self._dialect)
            self.flush()
            self._cursor.executemany(compiled.sql, [compiled.bind(row) for row in rows])

    @property
    def session(self) -> Session:
        """A SQLModel session on the same transaction, for imports, pages and rare flows. Never commit it."""
        if self._session is None:
            self._session = Session(bind=self._connection, expire_on_commit=False)
        return self._session

    def execute(self, sql: str) -> None:
        """Run a bare statement of the database's own (savepoints and the like)."""
        self._cursor.execute(sql)

    def savepoint(self, name: str) -> Savepoint:
        """Undo everything done inside, and only that, if it raises."""
        return Savepoint(self, name)

    def undo(self, name: str) -> None:
        """Undo everything since a savepoint, which ends with that."""
        self.forget()
        # A full disk ends the transaction by itself, its savepoints too; the error that matters is on its way already.
        with suppress(self._dialect.loaded_dbapi.Error):
            self.execute(f"ROLLBACK TO {name}")
            self.execute(f"RELEASE {name}")

    def close(self) -> None:
        """Give the connection up."""
        self._connection.close()

    def forget(self) -> None:
        """Let the session go, with whatever it still holds unwritten."""
        self._session = None

    def flush(self) -> None:
        """Write what the session, if there is one, holds unwritten."""
        if self._session is not None:
            self._session.flush()

    def _run(self, statement: Prepared, params: dict[str, Any]) -> Compiled:
        if self._session is not None:
            self._session.flush()
        compiled = statement.on(self._dialect)
        self._cursor.execute(compiled.sql, compiled.bind(params))
        return compiled


class Savepoint:
    """What is done inside is undone if it raises."""

    __slots__ = ("_db", "_name")

    def __init__(self, db: Transaction, name: str) -> None:
        self._db, self._name = db, name

    def __enter__(self) -> None:
        self._db.flush()
        self._db.execute(f"SAVEPOINT {self._name}")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            try:
                self._db.flush()
            except BaseException:
                self._db.undo(self._name)
                raise
            self._db.execute(f"RELEASE {self._name}")
        else:
            self._db.undo(self._name)


Work = Callable[[Transaction], T]
After = Callable[[T], object]
Faulty = Callable[[BaseException], bool]
"""Whether an error is the database's own, and says nothing of the work."""


class Rescue(Protocol[T_co]):
    """Decides the result of work that failed."""

    def __call__(self, db: Transaction, error: Exception) -> T_co: ...


@dataclass(slots=True)
class Job:
    """Work that waits for a transaction."""

    work: Work[Any]
    rescue: Rescue[Any] | None
    begins: Callable[[], bool]
    """Whether it is still waited for, asked as it begins: whoever gave up waiting was told nothing."""
    tell: Callable[[Any], object]
    """Gets the outcome (a result, or `Failed`) once it is durable, in the database's own thread."""
    after: After[Any] | None = None
    """Gets a result before that; an error there is logged, and harms nobody."""

    def run(self, transaction: Transaction) -> Any:
        """What the work comes to in an open transaction, which is spoilt if it raises: nothing is undone here."""
        try:
            result = self.work(transaction)
            transaction.flush()
            return result
        finally:
            transaction.forget()

    def outcome(self, transaction: Transaction, is_fault: Faulty) -> Any:
        """What the work comes to, or the rescue's answer, or `Failed`; what raised is undone.

        Faults of the database are raised: they are not the work's.
        """
        try:
            return _undone_if_it_raises(transaction, self.work)
        except Exception as error:
            if is_fault(error):
                raise
            return self.rescued(transaction, error, is_fault)

    def rescued(self, transaction: Transaction, failure: Exception, is_fault: Faulty) -> Any:
        """What follows when the work has raised and was undone: the rescue's answer, or `Failed`."""
        if self.rescue is None:
            return Failed(failure)
        try:
            return _undone_if_it_raises(transaction, partial(self.rescue, error=failure))
        except Exception as error:
            if is_fault(error):
                raise
            return Failed(error)

    def end(self, outcome: Any) -> None:
        """Pass on what is durable, or that nothing was kept."""
        if self.after is not None and not isinstance(outcome, Failed):
            try:
                self.after(outcome)
            except Exception:  # the work is done, and the thread has more to do
                log.exception("a result could not be handed over")
        self.tell(outcome)


def _undone_if_it_raises(transaction: Transaction, act: Work[Any]) -> Any:
    try:
        with transaction.savepoint("turn"):
            return act(transaction)
    finally:
        transaction.forget()


@dataclass(frozen=True, slots=True)
class Failed:
    """The outcome of work that raised."""

    error: Exception


class Database(ABC):
    """Where turns are committed."""

    def write(
        self, work: Work[T], rescue: Rescue[T] | None = None, lane: str = "", after: After[T] | None = None
    ) -> Future[T]:
        """Run `work` in a transaction; the future resolves only when its result is durable.

        If `work` raises, everything it did is undone and `rescue`, if given, decides the result instead (in the same
        transaction). Work of one lane runs in the order it was given. `after` gets the result first, in the database's
        own thread. DatabaseDown: nothing was kept, through no fault of the work. Event loops have `bot.waiting.commit`.
        """
        future: Future[T] = Future()

        def tell(outcome: Any) -> None:
            if isinstance(outcome, Failed):
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome)

        self.enter(Job(work, rescue, future.set_running_or_notify_cancel, tell, after), lane)
        return future

    @abstractmethod
    def read(self, work: Work[T]) -> T:
        """Run `work` on what is committed, in the calling thread; what it writes is refused."""

    @abstractmethod
    def close(self) -> None:
        """Finish what waits, then close. Later writes fail with DatabaseDown."""

    @abstractmethod
    def enter(self, job: Job, lane: str) -> None:
        """Let a job wait for its transaction; one that can have none is told so. `lane`: as of `write`."""
