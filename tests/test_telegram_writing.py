"""Texts that are cut lose nothing, fit, and keep their quotations where they stood; buttons fit a phone."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels import Refused
from bot.channels.telegram.writing import (
    MOST_BUTTONS,
    MOST_ENTITIES,
    MOST_IN_A_ROW,
    MOST_UNITS,
    Text,
    keyboard,
    texts,
    units,
)

SIGNS = "法治工作，。！？；…”\n\n \t　a🙂𠮷"
PARTS = st.lists(st.tuples(st.sampled_from(["text", "quote"]), st.text(SIGNS, max_size=200)), max_size=12)


def in_utf16(text: str, offset: int, length: int) -> str:
    """What Telegram takes an entity to cover; a cut inside a character raises."""
    return text.encode("utf-16-le")[offset * 2 : (offset + length) * 2].decode("utf-16-le")


def quoted(piece: Text) -> list[str]:
    return [in_utf16(piece.text, one["offset"], one["length"]) for one in piece.entities]


def bare(text: str) -> str:
    return "".join(text.split())


@given(PARTS, st.integers(4, 120))
@example([("quote", "🙂" * 50), ("text", "𠮷" * 33)], 5)
@example([("quote", "一" * 30), ("quote", "二" * 30)], 40)
def test_nothing_is_lost_and_everything_fits(parts: list[tuple[str, str]], most: int) -> None:
    pieces = texts(parts, most)
    assert bare("".join(piece.text for piece in pieces)) == bare("".join(text for _, text in parts))
    quotes = bare("".join(text for kind, text in parts if kind == "quote"))
    assert bare("".join(one for piece in pieces for one in quoted(piece))) == quotes
    for piece in pieces:
        assert 0 < units(piece.text) <= most
        assert piece.text == piece.text.strip()
        assert len(piece.entities) <= MOST_ENTITIES
        ends = [0, *(one["offset"] + one["length"] for one in piece.entities)]
        assert all(one["length"] > 0 for one in piece.entities)
        assert all(one["offset"] >= end for one, end in zip(piece.entities, ends, strict=False))


@pytest.mark.parametrize("count", [MOST_UNITS - 1, MOST_UNITS, MOST_UNITS + 1])
@pytest.mark.parametrize("sign", ["法", "🙂"])
def test_at_the_limit(sign: str, count: int) -> None:
    text = sign * (count // units(sign))
    assert [units(one.text) for one in texts([("text", text)])] == (
        [units(text)] if units(text) <= MOST_UNITS else [MOST_UNITS, units(text) - MOST_UNITS]
    )


def cuts(text: str, most: int) -> list[str]:
    return [one.text for one in texts([("text", text)], most)]


def test_cut_at_a_paragraph_rather_than_a_line_rather_than_a_sentence() -> None:
    assert cuts("一二三四。五六\n七八九。\n\n甲乙丙。丁戊己\n庚辛", 20) == [
        "一二三四。五六\n七八九。",
        "甲乙丙。丁戊己\n庚辛",
    ]
    assert cuts("一二三四五六。七八\n甲乙丙丁戊", 12) == ["一二三四五六。七八", "甲乙丙丁戊"]
    assert cuts("一二三四五六。”七八甲乙丙丁戊", 10) == ["一二三四五六。”", "七八甲乙丙丁戊"]
    assert cuts("一二三四五六七八九十甲乙", 10) == ["一二三四五六七八九十", "甲乙"]


def test_no_cut_leaves_a_crumb_for_the_sake_of_a_paragraph() -> None:
    assert cuts("一\n\n二三四五六七八九十甲乙丙丁", 10) == ["一\n\n二三四五六七八", "九十甲乙丙丁"]


def test_a_quotation_ends_a_paragraph() -> None:
    found = texts([("text", "第 11/60 项"), ("quote", "政务服务" * 10), ("text", "本单位情况？" * 8)], 70)
    assert found[0].text.endswith("政务服务")
    assert quoted(found[0]) == ["政务服务" * 10]
    assert found[1].entities == []


def test_more_quotations_than_a_message_may_have() -> None:
    found = texts([("quote", str(number)) for number in range(MOST_ENTITIES * 2 + 1)])
    assert [len(one.entities) for one in found] == [100, 100, 1]


def test_nothing_to_say_is_no_message() -> None:
    assert texts([]) == texts([("text", " \n")]) == []


def rows(*labels: str) -> list[list[tuple[str, str, bool]]]:
    return [[(label, f"t-{number}-0", False) for number, label in enumerate(labels)]]


def labels_of(markup: dict[str, list[list[dict[str, str]]]] | None) -> list[list[str]]:
    assert markup is not None
    return [[one["text"] for one in line] for line in markup["inline_keyboard"]]


def test_rows_stay_as_they_are_where_they_can_be_read() -> None:
    assert labels_of(keyboard(rows("符合", "不符合", "不涉及"))) == [["符合", "不符合", "不涉及"]]
    assert labels_of(keyboard([*rows("跳过"), [], *rows("返回", "目录")])) == [["跳过"], ["返回", "目录"]]


def test_rows_too_wide_for_a_phone_are_spread_evenly() -> None:
    assert labels_of(keyboard(rows("管辖权限", "主体资格", "人员资格", "法律依据"))) == [
        ["管辖权限", "主体资格"],
        ["人员资格", "法律依据"],
    ]
    assert labels_of(keyboard(rows(*"一二三四五六七八九"))) == [
        ["一", "二", "三", "四", "五"],
        ["六", "七", "八", "九"],
    ]
    long = "东江市人力资源和社会保障局劳动保障监察支队"
    assert labels_of(keyboard(rows(long, long))) == [[long], [long]]


@given(st.lists(st.lists(st.text("法a🙂", min_size=1, max_size=30), max_size=20), max_size=12))
def test_buttons_keep_their_order_and_none_is_lost(given_rows: list[list[str]]) -> None:
    listed = [label for row in given_rows for label in row]
    wanted = [[(label, "t-1-0", False) for label in row] for row in given_rows]
    if len(listed) > MOST_BUTTONS:
        with pytest.raises(Refused):
            keyboard(wanted)
    elif not listed:
        assert keyboard(wanted) is None
    else:
        lines = labels_of(keyboard(wanted))
        assert [label for line in lines for label in line] == listed
        assert all(1 <= len(line) <= MOST_IN_A_ROW for line in lines)


def test_what_a_button_carries_and_which_is_the_likely_one() -> None:
    assert keyboard([[("提交", "sum-1-2", True), ("取消", "cancel-0-0", False)]]) == {
        "inline_keyboard": [
            [
                {"text": "提交", "callback_data": "sum-1-2", "style": "primary"},
                {"text": "取消", "callback_data": "cancel-0-0"},
            ]
        ]
    }


def test_lengths_are_telegrams() -> None:
    assert [units(one) for one in ("", "法", "🙂", "a𠮷")] == [0, 1, 2, 3]
    assert not re.search("[\ud800-\udfff]", "".join(one.text for one in texts([("text", "🙂" * 5000)])))
