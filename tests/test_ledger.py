"""The 数字台账: what it offers is exact, equal figures never contradict each other, and different ones always do."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import assessments, judging, ledger, ledger_checks
from models.catalogue_types import Period
from models.catalogues import read_catalogue
from models.demo import CATALOGUE
from models.judging import Figure
from models.ledger_checks import Known, Offer, agrees, contradictions, offered
from models.ledger_file import WHOLE_PERIOD, Slot, definitions, read_ledger
from models.yaml_lines import CatalogueError
from tests.world import World

OFFICIAL = read_catalogue((CATALOGUE / "indicators-2022.yaml").read_bytes())
LEDGER = definitions()
PERIOD = Period(date(2021, 1, 1), date(2022, 9, 30))
AS_OF = date(2022, 8, 31)
COUNTS = st.integers(0, 2000)


def figure(number: int, key: str) -> Figure:
    return next(one for one in judging.figures(OFFICIAL.indicator(number), PERIOD) if one.key == key)


SHARE, REVIEW, STUDY = (
    figure(39, "reviewer_share"),
    figure(18, "legality_review_rate"),
    figure(55, "collective_study_2021"),
)


def entered(**values: int) -> dict[tuple[str, int], Known]:
    """Entries by name: documents=8, documents_2021=3."""
    found = {}
    for name, value in values.items():
        key, _, year = name.rpartition("_")
        place = (key, int(year)) if year.isdigit() else (name, WHOLE_PERIOD)
        found[place] = Known(Decimal(value), AS_OF)
    return found


def found(answers: dict[int, dict[str, Any]], **values: int) -> list[tuple[str, tuple[int, ...]]]:
    """The kinds of contradictions, and the indicators concerned."""
    listed = contradictions(LEDGER, OFFICIAL, PERIOD, answers, entered(**values))
    return [(one.kind, one.numbers) for one in listed]


def met(**values: Any) -> dict[str, Any]:
    return {"verdict": "met"} | values


def test_everything_in_the_file_serves_the_official_catalogue() -> None:
    measures = {measure.key: measure for one in OFFICIAL.indicators for measure in one.measures}
    for key in LEDGER.figures:
        assert LEDGER.served_by(key, OFFICIAL), key
    for rate in LEDGER.rates.values():
        assert measures[rate.measure].unit == "%"
        assert measures[rate.measure].per == LEDGER.figures[rate.part].per == LEDGER.figures[rate.whole].per == "period"
    for measure, key in LEDGER.counts.items():
        assert (measures[measure].unit, measures[measure].per) == (LEDGER.figures[key].unit, LEDGER.figures[key].per)
    assert [one.number for one in LEDGER.naming("officers", OFFICIAL)] == [34, 43, 44]
    numbers = [one.number for one in LEDGER.figures.values()]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("before", "after"),
    [("key: services,", "key: documents,"), ("number: 2,", "number: 1,"), ("part: reviewers", "part: nobody"),
     ("unit: 人", "unit: 吨"), ("per: year", "per: month"), ("figure: lectures", "figure: talks")],
)  # fmt: skip
def test_a_faulty_file_is_refused(before: str, after: str) -> None:
    source = (CATALOGUE / "ledger.yaml").read_text("utf-8")
    assert before in source
    with pytest.raises(CatalogueError):
        read_ledger(source.replace(before, after, 1).encode())


def test_a_rate_is_offered_rounded_down_with_what_it_is_reckoned_from() -> None:
    values = entered(reviewers=8) | {("officers", 0): Known(Decimal(129), date(2022, 8, 1))}
    assert offered(LEDGER, values, SHARE, PERIOD) == Offer(Decimal("6.2"), date(2022, 8, 1), Decimal(8), Decimal(129))
    assert offered(LEDGER, entered(reviewers=8), SHARE, PERIOD) is None
    assert offered(LEDGER, entered(reviewers=9, officers=8), SHARE, PERIOD) is None


def test_nothing_of_the_kind_is_offered_where_there_was_nothing() -> None:
    offer = offered(LEDGER, entered(documents=0), REVIEW, PERIOD)
    assert offer is not None
    assert offer.value is None
    assert agrees(REVIEW, "none", offer)
    assert not agrees(REVIEW, Decimal(100), offer)


def test_the_years_make_the_period_once_all_are_there() -> None:
    part = entered(documents_reviewed=8, documents_2021=3)
    assert offered(LEDGER, part, REVIEW, PERIOD) is None
    offer = offered(LEDGER, part | entered(documents_2022=5), REVIEW, PERIOD)
    assert offer is not None
    assert (offer.value, offer.whole) == (Decimal(100), Decimal(8))


def test_a_count_is_offered_as_it_is() -> None:
    offer = offered(LEDGER, entered(collective_study_2021=4), STUDY, PERIOD)
    assert offer is not None
    assert (offer.value, offer.part) == (Decimal(4), None)
    assert agrees(STUDY, Decimal(4), offer)
    assert not agrees(STUDY, Decimal(3), offer)
    assert not agrees(STUDY, "none", offer)


@given(COUNTS, st.integers(1, 2000), st.integers(0, 4), st.booleans())
def test_equal_figures_never_contradict_each_other(part: int, whole: int, places: int, nearest: bool) -> None:
    part = min(part, whole)
    exact = Fraction(part * 100, whole)
    scaled = exact * 10**places
    written = Decimal(math.floor(scaled + Fraction(1, 2)) if nearest else math.floor(scaled)).scaleb(-places)
    offer = offered(LEDGER, entered(reviewers=part, officers=whole), SHARE, PERIOD)
    assert offer is not None
    # Where rounding decides about the threshold (4.96 as 5), it is no rounding that people may use.
    same_side = (written >= 5) == (exact >= 5)
    assert agrees(SHARE, written, offer) == same_side
    assert agrees(SHARE, offer.value, offer) or offer.value is None


@given(COUNTS, st.integers(1, 2000), st.decimals(0, 100, places=2))
def test_different_figures_always_contradict_each_other(part: int, whole: int, written: Decimal) -> None:
    part = min(part, whole)
    offer = offered(LEDGER, entered(reviewers=part, officers=whole), SHARE, PERIOD)
    assert offer is not None
    if abs(Fraction(written) - Fraction(part * 100, whole)) > 1:
        assert not agrees(SHARE, written, offer)


@given(COUNTS, st.integers(1, 2000))
def test_what_is_offered_and_taken_is_no_contradiction(part: int, whole: int) -> None:
    part = min(part, whole)
    offer = offered(LEDGER, entered(documents_reviewed=part, documents=whole), REVIEW, PERIOD)
    assert offer is not None
    taken = met(legality_review_rate=format(offer.value, "f") if offer.value is not None else None)
    assert found({18: taken}, documents_reviewed=part, documents=whole) == []


def test_a_hundred_percent_is_not_what_99_96_rounds_to() -> None:
    answer = {18: met(legality_review_rate="100")}
    assert found(answer, documents_reviewed=2499, documents=2500) == [("answer", (18,))]
    assert found(answer, documents_reviewed=2500, documents=2500) == []


@given(st.lists(COUNTS, min_size=2, max_size=2), st.integers(0, 4000))
def test_the_years_must_make_the_whole(years: list[int], whole: int) -> None:
    values = {"documents_2021": years[0], "documents_2022": years[1], "documents": whole}
    expected = [] if sum(years) == whole else [("years", (18, 19))]
    assert [one for one in found({}, **values) if one[0] == "years"] == expected
    one_year = [one for one in found({}, documents_2021=years[0], documents=whole) if one[0] == "years"]
    assert one_year == ([] if years[0] <= whole else [("years", (18, 19))])


def test_a_part_is_never_more_than_the_whole() -> None:
    assert found({}, reviewers=9, officers=8) == [("part", (39,))]
    assert found({}, reviewers=8, officers=8) == []


def test_nothing_here_and_a_rate_of_it_there() -> None:
    none, all_of_it = {"instead": "none"}, met(filing_rate="100", filing_timely_rate="100", filing_standard_rate="100")
    assert found({18: met(legality_review_rate=none), 19: all_of_it}) == [("answers", (18, 19))]
    assert found({18: {"verdict": "na"}, 19: all_of_it}) == [("answers", (18, 19))]
    assert found({18: met(legality_review_rate="100"), 19: {"verdict": "na"}}) == [("answers", (19, 18))]
    assert found({18: met(legality_review_rate=none), 19: {"verdict": "unmet"}}) == []
    # Documents may have been issued and none filed, but none filed on time without having been filed.
    assert found({19: met(filing_rate="0", filing_timely_rate=none, filing_standard_rate=none)}) == []
    assert found({19: met(filing_rate=none, filing_timely_rate="100")}) == [("answers", (19,))]


def test_not_applicable_where_the_ledger_has_some() -> None:
    assert found({18: {"verdict": "na"}}, documents=3, documents_reviewed=3) == [("answer", (18,))]
    assert found({18: {"verdict": "na"}}, documents=0) == []
    assert found({55: {"verdict": "na"}}, lectures_2022=1) == [("answer", (55,))]


@given(st.dictionaries(st.sampled_from([slot.place for slot in LEDGER.slots(OFFICIAL, PERIOD)]), COUNTS))
def test_whatever_is_entered_an_offer_that_is_taken_never_contradicts_it(entries: dict[tuple[str, int], int]) -> None:
    values = {place: Known(Decimal(value), AS_OF) for place, value in entries.items()}
    answers: dict[int, dict[str, Any]] = {}
    for indicator in OFFICIAL.indicators:
        for one in judging.figures(indicator, PERIOD):
            offer = offered(LEDGER, values, one, PERIOD)
            if offer is not None:
                taken = {"instead": "none"} if offer.value is None else format(offer.value, "f")
                answers.setdefault(indicator.number, met())[one.key] = taken
    listed = contradictions(LEDGER, OFFICIAL, PERIOD, answers, values)
    assert [one for one in listed if one.kind == "answer"] == []
    assert all(one.numbers and (one.slots or one.keys) for one in listed)


def test_every_entry_is_kept_and_the_latest_counts(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        who, other = world.person("法制科经办"), world.person("法制科科长")
        bureau = world.rows("SELECT id FROM bureau WHERE name = '示范区人社局'")[0][0]
        slot = Slot(LEDGER.figures["officers"], WHOLE_PERIOD)

        def enter(db: Any, value: str, person: int) -> int:
            row = assessments.of_bureau(db, bureau)
            assert row is not None
            now = world.clock.now()
            return ledger.enter(
                db, row.id, slot, Decimal(value), AS_OF, person=person, post=None, channel="web", now=now
            )

        world.database.write(lambda db: enter(db, "129", who)).result()
        world.database.write(lambda db: enter(db, "0.50", other)).result()

        def look(db: Any) -> tuple[Any, list[Any], Any]:
            row = assessments.of_bureau(db, bureau)
            assert row is not None
            return ledger.current(db, row.id)[slot.place], ledger.versions(db, row.id, slot), ledger.known(db, row.id)

        now_counts, versions, known = world.database.read(look)
        assert (now_counts.value, now_counts.name, now_counts.as_of) == (Decimal("0.50"), "法制科科长", AS_OF)
        assert [one.value for one in versions] == [Decimal("0.50"), Decimal(129)]
        assert ledger_checks.of_period(known, slot.figure, PERIOD) == Known(Decimal("0.50"), AS_OF)
    finally:
        world.close()
