"""审核意见 as a picture for a phone: it says what the document says, and nothing runs out of it."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from bot.documents import charts
from bot.documents.opinion.content import content
from models.affairs import affairs
from models.matters.opinions import Said, Sheet
from tests.sample_opinions import OTHER, RED, matter, part, sheet
from tests.test_charts import MARGIN, WIDTH, fonts, size_of
from tests.world import the_words

SVG = "{http://www.w3.org/2000/svg}"


def drawn(of: Sheet) -> ElementTree.Element:
    return ElementTree.fromstring(charts.svg("opinion", content=content(the_words(), of)))


def texts(picture: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


def test_it_is_a_png() -> None:
    picture = charts.png("opinion", 720, content=content(the_words(), sheet("enforcement")))
    assert size_of(picture) == (720, int(drawn(sheet("enforcement")).get("height", "")))


def test_every_point_has_its_verdict_beside_it() -> None:
    said = texts(drawn(sheet("enforcement", part("enforcement", bad=(8,)))))
    assert said[:2] == ["重大行政执法决定法制审核意见", "法审〔2026〕3号"]
    for number, check in enumerate(affairs().kinds["enforcement"].checks, 1):
        place = said.index(f"{number}．{check.name}")
        assert said[place + 1] == ("需补正" if number == 8 else "合法")
    assert "修改后同意" in said
    assert said[-1] == "审定人：法制科科长 2026年8月26日"


def test_a_verdict_that_is_not_the_good_one_stands_out() -> None:
    picture = drawn(sheet("enforcement", part("enforcement", bad=(8,))))
    colours = {text.text: text.get("fill") for text in picture.iter(f"{SVG}text")}
    assert colours["需补正"] != colours["合法"]


def test_a_red_head_and_several_reviewers() -> None:
    said = texts(drawn(sheet("litigation", part("litigation"), part("litigation", OTHER, "劳动关系科"), paper=RED)))
    assert said[:2] == ["示范区人力资源和社会保障局", "示人社法审〔2026〕3号"]
    assert said.count(OTHER) == 5  # at each of four points, and of the whole


@pytest.mark.parametrize("kind", affairs().kinds)
def test_nothing_runs_out_of_the_picture(kind: str) -> None:
    long = "某某公司关于工资支付的说明（2026）No.17" * 40
    said = {number: Said(number, "需补正", f"{long}\n" * 30) for number in range(1, 10)}
    of = sheet(
        kind, part(kind, said=said, text=long), matter=matter(kind, title=long, facts=f"{long}\n" * 30), title=long[:90]
    )
    picture = drawn(replace(of, materials=(long,) * 30, paper=RED))
    assert int(picture.get("height", "")) < 50_000
    for text in picture.iter(f"{SVG}text"):
        font = fonts()[text.get("font-weight", "")]
        names = [font.getBestCmap()[ord(character)] for character in text.text or ""]
        units = sum(font["hmtx"][name][0] for name in names) / font["head"].unitsPerEm
        wide = units * float(text.get("font-size", ""))
        room = {"start": WIDTH - MARGIN - float(text.get("x", "")), "end": float(text.get("x", "")) - MARGIN}
        assert wide <= room.get(text.get("text-anchor", ""), WIDTH - 2 * MARGIN), text.text


@pytest.mark.parametrize("weight", ["400", "700"])
def test_every_character_of_ours_is_in_the_fonts(weight: str) -> None:
    places = [charts.FOLDER / "opinion.svg.j2", charts.FOLDER.parent / "documents" / "opinion.j2"]
    ours = "".join(re.sub(r"{#.*?#}", "", place.read_text("utf-8"), flags=re.S) for place in places)
    names = "".join(check.name + "".join(check.verdicts) for kind in affairs().kinds.values() for check in kind.checks)
    titles = "".join(title for kind in affairs().kinds.values() for title in kind.outputs.values())
    there = fonts()[weight].getBestCmap()
    assert [one for one in dict.fromkeys(ours + names + titles) if ord(one) not in there and not one.isspace()] == []
