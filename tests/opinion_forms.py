"""How the forms of reviews' documents were begun: `python -m tests.opinion_forms FOLDER` begins others like them.

Since then the files in templates/documents are what counts: they are edited with a word processor.
tests/test_opinion_forms.py says what has to stay in them. Measures as GB/T 9704 has them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Mm, Pt, RGBColor

from tests.form_parts import FANG, HEI, KAI, SONG, add_field, add_style, add_table_style, add_tag, blank, element

TITLE, ISSUER, NUMBER, RED_NUMBER = "审核文书标题", "审核文书发文机关", "审核文书文号", "审核文书红头文号"
SECTION, POINT, BODY, KEPT = "审核文书一级标题", "审核文书二级标题", "审核文书正文", "审核文书不另页"
SIGNED, DATED = "审核文书署名", "审核文书落款"
HEAD, CELL, TEXT, FOOT, TABLE = "审核文书表头", "审核文书居中", "审核文书左对齐", "审核文书页码", "审核文书表格"
"""Styles, as whoever edits the files finds them in their list. KEPT: so that a signature never stands on a page alone."""
RED = "E60012"
INDENT = Pt(32)
"""Two characters of the body."""
TOP, RIGHT, BOTTOM, LEFT, WIDTH = 37, 26, 35, 28, 156
"""Millimetres: the margins, and what is left between."""

ABOUT = (("{{ label }}", 30, HEAD), ("{{ line }}", 126, TEXT))
VERDICTS = (
    ("序号", 13, "{{ point.number }}", CELL), ("审查要点", 38, "{{ point.name }}", CELL),
    ("结论", 27, "{{ one.verdict }}", CELL), ("理由和说明", 78, "{{ line }}", TEXT),
)  # fmt: skip
OF_SEVERAL = (
    ("序号", 13, "{% vm %}{{ point.number }}", CELL), ("审查要点", 32, "{% vm %}{{ point.name }}", CELL),
    ("审查人", 30, "{{ one.who }}", CELL), ("结论", 24, "{{ one.verdict }}", CELL), ("理由和说明", 57, "{{ line }}", TEXT),
)  # fmt: skip
GRID = (
    ("序号", 13, "{{ loop.index }}", CELL), ("待证事项", 56, "{{ line[0] }}", TEXT), ("证据材料", 63, "{{ line[1] }}", TEXT),
    ("是否充分", 24, "{{ line[2] }}", CELL),
)  # fmt: skip
ACTIVITY = (
    ("活动类别", "{{ kind }}"), ("日期", "{{ held_on }}"), ("地点", "{{ place }}"), ("受众人数", "{{ audience }}"),
    ("部门", "{{ unit }}"), ("内容", "{{ line }}"), ("记录人", "{{ recorder }}　{{ recorded_on }}"),
)  # fmt: skip

Columns = Sequence[tuple[str, int, str, str]]


def begin(folder: Path) -> None:
    """Write the forms into a folder."""
    opinion(red=False).save(str(folder / "opinion.docx"))
    opinion(red=True).save(str(folder / "opinion_red.docx"))
    activity().save(str(folder / "activity.docx"))


def opinion(*, red: bool) -> Any:
    """An opinion, without or with a red head."""
    document = _begun("{{ title }}")
    _head(document, red=red)
    document.add_paragraph("一、送审事项", SECTION)
    _about(document)
    document.add_paragraph("二、审查意见", SECTION)
    _paragraphs(document, "for one in filed", POINT, "{{ one.who }}{{ one.file }}", "endfor")
    _tags(document, "for block in blocks")
    _verdicts(document)
    _grids(document)
    _texts(document)
    _tags(document, "endfor", "if wholes")
    document.add_paragraph("三、总体意见", SECTION)
    _tags(document, "for one in wholes")
    document.add_paragraph("{{ one.who ~ '：' if several }}{{ one.conclusion }}{{ '。' if one.conclusion }}", KEPT)
    _paragraphs(document, "for line in one.paragraphs", KEPT, "{{ line }}", "endfor")
    _tags(document, "endfor", "endif")
    _signatures(document, red=red)
    return document


def activity() -> Any:
    """A record of an activity, its pictures two in a row behind it."""
    document = _begun("{{ title }}")
    _head(document, red=False)
    table = _table(document, (30, 126))
    for name, value in ACTIVITY:
        cells = _row(table, ((name, HEAD), (value, TEXT)))
        if name == "内容":
            _repeat(cells[1], "for line in lines")
    _tags(document, "if pictures")
    document.add_paragraph("活动图片", SECTION)
    pictures = _table(document, (78, 78))
    add_tag(pictures, "for row in pictures")
    _row(pictures, (("{{ row[0] }}", CELL), ("{{ row[1] }}", CELL)))
    add_tag(pictures, "endfor")
    _tags(document, "endif")
    _paragraphs(document, "for name in other", BODY, "另附：{{ name }}", "endfor")
    return document


def _begun(title: str) -> Any:
    document = blank()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
    section.footer_distance = Mm(28)
    _styles(document)
    foot = section.footer.paragraphs[0]
    foot.style = FOOT
    foot.add_run("— ")
    add_field(foot, "PAGE")
    foot.add_run(" —")
    about = document.core_properties
    about.title, about.author, about.comments = title, "{{ bureau }}", ""
    return document


def _styles(document: Any) -> None:
    centre, right = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
    made = {
        name: add_style(document, name, identity, face, size, alignment, after)
        for name, identity, face, size, alignment, after in (
            (TITLE, "ReviewTitle", SONG, 22, centre, 12), (ISSUER, "ReviewIssuer", SONG, 32, centre, 28),
            (NUMBER, "ReviewNumber", FANG, 16, centre, 12), (RED_NUMBER, "ReviewRedNumber", FANG, 16, centre, 28),
            (SECTION, "ReviewSection", HEI, 16, None, 6), (POINT, "ReviewPoint", KAI, 16, None, 4),
            (BODY, "ReviewBody", FANG, 16, None, 0), (KEPT, "ReviewKept", FANG, 16, None, 0),
            (SIGNED, "ReviewSigned", FANG, 16, None, 0),
            (DATED, "ReviewDated", FANG, 16, right, 0), (HEAD, "ReviewHead", HEI, 12, centre, 0),
            (CELL, "ReviewCell", FANG, 12, centre, 0), (TEXT, "ReviewText", FANG, 12, None, 0),
            (FOOT, "ReviewFoot", FANG, 14, centre, 0),
        )
    }  # fmt: skip
    for name in (SECTION, POINT, BODY, KEPT, SIGNED):
        made[name].paragraph_format.first_line_indent = INDENT
    for name in (SECTION, POINT, BODY, KEPT, SIGNED, DATED):
        made[name].paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        made[name].paragraph_format.line_spacing = Pt(28)
    for name in (SECTION, POINT, TITLE, KEPT, SIGNED):
        made[name].paragraph_format.keep_with_next = True
    made[SECTION].paragraph_format.space_before = Pt(8)
    made[DATED].paragraph_format.right_indent = Pt(64)
    made[ISSUER].font.color.rgb = RGBColor.from_string(RED)
    border = element("w:pBdr")
    border.append(element("w:bottom", val="single", sz="18", space="11", color=RED))
    made[RED_NUMBER].element.get_or_add_pPr().insert_element_before(border, "w:spacing", "w:ind", "w:jc")
    add_table_style(document, TABLE, "ReviewTable")


def _head(document: Any, *, red: bool) -> None:
    if red:
        document.add_paragraph("{{r head }}", ISSUER)
        document.add_paragraph("{{ number }}", RED_NUMBER)
    document.add_paragraph("{{ title }}", TITLE)
    if not red:
        document.add_paragraph("{{ number }}", NUMBER)


def _about(document: Any) -> None:
    table = _table(document, [width for _, width, _ in ABOUT])
    add_tag(table, "for label, lines in about")
    cells = _row(table, [(text, style) for text, _, style in ABOUT])
    _repeat(cells[1], "for line in lines")
    add_tag(table, "endfor")


def _verdicts(document: Any) -> None:
    _tags(document, "if block.layout == 'verdicts' and several")
    _points(document, OF_SEVERAL)
    _tags(document, "elif block.layout == 'verdicts'")
    _points(document, VERDICTS)
    _tags(document, "endif")


def _points(document: Any, columns: Columns) -> None:
    table = _table(document, [width for _, width, _, _ in columns])
    _heads(table, columns)
    for tag in ("for point in block.points", "for one in point.said"):
        add_tag(table, tag)
    cells = _row(table, [(value, style) for _, _, value, style in columns])
    _repeat(cells[-1], "for line in one.paragraphs or ['']")
    for _ in range(2):
        add_tag(table, "endfor")


def _grids(document: Any) -> None:
    _tags(document, "if block.layout == 'grid'", "for point in block.points", "for one in point.said")
    document.add_paragraph("{{ point.number }}．{{ point.name }}{{ '（' ~ one.who ~ '）' if several }}", POINT)
    _paragraphs(document, "for line in one.paragraphs", BODY, "{{ line }}", "endfor")
    _tags(document, "if one.lines")
    table = _table(document, [width for _, width, _, _ in GRID])
    _heads(table, GRID)
    add_tag(table, "for line in one.lines")
    _row(table, [(value, style) for _, _, value, style in GRID])
    add_tag(table, "endfor")
    document.add_paragraph("", TEXT)  # or else the word processor makes one table of two
    _tags(document, "endif", "endfor", "endfor", "endif")


def _texts(document: Any) -> None:
    _tags(document, "if block.layout == 'text'", "for point in block.points", "for one in point.said")
    document.add_paragraph("{{ point.number }}．{{ point.name }}{{ '（' ~ one.who ~ '）' if several }}", POINT)
    _paragraphs(document, "for line in one.paragraphs", BODY, "{{ line }}", "endfor")
    _tags(document, "endfor", "endfor", "endif")


def _signatures(document: Any, *, red: bool) -> None:
    document.add_paragraph("", KEPT)
    _paragraphs(document, "for one in signed", SIGNED, "审查人：{{ one.who }}　{{ one.on }}", "endfor")
    _paragraphs(document, "if accepted_by", SIGNED, "审定人：{{ accepted_by }}　{{ accepted_on }}", "endif")
    document.add_paragraph("", KEPT)
    document.add_paragraph("{{ issuer }}" if red else "签名：　　　　　　", DATED)
    document.add_paragraph("{{ dated }}", DATED)


def _paragraphs(document: Any, tag: str, style: str, text: str, end: str) -> None:
    _tags(document, tag)
    document.add_paragraph(text, style)
    _tags(document, end)


def _tags(document: Any, *tags: str) -> None:
    for tag in tags:
        document.add_paragraph(f"{{%p {tag} %}}")


def _table(document: Any, widths: Sequence[int]) -> Any:
    table = document.add_table(0, len(widths), TABLE)
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    return table


def _heads(table: Any, columns: Columns) -> None:
    cells = _row(table, [(name, HEAD) for name, _, _, _ in columns])
    cells[0]._tc.getparent().get_or_add_trPr().append(element("w:tblHeader"))


def _row(table: Any, texts: Sequence[tuple[str, str]]) -> Any:
    row = table.add_row()
    row._tr.get_or_add_trPr().append(element("w:cantSplit"))
    row._tr.get_or_add_trPr().append(element("w:trHeight", val="510", hRule="atLeast"))
    for cell, column, (text, style) in zip(row.cells, table.columns, texts, strict=True):
        cell.width = column.width
        cell.paragraphs[0].text, cell.paragraphs[0].style = text, style
    return row.cells


def _repeat(cell: Any, tag: str) -> None:
    """The paragraph of a cell once for each. There must be one at least: a cell without a paragraph is no cell."""
    (only,) = cell.paragraphs
    only.insert_paragraph_before(f"{{%p {tag} %}}")
    cell.add_paragraph("{%p endfor %}")


if __name__ == "__main__":
    begin(Path(sys.argv[1]))
