"""The database: statements compiled once, and one place that knows how to run and commit them."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any, Protocol, TypeVar, cast

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Row = Any
"""One row of a result: a named tuple with a field for each selected column."""


class DatabaseDown(Exception):
    """The database itself failed (locked, full, gone); nothing of the work was kept, and it may be tried again."""


class Changed(Exception):
    """Somebody else changed an object after it was read here: the work is to run again from the beginning."""


_BEGINNING, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept as whole microseconds since 1970 in UTC; aware values in, aware values out."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _BEGINNING) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _BEGINNING + value * _MICROSECOND


def table(model: type[SQLModel]) -> sa.Table:
    """The table behind a SQLModel class."""
    return cast(sa.Table, model.__table__)  # type: ignore[attr-defined]


class Prepared:
    """A Core statement, compiled once per dialect and run on the driver's own cursor with its converters.

    The hot path of the assistant is a dozen of these; compared with building and executing Core statements in every
    turn they cost a tenth (docs/decisions/0001-hot-path.md).
    """

    def __init__(self, statement: Any, *columns: str) -> None:
        """`columns`: those that an INSERT or UPDATE sets, each a parameter of its name."""
        self.statement = statement
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}

    def on(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _compile(self.statement, self._columns, dialect)
        return found


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    given: Mapping[str, Any]
    pick: Callable[[Mapping[str, Any]], Iterable[Any]] | None
    """The values in the order that the driver wants, if it wants them in one."""
    binders: tuple[tuple[Any, Callable[[Any], Any]], ...]
    row: Callable[[Iterable[Any]], Row]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]

    def bind(self, params: dict[str, Any]) -> Any:
        known = {**self.given, **params} if self.given else params
        values: Any = known if self.pick is None else list(self.pick(known))
        for place, convert in self.binders:
            values[place] = convert(values[place])
        return values

    def rows(self, fetched: list[Any]) -> list[Row]:
        if not self.converters:
            return [self.row(one) for one in fetched]
        return [self.row(self._convert(one)) for one in fetched]

    def _convert(self, one: Any) -> list[Any]:
        values = list(one)
        for place, convert in self.converters:
            values[place] = convert(values[place])
        return values


def _compile(statement: Any, set_columns: tuple[str, ...], dialect: Dialect) -> _Compiled:
    def inlined(element: Any, **_: Any) -> Any:
        # SQLite plans a statement anew at each run if a value that might decide about a partial index is bound to it.
        if isinstance(element, sa.BindParameter) and _is_given(element):
            literal = element.type.dialect_impl(dialect).literal_processor(dialect)
            return None if literal is None else sa.literal_column(literal(element.value), element.type)
        return None

    compiled = replacement_traverse(statement, {}, inlined).compile(dialect=dialect, column_keys=set_columns or None)
    order = compiled.positiontup
    places: list[tuple[Any, str]] = [(name, name) for name in compiled.binds] if order is None else [*enumerate(order)]
    binders = [
        (place, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for place, name in places
    ]
    columns = list(getattr(compiled.statement, "exported_columns", ()) or ())
    converters = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return _Compiled(
        str(compiled),
        {name: bind.value for name, bind in compiled.binds.items() if _is_given(bind)},
        None if order is None else _picker(order),
        tuple((place, convert) for place, convert in binders if convert is not None),
        cast(Any, namedtuple("Row", [column.name for column in columns], rename=True))._make,
        tuple((place, convert) for place, convert in enumerate(converters) if convert is not None),
    )


def _is_given(bind: sa.BindParameter[Any]) -> bool:
    return bind.value is not None and not bind.required


def _picker(names: list[str]) -> Callable[[Mapping[str, Any]], Iterable[Any]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda known: [known[name] for name in names]


def as_json(value: Any) -> str:
    """A value as the databases store JSON: Chinese as it is, nothing superfluous."""
    return to_json(value).decode()


def leave_transactions_alone(engine: sa.Engine) -> None:
    """Transactions are begun and ended by hand here, so SQLAlchemy's own commands for them do nothing on this engine."""
    dialect: Any = engine.dialect
    dialect.do_begin = dialect.do_rollback = dialect.do_commit = lambda _connection: None


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
        fetched = self._cursor.fetchall()
        return compiled.rows(fetched[:1])[0] if fetched else None

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
            self._undo(name)
            raise
        self.execute(f"RELEASE {name}")

    def _undo(self, name: str) -> None:
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

    def _flush(self) -> None:
        if self._session is not None:
            self._session.flush()

    def _run(self, statement: Prepared, params: dict[str, Any]) -> _Compiled:
        self._flush()
        compiled = statement.on(self._dialect)
        self._cursor.execute(compiled.sql, compiled.bind(params))
        return compiled


Work = Callable[[Transaction], T]


class Rescue(Protocol[T_co]):
    """Decides the result of work that failed."""

    def __call__(self, db: Transaction, error: Exception) -> T_co: ...


@dataclass(slots=True)
class Job:
    """Work that waits for a transaction."""

    work: Work[Any]
    rescue: Rescue[Any] | None
    future: Future[Any]

    def outcome(self, transaction: Transaction, is_fault: Callable[[BaseException], bool]) -> Any:
        """What the work came to in an open transaction, or the rescue's answer, or `Failed`; what raised is undone.

        Faults of the database are raised: they are not the work's.
        """
        try:
            return self._undone_if_it_raises(transaction, self.work)
        except Exception as error:
            if is_fault(error):
                raise
            failure = error
        if self.rescue is None:
            return Failed(failure)
        try:
            return self._undone_if_it_raises(transaction, partial(self.rescue, error=failure))
        except Exception as error:
            if is_fault(error):
                raise
            return Failed(error)

    def _undone_if_it_raises(self, transaction: Transaction, act: Callable[[Transaction], Any]) -> Any:
        try:
            with transaction.savepoint("turn"):
                return act(transaction)
        finally:
            transaction.forget()

    def resolve(self, outcome: Any) -> None:
        """Tell whoever waits, once the outcome is durable."""
        if isinstance(outcome, Failed):
            self.future.set_exception(outcome.error)
        else:
            self.future.set_result(outcome)


@dataclass(frozen=True, slots=True)
class Failed:
    """The outcome of work that raised."""

    error: Exception


class Database(Protocol):
    """Where turns are committed."""

    def write(self, work: Work[T], rescue: Rescue[T] | None = None, lane: str = "") -> Future[T]:
        """Run `work` in a transaction; the future resolves only when its result is durable.

        If `work` raises, everything it did is undone and `rescue`, if given, decides the result instead (in the same
        transaction). Work of one lane runs in the order it was given. DatabaseDown: nothing was kept, through no fault
        of the work.
        """

    def read(self, work: Work[T]) -> T:
        """Run `work` on what is committed, in the calling thread; what it writes is refused."""

    def close(self) -> None: ...
