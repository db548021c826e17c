"""The score, in exact fractions rounded down, by both readings of the gate."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import answering, assessments, evidence, scoring
from models.assessments import State
from models.catalogues import Period
from models.db import Transaction
from models.scoring import Tally
from tests.test_moving import BUREAU, CONTACT
from tests.world import BEGINNING, World

NO_PROOF = {"items": [], "instead": "none"}
MET = {"verdict": "met", "statement": None, "evidence": NO_PROOF}
FIGURES = {
    11: {"online_rate": "90", "one_window_rate": "80"},
    13: {"bad_review_fix_rate": "100"},
}


class Scores:
    """A bureau's self-assessment whose answers a test puts in as they are stored, and its score."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.contact = world.person(CONTACT)
        self.bureau = world.rows("SELECT id FROM bureau WHERE name = ?", BUREAU)[0][0]

    def assessment(self, db: Transaction) -> Any:
        return assessments.of_bureau(db, self.bureau)

    def answer(self, item: int | str, state: State = State.COMPLETE, **values: Any) -> int:
        """Put an item's answer in; its id. An indicator is 符合 with 暂无 unless `values` says otherwise."""
        name = str(item)
        stored = ((MET if "." not in name else {}) | values) if state != State.OPEN else {}

        def work(db: Transaction) -> int:
            row = next(row for row in assessments.all_items(db, self.assessment(db).id) if row.item == name)
            verdict = stored.get("verdict") or stored.get("has") or stored.get("case_1")
            answering.give(
                db, row.id, row.version, key="verdict", value=None, values=stored, verdict=verdict, state=state,
                person=self.contact, post=None, channel="web", now=BEGINNING,
            )  # fmt: skip
            return int(row.id)

        return self.world.database.write(work).result()

    def piece(self, answer: int, stage: str = "stored", dated: date | None = None, outside_kept: bool = False) -> None:
        """Put a piece of evidence in, used for an answer."""

        def work(db: Transaction) -> None:
            values: dict[str, Any] = {
                "bureau_id": self.bureau,
                "unit_id": None,
                "stage": "receiving",
                "name": "佐证.pdf",
                "size": 1,
            }
            values |= {"kind": "file", "upload": None, "dated": dated, "person_id": self.contact, "channel": "web"}
            piece = evidence.announce(db, values | {"created_at": BEGINNING})
            evidence.use(db, answer, piece)
            row = evidence.by_id(db, piece)
            evidence.change(db, row, stage=stage, outside_kept=outside_kept)

        self.world.database.write(work).result()

    def tally(self) -> Tally:
        return self.world.database.read(lambda db: scoring.tally_of(db, self.assessment(db)))

    def lacking(self, item: int) -> tuple[str, ...]:
        one = self.tally().items[item - 1]
        assert one.met == (not one.lacking and (one.state, one.verdict) == ("complete", "met"))
        return one.lacking


@pytest.fixture
def scores(world: World) -> Scores:
    return Scores(world)


def tally(met: int, applicable: int, total: int = 60, pass_percent: int = 90) -> Tally:
    """A score of which only the counts matter."""
    one = scoring.Item(
        1, 1, "1", "open", None, met=False, lacking=(), unproven=False, later=False, accepted=False, unit_id=None
    )
    period = Period(date(2021, 1, 1), date(2022, 9, 30))
    return Tally((one,) * total, (), (), (), pass_percent, period, met=met, applicable=applicable)


def test_51_of_58_is_87_9() -> None:
    assert (tally(51, 58).of_applicable, tally(51, 58).of_all) == ("87.9", "85.0")


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 60, "0.0"),
        (0, 0, "0.0"),
        (1, 3, "33.3"),
        (2, 3, "66.6"),
        (899, 1000, "89.9"),
        (8999, 10000, "89.9"),
        (54, 60, "90.0"),
    ],
)
def test_percents_are_rounded_down(part: int, whole: int, shown: str) -> None:
    assert scoring.percent(part, whole) == shown


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_percent_never_shows_more_than_there_is(part: int, whole: int) -> None:
    shown, exact = Fraction(scoring.percent(part, whole)), Fraction(100 * part, whole)
    assert shown <= exact < shown + Fraction(1, 10)


@pytest.mark.parametrize(
    ("met", "applicable", "missing"),
    [(54, 60, 0), (53, 60, 1), (45, 50, 9), (54, 54, 0), (0, 60, 54), (60, 60, 0)],
)
def test_both_readings_have_to_reach_the_gate(met: int, applicable: int, missing: int) -> None:
    assert tally(met, applicable).missing == missing


@pytest.mark.parametrize(("applicable", "unreachable"), [(60, False), (54, False), (53, True)])
def test_too_many_that_do_not_concern_a_bureau_put_the_gate_out_of_reach(applicable: int, unreachable: bool) -> None:
    assert tally(0, applicable).unreachable is unreachable


@given(st.integers(1, 120), st.integers(0, 120), st.integers(0, 120), st.integers(1, 100))
def test_what_is_missing_is_the_least_that_is_enough(total: int, without: int, met: int, gate: int) -> None:
    applicable = max(0, total - without)
    score = tally(min(met, applicable), applicable, total, gate)
    wanted = Fraction(gate, 100)
    enough = (more for more in range(total + 1) if all(score.met + more >= wanted * n for n in (applicable, total)))
    assert score.missing == next(enough)


def test_nothing_answered(scores: Scores) -> None:
    score = scores.tally()
    assert (score.met, score.applicable, score.total, score.answered, score.owed) == (0, 60, 60, 0, 64)
    assert (score.of_applicable, score.missing, score.nearest, score.vetoed) == ("0.0", 54, (), ())


def test_what_does_not_concern_a_bureau_leaves_the_denominator_once_it_is_answered(scores: Scores) -> None:
    scores.answer(1)
    scores.answer(2, verdict="unmet")
    scores.answer(3, verdict="na", reason="无此事项")
    scores.answer(4, State.DRAFT, verdict="na")
    score = scores.tally()
    assert (score.met, score.applicable, score.answered) == (1, 59, 3)
    assert (score.of_applicable, score.of_all) == ("1.6", "1.6")


@pytest.mark.parametrize(
    ("values", "lacking"),
    [
        (FIGURES[11], ()),
        (FIGURES[11] | {"online_rate": "89.9"}, ("figure",)),
        (FIGURES[11] | {"online_rate": {"instead": "none"}}, ()),
        ({"online_rate": "90"}, ("figure",)),
        ({}, ("figure", "figure")),
        (FIGURES[11] | {"evidence": None}, ("evidence",)),
        (FIGURES[11] | {"evidence": {"items": [], "instead": "on_site"}}, ()),
        ({"online_rate": "90", "evidence": None}, ("figure", "evidence")),
    ],
)
def test_what_keeps_an_indicator_from_counting(
    scores: Scores, values: dict[str, Any], lacking: tuple[str, ...]
) -> None:
    scores.answer(11, **values)
    assert scores.lacking(11) == lacking
    assert [one.position for one in scores.tally().nearest] == ([11] if len(lacking) == 1 else [])
    assert [one.position for one in scores.tally().without_evidence] == ([11] if lacking == ("evidence",) else [])


def test_a_soft_threshold_that_is_missed_counts(scores: Scores) -> None:
    scores.answer(39, reviewer_share="3", reviewer_share_why="编制所限")
    assert scores.lacking(39) == ()


@pytest.mark.parametrize(
    ("stage", "dated", "outside_kept", "lacking"),
    [
        ("stored", date(2026, 6, 30), False, ()),
        ("stored", date(2020, 6, 30), False, ("date",)),
        ("stored", date(2020, 6, 30), True, ()),
        ("stored", None, False, ("date",)),
        ("receiving", date(2026, 6, 30), False, ("receiving",)),
        ("failed", date(2026, 6, 30), False, ("evidence",)),
        ("deleted", date(2026, 6, 30), False, ("evidence",)),
    ],
)
def test_a_piece_proves_once_it_is_here_and_dated(
    scores: Scores, stage: str, dated: date | None, outside_kept: bool, lacking: tuple[str, ...]
) -> None:
    answer = scores.answer(1, evidence={"items": ["e1"], "instead": None})
    scores.piece(answer, stage, dated, outside_kept)
    assert scores.lacking(1) == lacking
    score = scores.tally()
    assert [one.position for one in score.undated] == ([1] if lacking == ("date",) else [])
    assert [one.position for one in score.receiving] == ([1] if lacking == ("receiving",) else [])


@pytest.mark.parametrize(("instead", "lacking"), [("on_site", ()), ("none", ("date",))])
def test_the_rest_may_be_shown_on_site_but_nothing_is_no_word_about_a_piece(
    scores: Scores, instead: str, lacking: tuple[str, ...]
) -> None:
    answer = scores.answer(1, evidence={"items": ["e1"], "instead": instead})
    scores.piece(answer, dated=None)
    assert scores.lacking(1) == lacking
    assert scores.tally().unproven == ()


def test_a_piece_under_way_keeps_even_what_is_proved_from_counting(scores: Scores) -> None:
    answer = scores.answer(1)
    assert scores.lacking(1) == ()
    scores.piece(answer, "receiving")
    assert scores.lacking(1) == ("receiving",)


def test_what_has_no_proof_counts_and_is_listed(scores: Scores) -> None:
    scores.answer(1)
    scores.answer(2, evidence={"items": [], "instead": "on_site"})
    answer = scores.answer(3, evidence={"items": ["e1"], "instead": "none"})
    scores.piece(answer, dated=date(2026, 6, 30))
    score = scores.tally()
    assert (score.met, [one.position for one in score.unproven]) == (3, [1])
    scores.piece(scores.answer(1), "failed")
    assert [one.position for one in scores.tally().unproven] == [1]


def test_an_answer_returned_or_unfinished_does_not_count(scores: Scores) -> None:
    scores.answer(1, State.RETURNED)
    scores.answer(2, State.DRAFT)
    score = scores.tally()
    assert score.met == 0
    assert [one.position for one in score.returned] == [1]
    assert scores.lacking(2) == ("answer",)


def test_one_case_vetoes_and_bonus_items_stand_apart(scores: Scores) -> None:
    scores.answer("bonus.honour", has="has", evidence=NO_PROOF)
    scores.answer("veto.falsified", case_1="none")
    assert (scores.tally().met, scores.tally().vetoed, scores.tally().owed) == (0, (), 62)
    scores.answer("veto.unlawful", case_1="has", case_1_detail="已处理")
    score = scores.tally()
    assert [one.item for one in score.vetoed] == ["veto.unlawful"]
    assert (score.applicable, [one.item for one in score.bonus if one.verdict == "has"]) == (60, ["bonus.honour"])


def test_figures_that_run_on_are_listed_for_later(scores: Scores) -> None:
    keys = [f"{key}_{year}" for key in ("collective_study", "lectures", "court_visits") for year in (2025, 2026)]
    enough = dict.fromkeys(keys, "3")
    scores.answer(55, **enough)
    assert scores.tally().to_follow == ()
    scores.answer(55, **enough | {"lectures_2026": "1"})
    scores.answer(13, **FIGURES[13], as_of="2026-08-31")
    assert [one.position for one in scores.tally().to_follow] == [13, 55]
    assert (scores.lacking(13), scores.lacking(55)) == ((), ())
    scores.answer(13, **FIGURES[13], as_of="2026-09-30")
    assert [one.position for one in scores.tally().to_follow] == [55]


def test_the_groups_hold_their_own_items(scores: Scores) -> None:
    score = scores.tally()
    assert [one.position for group in score.groups for one in score.of_group(group)] == list(range(1, 61))
    assert [len(score.of_group(group)) for group in score.groups] == [13, 8, 8, 15, 5, 4, 3, 4]
