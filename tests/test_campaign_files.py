"""The campaign of 2022 as its notice dates it, the same campaign in other years, and the faults of such a file."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.campaign_files import CampaignFile, Limits, Quota, read_campaign, shift, years_ahead
from models.catalogues import CatalogueError, read_catalogue

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "models" / "catalogue"
FILE = (FOLDER / "campaign-2022.yaml").read_bytes()
CAMPAIGN = read_campaign(FILE)
WORDING = Environment(loader=FileSystemLoader(ROOT / "templates"), undefined=StrictUndefined, autoescape=False)


def days_of(campaign: CampaignFile) -> list[date | None]:
    ends = [day for milestone in campaign.milestones for day in (milestone.from_, milestone.to)]
    return [campaign.period.first, campaign.period.last, campaign.county_by, *ends]


def test_the_campaign_of_2022() -> None:
    assert (CAMPAIGN.quota, CAMPAIGN.limits) == (Quota(province=5, city=1), Limits(self_report=3000, deeds=1000))
    assert CAMPAIGN.directly_under_province == ("平潭综合实验区",)
    assert (CAMPAIGN.due_hour, CAMPAIGN.county_by, CAMPAIGN.deadline) == (
        time(17, 30),
        date(2022, 9, 5),
        date(2022, 9, 9),
    )
    assert CAMPAIGN.reminders == (
        (-7, time(9)),
        (-3, time(9)),
        (-1, time(9)),
        (-1, time(16)),
        (0, time(9)),
        (0, time(15)),
    )
    assert (CAMPAIGN.overdue.at, CAMPAIGN.overdue.escalate_to) == (time(9), ("head", "legal_section"))


def test_it_goes_by_the_catalogue_of_2022() -> None:
    catalogue = read_catalogue((FOLDER / "indicators-2022.yaml").read_bytes())
    assert (CAMPAIGN.catalogue, CAMPAIGN.period) == (catalogue.id, catalogue.period)


def test_its_milestones() -> None:
    assert [milestone.key for milestone in CAMPAIGN.milestones] == [
        *("plan", "declare", "forward", "contact"),
        *("desk_review", "verify", "recommend", "publish", "report", "award"),
    ]
    assert [milestone.key for milestone in CAMPAIGN.milestones if milestone.deadline] == [
        "declare",
        "forward",
        "contact",
    ]
    declare = CAMPAIGN.milestones[1]
    assert (declare.to, declare.at_county_by) == (CAMPAIGN.county_by, True)
    assert declare.deliver == ("申报表×5", "自评报告×3", "佐证材料×1", "电子版")
    publish, report = CAMPAIGN.milestones[7:9]
    assert (publish.working_days, report.from_, report.to, report.after) == (5, None, None, "publish")


def test_every_date_moves_by_the_same_number_of_years() -> None:
    later = shift(CAMPAIGN, 3)
    assert [day and day.replace(year=day.year - 3) for day in days_of(later)] == days_of(CAMPAIGN)
    assert (later.deadline, later.period.first) == (date(2025, 9, 9), date(2024, 1, 1))
    assert (later.title, later.reminders, later.due_hour) == (CAMPAIGN.title, CAMPAIGN.reminders, CAMPAIGN.due_hour)


def test_29_february_becomes_28() -> None:
    leap = read_campaign(
        FILE.replace(b"county_by: 2022-09-05", b"county_by: 2024-02-29").replace(b"2022-09-02", b"2022-01-01")
    )
    assert [shift(leap, years).county_by for years in (0, 1, 4)] == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2028, 2, 29),
    ]


@pytest.mark.parametrize(
    ("today", "years"),
    [
        (date(2019, 5, 1), 0),
        (date(2022, 9, 9), 0),
        (date(2022, 9, 10), 1),
        (date(2023, 9, 9), 1),
        (date(2026, 12, 31), 5),
        (date(2027, 1, 1), 5),
    ],
)
def test_the_deadline_is_always_ahead(today: date, years: int) -> None:
    assert years_ahead(CAMPAIGN, today) == years


@given(st.dates(date(2015, 1, 1), date(2100, 1, 1)))
def test_no_smaller_shift_would_do(today: date) -> None:
    years = years_ahead(CAMPAIGN, today)
    assert shift(CAMPAIGN, years).deadline >= today
    assert years == 0 or shift(CAMPAIGN, years - 1).deadline < today


SMALL = """\
id: small
title: 小活动
source: 某通知
catalogue: least
period: {from: 2024-01-01, to: 2024-12-31}
award: 示范单位
quota: {province: 1, city: 1}
due_hour: "17:30"
county_by: 2024-09-05
milestones:
  - {key: declare, title: 申报, from: 2024-09-02, to: county_by, by: applicant}
  - {key: forward, title: 推报, from: 2024-09-05, to: 2024-09-09, by: city, deadline: true, deliver: [材料]}
  - {key: report, title: 上报, after: forward, by: province, working_days: 5}
limits: {self_report: 3000, deeds: 1000}
reminders: []
overdue: {at: "09:00", escalate_to: [head]}
"""


def test_another_campaign_is_another_file() -> None:
    small = read_campaign(SMALL.encode())
    assert (small.directly_under_province, small.reminders, small.deadline) == ((), (), date(2024, 9, 9))


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ("award: 示范单位\n", "", 1, "missing_key"),
        ("award: 示范单位\n", "award: 示范单位\nprize: 1\n", 7, "unknown_key"),
        ("catalogue: least", "catalogue: 目录", 4, "bad_id"),
        ("to: 2024-12-31", "to: 2023-12-31", 5, "reversed"),
        ("province: 1,", "province: 0,", 7, "out_of_range"),
        ("city: 1}", "city: 一}", 7, "wrong_type"),
        ('"17:30"', '"24:00"', 8, "wrong_type"),
        ('"17:30"', "下班前", 8, "wrong_type"),
        ("county_by: 2024-09-05", "county_by: 9月5日", 9, "wrong_type"),
        ("county_by: 2024-09-05", "county_by: 2024-09-01", 11, "reversed"),
        ("to: 2024-09-09", "to: 2024-09-04", 12, "reversed"),
        ("to: 2024-09-09", "to: city_by", 12, "wrong_type"),
        ("from: 2024-09-05, ", "", 12, "missing_key"),
        ("by: city", "by: village", 12, "not_allowed"),
        ("deadline: true", "deadline: 1", 12, "wrong_type"),
        ("deadline: true", "deadline: false", 11, "no_deadline"),
        ("deliver: [材料]", "deliver: [5]", 12, "wrong_type"),
        ("key: report", "key: forward", 13, "repeated"),
        ("after: forward", "after: publish", 13, "no_such_milestone"),
        ("after: forward", "after: report", 13, "no_such_milestone"),
        ("after: forward", "after: forward, to: 2024-10-01", 13, "unknown_key"),
        ("after: forward", "after: forward, deadline: true", 13, "unknown_key"),
        ("working_days: 5", "working_days: 0", 13, "out_of_range"),
        ("deeds: 1000", "deeds: 一千", 14, "wrong_type"),
        ("reminders: []", 'reminders:\n  - {days: 1, at: "09:00"}', 16, "out_of_range"),
        ("reminders: []", "reminders:\n  - {days: -1}", 16, "missing_key"),
        ("[head]", "[head, boss]", 16, "not_allowed"),
        ("[head]", "[]", 16, "too_few"),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, line: int, code: str) -> None:
    assert SMALL.count(old) == 1
    with pytest.raises(CatalogueError) as caught:
        read_campaign(SMALL.replace(old, new).encode())
    found = [fault for fault in caught.value.faults if fault.code != "no_deadline" or code == "no_deadline"]
    assert [(fault.line, fault.code) for fault in found] == [(line, code)]
    text = str(WORDING.get_template("commands/catalogue.j2").module.faults(found))  # type: ignore[attr-defined]
    assert text.split("\n")[1].startswith(f"第{line}行：")
    assert "{" not in text


@settings(max_examples=60, deadline=timedelta(seconds=5))
@given(st.integers(0, len(FILE)), st.integers(0, 40), st.one_of(st.binary(max_size=6), st.just(b"\n  - *a")))
def test_a_damaged_file_is_refused_or_read_and_nothing_else(start: int, removed: int, scrap: bytes) -> None:
    try:
        campaign = read_campaign(FILE[:start] + scrap + FILE[start + removed :])
    except CatalogueError:
        return
    assert shift(campaign, years_ahead(campaign, date(2030, 1, 1))).deadline >= date(2030, 1, 1)
