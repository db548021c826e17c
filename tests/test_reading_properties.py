"""Whatever is typed, reading it is quick and never a fault; what is written in any usual way comes back."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import reading
from bot.reading import Unreadable

TODAY = date(2026, 8, 19)
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

READERS: dict[str, Callable[[str], object]] = {
    "number": reading.read_number,
    "percent": reading.read_percent,
    "count": reading.read_count,
    "day": lambda text: reading.read_day(text, TODAY),
    "mobile": reading.read_mobile,
    "link": reading.read_link,
    "choices": lambda text: reading.read_choices(text, 9),
    "yes_no": reading.read_yes_no,
    "words": reading.word_count,
    "tidy": reading.tidy,
}
TYPED = st.text() | st.text(
    "0123456789０９零〇一二三四五六七八九十百千万亿两半点成分之约年月日号周星期天今明后前上下个底初起第选和全部"
    "是有没无%％.。-—~/，,、：:（）()+@ \nhtpsw.cnabx①½²\u200b\u20e3\ud800"
)
LONG = (
    "1|0|万|一0|一零|约|前|年|周五|1-|1,200|1 | |\ufeff|\u20e3|\u2f49|是|对 |第|第1|①|-|~|a.|a-|.cn|www."
    "|http://|http://a.cn/中|@a.cn|file:|(|)|]@"
)


@pytest.mark.parametrize("reader", READERS)
@given(text=TYPED)
def test_any_text_is_read_or_asked_back(reader: str, text: str) -> None:
    with suppress(Unreadable):
        READERS[reader](text)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("unit", LONG.split("|"))
def test_a_long_text_costs_little(reader: str, unit: str) -> None:
    many = unit * (20_000 // len(unit))
    for text in (many, f"https://a.cn/{many}@", f"一{many}x", f"第{many}"):
        began = time.process_time()
        with suppress(Unreadable):
            READERS[reader](text)
        assert time.process_time() - began < 1


def in_chinese(number: int) -> str:
    """The standard reading of a number below 100,000,000, by its decimal places."""
    places = ["", "十", "百", "千", "万", "十", "百", "千"]
    digits = str(number)
    spoken = "".join(
        "零一二三四五六七八九"[int(digit)] + (places[place] if digit != "0" or place == 4 else "")
        for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True)
    )
    spoken = re.sub("零+", "零", re.sub("零+万", "万零", spoken))
    return re.sub("^一十", "十", spoken.rstrip("零")) or "零"


NUMBERS = st.integers(0, 99_999_999) | st.builds(
    lambda digit, zeros: digit * 10**zeros, st.integers(1, 9), st.integers(0, 7)
)


@given(number=NUMBERS, formal=st.booleans())
def test_chinese_numerals_come_back(number: int, formal: bool) -> None:
    spoken = in_chinese(number)
    if formal:
        spoken = spoken.translate(str.maketrans("一二三四五六七八九十百千万零", "壹贰叁肆伍陆柒捌玖拾佰仟萬〇"))
    else:
        spoken = re.sub("二(?=[百千万])", "两", spoken)
    assert reading.read_number(spoken) == reading.read_count(f"约{spoken}件") == number


@given(digit=st.integers(1, 9), next_digit=st.integers(1, 9), zeros=st.sampled_from([2, 3, 4, 8]))
def test_a_last_digit_counts_the_next_lower_scale(digit: int, next_digit: int, zeros: int) -> None:
    scale = {2: "百", 3: "千", 4: "万", 8: "亿"}[zeros]
    meant = digit * 10**zeros + next_digit * 10 ** (zeros - 1)
    assert reading.read_number(f"{digit}{scale}{next_digit}") == meant
    assert reading.read_number(in_chinese(digit) + scale + in_chinese(next_digit)) == meant


@given(value=st.decimals(-999_999, 999_999, places=3))
def test_arabic_figures_come_back(value: Decimal) -> None:
    assert reading.read_number(f"{value:f}") == reading.read_number(f"{value:,f}") == value
    assert reading.read_number(f"{value:f}%".translate(FULL_WIDTH)) == reading.read_percent(f"{value:f}%") == value


@given(part=st.integers(0, 10**7), whole=st.integers(1, 10**7))
def test_a_share_is_never_rounded_up(part: int, whole: int) -> None:
    percent = reading.read_percent(f"{part}/{whole}")
    assert percent * whole <= part * 100 < (percent + Decimal("0.01")) * whole


@given(tens=st.integers(1, 9), ones=st.integers(0, 9))
def test_tenths_come_back(tens: int, ones: int) -> None:
    assert reading.read_percent(f"{in_chinese(tens)}成{in_chinese(ones) if ones else ''}") == tens * 10 + ones


WRITTEN = [
    "{0.year}年{0.month}月{0.day}日",
    "{0.year}年 {0.month}月 {0.day}号前",
    "{0.year}年{0.month}月{0.day}日（周{weekday}）",
    "{year}年{month}月{day}日",
    "{0.year}/{0.month}/{0.day}",
    "{0:%Y-%m-%d}",
    "{0:%Y.%m.%d}",
    "{0:%Y%m%d}",
]


@given(
    day=st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    written=st.sampled_from(WRITTEN),
    wide=st.booleans(),
)
def test_days_come_back(day: date, written: str, wide: bool) -> None:
    text = written.format(
        day,
        year="".join("〇一二三四五六七八九"[int(digit)] for digit in str(day.year)),
        month=in_chinese(day.month),
        day=in_chinese(day.day),
        weekday="一二三四五六日"[day.weekday()],
    )
    assert reading.read_day(text.translate(FULL_WIDTH) if wide else text, TODAY) == day


@given(day=st.dates(date(2000, 1, 1), date(2090, 12, 31)), weekday=st.integers(0, 6))
def test_only_the_right_weekday_is_taken(day: date, weekday: int) -> None:
    text = f"{day.month}月{day.day}日（星期{'一二三四五六日'[weekday]}）"
    if weekday == day.weekday():
        assert reading.read_day(text, day) == day
    else:
        with pytest.raises(Unreadable, match="weekday"):
            reading.read_day(text, day)


@given(today=st.dates(date(2000, 1, 1), date(2090, 1, 1)), weekday=st.integers(0, 6))
def test_weekdays_lie_in_their_week(today: date, weekday: int) -> None:
    name = "周" + "一二三四五六日"[weekday]
    monday = today - timedelta(days=today.weekday())
    for week, weeks in {"上": -1, "本": 0, "下": 1}.items():
        assert reading.read_day(week + name, today) == monday + timedelta(days=weekday, weeks=weeks)
    following = reading.read_day(name, today)
    assert following.weekday() == weekday
    assert 0 <= (following - today).days < 7


@given(today=st.dates(date(2000, 1, 1), date(2090, 1, 1)), count=st.integers(1, 999))
def test_counted_days_come_back(today: date, count: int) -> None:
    assert reading.read_day(f"{count}天后", today) == today + timedelta(days=count)
    assert reading.read_day(f"{in_chinese(count)}天前", today) == today - timedelta(days=count)


@given(number=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), gap=st.sampled_from(["", " ", "-", "－"]))
def test_mobile_numbers_come_back(number: str, gap: str) -> None:
    written = gap.join((number[:3], number[3:7], number[7:]))
    assert [reading.read_mobile(prefix + written) for prefix in ("", "+86 ", "手机：")] == [number] * 3


@given(text=TYPED)
def test_tidy_twice_is_tidy_once(text: str) -> None:
    assert reading.tidy(reading.tidy(text)) == reading.tidy(text)


@given(first=TYPED, second=TYPED)
def test_words_apart_are_counted_apart(first: str, second: str) -> None:
    assert reading.word_count(f"{first} {second}") == reading.word_count(first) + reading.word_count(second)


@given(chosen=st.sets(st.integers(1, 30), min_size=1), between=st.sampled_from([",", "，", "、", " ", "和", ";"]))
def test_choices_come_back(chosen: set[int], between: str) -> None:
    assert reading.read_choices(between.join(map(str, chosen)), 30) == sorted(chosen)
    assert reading.read_choices(between.join(f"第{in_chinese(number)}个" for number in chosen), 30) == sorted(chosen)
