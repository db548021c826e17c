"""Texts and cards as WeCom takes them: nothing is cut off, nothing is lost, and every button can be pressed or typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom.cards import LISTS, MOST_LISTED, MOST_OPTIONS, Words, drawn, noticed
from bot.channels.wecom.keys import is_key, key_of, read_key
from bot.channels.wecom.reference import Reference
from bot.channels.wecom.writing import BAR, MOST_BYTES, size, texts, whole
from tests.emulators.wecom.limits import check_card, shown

WORDS = Words("请选择：", "确定", "请回复序号：", "也可回复：", "请回复其中一项：", "未选")
TEXT = st.text(st.sampled_from("字词句。；“”\n 第1项aZ🙂"), max_size=4000)
LABEL = st.text(st.sampled_from("是否选项返回第12a"), min_size=1, max_size=24)
BLANKS = re.compile(r"[\s┃]")


def bare(text: str) -> str:
    return BLANKS.sub("", text)


@given(TEXT)
def test_a_text_is_cut_so_that_all_of_it_is_seen(text: str) -> None:
    pieces = texts(text)
    assert all(0 < size(piece) <= MOST_BYTES for piece in pieces)
    assert all(shown(piece) == piece for piece in pieces)
    assert bare("".join(pieces)) == bare(text)


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("sign", ["字", "a", "🙂"])
def test_around_the_limit(sign: str, more: int) -> None:
    count = MOST_BYTES // len(sign.encode())
    pieces = texts(sign * (count + more))
    assert len(pieces) == (2 if more > 0 else 1)


def test_a_cut_is_made_at_a_paragraph_then_a_line_then_a_sentence() -> None:
    first, second = "甲" * 400, "乙" * 400
    assert texts(f"{first}\n\n{second}") == [first, second]
    assert texts(f"{first}\n{second}") == [first, second]
    assert texts(f"{first}。{second}") == [f"{first}。", second]


def test_official_wording_stays_behind_its_bar_where_it_is_cut() -> None:
    text = whole([("text", "第 1 项"), ("quote", "文" * 800 + "。" + "字" * 300), ("text", "本单位情况？")])
    first, second = texts(text)
    assert first.split("\n")[1].startswith(BAR)
    assert second.startswith(BAR)
    assert second.endswith("\n本单位情况？")


@pytest.mark.parametrize(
    "said", ['<a href="https://evil.example">点这里</a>', "<A\thref=x>y</A >", "a<b <b>粗</b> _x_ @all {{7*7}}"]
)
def test_nothing_that_somebody_wrote_becomes_a_link(said: str) -> None:
    assert shown(whole([("text", said)])).replace("\u200b", "") == said


@given(TEXT, st.lists(st.lists(LABEL, max_size=7), max_size=5), st.booleans(), st.booleans())
def test_every_card_is_one_that_wecom_takes(text: str, rows: list[list[str]], asks: bool, writes: bool) -> None:
    numbered = iter(range(100))
    meant = [[(label, f"a-{next(numbered)}-0", False) for label in row] for row in rows]
    tokens = [token for row in meant for _, token, _ in row]
    made = drawn(text.strip(), meant, WORDS, asks=asks, writes=writes)
    said = made.text
    if made.card is not None:
        check_card(made.card | {"task_id": "t"})
        title = made.card["main_title"]
        said += title["title"] + title.get("desc", "") + made.card.get("sub_title_text", "")
        keys = [one["key"] for one in made.card.get("button_list", ())]
        choices = [made.card.get("checkbox", {}), *made.card.get("select_list", ())]
        keys += [one["id"] for each in choices for one in each.get("option_list", ()) if is_key(one["id"])]
        assert [read_key(key)[:2] for key in keys] == [(asks, token) for token in tokens]
    else:
        assert len(tokens) > (MOST_OPTIONS if writes else MOST_LISTED * LISTS) or not tokens
        assert all(label in made.text for row in rows for label in row)
    assert bare(text) in bare(said).replace("请选择：", "") or bare(text) in bare(said)


def test_up_to_six_short_buttons_are_buttons_and_more_are_chosen_from() -> None:
    def kind(*labels: str) -> str | None:
        card = drawn(
            "选哪一项？", [[(label, f"a-{label}", False)] for label in labels], WORDS, asks=True, writes=False
        ).card
        return None if card is None else str(card["card_type"])

    assert kind("1", "2", "3", "4", "5", "十个字的标签正好放下") == "button_interaction"
    assert kind("十一个字的标签就放不下了") == "vote_interaction"
    assert kind(*"1234567") == "vote_interaction"
    assert kind(*(str(number) for number in range(20))) == "vote_interaction"
    assert kind(*(str(number) for number in range(21))) == "multiple_interaction"
    assert kind(*(str(number) for number in range(27))) == "multiple_interaction"
    assert kind(*(str(number) for number in range(28))) is None


def test_drop_down_lists_begin_with_what_stands_for_nothing() -> None:
    rows = [[(f"某某经济技术开发区人力资源部门{number}", f"a-{number}-0", False)] for number in range(21)]
    made = drawn("哪个部门？", rows, WORDS, asks=True, writes=False)
    assert made.text.startswith("哪个部门？\n请回复序号：\n1 某某经济技术开发区人力资源部门0\n")
    assert made.card is not None
    lists = made.card["select_list"]
    assert [(one["title"], len(one["option_list"]), one["selected_id"]) for one in lists] == [
        ("1-9", 10, "未选"), ("10-18", 10, "未选"), ("19-21", 4, "未选"),
    ]  # fmt: skip
    assert lists[1]["option_list"][1]["text"] == "10 某某经济技术开发区人力资…"


def test_a_question_with_official_wording_is_a_text_with_a_card_behind_it() -> None:
    text = whole([("text", "第 1/60 项"), ("quote", "全面普及。"), ("text", "本单位情况？")])
    made = drawn(text, [[("符合", "a-1-0", True)]], WORDS, asks=True, writes=False)
    assert made.text == "第 1/60 项\n┃ 全面普及。"
    assert made.card is not None
    assert made.card["main_title"] == {"title": "本单位情况？"}
    assert made.card["button_list"] == [{"text": "符合", "style": 1, "key": "1 a-1-0 符合"}]


def test_what_ends_with_an_address_is_a_text_in_which_it_can_be_opened() -> None:
    def before(text: str) -> str:
        made = drawn(text, [[("菜单", "a-1-0", False)]], WORDS, asks=False, writes=False)
        assert made.card is not None
        assert (made.text + made.card["main_title"]["title"]).endswith(text if not made.text else "请选择：")
        return made.text

    for text in ("请打开：\nhttps://fz.example.gov.cn/enter#abc-DEF_1", "请打开：https://fz.example.gov.cn/leave"):
        assert before(text) == text
        assert list(noticed(text, "https://x/")) == []
    assert before("已收到 https://www.gov.cn/zheng…。") == ""


def test_labels_that_are_too_long_stand_in_the_text_and_are_numbered() -> None:
    labels = ["收回，由本局创建联络员逐项作答并说明", "短的"]
    made = drawn("分给谁？", [[(label, f"a-{label[0]}-0", False) for label in labels]], WORDS, asks=True, writes=False)
    assert made.text == f"分给谁？\n请回复序号：\n1 {labels[0]}\n2 短的"
    assert made.card is not None
    assert [one["text"] for one in made.card["checkbox"]["option_list"]] == [
        "1 收回，由本局创建联络员逐项作…",
        "2 短的",
    ]


def test_where_the_answer_is_written_numbers_are_no_buttons() -> None:
    rows = [[(f"按钮{number}", f"a-{number}-0", False) for number in range(21)]]
    assert "也可回复：\n按钮0\n按钮1" in drawn("多少？", rows, WORDS, asks=True, writes=True).text


def test_a_notice_leads_somewhere_and_is_none_where_it_is_too_long() -> None:
    first = next(noticed("已备案。", "https://x/"))
    assert first.card is not None
    check_card(first.card)
    assert (first.text, first.card["main_title"]) == ("", {"title": "已备案。"})
    assert list(noticed("长" * 300, "https://x/")) == list(noticed("┃ 原文", "https://x/")) == []
    ways = list(noticed("┃ 原文\n" + "字" * 50 + "。\n已确认。", "https://x/"))
    assert [one.text for one in ways] == ["┃ 原文", "┃ 原文\n" + "字" * 50 + "。"]


@given(LABEL, st.booleans())
def test_a_key_says_what_was_pressed(label: str, once: bool) -> None:
    assert read_key(key_of(label, "a-1-2-x.y", once=once)) == (once, "a-1-2-x.y", label)


MANY, PLAIN = Reference("m", "t", "c", "a", ("m1", "m2")), Reference("m", besides=("m1",))


def test_a_reference_is_read_as_it_was_written() -> None:
    for one in (
        Reference("m"),
        Reference("m", "t"),
        Reference("m", "t", "c"),
        Reference("m", "t", above="a"),
        MANY,
        PLAIN,
    ):
        assert Reference.read(str(one)) == one
    assert MANY.messages == ("m", "m1", "m2")
