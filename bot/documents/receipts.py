"""Who has confirmed a notice, as a workbook of one sheet, ready to be printed on A4 across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from bot.clock import local
from bot.render import Words
from models.notices.copies import Copy

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTHS = (6, 20, 22, 16, 16, 20, 20, 36)
"""Of the columns, in digits."""
_A4 = 9
_HEAD = 2
"""Rows above the names of the columns."""
_CELL = {"font_size": 11, "valign": "vcenter", "text_wrap": True, "border": 1}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the workbook is about. `asks`: whether it is to be confirmed, `question`: and what is asked with that."""

    name: str
    at: datetime
    asks: bool
    question: str
    copies: Sequence[Copy]


def xlsx(words: Words, sheet: Sheet) -> bytes:
    """The workbook. What people wrote is text in it, whatever it begins with. Blocks: 5,000 people take a second."""
    said: Any = words.environment.get_template("documents/receipts.j2").module
    made = BytesIO()
    with Workbook(made, {"in_memory": True}) as book:
        book.set_properties({"title": sheet.name, "created": local(sheet.at).replace(tzinfo=None)})
        cell, moment = book.add_format(_CELL), book.add_format(_CELL | {"num_format": "yyyy-mm-dd hh:mm"})
        head, title = book.add_format(_CELL | {"bold": True}), book.add_format({"font_size": 18, "bold": True})
        page = book.add_worksheet(said.sheet)
        _set_up(page, said.page("&P", "&N"))
        page.write_string(0, 0, said.title(sheet.name), title)
        page.write_string(1, 0, said.stands(sheet))
        for column, name in enumerate(said.columns(sheet.question).split("\n")):
            page.write_string(_HEAD, column, name, head)
        for number, copy in enumerate(sheet.copies, 1):
            _write(page, _HEAD + number, _row(said, number, copy, asks=sheet.asks), cell, moment)
        if sheet.copies:
            page.autofilter(_HEAD, 0, _HEAD + len(sheet.copies), len(WIDTHS) - 1)
    return made.getvalue()


def _row(said: Any, number: int, copy: Copy, *, asks: bool) -> tuple[Any, ...]:
    return (
        number, copy.bureau, copy.unit, copy.name, said.sent(copy).strip(), said.confirmed(copy, asks).strip(),
        copy.confirmed_at, copy.answer or said.noted(copy).strip(),
    )  # fmt: skip


def _write(page: Any, number: int, row: Sequence[Any], cell: Any, moment: Any) -> None:
    for column, value in enumerate(row):
        if isinstance(value, datetime):
            page.write_datetime(number, column, local(value).replace(tzinfo=None), moment)
        elif isinstance(value, int):
            page.write_number(number, column, value, cell)
        elif value:
            page.write_string(number, column, value, cell)
        else:
            page.write_blank(number, column, None, cell)


def _set_up(page: Any, foot: str) -> None:
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(_HEAD)
    page.freeze_panes(_HEAD + 1, 0)
    page.set_footer(f"&C{foot}")
    for column, width in enumerate(WIDTHS):
        page.set_column(column, column, width)
