"""Reading a roster file (名册, .xlsx): bounded, every fault by sheet, row and column, nothing half understood."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook

from models.roster.cells import Wrong
from models.roster.checks import check_bureaus, check_people
from models.roster.columns import COLUMNS, EXAMPLE, Column, Header, header
from models.roster.rows import BUREAUS, PEOPLE, BureauRow, Fault, Parsed, PersonRow, RawRow

MOST_BYTES = 5 << 20
MOST_UNPACKED = 64 << 20
MOST_ROWS = 20_000
MOST_SCANNED = 100_000
"""Rows that are looked at, the blank ones included: a sheet formatted to its end has a million."""
MOST_COLUMNS = 40
HEADER_WITHIN = 10
"""Rows among which the headers must stand; above them may be a title."""

_ONE_AT_A_TIME = threading.Lock()


class Unreadable(Exception):
    """A file of which nothing can be read: why (too_large, unpacked, too_many_rows, broken), and the limit."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def read(path: Path, today: date, most_rows: int = MOST_ROWS) -> Parsed:
    """What a file says. `most_rows`: of a sheet, those that are passed over not counted. Unreadable: nothing at all."""
    with _opened(path) as book:
        sheets = {sheet.title.strip(): sheet for sheet in book.worksheets}
        found = {name: _read_sheet(name, sheets[name], today, most_rows) for name in COLUMNS if name in sheets}
    bureaus, people = (found.get(name, _Sheet()) for name in (BUREAUS, PEOPLE))
    check_bureaus(bureaus.rows)
    check_people(people.rows)
    faults = [*bureaus.faults, *(fault for row in bureaus.rows for fault in row.faults)]
    if PEOPLE not in sheets:
        faults.append(Fault(PEOPLE, 0, "", "missing_sheet"))
    faults += [*people.faults, *(fault for row in people.rows for fault in row.faults)]
    return Parsed(
        tuple(BureauRow(row.row, **row.values) for row in bureaus.rows if not row.faults),
        tuple(PersonRow(row.row, **row.values) for row in people.rows if not row.faults),
        tuple(faults),
        tuple(people.headings),
    )


@dataclass(slots=True)
class _Sheet:
    rows: list[RawRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)


def _read_sheet(name: str, sheet: Any, today: date, most_rows: int) -> _Sheet:
    found = _Sheet()
    head: Header | None = None
    filled = False
    for number, values in _rows(sheet):
        filled = filled or any(value is not None for value in values)
        if head is not None and head.places is not None:
            _take(found, name, number, values, head.places, today)
        elif head is not None or number > HEADER_WITHIN:
            break
        elif (head := header(name, number, values)) is not None:
            found.faults += head.faults
        if number > MOST_SCANNED or len(found.rows) > most_rows:
            raise Unreadable("too_many_rows", sheet=name, most=most_rows)
    if head is None and (filled or name == PEOPLE):
        found.faults.append(Fault(name, 0, "", "no_header"))
    return found


def _take(
    found: _Sheet, name: str, number: int, values: Sequence[Any], places: Mapping[int, Column], today: date
) -> None:
    """One row below the headers: kept, or passed over as blank, an example or a heading."""
    cells = {column: values[place] if place < len(values) else None for place, column in places.items()}
    filled = [column for column, value in cells.items() if value is not None and str(value).strip()]
    if not filled or str(cells[COLUMNS[name][0]]).strip().startswith(EXAMPLE):
        return
    if name == PEOPLE and len(filled) == 1:
        found.headings.append(number)
    else:
        found.rows.append(_raw(name, number, cells, today))


def _raw(name: str, number: int, cells: Mapping[Column, Any], today: date) -> RawRow:
    row = RawRow(name, number, {})
    wrongs: list[tuple[str, Wrong]] = []
    for column, cell in cells.items():
        try:
            value = column.read(cell, today)
            if not value and not column.optional:
                raise Wrong("missing")
            row.values[column.field] = value or None
        except Wrong as wrong:
            wrongs.append((column.header, wrong))
    for title, fault in wrongs:  # only now is known which bureau and unit the row names
        row.wrong(title, fault.code, **fault.params)
    return row


def _rows(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """A sheet's rows by their numbers, blank ones included."""
    sheet.reset_dimensions()  # what a file says of its own size is often wrong
    rows = sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
    for number in count(1):
        with _library():
            values = next(rows, None)
        if values is None:
            return
        yield number, values


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable("too_large", most=MOST_BYTES)
    # One file at a time bounds the memory; and the library warns of everything in a file that it does not know.
    with _ONE_AT_A_TIME, warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")
        with _library(), ZipFile(file) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise Unreadable("unpacked")
        with _library():
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            yield book
        finally:
            book.close()


@contextmanager
def _library() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the library raises whatever its parsers meet
        raise Unreadable("broken") from error
