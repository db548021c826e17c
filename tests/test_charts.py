"""Pictures: sound, the same everywhere, with every character drawn, and nothing in them but text that was given."""

import re
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment

from bot.documents import charts
from models.catalogue_types import Catalogue
from models.progress import Counts
from tests.sample_progress import ACCEPTED, CATALOGUE, RETURNED, SIXTY, UNANSWERED, WAITING, shown

HOSTILE = "局<script>alert(1)</script>&\"'\x00\x1b\ud800\u202e{{ 1 }}" + "某某" * 300
MARGIN, WIDTH = 36, 720


@cache
def fonts() -> dict[str, TTFont]:
    """By weight."""
    found = [TTFont(path) for path in charts.FONTS]
    return {str(font["OS/2"].usWeightClass): font for font in found}


def size_of(picture: bytes) -> tuple[int, int]:
    """(width, height) of a PNG that is whole: every chunk as its sum says, every row there."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, place = [], 8
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        kind, data = picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", picture, place + 8 + length) == (zlib.crc32(kind + data),)
        chunks.append((kind, data))
        place += 12 + length
    assert chunks[0][0] == b"IHDR"
    assert chunks[-1] == (b"IEND", b"")
    width, height = struct.unpack_from(">II", chunks[0][1])
    rows = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    assert len(rows) == height * (1 + 4 * width)
    return width, height


def drawn(**context: Any) -> ElementTree.Element:
    return ElementTree.fromstring(charts.svg("progress", **context))


def texts(picture: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in picture.iter("{http://www.w3.org/2000/svg}text")]


def catalogue_of(*titles: str) -> Catalogue:
    """A catalogue whose groups are called so, with one indicator each."""
    groups = (replace(CATALOGUE.groups[0], number=str(number), title=title, indicators=(indicator,))
              for number, (title, indicator) in enumerate(zip(titles, CATALOGUE.indicators, strict=False), 1))  # fmt: skip
    return replace(CATALOGUE, groups=tuple(groups))


def test_the_picture_is_a_png_of_the_width_asked_for() -> None:
    width, height = size_of(charts.png("progress", 720, **shown(SIXTY)))
    assert (width, height) == (720, int(drawn(**shown(SIXTY)).get("height", "")))
    assert size_of(charts.png("progress", 360, **shown(SIXTY)))[0] == 360


def test_the_same_progress_is_the_same_picture_and_another_is_another() -> None:
    first = charts.png("progress", 720, **shown(SIXTY))
    assert charts.png("progress", 720, **shown(SIXTY)) == first
    assert charts.png("progress", 720, **shown([*SIXTY[:-1], WAITING])) != first


def test_the_service_does_not_load_the_library() -> None:
    """It would hold every turn up for as long as it draws."""
    charts.png("progress", 72, **shown(SIXTY))
    assert "resvg_py" not in sys.modules


def test_what_is_no_picture_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Environment(loader=DictLoader({"broken.svg.j2": "<svg"}))
    monkeypatch.setattr(charts, "_templates", lambda: broken)
    with pytest.raises(subprocess.CalledProcessError):
        charts.png("broken", 72)


@pytest.mark.parametrize("weight", ["400", "700"])
def test_every_character_that_may_be_drawn_is_in_the_fonts(weight: str) -> None:
    template = (charts.FOLDER / "progress.svg.j2").read_text("utf-8")
    words = "".join(re.findall(r"[^\x00-\x7f]", re.sub(r"{#.*?#}", "", template, flags=re.S)))
    gb2312 = "".join(bytes((row, cell)).decode("gbk") for row in (*range(0xB0, 0xD7), *range(0xD8, 0xF8))
                     for cell in range(0xA1, 0xFF))  # fmt: skip
    ascii_ = "".join(map(chr, range(0x20, 0x7F)))
    marks = "✓○△－┃◐★·×“”‘’（）《》〔〕【】、，。：；？！％…—～①②③㈠"
    titles = "".join(group.number + group.title for group in CATALOGUE.groups)
    there = fonts()[weight].getBestCmap()
    wanted = words + gb2312 + ascii_ + marks + titles + "镕喆堃珺玥昇翀赟烜祎瑀芃"
    assert [character for character in dict.fromkeys(wanted) if ord(character) not in there] == []


def test_each_kind_is_counted_by_group_and_in_all() -> None:
    progress = shown(SIXTY)["progress"]
    assert [row.counts for row in progress.rows][:3] == [Counts(13, 0, 0, 0), Counts(3, 3, 1, 1), Counts(1, 3, 2, 2)]
    assert progress.whole == Counts(23, 18, 9, 10)
    assert sum(progress.whole) == 60


def test_begun_and_passed_items_want_an_answer() -> None:
    begun = [SimpleNamespace(state=state, accepted=False) for state in ("open", "draft", "skipped")]
    assert shown([*begun, *SIXTY[3:]])["progress"].rows[0].counts == Counts(10, 0, 0, 3)


def test_every_group_and_the_score_are_in_the_picture() -> None:
    said = texts(drawn(**shown(SIXTY)))
    assert {f"{group.number}、{group.title}" for group in CATALOGUE.groups} <= set(said)
    assert said[:3] == ["示范区人力资源和社会保障局", "全国人力资源社会保障系统法治人社示范创建活动",
                        "自查自评进度 · 截至2022年9月6日 17:30"]  # fmt: skip
    assert said[-3:] == ["符合 23/适用 60 = 38.3%（按60项 38.3%）", "距90%还差31项", "2022年9月9日 17:30 截止"]


def test_the_last_lines_say_how_it_stands() -> None:
    over = datetime(2022, 9, 9, 9, 31, tzinfo=UTC)
    assert texts(drawn(**shown([ACCEPTED] * 60, at=over)))[-2:] == ["已达90%", "2022年9月9日 17:30 已截止"]
    score = shown(SIXTY)["score"]
    assert texts(drawn(**shown(SIXTY, score=replace(score, applicable=40))))[-2] == "不涉及过多，按60项已达不到90%"
    vetoed = replace(score, veto=(SimpleNamespace(verdict="has"),))
    assert texts(drawn(**shown(SIXTY, score=vetoed)))[-2] == "有否决情形，本次不能申报"


def test_hostile_names_are_text_in_their_place() -> None:
    titles = [HOSTILE, "单" * 200, "短"]
    picture = drawn(**shown([UNANSWERED] * 3, catalogue_of(*titles), bureau=HOSTILE, campaign=HOSTILE))
    assert {element.tag.rpartition("}")[2] for element in picture.iter()} <= {
        "svg",
        "g",
        "rect",
        "text",
        "defs",
        "pattern",
    }
    said = texts(picture)
    assert said[:2] == ["局", "<script>alert(1…"]
    assert not re.search(r"[\x00-\x1f\ud800\u202e]", "".join(said))
    size_of(charts.png("progress", 720, **shown([UNANSWERED] * 3, catalogue_of(*titles), bureau=HOSTILE)))


def test_more_groups_than_a_picture_holds_are_counted() -> None:
    picture = drawn(**shown([RETURNED] * 30, catalogue_of(*["很长的一级指标名称" * 9] * 30)))
    assert "另有6组未列出" in texts(picture)
    assert int(picture.get("height", "")) < 4000


@pytest.mark.parametrize("title", ["Ｗ" * 99, "W" * 99, "在“双随机、一公开”监管（试行）中占85.5%以上" * 4, HOSTILE])
def test_no_line_runs_out_of_the_picture(title: str) -> None:
    picture = drawn(**shown([ACCEPTED], catalogue_of(title), bureau=title, campaign=title))
    for text in picture.iter("{http://www.w3.org/2000/svg}text"):
        if text.get("x") == str(MARGIN):
            font = fonts()[text.get("font-weight", "")]
            names = [font.getBestCmap()[ord(character)] for character in text.text or ""]
            wide = (
                sum(font["hmtx"][name][0] for name in names)
                / font["head"].unitsPerEm
                * float(text.get("font-size", ""))
            )
            assert MARGIN + wide <= WIDTH - MARGIN, text.text


@given(st.lists(st.integers(0, 500), min_size=4, max_size=4).filter(any))
def test_shares_fill_the_width_and_each_can_be_read(counts: list[int]) -> None:
    widths = charts.shares(counts, 560, 40)
    assert sum(widths) == 560
    assert all((wide >= 40) if count else (wide == 0) for count, wide in zip(counts, widths, strict=True))


@given(st.text("政务，。（）“”《》 ab1.%", max_size=80), st.integers(4, 23), st.integers(1, 3))
def test_lines_hold_the_text_or_say_that_they_do_not(text: str, longest: int, most: int) -> None:
    broken = charts.lines(text, longest, most)
    assert len(broken) <= most
    assert all(len(line) <= longest for line in broken)
    whole, held = re.sub(r"\s", "", text), re.sub(r"\s", "", "".join(broken))
    assert held == whole or (held.endswith("…") and whole.startswith(held[:-1]))


def test_no_line_begins_with_a_closing_mark_or_parts_a_figure() -> None:
    assert charts.lines("公开征求意见期限一般不少于七日，85.5%以上（试行）。", 15, 3) == [
        "公开征求意见期限一般不少于七",
        "日，85.5%以上（试行）。",
    ]
