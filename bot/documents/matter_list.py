"""审核事项清单 as a workbook: a row for each matter, ready to be printed on A4 across."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from bot.clock import day_of
from bot.documents.filing import workbook as sheets
from bot.documents.filing.workbook import height, set_up, write
from bot.render import Words
from models.affairs import affair
from models.matters.lists import Listed, MatterList

SAID = "documents/matter_list.j2"
MIME = sheets.MIME
WIDTHS = (24, 22, 22, 40, 18, 16, 14, 14, 12, 24, 44)
"""Of the columns, in digits."""
_HEAD = 2
"""Rows above the names of the columns."""
_TEXT = {"font_size": 12, "valign": "vcenter", "text_wrap": True}
_CELL = _TEXT | {"border": 1, "align": "center"}
_LOOKS: dict[str, dict[str, Any]] = {
    "title": _TEXT | {"font_size": 22, "align": "center"},
    "left": _TEXT,
    "head": _CELL,
    "cell": _CELL,
    "text": _CELL | {"align": "left"},
    "day": _CELL | {"num_format": "yyyy-mm-dd"},
}
_LEFT = (3, 10)
"""Columns with texts rather than words."""


def xlsx(words: Words, listed: MatterList, day: date, *, inside: bool) -> bytes:
    """The workbook. What people wrote is text in it, whatever it begins with. Blocks: 10,000 matters take seconds.

    `inside`: it stays within our own service; else what is 内部 stands in it without its title.
    """
    said: Any = words.environment.get_template(SAID).module
    made = BytesIO()
    with Workbook(made, {"in_memory": True}) as book:
        book.set_properties(
            {"title": said.title(listed.bureau), "author": listed.bureau, "created": datetime.combine(day, time())}
        )
        faces = {name: said.faces.get(name, said.faces["text"]) for name in _LOOKS}
        looks = {name: book.add_format(look | {"font_name": faces[name]}) for name, look in _LOOKS.items()}
        sheet = book.add_worksheet(said.sheet)
        set_up(sheet, WIDTHS, said.page("&P", "&N"))
        last = len(WIDTHS) - 1
        for row, (text, look) in enumerate(((said.title(listed.bureau), "title"), (said.at(day), "left"))):
            sheet.merge_range(row, 0, row, last, "", looks[look])
            sheet.write_string(row, 0, text, looks[look])
        for column, name in enumerate(said.columns):
            sheet.write_string(_HEAD, column, name, looks["head"])
        _fill(sheet, looks, list(_rows(said, listed, inside)))
        if listed.matters:
            sheet.autofilter(_HEAD, 0, _HEAD + len(listed.matters), last)
        else:
            sheet.merge_range(_HEAD + 1, 0, _HEAD + 1, last, "", looks["cell"])
            sheet.write_string(_HEAD + 1, 0, said.nothing(), looks["cell"])
    return made.getvalue()


def _fill(sheet: Any, looks: dict[str, Any], rows: list[tuple[Any, ...]]) -> None:
    for number, row in enumerate(rows, _HEAD + 1):
        sheet.set_row(number, height(row, WIDTHS))
        for column, value in enumerate(row):
            look = "text" if column in _LEFT else "day" if isinstance(value, date) else "cell"
            write(sheet, number, column, value, looks[look])


def _rows(said: Any, listed: MatterList, inside: bool) -> Iterator[tuple[Any, ...]]:
    for one in listed.matters:
        yield _row(said, one, inside)


def _row(said: Any, one: Listed, inside: bool) -> tuple[Any, ...]:
    row = one.row
    return (
        said.number(row), affair(row.affair).title, row.route, said.name(row, inside), row.unit, row.opener,
        day_of(row.opened_at), row.due_on, said.states[row.state], "、".join(one.reviewers),
        "\n".join(said.document(document) for document in one.documents),
    )  # fmt: skip
