"""审核意见 and 活动记录 as Word documents: how they look, what they say, and what has to stay in the forms that are edited."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from bot.documents.opinion import content, document
from bot.render import Words
from models.affairs import affairs
from models.matters.opinions import Conclusion, Said, Sheet
from tests.sample_opinions import OFFICER, OTHER, REASON, RED, matter, part, sheet
from tests.world import the_words

FACES = {"方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"}
FORMS = (document.PLAIN, document.RED, document.PLAIN.with_name("activity.docx"))
HOSTILE = "某公司<w:p/>&amp;{{ 1 + 1 }}{% for %}\"' ]]>"


def made(of: Sheet, words: Words | None = None) -> Any:
    """The document, read back."""
    return Document(BytesIO(document.docx(words or the_words(), of)))


def texts(of: Any) -> list[str]:
    """Its paragraphs outside tables that say anything."""
    return [paragraph.text for paragraph in of.paragraphs if paragraph.text]


def rows(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def everything(of: Any) -> str:
    return "\n".join([*texts(of), *(cell for table in of.tables for row in rows(table) for cell in row)])


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_the_page_is_as_the_standard_has_it(form: Path) -> None:
    """GB/T 9704: A4, its margins 37, 28, 35 and 26 mm; a number on each page."""
    (section,) = Document(str(form)).sections
    measures = section.page_width, section.page_height, section.top_margin, section.left_margin, section.bottom_margin
    assert [round(one / Mm(1)) for one in measures] == [210, 297, 37, 28, 35]
    assert round(section.right_margin / Mm(1)) == 26
    fields = [code.text.strip() for code in section.footer.paragraphs[0]._p.iter(qn("w:instrText"))]
    assert fields == ["PAGE"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_every_style_names_its_face_for_chinese_and_for_figures(form: Path) -> None:
    styles = [
        one for one in Document(str(form)).styles if one.name.startswith("审核文书") and one.name != "审核文书表格"
    ]
    assert len(styles) > 10
    for style in styles:
        fonts = style.element.rPr.find(qn("w:rFonts"))
        assert len({fonts.get(qn(f"w:{script}")) for script in ("eastAsia", "ascii", "hAnsi")}) == 1
        assert style.font.name in FACES
    body = next(one for one in styles if one.name == "审核文书正文")
    assert (body.font.name, body.font.size) == ("仿宋_GB2312", Pt(16))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_tables_fit_the_page_and_their_rows_are_not_split(form: Path) -> None:
    for table in Document(str(form)).tables:
        assert sum(column.width for column in table.columns) <= Mm(157)
        split = [row for row in table._tbl.tr_lst if "{%tr" not in "".join(row.itertext())
                 and row.find(qn("w:trPr")).find(qn("w:cantSplit")) is None]  # fmt: skip
        assert split == []


def test_each_point_has_its_verdict_in_the_order_of_the_notice() -> None:
    found = made(sheet("enforcement", part("enforcement", bad=(8,))))
    about, points = found.tables
    assert rows(about)[0] == ["事项名称", "关于对某公司拖欠劳动者工资的行政处理决定"]
    assert rows(about)[3] == ["审核任务", "审核任务〔2026〕17号"]
    assert rows(about)[5][1].splitlines() == ["行政处理决定书（送审稿）.docx", "调查询问笔录.pdf"]
    names = [check.name for check in affairs().kinds["enforcement"].checks]
    assert rows(points)[0] == ["序号", "审查要点", "结论", "理由和说明"]
    assert rows(points)[8] == ["8", "救济途径告知", "需补正", REASON]
    assert [row[:3] for row in rows(points)[1:]] == [
        [str(number), name, "需补正" if number == 8 else "合法"] for number, name in enumerate(names, 1)
    ]


def test_number_title_signature_and_date() -> None:
    said = texts(made(sheet("enforcement", part("enforcement", bad=(8,)))))
    assert said[:2] == ["重大行政执法决定法制审核意见", "法审〔2026〕3号"]
    assert said[2:] == [
        "一、送审事项", "二、审查意见", "三、总体意见", "修改后同意。", "请补正救济途径告知后作出决定。",
        f"审查人：{OFFICER}　2026年8月25日", "审定人：法制科科长　2026年8月26日", "签名：　　　　　　", "2026年8月26日",
    ]  # fmt: skip


def test_a_red_head_names_the_issuer_and_signs_with_it() -> None:
    found = made(sheet("enforcement", paper=RED))
    issuer, number, title = found.paragraphs[:3]
    assert (issuer.text, number.text) == ("示范区人力资源和社会保障局", "示人社法审〔2026〕3号")
    assert title.text == "重大行政执法决定法制审核意见"
    assert issuer.style.font.color.rgb == RGBColor.from_string("E60012")
    border = number.style.element.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert border.get(qn("w:color")) == "E60012"
    assert texts(found)[-2:] == ["示范区人力资源和社会保障局", "2026年8月26日"]


def test_several_reviewers_each_say_what_is_theirs() -> None:
    found = made(sheet("enforcement", part("enforcement", bad=(8,)), part("enforcement", OTHER, "劳动关系科")))
    points = rows(found.tables[1])
    assert points[0] == ["序号", "审查要点", "审查人", "结论", "理由和说明"]
    assert [row[1:4] for row in points[15:17]] == [["救济途径告知", OFFICER, "需补正"], ["救济途径告知", OTHER, "合法"]]
    merged = [cell.get(qn("w:val")) for cell in found.tables[1]._tbl.iter(qn("w:vMerge"))]
    assert merged.count("restart") == merged.count("continue") == 18
    said = texts(found)
    assert [f"{OFFICER}：修改后同意。", f"{OTHER}：同意。"] == [line for line in said if line.endswith("同意。")]
    assert sum(line.startswith("审查人：") for line in said) == 2


def test_evidence_grids_are_tables_of_their_own() -> None:
    found = made(sheet("litigation", part("litigation", bad=(2,))))
    _, facts, powers, _steps, points = found.tables
    assert rows(facts)[0] == ["序号", "待证事项", "证据材料", "是否充分"]
    assert [row[3] for row in rows(facts)[1:] + rows(powers)[1:]] == ["充分", "充分", "充分", "不充分"]
    assert [row[1] for row in rows(points)] == ["审查要点", "行政行为合法合规性"]
    assert [line for line in texts(found) if re.match(r"\d．", line)] == ["1．事实依据", "2．职权依据", "3．程序依据"]
    for table in found.tables:  # or else a word processor makes one table of two
        assert table._tbl.getnext().tag != qn("w:tbl")


def test_free_text_stands_in_paragraphs() -> None:
    found = texts(made(sheet("decision")))
    start = found.index("1．预评估")
    assert found[start : start + 3] == ["1．预评估", "预评估：总体可行。", "建议在实施前再听取一次基层意见。"]


def test_what_a_file_says_is_referred_to() -> None:
    of = part("contract", said={}, file="合同审查意见.pdf")
    found = made(sheet("contract", of))
    assert f"{OFFICER}意见见所附文件：合同审查意见.pdf" in texts(found)
    assert len(found.tables) == 1


def test_a_draft_has_no_number_and_nobody_has_accepted_it() -> None:
    found = texts(made(sheet("contract", number=None, accepted_by="", accepted_on=None)))
    assert found[1] == "草稿，审定后编号"
    assert not any(line.startswith("审定人") for line in found)
    assert found[-1] == "2026年8月25日"
    empty = texts(made(replace(sheet("contract", number=None, accepted_by="", accepted_on=None), parts=())))
    assert "三、总体意见" not in empty


def test_every_kind_comes_to_a_document_without_leftovers() -> None:
    for key, kind in affairs().kinds.items():
        for route, steps in kind.routes.items():
            of = sheet(key, part(key, bad=tuple(range(1, 10))), matter=matter(key, route=route), checks=kind.checks)
            found = made(of)
            assert not re.search(r"{[{%]|[%}]}|None", found.element.xml), (key, steps)
            assert found.core_properties.title == of.title
            assert f"{found.core_properties.created:%Y-%m-%d}" == "2026-08-26"


def test_what_people_write_is_text_and_nothing_else() -> None:
    said = {8: Said(8, "需补正", f"{HOSTILE}\n\n  {HOSTILE}")}
    of = part("enforcement", said=said, text=HOSTILE, conclusion=Conclusion.NOT_AGREED)
    found = made(
        sheet("enforcement", of, matter=matter("enforcement", title=HOSTILE, facts=HOSTILE), materials=(HOSTILE,))
    )
    assert everything(found).count(HOSTILE) == 6
    assert rows(found.tables[1])[1][3].splitlines() == [HOSTILE, HOSTILE]


def test_the_same_content_is_the_same_text() -> None:
    first, second = (made(sheet("litigation")).element.xml for _ in range(2))
    assert first == second


def test_the_form_can_be_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As its readers do: another heading, another sentence, the materials left out."""
    edited = Document(str(document.PLAIN))
    heading = next(one for one in edited.paragraphs if one.text == "二、审查意见")
    heading.runs[0].text = "二、法制机构审查意见"
    edited.add_paragraph("经办电话：")
    edited.save(str(tmp_path / "form.docx"))
    monkeypatch.setattr(document, "PLAIN", tmp_path / "form.docx")
    found = texts(made(sheet("enforcement")))
    assert "二、法制机构审查意见" in found
    assert found[-1] == "经办电话："


def test_files_are_called_after_their_number() -> None:
    words = the_words()
    assert content.file_name(words, sheet("contract")) == "合同协议法律意见 法审〔2026〕3号.docx"
    assert content.file_name(words, sheet("contract", number=None)) == "合同协议法律意见 草稿 审核任务〔2026〕17号.docx"


def test_points_that_nobody_speaks_of_are_left_out() -> None:
    said = {1: Said(1, "合法")}
    of = content.content(the_words(), sheet("disclosure", part("disclosure", said=said)))
    (block,) = of.blocks
    assert [(point.name, len(point.said)) for point in block.points] == [("合法性", 1), ("保密性", 0)]


@pytest.mark.parametrize(
    ("issuer", "points"), [("示范区人社局", 32), ("示范区人力资源和社会保障局", 32), ("示" * 16, 27), ("示" * 20, 22)]
)
def test_a_long_red_head_stands_on_one_line(issuer: str, points: int) -> None:
    found = made(sheet("enforcement", paper=replace(RED, issuer=issuer)))
    (run,) = [one for one in found.paragraphs[0].runs if one.text]
    assert (run.text, run.font.size.pt) == (issuer, points)
    assert points * len(issuer) <= document.LINE
