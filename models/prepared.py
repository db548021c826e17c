"""Statements compiled once, and the column types that go with them."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, cast

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeDecorator

Row = Any
"""One row of a result: a named tuple with a field for each selected column."""

_BEGINNING, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept as whole microseconds since 1970 in UTC; aware values in, aware values out."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return moment(value)


def microseconds(value: datetime | None) -> int | None:
    """A moment as whole microseconds since 1970 in UTC."""
    return None if value is None else (value - _BEGINNING) // _MICROSECOND


def moment(value: int | None) -> datetime | None:
    """The moment that so many microseconds after 1970 are."""
    return None if value is None else _BEGINNING + value * _MICROSECOND


def as_json(value: Any) -> str:
    """A value as the databases store JSON: Chinese as it is, nothing superfluous."""
    return to_json(value).decode()


class Prepared:
    """A Core statement, compiled once per dialect and run on the driver's own cursor with its converters.

    The hot path of the assistant is a dozen of these; compared with building and executing Core statements in every
    turn they cost a tenth (docs/decisions/0001-hot-path.md).
    """

    def __init__(self, statement: Any, *columns: str) -> None:
        """`columns`: those that an INSERT or UPDATE sets, each a parameter of its name."""
        self.statement = statement
        self._columns = columns
        self._compiled: dict[str, Compiled] = {}

    def on(self, dialect: Dialect) -> Compiled:
        """The statement as a database wants it."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _compile(self.statement, self._columns, dialect)
        return found


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement in a database's own words, and how values go into it and come out."""

    sql: str
    given: Mapping[str, Any]
    pick: Callable[[Mapping[str, Any]], Iterable[Any]] | None
    """The values in the order that the driver wants, if it wants them in one."""
    binders: tuple[tuple[Any, Callable[[Any], Any]], ...]
    row: Callable[[Iterable[Any]], Row]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]

    def bind(self, params: dict[str, Any]) -> Any:
        """The parameters as the driver wants them; the dictionary is the caller's no more."""
        known = {**self.given, **params} if self.given else params
        values: Any = known if self.pick is None else list(self.pick(known))
        for place, convert in self.binders:
            values[place] = convert(values[place])
        return values

    def rows(self, fetched: list[Any]) -> list[Row]:
        """What the driver has fetched, as values."""
        if not self.converters:
            return [self.row(one) for one in fetched]
        return [self.row(self._convert(one)) for one in fetched]

    def _convert(self, one: Any) -> list[Any]:
        values = list(one)
        for place, convert in self.converters:
            values[place] = convert(values[place])
        return values


def _compile(statement: Any, set_columns: tuple[str, ...], dialect: Dialect) -> Compiled:
    def inlined(element: Any, **_: Any) -> Any:
        # SQLite plans a statement anew at each run if a value that might decide about a partial index is bound to it.
        if isinstance(element, sa.BindParameter) and _is_given(element):
            literal = element.type.dialect_impl(dialect).literal_processor(dialect)
            return None if literal is None else sa.literal_column(literal(element.value), element.type)
        return None

    compiled = replacement_traverse(statement, {}, inlined).compile(dialect=dialect, column_keys=set_columns or None)
    order = compiled.positiontup
    places: list[tuple[Any, str]] = [(name, name) for name in compiled.binds] if order is None else [*enumerate(order)]
    binders = [(place, _binder(compiled.binds[name].type, dialect)) for place, name in places]
    columns = list(getattr(compiled.statement, "exported_columns", ()) or ())
    converters = [_converter(column.type, dialect) for column in columns]
    return Compiled(
        str(compiled),
        {name: bind.value for name, bind in compiled.binds.items() if _is_given(bind)},
        None if order is None else _picker(order),
        tuple((place, convert) for place, convert in binders if convert is not None),
        cast(Any, namedtuple("Row", [column.name for column in columns], rename=True))._make,
        tuple((place, convert) for place, convert in enumerate(converters) if convert is not None),
    )


def _binder(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    # A moment is converted in every row of every turn: straight, without the layers around a TypeDecorator.
    if isinstance(kind, UtcDateTime):
        return microseconds
    found: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _converter(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, UtcDateTime):
        return moment
    found: Callable[[Any], Any] | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found


def _is_given(bind: sa.BindParameter[Any]) -> bool:
    return bind.value is not None and not bind.required


def _picker(names: list[str]) -> Callable[[Mapping[str, Any]], Iterable[Any]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda known: [known[name] for name in names]
