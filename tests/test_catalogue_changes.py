"""What differs between two catalogues is named once, and a begun self-assessment keeps what still stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.catalogues import Bonus, Catalogue, Change, Group, Indicator, compare, read_catalogue, same_indicator

ROOT = Path(__file__).parents[1]
OFFICIAL = read_catalogue((ROOT / "models" / "catalogue" / "indicators-2022.yaml").read_bytes())
WORDING = Environment(loader=FileSystemLoader(ROOT / "templates"), undefined=StrictUndefined, autoescape=False)
TEXT = {indicator.number: indicator.text for indicator in OFFICIAL.indicators}


def regroup(groups: list[Group]) -> Catalogue:
    """The official catalogue with other groups, its indicators numbered anew."""
    number = 0
    for place, group in enumerate(groups):
        indicators = []
        for indicator in group.indicators:
            number += 1
            indicators.append(replace(indicator, number=number, group=group.number, group_title=group.title))
        groups[place] = replace(group, indicators=tuple(indicators))
    return replace(OFFICIAL, groups=tuple(groups))


def with_indicators(change: Callable[[list[Indicator]], object]) -> Catalogue:
    """The official catalogue with the indicators of its last group (57 to 60) changed."""
    *groups, last = OFFICIAL.groups
    indicators = list(last.indicators)
    change(indicators)
    return regroup([*groups, replace(last, indicators=tuple(indicators))])


def with_measure(**values: object) -> Catalogue:
    """The official catalogue with the first measure of 58, the report by 1 March, changed."""
    indicator = OFFICIAL.indicator(58)
    measures = (replace(indicator.measures[0], **values), *indicator.measures[1:])  # type: ignore[arg-type]
    return with_indicators(lambda rows: rows.__setitem__(1, replace(indicator, measures=measures)))


def wording(changes: list[Change]) -> str:
    return str(WORDING.get_template("commands/catalogue.j2").module.changes(changes))  # type: ignore[attr-defined]


LABEL = OFFICIAL.indicator(58).measures[0].label
FIRST = OFFICIAL.groups[0]
NEW = Indicator(0, "全新的一项。", "", "", ())
VETO = OFFICIAL.veto[0]


def test_a_catalogue_does_not_differ_from_itself() -> None:
    assert compare(OFFICIAL, OFFICIAL) == []
    assert wording([]) == "两份指标没有不同。"
    assert same_indicator(OFFICIAL, OFFICIAL) == {number: (number, True) for number in range(1, 61)}


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (replace(OFFICIAL, sha256="0" * 64), []),
        (replace(OFFICIAL, id="next"), [Change("id", old=OFFICIAL.id, new="next")]),
        (replace(OFFICIAL, title="新目录"), [Change("title", old=OFFICIAL.title, new="新目录")]),
        (replace(OFFICIAL, source="新通知"), [Change("source", old=OFFICIAL.source, new="新通知")]),
        (replace(OFFICIAL, pass_percent=95), [Change("pass_percent", old="90", new="95")]),
        (
            replace(OFFICIAL, period=replace(OFFICIAL.period, last=date(2022, 12, 31))),
            [Change("period", old="2021-01-01/2022-09-30", new="2021-01-01/2022-12-31")],
        ),
        (with_indicators(lambda rows: rows.append(NEW)), [Change("added", 61, new="全新的一项。")]),
        (with_indicators(lambda rows: rows.pop()), [Change("removed", 60, old=TEXT[60])]),
        (
            with_indicators(lambda rows: rows.reverse()),
            [Change("moved", 61 - n + 56, old=str(n), new=str(61 - n + 56)) for n in (57, 58, 59, 60)],
        ),
        (
            with_indicators(lambda rows: rows.__setitem__(3, replace(rows[3], text="改过。"))),
            [Change("reworded", 60, old=TEXT[60], new="改过。")],
        ),
        (
            regroup([*OFFICIAL.groups[:7], Group("九", "新组", OFFICIAL.groups[7].indicators)]),
            [
                Change("group_removed", name="八", old=OFFICIAL.groups[7].title),
                Change("group_added", name="九", new="新组"),
            ]
            + [Change("regrouped", number, old="八", new="九") for number in range(57, 61)],
        ),
        (
            regroup([*OFFICIAL.groups[:7], replace(OFFICIAL.groups[7], number="九")]),
            [Change("group_moved", name="九", old="八", new="九")],
        ),
        (
            regroup([replace(FIRST, title="新名"), *OFFICIAL.groups[1:]]),
            [Change("group_retitled", name="一", old=FIRST.title, new="新名")],
        ),
        (with_measure(threshold=Decimal(5)), [Change("threshold", 58, LABEL, "03-01", "5")]),
        (with_measure(op=">="), [Change("op", 58, LABEL, "<=", ">=")]),
        (with_measure(unit="日"), [Change("unit", 58, LABEL, "日期", "日")]),
        (with_measure(per="term"), [Change("per", 58, LABEL, "year", "term")]),
        (with_measure(soft="一般"), [Change("soft", 58, LABEL, "", "一般")]),
        (with_measure(label="新名"), [Change("label", 58, "新名", LABEL, "新名")]),
        (with_measure(key="other"), [Change("measure_removed", 58, LABEL), Change("measure_added", 58, LABEL)]),
        (
            replace(OFFICIAL, bonus=(Bonus("honour", "改过。"), Bonus("third", "新加。"))),
            [
                Change("bonus_reworded", name="honour", old=OFFICIAL.bonus[0].text, new="改过。"),
                Change("bonus_removed", name="spread", old=OFFICIAL.bonus[1].text),
                Change("bonus_added", name="third", new="新加。"),
            ],
        ),
        (replace(OFFICIAL, veto=(VETO,)), [Change("veto_removed", name="falsified", old=OFFICIAL.veto[1].text)]),
        (
            replace(OFFICIAL, veto=(*OFFICIAL.veto, replace(VETO, key="third"))),
            [Change("veto_added", name="third", new=VETO.text)],
        ),
        (
            replace(OFFICIAL, veto=(replace(VETO, text="改过。", cases_note=None), OFFICIAL.veto[1])),
            [
                Change("veto_reworded", name="unlawful", old=VETO.text, new="改过。"),
                Change("veto_note", name="unlawful", old="包括但不限于以下情形", new=""),
            ],
        ),
        (
            replace(OFFICIAL, veto=(replace(VETO, cases=("新情形", *VETO.cases[1:])), OFFICIAL.veto[1])),
            [
                Change("case_removed", name="unlawful", old=VETO.cases[0]),
                Change("case_added", name="unlawful", new="新情形"),
            ],
        ),
    ],
)
def test_a_difference_is_named_once_and_has_a_wording(new: Catalogue, expected: list[Change]) -> None:
    assert compare(OFFICIAL, new) == expected
    text = wording(expected)
    assert "{" not in text
    assert "None" not in text
    assert not expected or text.startswith(f"共{len(expected)}处不同：\n")


def test_how_changes_read() -> None:
    changes = [*compare(OFFICIAL, with_measure(op=">=", soft="一般")), Change("reworded", 3, old="甲。", new="乙。")]
    assert wording(changes) == (
        f"共3处不同：\n第58项“{LABEL}”的比较由 ≤ 改为 ≥\n第58项“{LABEL}”的限定语由“（无）”改为“一般”\n"
        "第3项文字有改动\n  原文：甲。\n  现文：乙。"
    )
    period = replace(OFFICIAL.period, first=date(2020, 1, 1))
    assert "2020-01-01至2022-09-30" in wording(compare(OFFICIAL, replace(OFFICIAL, period=period)))


def test_an_inserted_indicator_moves_the_later_ones_and_rewords_none() -> None:
    new = regroup([replace(FIRST, indicators=(NEW, *FIRST.indicators)), *OFFICIAL.groups[1:]])
    assert {change.kind for change in compare(OFFICIAL, new)} == {"added", "moved"}
    assert same_indicator(OFFICIAL, new) == {number: (number + 1, True) for number in range(1, 61)}


def test_what_vanished_or_was_reworded_is_told_apart() -> None:
    shorter = with_indicators(lambda rows: (rows.pop(), rows.__setitem__(0, replace(rows[0], text="改过。"))))
    carried = same_indicator(OFFICIAL, shorter)
    assert (carried[57], carried[58]) == ((57, False), (58, True))
    assert 60 not in carried


def test_one_wording_twice_is_paired_one_to_one() -> None:
    twice = with_indicators(lambda rows: rows.append(rows[0]))
    assert same_indicator(OFFICIAL, twice)[57] == (57, True)
    assert [change.kind for change in compare(OFFICIAL, twice)] == ["added"]
    assert 61 not in same_indicator(twice, OFFICIAL)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_carrying_over_follows_the_wording(data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(OFFICIAL.indicators), unique=True, min_size=1, max_size=60))
    reworded = data.draw(st.sets(st.integers(0, len(kept) - 1)))
    rows = [replace(row, text=f"改{place}") if place in reworded else row for place, row in enumerate(kept)]
    new = regroup([replace(FIRST, indicators=tuple(rows))])
    carried = same_indicator(OFFICIAL, new)
    assert len({to for to, _ in carried.values()}) == len(carried)
    for place, row in enumerate(kept):
        if place not in reworded:
            assert carried[row.number] == (place + 1, True)
    for old, (to, same) in carried.items():
        assert same == (TEXT[old] == new.indicator(to).text)
        assert same or old == to
    kinds = [change.kind for change in compare(OFFICIAL, new)]
    assert kinds.count("removed") == 60 - len(carried)
    assert kinds.count("added") == len(rows) - len(carried)
