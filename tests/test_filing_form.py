"""备案汇总表: how both files look, and what has to stay in the form that is edited with a word processor."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from bot.documents.filing import document, rows
from bot.documents.filing.document import FORM
from tests.filing_tables import Filing, texts_of
from tests.world import World

FACES = {"方正小标宋简体", "仿宋_GB2312", "黑体"}


@pytest.fixture
def filing(world: World) -> Filing:
    """The demo bureau after a year's changes."""
    filing = Filing(world)
    filing.made_up()
    return filing


@pytest.fixture
def made(filing: Filing) -> Any:
    """Its document."""
    return filing.docx()


def test_the_document_is_a4_across(made: Any) -> None:
    (section,) = made.sections
    assert section.orientation == WD_ORIENT.LANDSCAPE
    assert (round(section.page_width / Mm(1)), round(section.page_height / Mm(1))) == (297, 210)
    room = section.page_width - section.left_margin - section.right_margin
    for table in made.tables:
        assert sum(column.width for column in table.columns) <= room + Mm(1)


def test_every_page_has_its_number_and_how_many_there_are(made: Any) -> None:
    foot = made.sections[0].footer.paragraphs[0]
    fields = [code.text.strip() for code in foot._p.iter(qn("w:instrText"))]
    assert fields == ["PAGE", "NUMPAGES"]
    assert foot.text == "第 1 页 共 1 页"


def test_the_names_of_the_columns_stand_on_every_page_and_no_row_is_split(made: Any) -> None:
    for table in made.tables:
        heads = [row.find(qn("w:trPr")).find(qn("w:tblHeader")) is not None for row in table._tbl.tr_lst]
        assert heads == [True] + [False] * (len(heads) - 1)
        assert all(row.find(qn("w:trPr")).find(qn("w:cantSplit")) is not None for row in table._tbl.tr_lst)


def test_no_page_ends_inside_a_unit(made: Any) -> None:
    units = [row[1] for row in texts_of(made.tables[0])]
    kept = [
        all(paragraph.paragraph_format.keep_with_next for cell in row.cells for paragraph in cell.paragraphs)
        for row in made.tables[0].rows
    ][1:]
    assert kept == [one == following for one, following in zip(units, [*units[1:], None], strict=True)]


def test_the_changes_begin_a_page(made: Any) -> None:
    title = next(paragraph for paragraph in made.paragraphs if "变动情况表" in paragraph.text)
    assert title.text == "示范区人社局2026年法治联络员、法治员变动情况表"
    assert title.paragraph_format.page_break_before
    assert all(not other.paragraph_format.page_break_before for other in made.paragraphs if other.text != title.text)


def test_every_style_names_its_face_for_chinese_and_for_figures(made: Any) -> None:
    used = {paragraph.style.style_id for paragraph in _paragraphs(made)}
    for style in (style for style in made.styles if style.style_id in used):
        fonts = style.element.rPr.find(qn("w:rFonts"))
        faces = {fonts.get(qn(f"w:{script}")) for script in ("eastAsia", "ascii", "hAnsi")}
        assert len(faces) == 1
        assert faces <= FACES
        assert not [name for name in fonts.attrib if name.endswith("Theme")]
    title = made.paragraphs[0].style
    assert (title.font.name, title.font.size) == ("方正小标宋简体", Pt(22))


def _paragraphs(made: Any) -> list[Any]:
    cells = [
        paragraph
        for table in made.tables
        for row in table.rows[:2]
        for cell in row.cells
        for paragraph in cell.paragraphs
    ]
    return [*made.paragraphs, *cells, *made.sections[0].footer.paragraphs]


def test_nothing_of_the_form_is_left_over(made: Any) -> None:
    assert not re.search(r"{[{%]|[%}]}", made.element.xml)
    about = made.core_properties
    assert (about.title, about.author) == ("示范区人社局法治联络员、法治员备案汇总表", "示范区人社局")
    assert f"{about.created:%Y-%m-%d}" == "2026-08-19"


def test_both_files_have_the_same_titles_and_columns(filing: Filing, made: Any) -> None:
    book = filing.xlsx()
    heads = [tuple(cell.text for cell in table.rows[0].cells) for table in made.tables]
    assert [tuple(cell.value for cell in sheet[3]) for sheet in book] == heads
    titles = [paragraph.text for paragraph in made.paragraphs if paragraph.text.endswith("表")]
    assert [sheet["A1"].value for sheet in book] == titles
    columns = rows.said(filing.world.words).columns
    assert [len(columns[key]) for key in ("people", "changes")] == [
        len(rows.PersonRow._fields),
        len(rows.ChangeRow._fields),
    ]


def test_the_workbook_is_ready_for_print(filing: Filing) -> None:
    book = filing.xlsx()
    assert book.sheetnames == ["人员", "当年变动"]
    for sheet in book:
        setup = sheet.page_setup
        assert (setup.orientation, setup.paperSize) == ("landscape", 9)
        assert (setup.fitToWidth or 1, setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("A4", "$3:$3")
        assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
        assert sheet["A1"].font.name == "方正小标宋简体"
        ends = (sheet["A2"].value, sheet[2][len(sheet[3]) // 2 + 1].value)
        assert ends == ("报送单位：示范区人社局", "填表日期：2026年8月19日")


def test_a_long_text_has_the_height_that_it_needs(filing: Filing) -> None:
    filing.world.database.write(
        lambda db: db.execute(
            "UPDATE unit SET name = '职业能力建设和专业技术人员管理科（继续教育办公室）' WHERE name = '工伤保险科'"
        )
    ).result()
    sheet = filing.xlsx()["人员"]
    heights = {row[1].value: sheet.row_dimensions[row[0].row].height for row in sheet.iter_rows(4, 20)}
    assert heights["法制科"] < heights["职业能力建设和专业技术人员管理科（继续教育办公室）"]


def test_the_form_can_be_edited(filing: Filing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As its readers do: another heading, another sentence, a column less."""
    edited = Document(str(FORM))
    edited.paragraphs[0].runs[0].text = "{{ bureau }}法治工作人员名册"
    edited.add_paragraph("填表人：")
    for row in edited.tables[1]._tbl.tr_lst:
        if len(row.tc_lst) > 1:
            row.remove(row.tc_lst[-1])
    edited.save(str(tmp_path / "form.docx"))
    monkeypatch.setattr(document, "FORM", tmp_path / "form.docx")
    made = Document(BytesIO(document.docx(filing.world.words, filing.table())))
    assert made.paragraphs[0].text == "示范区人社局法治工作人员名册"
    assert made.paragraphs[-1].text == "填表人："
    assert texts_of(made.tables[1])[0][-1] == "岗位变动"
