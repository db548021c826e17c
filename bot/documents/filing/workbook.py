"""The 备案汇总表 as a workbook: the people, and the year's changes, a sheet each, ready to be printed on A4 across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from itertools import chain
from math import ceil
from typing import Any
from unicodedata import east_asian_width

from xlsxwriter import Workbook

from bot.documents.filing import rows
from bot.render import Words
from models.personnel.filing_table import FilingTable

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

WIDTHS = {
    "people": (6, 22, 11, 12, 14, 13, 14, 16, 19, 13, 24),
    "changes": (6, 24, 11, 13, 14, 14, 13, 26, 36),
}
"""Of the columns, in digits."""
_A4 = 9
_TITLE, _LINE, _BETWEEN = 44, 17, 9
"""Points: the title's row; a line of text, and what is between a row's text and its borders."""
_HEAD = 2
"""Rows above the names of the columns."""
_TEXT = {"font_size": 12, "valign": "vcenter", "text_wrap": True}
_CELL = _TEXT | {"border": 1, "align": "center"}
_LOOKS: Mapping[str, dict[str, Any]] = {
    "title": _TEXT | {"font_size": 22, "align": "center"},
    "left": _TEXT,
    "right": _TEXT | {"align": "right"},
    "head": _CELL,
    "cell": _CELL,
    "text": _CELL | {"align": "left"},
    "day": _CELL | {"num_format": "yyyy-mm-dd"},
}


@dataclass(frozen=True, slots=True)
class _Part:
    key: str
    title: str
    rows: Sequence[tuple[Any, ...]]
    instead: str
    """What stands there if there are no rows."""
    notes: Sequence[str]


def xlsx(words: Words, table: FilingTable) -> bytes:
    """The workbook. What people wrote is text in it, whatever it begins with. Blocks: 3,000 people take half a second."""
    said = rows.said(words)
    people = list(chain.from_iterable(rows.people(words, table)))
    title = said.people_title(table.bureau)
    parts = (
        _Part("people", title, people, said.nobody(), (said.total(table.counts), said.source())),
        _Part("changes", said.changes_title(table.bureau, table.day), rows.changes(words, table),
              said.unchanged(table.day), (said.source(),)),
    )  # fmt: skip
    made = BytesIO()
    with Workbook(made, {"in_memory": True}) as book:
        created = datetime.combine(table.day, time())
        book.set_properties({"title": title, "author": table.bureau, "created": created})
        faces = {name: said.faces.get(name, said.faces["text"]) for name in _LOOKS}
        looks = {name: book.add_format(look | {"font_name": faces[name]}) for name, look in _LOOKS.items()}
        for part in parts:
            sheet = book.add_worksheet(said.sheets[part.key])
            widths = WIDTHS[part.key]
            set_up(sheet, widths, said.page("&P", "&N"))
            _across(sheet, 0, (0, len(widths) - 1), part.title, looks["title"])
            _across(sheet, 1, (0, len(widths) // 2), said.sender(table.bureau), looks["left"])
            _across(sheet, 1, (len(widths) // 2 + 1, len(widths) - 1), said.filled_in(table.day), looks["right"])
            _fill(sheet, looks, said.columns[part.key], part)
    return made.getvalue()


def set_up(sheet: Any, widths: Sequence[int], page: str) -> None:
    """A sheet on A4 across, its columns so many digits wide, `page` at the foot of each, the head staying in view."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD)
    sheet.freeze_panes(_HEAD + 1, 0)
    sheet.set_footer(f"&C{page}")
    sheet.set_row(0, _TITLE)
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)


def _fill(sheet: Any, looks: Mapping[str, Any], columns: Sequence[str], part: _Part) -> None:
    widths = WIDTHS[part.key]
    last = len(widths) - 1
    sheet.set_row(_HEAD, height(columns, widths))
    for column, name in enumerate(columns):
        sheet.write_string(_HEAD, column, name, looks["head"])
    for number, row in enumerate(part.rows, _HEAD + 1):
        sheet.set_row(number, height(row, widths))
        for column, value in enumerate(row):
            look = "text" if column == last else "day" if isinstance(value, date) else "cell"
            write(sheet, number, column, value, looks[look])
    end = _HEAD + len(part.rows)
    if part.rows:
        sheet.autofilter(_HEAD, 0, end, last)
    below = [] if part.rows else [(part.instead, "cell")]
    below += [(note, "left") for note in part.notes]
    for number, (text, look) in enumerate(below, end + 1):
        _across(sheet, number, (0, last), text, looks[look])
        sheet.set_row(number, height([text], [sum(widths)]))


def _across(sheet: Any, row: int, columns: tuple[int, int], text: str, look: Any) -> None:
    sheet.merge_range(row, columns[0], row, columns[1], "", look)
    sheet.write_string(row, columns[0], text, look)


def write(sheet: Any, row: int, column: int, value: Any, look: Any) -> None:
    """A value in its cell; what people wrote is text there, never a formula."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, look)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, look)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, look)
    else:
        sheet.write_number(row, column, value, look)


def height(row: Sequence[Any], widths: Sequence[int]) -> int:
    """Points that the longest text of a row needs in columns of these widths: not every program finds out by itself."""
    lines = max(_lines(value, width) for value, width in zip(row, widths, strict=True))
    return _LINE * lines + _BETWEEN


def _lines(value: Any, width: int) -> int:
    """How many lines a text takes in a column; its font is a seventh wider than the one that widths are counted in."""
    if not isinstance(value, str):
        return 1
    written = (sum(2 if east_asian_width(sign) in "WF" else 1 for sign in line) for line in value.split("\n"))
    return sum(max(1, ceil(8 * wide / 7 / width)) for wide in written)
