"""Every fault of a file is named with its line, all of them at once, and has a wording."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.catalogues import CatalogueError, Fault, read_catalogue

WORDING = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"), undefined=StrictUndefined, autoescape=False
)
SMALL = """\
id: small
title: 小目录
source: 某通知
period: {from: 2021-01-01, to: 2022-09-30}
pass_percent: 90
groups:
  - number: 一
    title: 甲
    indicators:
      - number: 1
        text: 第一项。
        measures:
          - {key: rate, label: 比例, unit: "%", op: ">=", threshold: 90, per: period}
          - {key: report, label: 日期, unit: 日期, op: "<=", threshold: "03-01", per: year, soft: 一般}
  - number: 二
    title: 乙
    indicators:
      - number: 2
        text: 第二项。
bonus:
  - {key: honour, text: 获奖。}
veto:
  - key: unlawful
    text: 违法。
    cases_note: 包括
    cases:
      - 情形一
"""


def faults_of(data: bytes) -> list[Fault]:
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(data)
    return caught.value.faults


def words(faults: list[Fault]) -> list[str]:
    text = str(WORDING.get_template("commands/catalogue.j2").module.faults(faults))  # type: ignore[attr-defined]
    return text.split("\n")[1:]


def test_the_small_file_is_sound() -> None:
    assert len(read_catalogue(SMALL.encode()).indicators) == 2


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ("title: 小目录\n", "", 1, "missing_key"),
        ("    title: 乙\n", "", 15, "missing_key"),
        ("        text: 第二项。\n", "", 18, "missing_key"),
        ("per: year, ", "", 14, "missing_key"),
        ("per: year, ", "per: term, ", 14, "date_per_year"),
        ("key: rate,", "key: verdict,", 13, "reserved"),
        ("key: rate,", "key: rate_why,", 13, "reserved"),
        ("      - 情形一\n", "".join(f"      - 情形{n}\n" for n in range(9)), 35, "too_many"),
        ("pass_percent: 90\n", "pass_percent: 90\npass: 90\n", 6, "unknown_key"),
        ("text: 获奖。", "text: 获奖。, cases: []", 21, "unknown_key"),
        ("title: 甲", "? [甲]\n    : 1\n    title: 甲", 8, "unknown_key"),
        ("source: 某通知\n", "source: 某通知\nsource: 某通知\n", 4, "duplicate_key"),
        ("title: 乙", "title: 2022", 16, "wrong_type"),
        ("title: 乙", "title: 是\n    title: 乙", 17, "duplicate_key"),
        ("text: 违法。", "text: [违法。]", 24, "wrong_type"),
        ("- 情形一", "- {情形: 一}", 27, "wrong_type"),
        ("cases:\n      - 情形一", "cases: 情形一", 26, "wrong_type"),
        ("  - {key: honour, text: 获奖。}", "  - honour", 21, "wrong_type"),
        ("{from: 2021-01-01, to: 2022-09-30}", "2021", 4, "wrong_type"),
        ("to: 2022-09-30", "to: 2022-09-31", 4, "wrong_type"),
        ("to: 2022-09-30", "to: 2022-9-30", 4, "wrong_type"),
        ("pass_percent: 90", 'pass_percent: "90"', 5, "wrong_type"),
        ("pass_percent: 90", "pass_percent: 90.5", 5, "wrong_type"),
        ("pass_percent: 90", "pass_percent: 0", 5, "out_of_range"),
        ("pass_percent: 90", "pass_percent: 101", 5, "out_of_range"),
        ("threshold: 90", "threshold: 九成", 13, "wrong_type"),
        ("threshold: 90", 'threshold: "90"', 13, "wrong_type"),
        ("threshold: 90", "threshold: .inf", 13, "wrong_type"),
        ("threshold: 90", "threshold: 100.5", 13, "out_of_range"),
        ("threshold: 90", "threshold: -1", 13, "out_of_range"),
        ('threshold: "03-01"', "threshold: 301", 14, "wrong_type"),
        ('threshold: "03-01"', 'threshold: "02-29"', 14, "wrong_type"),
        ('threshold: "03-01"', 'threshold: "13-01"', 14, "wrong_type"),
        ('unit: "%"', "unit: 元", 13, "not_allowed"),
        ("unit: 日期", "unit: 年", 14, "not_allowed"),
        ('op: ">="', 'op: ">"', 13, "not_allowed"),
        ("per: year", "per: month", 14, "not_allowed"),
        ("key: rate", "key: Rate", 13, "bad_key"),
        ("key: rate", "key: 比例", 13, "bad_key"),
        ("key: rate", "key: r" + "a" * 24, 13, "bad_key"),
        ("key: honour", "key: 1st", 21, "bad_key"),
        ("key: unlawful", "key: un-lawful", 23, "bad_key"),
        ("id: small", "id: Small Catalogue", 1, "bad_id"),
        ("key: report", "key: rate", 14, "repeated"),
        ("key: unlawful", "key: honour", 23, "repeated"),
        ("number: 二", "number: 一", 15, "repeated"),
        ("text: 第二项。", "text:", 19, "empty_text"),
        ("text: 第二项。", 'text: " \u3000"', 19, "empty_text"),
        ("text: 第二项。", "text: " + "字" * 2001, 19, "long_text"),
        ("- 情形一", "- ''", 27, "empty_text"),
        ("text: 第二项。", 'text: "第二\\u0007项。"', 19, "character"),
        ("text: 第二项。", 'text: "第二\\ufdd0项。"', 19, "character"),
        ("text: 第二项。", 'text: "第二\\ud800项。"', 19, "character"),
        ("text: 第二项。", "text: 第二\ufdef项。", 19, "character"),
        ("text: 第二项。", "text: 第二\x1b项。", 19, "character"),
        ("text: 第二项。", "text: 第二\u2028项。", 19, "character"),
        ("text: 第二项。", "text: |\n          第二项。", 19, "character"),
        ("number: 2", "number: 3", 18, "number_order"),
        ("number: 2", "number: 1", 18, "number_order"),
        ("number: 1", "number: 0", 10, "out_of_range"),
        ("number: 1\n", "number: 甲\n", 10, "wrong_type"),
        ("to: 2022-09-30", "to: 2020-12-31", 4, "reversed"),
        ("\n      - number: 2\n        text: 第二项。", " []", 17, "too_few"),
        ("text: 第二项。", "text: &text 第二项。\n        copy: *text", 20, "alias"),
        ("text: 第二项。", "text: " + "[" * 30 + "]" * 30, 19, "too_deep"),
        ("text: 第二项。", 'text: "第二项。', 19, "not_yaml"),
        ("text: 第二项。", 'text: "\\U00110000"', 19, "not_yaml"),
        ("    title: 乙", "   title: 乙", 16, "not_yaml"),
        ("veto:", "---\nveto:", 22, "not_yaml"),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, line: int, code: str) -> None:
    assert SMALL.count(old) == 1
    faults = faults_of(SMALL.replace(old, new).encode())
    assert [(fault.line, fault.code) for fault in faults] == [(line, code)]
    (sentence,) = words(faults)
    assert re.fullmatch(rf"第{line}行：[^{{}}\n]*[一-鿿][^{{}}\n]*。", sentence), sentence


@pytest.mark.parametrize(
    ("data", "line", "code"),
    [
        (b"", 1, "empty_file"),
        (b"# nothing\n", 1, "empty_file"),
        (b"- a\n", 1, "wrong_type"),
        (SMALL.replace("乙", "\udcff").encode(errors="surrogateescape"), 16, "encoding"),
        (b"#" * (2 * 1024 * 1024 + 1), 1, "too_large"),
    ],
)
def test_a_file_that_is_none(data: bytes, line: int, code: str) -> None:
    faults = faults_of(data)
    assert [(fault.line, fault.code) for fault in faults] == [(line, code)]
    assert words(faults)[0].startswith(f"第{line}行：")


def test_all_faults_are_named_at_once_by_line() -> None:
    text = SMALL.replace("key: honour", "key: Honour").replace("per: year", "per: day").replace("id: small", "name: x")
    found = [(fault.line, fault.code) for fault in faults_of(text.encode())]
    assert found == [(1, "missing_key"), (1, "unknown_key"), (14, "not_allowed"), (21, "bad_key")]


def test_one_gap_is_one_fault() -> None:
    more = "".join(f"      - {{number: {number}, text: 又一项。}}\n" for number in range(4, 20))
    faults = faults_of(SMALL.replace("bonus:", more + "bonus:").encode())
    assert [(fault.line, fault.params["expected"]) for fault in faults] == [(20, "3")]


def test_thirteen_measures_are_too_many() -> None:
    row = '          - {{key: m{}, label: 数, unit: 次, op: "=", threshold: 1, per: term}}\n'
    more = "".join(row.format(number) for number in range(11))
    faults = faults_of(SMALL.replace("  - number: 二", more + "  - number: 二").encode())
    assert [(fault.line, fault.code) for fault in faults] == [(25, "too_many")]
    assert words(faults) == ["第25行：一项指标的数据要求超过12个。"]


def test_501_indicators_are_too_many() -> None:
    more = "".join(f"      - {{number: {number}, text: 又一项。}}\n" for number in range(3, 503))
    faults = faults_of(SMALL.replace("bonus:", more + "bonus:").encode())
    assert [(fault.line, fault.code) for fault in faults] == [(518, "too_many")]
    assert words(faults) == ["第518行：指标超过500项。"]


def test_a_file_cannot_steer_the_terminal() -> None:
    faults = faults_of(SMALL.replace("id: small", 'id: "\\e[31m"').encode())
    assert "\x1b" not in words(faults)[0]
    assert "\x1b" not in faults[0].params["value"]


def test_a_byte_order_mark_and_windows_lines_do_no_harm() -> None:
    assert len(read_catalogue(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()).indicators) == 2


def test_the_list_says_how_many_faults_there_are() -> None:
    faults = faults_of(SMALL.replace("number: 2", "number: 4").replace("title: 甲", "title: 8").encode())
    text = str(WORDING.get_template("commands/catalogue.j2").module.faults(faults))  # type: ignore[attr-defined]
    assert text == (
        "文件有2处需要改正，请改好后再试：\n第8行：“title”应为文字（数字、日期、是否等须加引号）。\n"
        "第18行：编号为 4，按上一项应为 2，编号须从1起连续。"
    )
