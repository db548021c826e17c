"""Every kind of answer: what is typed is read, kept as JSON, and comes back; what is none is asked again."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import reading
from bot.fields import (
    Ask,
    Day,
    Field,
    Files,
    Gathered,
    Instead,
    Link,
    Mobile,
    Number,
    OneOf,
    Text,
    Wrong,
    YesNo,
)
from bot.flow import Draft
from bot.stored import dump, gathered_so_far, has_value, stored_value
from tests.sample_fields import CONTEXT, LABELS, PEOPLE, PERSON_CONTEXT, REASON, SECTIONS, TODAY, Reason

FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def through_json(field: Field, value: Any) -> Any:
    """The value as it comes back after being stored."""
    return field.load(json.loads(json.dumps(field.dump(value), ensure_ascii=False)))


# What is stored comes back


VALUES: list[tuple[Field, st.SearchStrategy[Any]]] = [
    (REASON, st.sampled_from(Reason)),
    (OneOf(("a", "b")), st.sampled_from(("a", "b"))),
    (PEOPLE, st.sampled_from((7, 8, 11))),
    (YesNo(), st.booleans()),
    (Text(300), st.text(min_size=1)),
    (Number("%"), st.decimals(0, 100, places=3)),
    (Number(), st.decimals(0, 10**9, allow_nan=False, allow_infinity=False)),
    (Day(), st.dates()),
    (Mobile(), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)),
    (Link(), st.just("https://www.gov.cn/1.html")),
    (SECTIONS, st.builds(Gathered, st.lists(st.sampled_from("abc"), unique=True).map(tuple))),
    (
        Files(instead=("none",)),
        st.builds(Gathered, st.lists(st.text()).map(tuple), st.sampled_from((None, "none"))),
    ),
]


@pytest.mark.parametrize(("field", "values"), VALUES, ids=[type(field).__name__ for field, _ in VALUES])
@given(data=st.data())
def test_what_is_stored_comes_back(field: Field, values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    value = data.draw(values)
    again = through_json(field, value)
    assert (again, type(again)) == (value, type(value))


@pytest.mark.parametrize("field", [field for field, _ in VALUES], ids=lambda field: type(field).__name__)
@given(text=st.text() | st.sampled_from(sorted(LABELS.values())) | st.from_regex(r"[0-9０-９一二三年月日.%]{1,8}"))
def test_whatever_is_typed_is_read_to_a_value_that_comes_back_or_is_asked_again(field: Field, text: str) -> None:
    context = PERSON_CONTEXT if field is PEOPLE else CONTEXT
    with suppress(Wrong):
        value = field.read(text, context)
        if not isinstance(field, Files):
            assert through_json(field, value) == value


# Text, figures, days


@given(st.integers(2, 40), st.integers(0, 60))
def test_a_text_is_counted_as_a_word_processor_counts(most: int, length: int) -> None:
    field = Text(most)
    if 2 <= length <= most:
        assert field.read(f"  {'字' * length}\n", CONTEXT) == "字" * length
    else:
        with pytest.raises(Wrong) as wrong:
            field.read("字" * length, CONTEXT)
        expected = {"count": length, "most": most, "over": length - most} if length > most else {"least": 1}
        assert wrong.value.params == expected


@pytest.mark.parametrize("typed", ["", " \n", "。", "？？？", "😀😀", "字", "2", "12", "３４"])
def test_what_says_nothing_is_no_text(typed: str) -> None:
    with pytest.raises(Wrong, match="too_short"):
        Text(300).read(typed, CONTEXT)


@pytest.mark.parametrize(
    ("unit", "typed", "value"),
    [
        ("%", "九成二", "92"), ("%", "90%", "90"), ("%", "９２.５", "92.5"), ("%", "约90％", "90"), ("%", "百分之八十", "80"),
        ("次", "十二", "12"), ("人", "1万2", "12000"), ("期", "4 期", "4"), ("件", "1,200", "1200"),
    ],
)  # fmt: skip
def test_figures_are_read_as_people_write_them(unit: str, typed: str, value: str) -> None:
    assert Number(unit).read(typed, CONTEXT) == Decimal(value)


@given(st.decimals(-50, 150, places=1))
def test_a_figure_lies_within_its_limits(value: Decimal) -> None:
    field = Number("%", least=Decimal(10), most=Decimal(90), whole=True)
    if 10 <= value <= 90 and value == int(value):
        assert field.read(f"{value}", CONTEXT) == value
    else:
        with pytest.raises(Wrong):
            field.read(f"{value}", CONTEXT)


@given(day=st.dates(date(2020, 1, 1), date(2030, 12, 31)), wide=st.booleans())
def test_a_day_lies_within_its_limits(day: date, wide: bool) -> None:
    field = Day(first=date(2021, 1, 1), last=TODAY)
    typed = day.isoformat().translate(FULL_WIDTH) if wide else day.isoformat()
    if date(2021, 1, 1) <= day <= TODAY:
        assert field.read(typed, CONTEXT) == day
    else:
        with pytest.raises(Wrong, match="day_range"):
            field.read(typed, CONTEXT)


@given(st.dates(date(2021, 1, 1), date(2021, 12, 31)))
def test_a_day_without_a_year_falls_in_the_year_that_is_asked_for(day: date) -> None:
    field = Day(first=date(2021, 1, 1), last=date(2021, 12, 31))
    assert field.read(f"{day.month}月{day.day}日", CONTEXT) == day


def test_an_offered_day_is_read_from_its_label() -> None:
    field = Day(offer=("today",))
    assert [option.key for option in field.options()] == ["today"]
    assert field.read("today", CONTEXT) == field.read("今天", CONTEXT) == TODAY
    assert field.read("明天", CONTEXT) == TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    "typed", ["13800000000", "138 0000 0000", "+86-13800000000", "１３８００００００００", "手机：13800000000"]
)
def test_a_mobile_number_is_read_in_any_writing(typed: str) -> None:
    assert Mobile().read(typed, CONTEXT) == "13800000000"


def test_a_number_of_ten_digits_is_asked_again_with_how_many_they_were() -> None:
    with pytest.raises(Wrong) as wrong:
        Mobile().read("1380000000", CONTEXT)
    assert wrong.value.params == {"digits": 10}


# As a conversation stores them


NUMBER = Ask("share", Number("%", instead=("none",)), skippable=True)


@pytest.mark.parametrize("value", [Decimal("92.5"), Instead("none"), None])
def test_what_stands_instead_and_what_was_passed_are_stored_values(value: Any) -> None:
    answers = {"share": json.loads(json.dumps(dump(NUMBER, value)))}
    assert has_value(NUMBER, answers)
    assert stored_value(NUMBER, answers) == value


@pytest.mark.parametrize("stored", [{"instead": "not_yet"}, "九成", None, {"draft": []}, [], 7.5, {}])
def test_what_no_longer_fits_is_no_answer(stored: Any) -> None:
    assert not has_value(Ask("reason", REASON), {"reason": stored})


def test_an_unfinished_gathering_is_no_answer_but_not_lost() -> None:
    ask = Ask("files", Files())
    draft = Draft()
    draft.put("files", {"draft": ["f1", "f2"]})
    assert not has_value(ask, draft.answers)
    assert gathered_so_far(ask, draft.answers) == ("f1", "f2")


def test_the_limit_that_is_told_is_the_limit_that_is_kept() -> None:
    for text in ("字" * 300, "字 " * 300, f"{'a' * 50} " * 300):
        assert Text(300).read(text, CONTEXT) == text.strip()
        assert reading.word_count(text) == 300
