"""How templates/documents/roster_filing.docx was begun: `python -m tests.roster_filing_form FILE` begins another like it.

Since then the file itself is what counts: it is edited with a word processor. tests/test_filing_form.py says what has to
stay in it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.shared import Mm, Pt

from tests.form_parts import FANG, HEI, SONG, add_field, add_style, add_table_style, add_tag, blank, element

TITLE, LINE, HEAD, CELL, TEXT, NOTE, FOOT, TABLE = (
    f"汇总表{name}" for name in ("标题", "报送行", "表头", "居中", "左对齐", "附注", "页码", "表格")
)
"""Styles, as whoever edits the file finds them in its list."""
SIDE, WIDTH = 18, 297 - 2 * 18
"""Millimetres: the margin on each side, and what is left between."""
HEIGHT = "510"
"""Of a row, at least, in twentieths of a point: 9 mm."""

PEOPLE = (
    ("序号", 12, "{{ one.number }}"), ("部门", 36, "{% vm %}{{ one.unit }}"), ("部门类别", 21, "{% vm %}{{ one.kind }}"),
    ("姓名", 20, "{{ one.name }}"), ("职务", 20, "{{ one.title }}"), ("角色", 24, "{{ one.role }}"),
    ("手机", 26, "{{ one.mobile }}"), ("法律职业资格", 21, "{{ one.qualification }}"),
    ("学历专业", 25, "{{ one.education }}"), ("任职日期", 24, "{{ one.since }}"), ("备注", 32, "{{ one.remark }}"),
)  # fmt: skip
CHANGES = (
    ("序号", 12, "{{ one.number }}"), ("部门", 42, "{{ one.unit }}"), ("变动类别", 21, "{{ one.kind }}"),
    ("角色", 25, "{{ one.role }}"), ("原人员", 27, "{{ one.before }}"), ("继任人员", 27, "{{ one.after }}"),
    ("生效日期", 25, "{{ one.effective_on }}"), ("原因", 38, "{{ one.reason }}"), ("备注", 44, "{{ one.remark }}"),
)  # fmt: skip
LEFT = {"原因", "备注"}

Columns = Sequence[tuple[str, int, str]]


def begin(place: str) -> None:
    """Write the form to a file."""
    document = blank()
    _page(document)
    _styles(document)
    _footer(document.sections[0])
    _title(document, "{{ bureau }}法治联络员、法治员备案汇总表")
    _table(document, PEOPLE, ["for unit in units", "for one in unit"], "not units", "{{ nobody }}")
    for note in ("{{ total }}", "{{ source }}"):
        document.add_paragraph(note, NOTE)
    second = _title(document, "{{ bureau }}{{ day.year }}年法治联络员、法治员变动情况表")
    second.paragraph_format.page_break_before = True
    _table(document, CHANGES, ["for one in changes"], "not changes", "{{ unchanged }}")
    document.add_paragraph("{{ source }}", NOTE)
    about = document.core_properties
    about.title, about.author, about.comments = "{{ bureau }}法治联络员、法治员备案汇总表", "{{ bureau }}", ""
    document.save(place)


def _page(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(SIDE)
    section.top_margin, section.bottom_margin = Mm(20), Mm(20)
    section.header_distance, section.footer_distance = Mm(12), Mm(12)


def _styles(document: Any) -> None:
    centre = WD_ALIGN_PARAGRAPH.CENTER
    for name, identity, face, size, alignment, after in (
        (TITLE, "FilingTitle", SONG, 22, centre, 10), (LINE, "FilingLine", FANG, 12, None, 4),
        (HEAD, "FilingHead", HEI, 12, centre, 0), (CELL, "FilingCell", FANG, 12, centre, 0),
        (TEXT, "FilingText", FANG, 12, None, 0), (NOTE, "FilingNote", FANG, 12, None, 2),
        (FOOT, "FilingFoot", FANG, 10.5, centre, 0),
    ):  # fmt: skip
        add_style(document, name, identity, face, size, alignment, after)
    styles = document.styles
    styles[LINE].paragraph_format.tab_stops.add_tab_stop(Mm(WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    styles[NOTE].paragraph_format.space_before = Pt(4)
    for name in (TITLE, LINE):
        styles[name].paragraph_format.keep_with_next = True
    add_table_style(document, TABLE, "FilingTable")


def _title(document: Any, text: str) -> Any:
    title = document.add_paragraph(text, TITLE)
    document.add_paragraph("报送单位：{{ bureau }}\t填表日期：{{ filled_in }}", LINE)
    return title


def _table(document: Any, columns: Columns, loops: Sequence[str], unless: str, instead: str) -> None:
    table = document.add_table(0, len(columns), TABLE)
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    for column, (_, width, _value) in zip(table.columns, columns, strict=True):
        column.width = Mm(width)
    head = _row(table, columns, [name for name, _, _ in columns], lambda name: HEAD)
    head.get_or_add_trPr().append(element("w:tblHeader"))
    for loop in loops:
        add_tag(table, loop)
    values = [value for _, _, value in columns]
    named = {value: name for name, _, value in columns}
    _row(table, columns, values, lambda value: TEXT if named[value] in LEFT else CELL)
    for _ in loops:
        add_tag(table, "endfor")
    add_tag(table, f"if {unless}")
    only = table.add_row()
    only._tr.get_or_add_trPr().append(element("w:trHeight", val=HEIGHT, hRule="atLeast"))
    cell = only.cells[0].merge(only.cells[-1])
    cell.paragraphs[0].text, cell.paragraphs[0].style = instead, CELL
    add_tag(table, "endif")


def _row(table: Any, columns: Columns, texts: Iterable[str], style: Any) -> Any:
    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(element("w:cantSplit"))
    properties.append(element("w:trHeight", val=HEIGHT, hRule="atLeast"))
    for cell, (_, width, _value), text in zip(row.cells, columns, texts, strict=True):
        cell.width = Mm(width)
        cell.paragraphs[0].text, cell.paragraphs[0].style = text, style(text)
    return row._tr


def _footer(section: Any) -> None:
    paragraph = section.footer.paragraphs[0]
    paragraph.style = FOOT
    for text, field in (("第 ", "PAGE"), (" 页 共 ", "NUMPAGES"), (" 页", None)):
        paragraph.add_run(text)
        if field is not None:
            add_field(paragraph, field)


if __name__ == "__main__":
    begin(sys.argv[1])
