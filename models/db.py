"""The database: statements compiled once, and one place that knows how to run and commit them."""

from __future__ import annotations

import json
import queue
import sqlite3
import threading
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

T = TypeVar("T")
Row = Any
"""One row of a result: a named tuple with a field for each selected column."""


class DatabaseDown(Exception):
    """The database itself failed (locked, full, gone); nothing of the work was kept, and it may be tried again."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept as whole microseconds since 1970 in UTC; aware values in, aware values out."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.timestamp() * 1_000_000)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1_000_000, UTC)


def table(model: type[SQLModel]) -> sa.Table:
    """The table behind a SQLModel class."""
    return cast(sa.Table, model.__table__)  # type: ignore[attr-defined]


class Prepared:
    """A Core statement, compiled once per dialect and run on the driver's own cursor with its converters.

    The hot path of the assistant is a dozen of these; compared with building and executing Core statements in every
    turn they cost a tenth (docs/decisions/0001-hot-path.md).
    """

    def __init__(self, statement: sa.Executable, *columns: str) -> None:
        """`columns`: those that an INSERT or UPDATE sets, each a parameter of its name."""
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}

    def on(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _compile(self._statement, self._columns, dialect)
        return found


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    order: tuple[str, ...] | None
    given: Mapping[str, Any]
    binders: tuple[tuple[str, Callable[[Any], Any]], ...]
    row: Callable[[Iterable[Any]], Row] | None
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]

    def bind(self, params: dict[str, Any]) -> Any:
        values = {**self.given, **params} if self.given else params
        for name, convert in self.binders:
            values[name] = convert(values[name])
        return values if self.order is None else [values[name] for name in self.order]

    def rows(self, fetched: list[Any]) -> list[Row]:
        assert self.row is not None
        if not self.converters:
            return [self.row(one) for one in fetched]
        return [self.row(self._convert(one)) for one in fetched]

    def _convert(self, one: Any) -> list[Any]:
        values = list(one)
        for place, convert in self.converters:
            values[place] = convert(values[place])
        return values


def _compile(statement: sa.Executable, set_columns: tuple[str, ...], dialect: Dialect) -> _Compiled:
    compiled = cast(Any, statement).compile(dialect=dialect, column_keys=set_columns or None)
    binders = []
    for name, bind in compiled.binds.items():
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            binders.append((name, convert))
    columns = list(getattr(compiled.statement, "exported_columns", ()) or ())
    converters = []
    for place, column in enumerate(columns):
        convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if convert is not None:
            converters.append((place, convert))
    row = namedtuple("Row", [column.name for column in columns], rename=True)._make if columns else None  # noqa: PYI024
    given = {name: bind.value for name, bind in compiled.binds.items() if bind.value is not None and not bind.required}
    order = tuple(compiled.positiontup) if compiled.positional else None
    return _Compiled(str(compiled), order, given, tuple(binders), row, tuple(converters))


class Transaction:
    """What a turn works with: prepared statements and, for rare work, a session, all in one open transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect
        self._cursor = cast(Any, connection.connection).driver_connection.cursor()
        self._session: Session | None = None

    def all(self, statement: Prepared, /, **params: Any) -> list[Row]:
        """Every row of a prepared query."""
        compiled = self._run(statement, params)
        return compiled.rows(self._cursor.fetchall())

    def one(self, statement: Prepared, /, **params: Any) -> Row | None:
        """The first row of a prepared query, or None."""
        compiled = self._run(statement, params)
        fetched = self._cursor.fetchone()
        if fetched is None:
            return None
        self._cursor.fetchall()
        return compiled.rows([fetched])[0]

    def run(self, statement: Prepared, /, **params: Any) -> int:
        """Run a prepared change; how many rows it touched."""
        self._run(statement, params)
        return int(self._cursor.rowcount)

    def many(self, statement: Prepared, rows: list[dict[str, Any]]) -> None:
        """Run a prepared change once for each of the rows."""
        if rows:
            compiled = statement.on(self._dialect)
            self._flush()
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

    @contextmanager
    def savepoint(self, name: str) -> Iterator[None]:
        """Undo everything done inside, and only that, if it raises."""
        self._flush()
        self.execute(f"SAVEPOINT {name}")
        try:
            yield
            self._flush()
        except BaseException:
            self.forget()
            _quietly(self, f"ROLLBACK TO {name}")
            _quietly(self, f"RELEASE {name}")
            raise
        self.execute(f"RELEASE {name}")

    def forget(self) -> None:
        """Let the session go, with whatever it still holds unwritten."""
        self._session = None

    def _flush(self) -> None:
        if self._session is not None:
            self._session.flush()

    def _run(self, statement: Prepared, params: dict[str, Any]) -> _Compiled:
        self._flush()
        compiled = statement.on(self._dialect)
        self._cursor.execute(compiled.sql, compiled.bind(params))
        return compiled


Work = Callable[[Transaction], T]
Rescue = Callable[[Transaction, Exception], T]


class Database(Protocol):
    """Where turns are committed. `models/db.py` alone knows which database it is."""

    def write(self, work: Work[T], rescue: Rescue[T] | None = None) -> Future[T]:
        """Run `work` in a transaction; the future resolves only when its result is durable.

        If `work` raises, everything it did is undone and `rescue`, if given, decides the result instead (in the same
        transaction). DatabaseDown: nothing was kept, through no fault of the work.
        """

    def read(self, work: Work[T]) -> T:
        """Run `work` on what is committed, in the calling thread; what it writes is refused."""

    def close(self) -> None: ...


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


@dataclass(slots=True)
class _Job:
    work: Work[Any]
    rescue: Rescue[Any] | None
    future: Future[Any]


class SqliteDatabase:
    """SQLite with ONE writer thread: all waiting work goes into one transaction with one durable commit."""

    BATCH = 256
    READERS = 4
    BUSY_MS = 2_000

    def __init__(self, path: Path | str) -> None:
        self._engine = sa.create_engine(
            f"sqlite:///{path}",
            poolclass=sa.pool.NullPool,
            json_serializer=partial(json.dumps, ensure_ascii=False, separators=(",", ":")),
            connect_args={"isolation_level": None, "check_same_thread": False, "cached_statements": 512},
        )
        _leave_transactions_alone(self._engine.dialect)
        sa.event.listen(self._engine, "connect", self._tune)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._idle: queue.LifoQueue[Transaction] = queue.LifoQueue()
        for _ in range(self.READERS):
            self._idle.put(Transaction(self._engine.connect()))
        self._closed = False
        self._writer = threading.Thread(target=self._serve, name="database-writer", daemon=True)
        self._writer.start()

    def write(self, work: Work[T], rescue: Rescue[T] | None = None) -> Future[T]:
        future: Future[T] = Future()
        if self._closed:
            future.set_exception(DatabaseDown("closed"))
        else:
            self._jobs.put(_Job(work, rescue, future))
        return future

    def read(self, work: Work[T]) -> T:
        reader = self._idle.get()
        try:
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
        """Finish what waits, then close. Later writes fail with DatabaseDown."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._writer.join()
            for _ in range(self.READERS):
                self._idle.get()._connection.close()
            self._engine.dispose()

    def _tune(self, connection: sqlite3.Connection, _record: object) -> None:
        for pragma in (
            f"busy_timeout={self.BUSY_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-32768",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    def _serve(self) -> None:
        transaction = Transaction(self._engine.connect())
        while True:
            job = self._jobs.get()
            batch: list[_Job] = []
            while job is not None:
                batch.append(job)
                if len(batch) == self.BATCH or self._jobs.empty():
                    break
                job = self._jobs.get()
            if batch:
                self._commit(transaction, batch)
            if job is None:
                transaction._connection.close()
                return

    def _commit(self, transaction: Transaction, batch: list[_Job]) -> None:
        try:
            outcomes = self._attempt(transaction, batch)
        except Exception as error:
            _quietly(transaction, "ROLLBACK")
            transaction.forget()
            if len(batch) > 1:
                for job in batch:
                    self._commit(transaction, [job])
            else:
                batch[0].future.set_exception(DatabaseDown(str(error)))
            return
        for job, (value, failure) in zip(batch, outcomes, strict=True):
            if failure is None:
                job.future.set_result(value)
            else:
                job.future.set_exception(failure)

    def _attempt(self, transaction: Transaction, batch: list[_Job]) -> list[tuple[Any, Exception | None]]:
        transaction.execute("BEGIN IMMEDIATE")
        outcomes = []
        for job in batch:
            outcomes.append(self._one(transaction, job))
            transaction.forget()
        transaction.execute("COMMIT")
        return outcomes

    def _one(self, transaction: Transaction, job: _Job) -> tuple[Any, Exception | None]:
        try:
            with transaction.savepoint("turn"):
                return job.work(transaction), None
        except Exception as error:
            if is_fault(error):
                raise
            failure = error
        if job.rescue is not None:
            try:
                with transaction.savepoint("turn"):
                    return job.rescue(transaction, failure), None
            except Exception as error:
                if is_fault(error):
                    raise
                failure = error
        return None, failure


def _quietly(transaction: Transaction, sql: str) -> None:
    try:
        transaction.execute(sql)
    except sqlite3.Error:
        pass  # a full disk ends the transaction by itself; the error that matters is already on its way


def _leave_transactions_alone(dialect: Any) -> None:
    """Transactions are begun and ended by the writer only, so SQLAlchemy's own commands for them do nothing."""
    dialect.do_begin = dialect.do_rollback = dialect.do_commit = lambda _connection: None


def open_database(url: str) -> Database:
    """The database behind `url` (sqlite:///path), brought up to date by the caller. ValueError: another kind."""
    if not url.startswith("sqlite:///"):
        raise ValueError(url)
    return SqliteDatabase(url.removeprefix("sqlite:///"))
