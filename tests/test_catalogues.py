"""The official catalogue stands to the letter, and a catalogue of any other size is read as well."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalogue_types import OPS, PERS, UNITS
from models.catalogues import Catalogue, CatalogueError, MonthDay, Period, read_catalogue

FOLDER = Path(__file__).parents[1] / "models" / "catalogue"
OURS = {"SHA256SUMS", "ledger.yaml", "quotas.yaml"}
OFFICIAL_FILE = (FOLDER / "indicators-2022.yaml").read_bytes()
OFFICIAL = read_catalogue(OFFICIAL_FILE)


def test_counts_of_the_official_catalogue() -> None:
    assert [len(group.indicators) for group in OFFICIAL.groups] == [13, 8, 8, 15, 5, 4, 3, 4]
    assert [indicator.number for indicator in OFFICIAL.indicators] == list(range(1, 61))
    assert "".join(group.number for group in OFFICIAL.groups) == "一二三四五六七八"
    assert sum(len(indicator.measures) for indicator in OFFICIAL.indicators) == 26
    assert [item.key for item in OFFICIAL.bonus] == ["honour", "spread"]
    assert [(item.key, len(item.cases)) for item in OFFICIAL.veto] == [("unlawful", 4), ("falsified", 0)]
    assert OFFICIAL.pass_percent == 90
    assert OFFICIAL.period == Period(date(2021, 1, 1), date(2022, 9, 30))
    assert OFFICIAL.sha256 == hashlib.sha256(OFFICIAL_FILE).hexdigest()


def test_every_official_wording_stands_verbatim_in_the_file() -> None:
    source = OFFICIAL_FILE.decode()
    for indicator in OFFICIAL.indicators:
        assert f'text: "{indicator.text}"\n' in source
    for group in OFFICIAL.groups:
        assert f"title: {group.title}\n" in source
    for text in [item.text for item in OFFICIAL.bonus] + [item.text for item in OFFICIAL.veto]:
        assert text in source
    for case in OFFICIAL.veto[0].cases:
        assert f"- {case}\n" in source


def test_the_official_data_is_pinned() -> None:
    pins = {line[66:]: line[:64] for line in (FOLDER / "SHA256SUMS").read_text().splitlines()}
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.name not in OURS]
    assert {path.relative_to(FOLDER).as_posix() for path in files} == pins.keys()
    given_data = FOLDER.parents[2] / "shared" / "data"
    for path in files:
        name = path.relative_to(FOLDER).as_posix()
        assert hashlib.sha256(path.read_bytes()).hexdigest() == pins[name]
        if given_data.is_dir():
            assert path.read_bytes() == (given_data / name).read_bytes()


def test_measures_say_what_decides() -> None:
    rate, window = OFFICIAL.indicator(11).measures
    assert (rate.key, rate.unit, rate.op, rate.threshold, rate.per) == ("online_rate", "%", ">=", Decimal(90), "period")
    assert (window.soft, window.is_date) == (None, False)
    assert OFFICIAL.indicator(15).measures[0].soft == "一般不少于"
    report, publish = OFFICIAL.indicator(58).measures
    assert (report.threshold, publish.threshold, report.is_date) == (MonthDay(3, 1), MonthDay(4, 1), True)
    assert str(report.threshold) == "03-01"


def test_an_indicator_knows_its_group() -> None:
    assert (OFFICIAL.indicator(58).group, OFFICIAL.indicator(58).group_title) == ("八", "法治人社建设组织领导落实到位")


@pytest.mark.parametrize("number", [-1, 0, 61])
def test_no_such_indicator(number: int) -> None:
    with pytest.raises(KeyError):
        OFFICIAL.indicator(number)


def test_a_period_knows_its_years() -> None:
    period = OFFICIAL.period
    assert period.years == (2021, 2022)
    assert (period.cuts_short(2021), period.cuts_short(2022)) == (False, True)
    assert Period(date(2021, 1, 2), date(2021, 12, 31)).cuts_short(2021)
    assert not Period(date(2021, 1, 1), date(2021, 12, 31)).cuts_short(2021)
    days = date(2020, 12, 31), date(2021, 1, 1), date(2022, 9, 30), date(2022, 10, 1)
    assert [period.contains(day) for day in days] == [False, True, True, False]


def test_the_least_catalogue() -> None:
    catalogue = read_catalogue(
        "id: least\ntitle: 目录\nsource: 某通知\npass_percent: 1\nperiod: {from: 2024-02-29, to: 2024-02-29}\n"
        "groups: [{number: 一, title: 组, indicators: [{number: 1, text: 文字。}]}]\n".encode()
    )
    assert (len(catalogue.indicators), catalogue.bonus, catalogue.veto) == (1, (), ())


texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=20).filter(
    lambda text: text.strip() != ""
)


@st.composite
def catalogues(draw: st.DrawFn) -> dict[str, Any]:
    """A sound catalogue of any size, as the plain data that its file would hold."""
    numbers, keys = iter(range(1, 500)), iter(f"key_{n}" for n in range(500))

    def measure() -> dict[str, Any]:
        unit = draw(st.sampled_from(UNITS))
        threshold = draw(st.sampled_from(["01-01", "02-28", "12-31"]) if unit == "日期" else st.integers(0, 100))
        op = draw(st.sampled_from(OPS))
        per = "year" if unit == "日期" else draw(st.sampled_from(PERS))
        return {"key": next(keys), "label": draw(texts), "unit": unit, "op": op, "threshold": threshold, "per": per}

    def indicator() -> dict[str, Any]:
        measures = [measure() for _ in range(draw(st.integers(0, 3)))]
        return {"number": next(numbers), "text": draw(texts)} | ({"measures": measures} if measures else {})

    def group(number: str) -> dict[str, Any]:
        count = draw(st.integers(1, 4))
        return {"number": number, "title": draw(texts), "indicators": [indicator() for _ in range(count)]}

    def items() -> list[dict[str, Any]]:
        return [{"key": next(keys), "text": draw(texts)} for _ in range(draw(st.integers(0, 3)))]

    whole = {"id": "any", "title": draw(texts), "source": draw(texts), "pass_percent": draw(st.integers(1, 100))}
    groups = [group(number) for number in "一二三四五"[: draw(st.integers(1, 5))]]
    period = {"from": date(2024, 1, 1), "to": date(2025, 6, 30)}
    return whole | {"period": period, "groups": groups, "bonus": items(), "veto": items()}


@settings(max_examples=25, deadline=None)
@given(catalogues())
def test_a_sound_catalogue_of_any_size_is_read_to_the_letter(data: dict[str, Any]) -> None:
    catalogue = read_catalogue(yaml.safe_dump(data, allow_unicode=True).encode())
    rows = [row for group in data["groups"] for row in group["indicators"]]
    assert [(indicator.number, indicator.text) for indicator in catalogue.indicators] == [
        (row["number"], row["text"]) for row in rows
    ]
    measures = [row for indicator in rows for row in indicator.get("measures", [])]
    read = [measure for indicator in catalogue.indicators for measure in indicator.measures]
    assert [(m.key, m.label, m.unit, m.op, str(m.threshold), m.per) for m in read] == [
        (row["key"], row["label"], row["unit"], row["op"], str(row["threshold"]), row["per"]) for row in measures
    ]
    assert [(item.key, item.text) for item in catalogue.bonus] == [(row["key"], row["text"]) for row in data["bonus"]]
    assert [(item.key, item.text) for item in catalogue.veto] == [(row["key"], row["text"]) for row in data["veto"]]


scraps = st.one_of(
    st.binary(max_size=6),
    st.sampled_from(
        ["\n", "  ", "- ", ": ", "{", "[" * 40, '"', "&a ", "*a", "!!int ", "<<: ", "? ", "|\n", "%", "\t"]
    ).map(str.encode),
    st.sampled_from([rb'"\U00110000"', rb'"\UFFFFFFFF"', rb'"\ud800"', b"\x85", b"\x00", b"%YAML 9.9\n", b"---\n"]),
)
edits = st.lists(st.tuples(st.integers(0, len(OFFICIAL_FILE)), st.integers(0, 40), scraps), min_size=1, max_size=4)


def read_or_error(data: bytes) -> Catalogue | CatalogueError:
    try:
        return read_catalogue(data)
    except CatalogueError as error:
        return error


@settings(max_examples=60, deadline=None)
@given(edits)
def test_a_damaged_file_is_refused_or_read_and_nothing_else(changes: list[tuple[int, int, bytes]]) -> None:
    data = OFFICIAL_FILE
    for start, removed, scrap in changes:
        data = data[:start] + scrap + data[start + removed :]
    outcome = read_or_error(data)
    if isinstance(outcome, CatalogueError):
        lines = [fault.line for fault in outcome.faults]
        assert lines
        assert lines == sorted(lines)
        assert lines[0] >= 1
        assert lines[-1] <= data.count(b"\n") + data.count(b"\r") + 2
    else:
        assert [indicator.number for indicator in outcome.indicators] == list(range(1, len(outcome.indicators) + 1))
