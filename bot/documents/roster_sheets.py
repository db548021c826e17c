"""The workbooks around importing a roster: the template to fill in, and the list of what is wrong with a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from bot.render import Words
from models.roster.cells import KINDS, LEVELS, ROLES
from models.roster.columns import COLUMNS
from models.roster.rows import BUREAUS, PEOPLE, Fault

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SAID, FAULTS = "roster_import/sheets.j2", "roster_import/faults.j2"

_WIDTHS = {
    "name": 20,
    "bureau": 22,
    "parent": 22,
    "unit": 18,
    "mobile": 16,
    "roles": 26,
    "wecom_id": 18,
    "education": 24,
}
_WIDTH = 14
_WIDTHS_OF_PROBLEMS = (8, 8, 14, 22, 18, 70)
_OFFERED: Mapping[str, Mapping[str, Any]] = {"level": LEVELS, "kind": KINDS, "roles": ROLES}
"""Columns with a list to choose from."""
_FORMATS = {"mobile": "@", "wecom_id": "@", "starts_on": "yyyy-mm-dd"}
"""How cells are kept: as text, so that a number stays as typed; or as a date."""
_LAST_ROW = 20_001
_HEAD = PatternFill("solid", fgColor="DCE6F1")
_MAY_BE_EMPTY = PatternFill("solid", fgColor="F2F2F2")
_GREY = Font(italic=True, color="808080")
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def template_xlsx(words: Words) -> bytes:
    """The template: how to fill it in, and the two sheets with their headers, an example each, and lists to choose from."""
    said: Any = words.environment.get_template(SAID).module
    book: Any = Workbook()
    notes = book.active
    notes.title = said.notes_title
    notes.column_dimensions["A"].width = 100
    for note in said.notes:
        notes.append([note])
        notes.cell(notes.max_row, 1).alignment = _WRAPPED
    for name in (BUREAUS, PEOPLE):
        _fill(book.create_sheet(name), name, said.examples[name])
    book.active = 2
    return _bytes(book)


def problems_xlsx(words: Words, faults: Iterable[Fault], warnings: Iterable[Fault]) -> bytes:
    """What is wrong, and what is worth knowing, a row each: sheet, row, column, bureau, unit and the sentence."""
    said: Any = words.environment.get_template(SAID).module
    sentences: Any = words.environment.get_template(FAULTS).module
    book: Any = Workbook()
    for title, listed in ((said.problems["title"], faults), (said.problems["warnings"], warnings)):
        sheet = book.create_sheet(title)
        sheet.append(said.problems["columns"])
        for number, one in enumerate(listed, 2):
            row = [one.sheet, one.row or "", one.column, one.bureau, one.unit, sentences.sentence(one.code, one.params)]
            for place, value in enumerate(row, 1):
                cell = sheet.cell(number, place, value)
                cell.alignment = _WRAPPED
                if isinstance(value, str):
                    cell.data_type = "s"  # what stands in a file is never a formula here
        _head(sheet, _WIDTHS_OF_PROBLEMS)
    del book["Sheet"]
    return _bytes(book)


def _fill(sheet: Any, name: str, examples: Iterable[list[str]]) -> None:
    columns = COLUMNS[name]
    sheet.append([column.header for column in columns])
    for example in examples:
        sheet.append(example)
        for cell in sheet[sheet.max_row]:
            cell.font = _GREY
    for number, column in enumerate(columns, 1):
        letter = get_column_letter(number)
        kept_as = _FORMATS.get(column.field)
        if kept_as is not None:
            sheet.column_dimensions[letter].number_format = kept_as
        if column.field in _OFFERED:
            _offer(sheet, letter, _OFFERED[column.field])
    _head(sheet, [_WIDTHS.get(column.field, _WIDTH) for column in columns])
    for cell, column in zip(sheet[1], columns, strict=True):
        cell.fill = _MAY_BE_EMPTY if column.optional else _HEAD


def _offer(sheet: Any, letter: str, names: Mapping[str, Any]) -> None:
    """A list of the first name of each meaning; others may be typed, several roles too."""
    firsts: dict[Any, str] = {}
    for name, meaning in names.items():
        firsts.setdefault(meaning, name)
    chosen = DataValidation(type="list", formula1=f'"{",".join(firsts.values())}"', showErrorMessage=False)
    chosen.add(f"{letter}2:{letter}{_LAST_ROW}")
    sheet.add_data_validation(chosen)


def _head(sheet: Any, widths: Iterable[int]) -> None:
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = _HEAD
    sheet.freeze_panes = "A2"


def _bytes(book: Any) -> bytes:
    made = BytesIO()
    book.save(made)
    return made.getvalue()
