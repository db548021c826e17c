"""Choices: typed by label, by the beginning of one, by number, in any writing; several at once, within their limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fields import (
    Files,
    Gathered,
    OneOf,
    Option,
    Reading,
    Several,
    Wrong,
    YesNo,
)
from tests.sample_fields import CONTEXT, PEOPLE, PERSON_CONTEXT, REASON, SECTIONS, TODAY, Reason

FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


# Choices


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("岗位变动", Reason.POSTING), ("岗位", Reason.POSTING), (" 退 休 ", Reason.RETIREMENT), ("其他", Reason.OTHER),
        ("1", Reason.POSTING), ("２", Reason.RETIREMENT), ("三", Reason.OTHER), ("②", Reason.RETIREMENT),
        ("第三个", Reason.OTHER), ("选2", Reason.RETIREMENT), ("2.", Reason.RETIREMENT),
    ],
)  # fmt: skip
def test_a_choice_is_typed_by_label_beginning_or_number(typed: str, reason: Reason) -> None:
    assert REASON.read(typed, CONTEXT) is reason


@pytest.mark.parametrize("typed", ["", "岗", "退", "借调", "0", "4", "1、2", "posting", "全部", "😀", "退休了吧"])
def test_what_names_no_one_choice_is_asked_again(typed: str) -> None:
    with pytest.raises(Wrong) as wrong:
        REASON.read(typed, CONTEXT)
    assert wrong.value.code == "choice"
    assert wrong.value.params["labels"] == ["岗位变动", "退休", "其他原因"]


def test_a_beginning_that_two_choices_share_is_asked_again() -> None:
    with pytest.raises(Wrong):
        OneOf(("a", "b")).read("劳动", CONTEXT)
    assert OneOf(("a", "b")).read("劳动监", CONTEXT) == "b"


def test_a_label_that_looks_like_a_number_goes_before_the_place() -> None:
    field = OneOf((Option("x", "2"), Option("y", "1")))
    assert field.read("1", Reading(TODAY, {"x": "2", "y": "1"})) == "y"


def test_people_are_typed_by_name_or_place_and_are_ids() -> None:
    assert [PEOPLE.read(typed, PERSON_CONTEXT) for typed in ("法治员乙", "负责", "2", "１")] == [8, 11, 7, 11]
    with pytest.raises(Wrong):
        PEOPLE.read("法治员", PERSON_CONTEXT)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("有", True),
        ("暂无", False),
        ("是的", True),
        ("没有", False),
        ("１", True),
        ("2", False),
        ("对", True),
        ("不用", False),
    ],
)
def test_yes_and_no_are_typed_by_label_or_in_common_words(typed: str, value: bool) -> None:
    assert YesNo().read(typed, CONTEXT) is value


def test_a_withdrawn_choice_is_no_answer_any_more() -> None:
    for field, stored in (
        (REASON, "transfer"),
        (PEOPLE, "9"),
        (YesNo(), "maybe"),
        (SECTIONS, {"items": ["d"], "instead": None}),
    ):
        with pytest.raises(Wrong, match="gone"):
            field.load(stored)


# Several


@pytest.mark.parametrize(
    ("typed", "items"),
    [
        ("1", "a"),
        ("1、3", "ac"),
        ("3 1", "ac"),
        ("２，３", "bc"),
        ("一和二", "ab"),
        ("工伤", "c"),
        ("①③", "ac"),
        ("前两个", "ab"),
    ],
)
def test_several_choices_are_typed_in_any_order(typed: str, items: str) -> None:
    assert SECTIONS.read(typed, CONTEXT) == Gathered(tuple(items))


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        (SECTIONS, "1、2、3", "too_many"),
        (SECTIONS, "全部", "too_many"),
        (Several(SECTIONS.choices, least=2), "工伤保险科", "too_few"),
    ],
)
def test_typing_choices_obeys_the_limits_of_pressing_them(field: Several, typed: str, code: str) -> None:
    with pytest.raises(Wrong, match=code):
        field.read(typed, CONTEXT)


@given(st.lists(st.sampled_from("abc"), max_size=8))
def test_toggling_keeps_each_item_at_most_once_and_within_the_most(presses: list[str]) -> None:
    items: tuple[str, ...] = ()
    for press in presses:
        before = items
        if press not in before and len(before) == 2:
            with pytest.raises(Wrong, match="too_many"):
                SECTIONS.toggled(items, press)
            continue
        items = SECTIONS.toggled(items, press)
        assert (press in items) is (press not in before)
        assert len(items) == len(set(items)) <= 2


def test_closing_wants_the_least_or_what_stands_instead() -> None:
    files = Files(instead=("none",))
    with pytest.raises(Wrong, match="too_few"):
        files.closed((), None)
    assert files.closed((), "none") == Gathered((), "none")
    assert files.closed(("f1",), None) == Gathered(("f1",))


def test_to_a_question_for_files_only_a_link_can_be_typed() -> None:
    assert Files().read("见 https://www.gov.cn/1.html。", CONTEXT) == "https://www.gov.cn/1.html"
    with pytest.raises(Wrong, match="files"):
        Files().read("稍后提供", CONTEXT)
