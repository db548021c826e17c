"""Statements compiled once, and the column types that go with them."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json, to_json
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeDecorator

Row = Any
"""One row of a result: a named tuple with a field for each selected column."""

SQLITE = "sqlite"

Converter = Callable[[Any], Any]

_BEGINNING, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept as whole microseconds since 1970 in UTC; aware values in, aware values out."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return moment(value)


_latest = [(_BEGINNING, 0)]
"""The moment that was converted last, and what it is: a turn binds its own half a dozen times."""


def microseconds(value: datetime | None) -> int | None:
    """A moment as whole microseconds since 1970 in UTC."""
    if value is None:
        return None
    moment, number = _latest[0]
    if value is not moment:
        number = (value - _BEGINNING) // _MICROSECOND
        _latest[0] = value, number  # at once: other threads look, too
    return number


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
        try:
            return self._compiled[dialect.name]
        except KeyError:
            found = self._compiled[dialect.name] = _compile(self._worded_for(dialect), self._columns, dialect)
            return found

    def _worded_for(self, dialect: Dialect) -> Any:
        return self.statement


class Insertion(Prepared):
    """An INSERT of one row whose id is wanted. SQLite's driver knows that anyway, and to be told it too would cost a third more."""

    def __init__(self, target: sa.Table, *columns: str) -> None:
        super().__init__(sa.insert(target), *columns)
        self._target = target

    def _worded_for(self, dialect: Dialect) -> Any:
        return self.statement if dialect.name == SQLITE else self.statement.returning(self._target.c.id)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement in a database's own words, and how values go into it and come out."""

    sql: str
    bind: Callable[[dict[str, Any]], Any]
    """The parameters by name, as the driver wants them."""
    row: Callable[[Sequence[Any]], Row]
    """A row that the driver has fetched, as values."""


def _compile(statement: Any, set_columns: tuple[str, ...], dialect: Dialect) -> Compiled:
    def inlined(element: Any, **_: Any) -> Any:
        # SQLite plans a statement anew at each run if a value that might decide about a partial index is bound to it.
        if isinstance(element, sa.BindParameter) and _is_given(element):
            literal = element.type.dialect_impl(dialect).literal_processor(dialect)
            if literal is None:
                return None
            value: Any = element.value
            listed = f"({', '.join(map(literal, value))})" if element.expanding else literal(value)
            return sa.literal_column(listed, element.type)
        return None

    compiled = replacement_traverse(statement, {}, inlined).compile(dialect=dialect, column_keys=set_columns or None)
    binders = {name: _binder(bind.type, dialect) for name, bind in compiled.binds.items()}
    given = {name: bind.value for name, bind in compiled.binds.items() if _is_given(bind)}
    columns = list(getattr(compiled.statement, "exported_columns", ()) or ())
    return Compiled(
        str(compiled),
        _bind(compiled.positiontup, binders, given),
        _row([column.name for column in columns], [_converter(column.type, dialect) for column in columns]),
    )


def _bind(order: Sequence[str] | None, binders: Mapping[str, Converter | None], given: Mapping[str, Any]) -> Any:
    """A function of the parameters: a tuple in the driver's order, or (no order) a dictionary."""
    names = list(binders if order is None else order)
    known = {name: f"k{place}" for place, name in enumerate(dict.fromkeys(names))}

    def value(name: str) -> str:
        found = known[name] if name in given else f"p[{name!r}]"
        return found if binders[name] is None else f"c{known[name]}({found})"

    if order is None:
        source = "{" + ", ".join(f"{name!r}: {value(name)}" for name in names) + "}"
    else:
        source = "(" + "".join(f"{value(name)}, " for name in names) + ")"
    constants = {known[name]: given[name] for name in known if name in given}
    return _function(f"lambda p: {source}", constants | {f"c{known[name]}": binders[name] for name in known})


def _row(names: list[str], converters: list[Converter | None]) -> Any:
    """A function of a fetched row: a named tuple of its values."""
    shape: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # the names are known only now
    if not any(converters):
        return shape._make
    values = "".join(f"c{n}(v[{n}]), " if convert else f"v[{n}], " for n, convert in enumerate(converters))
    return _function(f"lambda v: new(shape, ({values}))", {
        "new": tuple.__new__, "shape": shape, **{f"c{n}": convert for n, convert in enumerate(converters)}
    })  # fmt: skip


def _function(source: str, known: dict[str, Any]) -> Any:
    """A function written for one statement: it binds some ten values in every turn, so it does that and nothing else."""
    return eval(source, {"__builtins__": {}, **known})


def _binder(kind: Any, dialect: Dialect) -> Converter | None:
    # Moments, days and JSON are converted in every turn: straight, without the layers around a TypeDecorator.
    if isinstance(kind, UtcDateTime):
        return microseconds
    if type(kind) is sa.JSON and dialect.name == SQLITE:
        return _json_or_null if kind.none_as_null else as_json
    if type(kind) is sa.Date and dialect.name == SQLITE:
        return _iso_or_null
    found: Converter | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _converter(kind: Any, dialect: Dialect) -> Converter | None:
    if isinstance(kind, UtcDateTime):
        return moment
    if type(kind) is sa.JSON and dialect.name == SQLITE:
        return _from_json
    found: Converter | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found


def _json_or_null(value: Any) -> str | None:
    return None if value is None else as_json(value)


def _iso_or_null(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _from_json(stored: str | float | None) -> Any:
    # A column that SQLite does not know for text keeps a number that stands alone in it as a number.
    return from_json(stored) if isinstance(stored, str) else stored


def _is_given(bind: sa.BindParameter[Any]) -> bool:
    return bind.value is not None and not bind.required
