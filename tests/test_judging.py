"""Every figure that the official indicators name, just below, at and just above its threshold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from models import judging
from models.catalogues import Indicator, Measure, MonthDay, Period, read_catalogue
from models.judging import Figure, Outcome, judge, judge_stored

OFFICIAL = read_catalogue((Path(__file__).parents[1] / "models" / "catalogue" / "indicators-2022.yaml").read_bytes())
PERIOD = OFFICIAL.period
REACHED, MISSED, EXPLAIN, RUNNING = Outcome.REACHED, Outcome.MISSED, Outcome.EXPLAIN, Outcome.RUNNING

MEASURES = {measure.key: (indicator, measure) for indicator in OFFICIAL.indicators for measure in indicator.measures}
NUMBERS = {
    # key: threshold, the outcomes one below it, at it, and one above it
    "online_rate": (90, MISSED, REACHED, REACHED),
    "one_window_rate": (80, MISSED, REACHED, REACHED),
    "bad_review_fix_rate": (100, MISSED, REACHED, MISSED),
    "consult_days": (7, EXPLAIN, REACHED, REACHED),
    "consult_days_market": (30, EXPLAIN, REACHED, REACHED),
    "legality_review_rate": (100, MISSED, REACHED, MISSED),
    "filing_rate": (100, MISSED, REACHED, MISSED),
    "filing_timely_rate": (100, MISSED, REACHED, MISSED),
    "filing_standard_rate": (100, MISSED, REACHED, MISSED),
    "decision_consult_days": (30, EXPLAIN, REACHED, REACHED),
    "collective_rate": (100, MISSED, REACHED, MISSED),
    "officers_per_action": (2, EXPLAIN, REACHED, REACHED),
    "publish_days": (7, REACHED, REACHED, EXPLAIN),
    "enforcement_review_rate": (100, MISSED, REACHED, MISSED),
    "reviewer_share": (5, EXPLAIN, REACHED, REACHED),
    "file_checks": (1, MISSED, REACHED, REACHED),
    "training_hours": (40, MISSED, REACHED, REACHED),
    "proposal_satisfaction": (95, MISSED, REACHED, REACHED),
    "judicial_reply_rate": (100, MISSED, REACHED, MISSED),
    "disclosure_reply_rate": (100, MISSED, REACHED, MISSED),
    "collective_study": (3, MISSED, REACHED, REACHED),
    "lectures": (2, MISSED, REACHED, REACHED),
    "court_visits": (1, MISSED, REACHED, REACHED),
    "offjob_training": (1, MISSED, REACHED, REACHED),
}
DATES = {"report_date": MonthDay(3, 1), "publish_date": MonthDay(4, 1)}
YEARLY = (
    "file_checks",
    "training_hours",
    "collective_study",
    "lectures",
    "court_visits",
    "report_date",
    "publish_date",
)


def figures(key: str, period: Period = PERIOD) -> list[Figure]:
    """The figures asked for a measure, year by year."""
    indicator, measure = MEASURES[key]
    return list(judging.figures(replace(indicator, measures=(measure,)), period))


def test_every_measure_is_here() -> None:
    assert set(MEASURES) == set(NUMBERS) | set(DATES)
    assert len(MEASURES) == 26


@pytest.mark.parametrize("key", NUMBERS)
def test_numbers_below_at_and_above_the_threshold(key: str) -> None:
    threshold, *expected = NUMBERS[key]
    for step in (Decimal(1), Decimal("0.0001")):
        whole = figures(key)[0]  # of a year, the first, which the period does not cut short
        assert [judge(whole, threshold + step * way) for way in (-1, 0, 1)] == expected


@pytest.mark.parametrize("key", NUMBERS)
def test_a_stored_number_means_the_same(key: str) -> None:
    threshold, *expected = NUMBERS[key]
    figure = figures(key)[0]
    assert [judge_stored(figure, str(threshold + way)) for way in (-1, 0, 1)] == expected
    assert judge_stored(figure, f"{threshold}.0") is REACHED


@pytest.mark.parametrize("key", MEASURES)
def test_no_such_matter_lifts_the_threshold(key: str) -> None:
    assert {judge_stored(figure, {"instead": judging.NONE}) for figure in figures(key)} == {REACHED}


@pytest.mark.parametrize("key", DATES)
def test_a_day_counts_up_to_and_including_the_threshold(key: str) -> None:
    day = DATES[key]
    for figure in figures(key):
        year = figure.year
        assert year is not None
        due = date(year, day.month, day.day)
        assert figure.due == due
        assert judge(figure, due) is REACHED
        assert judge(figure, date(year, 1, 1)) is REACHED
        assert judge(figure, due.replace(day=2)) is MISSED
        assert judge(figure, date(year, 12, 31)) is MISSED
        assert judge_stored(figure, due.isoformat()) is REACHED


def test_a_day_of_another_year_is_held_against_that_years_own() -> None:
    (figure, _) = figures("report_date")
    assert judge(figure, date(2019, 3, 1)) is REACHED
    assert judge(figure, date(2020, 2, 29)) is REACHED
    assert judge(figure, date(2019, 3, 2)) is MISSED


def test_a_day_still_to_come_bars_nobody() -> None:
    assert judge_stored(figures("publish_date")[1], {"instead": judging.NOT_YET}) is RUNNING


def test_only_what_the_wording_asks_each_year_is_asked_each_year() -> None:
    for key in MEASURES:
        years = [2021, 2022] if key in YEARLY else [None]
        assert [figure.year for figure in figures(key)] == years
        assert [figure.key for figure in figures(key)] == [f"{key}_{year}" if year else key for year in years]


@pytest.mark.parametrize("key", [key for key in YEARLY if key in NUMBERS])
def test_a_year_cut_short_runs_on_where_it_falls_short(key: str) -> None:
    whole, cut = figures(key)
    assert (whole.cut, cut.cut) == (False, True)
    threshold = NUMBERS[key][0]
    assert judge(cut, Decimal(0)) is RUNNING
    assert judge(cut, Decimal(threshold)) is REACHED
    assert judge(whole, Decimal(0)) is MISSED


@pytest.mark.parametrize(
    ("first", "last", "cut"),
    [
        (date(2021, 1, 1), date(2021, 12, 31), [False]),
        (date(2021, 1, 2), date(2021, 12, 31), [True]),
        (date(2021, 1, 1), date(2021, 12, 30), [True]),
        (date(2021, 7, 1), date(2023, 6, 30), [True, False, True]),
    ],
)
def test_a_year_is_cut_short_by_a_single_day(first: date, last: date, cut: list[bool]) -> None:
    assert [figure.cut for figure in figures("lectures", Period(first, last))] == cut


def test_a_day_outside_the_period_runs_on() -> None:
    before, after = figures("report_date", Period(date(2021, 3, 2), date(2022, 3, 1)))
    assert judge(before, date(2021, 3, 2)) is RUNNING
    assert judge(after, date(2022, 3, 2)) is MISSED


def test_a_term_is_one_figure_and_no_year_cuts_it_short() -> None:
    (figure,) = figures("offjob_training")
    assert figure.measure.per == "term"
    assert judge(figure, Decimal(0)) is MISSED


def test_a_soft_threshold_in_a_year_cut_short_runs_on_and_needs_no_explanation() -> None:
    indicator, measure = MEASURES["lectures"]
    soft: Measure = replace(measure, soft="原则上")
    one: Indicator = replace(indicator, measures=(soft,))
    whole, cut = judging.figures(one, PERIOD)
    assert judge(whole, Decimal(1)) is EXPLAIN
    assert judge(cut, Decimal(1)) is RUNNING
