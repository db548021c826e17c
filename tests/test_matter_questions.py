"""Whatever a reviewer answers, of any kind of matter: each point is said once, and only what is sent back is asked again."""

from __future__ import annotations

from dataclasses import asdict
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.fields import Ask, Files, Gathered, Instead, OneOf, Reading, Several, Text
from bot.flow import Draft, Place
from handlers.matter_opinion import flow
from handlers.matter_writing import EACH, FILE, Writing, grid_lines
from models.affairs import Scale, affairs
from models.matters.assignments import State
from models.matters.opinions import Conclusion
from tests.world import BEGINNING, CHANNELS, the_words

WRITTEN = [kind.key for kind in affairs().kinds.values() if kind.record is None]
JUDGED = [key for key in WRITTEN if sum(bool(check.verdicts) for check in affairs().kinds[key].checks) > 1]
"""Kinds with several points that take a verdict."""
READING = Reading(BEGINNING.date(), {})
MOST_ASKED = 400
CHANCE = st.integers(0, 2**32).map(Random)


def facts(kind: str, returned: dict[str, Any] | None = None, before: Any = None) -> Writing:
    """A reviewer's part of a matter of a kind, without a database."""
    house = SimpleNamespace(words=the_words(), traits=CHANNELS)
    turn: Any = SimpleNamespace(house=house, inbound=SimpleNamespace(channel="web"), inside=True)
    route = next(iter(affairs().kinds[kind].routes))
    matter = SimpleNamespace(id=1, bureau_id=1, affair=kind, route=route, step=0, confidential=False, state="working")
    state = State.ACCEPTED if returned is None else State.RETURNED
    found = Writing(turn, SimpleNamespace(id=1, step=0, state=state, returned=returned, version=0), matter)
    found.__dict__ |= {"materials": ("现场勘验笔录.pdf",), "before": before}
    return found


def given_at_random(ask: Ask, chance: Random) -> Any:
    """Some answer that a question takes."""
    field = ask.field
    if isinstance(field, Several):
        keys = [option.key for option in field.options()]
        return Gathered(tuple(chance.sample(keys, chance.randint(1, len(keys)))))
    if isinstance(field, Files):
        return Gathered(("e7",))
    if isinstance(field, OneOf):
        return field.load(chance.choice([option.key for option in field.options()]))
    assert isinstance(field, Text)
    if field.instead and chance.random() < 0.6:
        return Instead(field.instead[0])
    return field.read(f"说明{chance.randint(1, 99)}", READING)


def written(about: Writing, draft: Draft, chance: Random, wander: float = 0) -> tuple[Place, list[str]]:
    """Everything answered; and what was asked, in order. `wander`: how often an answer is gone back to, or changed."""
    asked: list[str] = []
    for _ in range(MOST_ASKED):
        place = flow.walk(draft, about)
        if place.current is None:
            return place, asked
        if chance.random() < wander:
            back = flow.back(draft, place)
            again = chance.choice([one.key for one in place.path])
            draft = back if back is not None and chance.random() < 0.5 else Draft(draft.answers, again)
            place = flow.walk(draft, about)
        assert place.current is not None
        asked.append(place.current.key)
        draft = flow.take(draft, place, place.current, given_at_random(place.current, chance))
    raise AssertionError("it never ends")


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(WRITTEN), CHANCE)
def test_every_point_is_said_once_and_a_doubt_has_its_reason(kind: str, chance: Random) -> None:
    about = facts(kind)
    place, _ = written(about, Draft(), chance, wander=0.2)
    a, said = place.answers, about.said(place.answers)
    if a.way == FILE:
        assert said == []
        assert a.file.items
    else:
        assert [one.check for one in said] == [check.number for check in about.kind.checks]
    for one in said:
        check = about.kind.checks[one.check - 1]
        if check.scale is Scale.GRID:
            assert one.lines
        elif check.scale is Scale.OPINION:
            assert one.text
        else:
            assert one.verdict in check.verdicts
            assert bool(one.text) == (one.verdict != check.verdicts[0])
    assert a.text or a.way == FILE or a.conclusion is Conclusion.AGREED


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(WRITTEN), CHANCE)
def test_only_what_was_sent_back_is_asked_again(kind: str, chance: Random) -> None:
    about = facts(kind)
    place, _ = written(about, Draft({"way": EACH}), chance)
    first = about.said(place.answers)
    back = {"overall": chance.random() < 0.5, "reason": "请改"}
    numbers = [check.number for check in about.kind.checks]
    back["points"] = sorted(chance.sample(numbers, chance.randint(0 if back["overall"] else 1, len(numbers))))
    before = SimpleNamespace(
        points=[asdict(one) for one in first],
        conclusion=place.answers.conclusion,
        text=place.answers.text,
        evidence_id=None,
    )
    again = facts(kind, back, before)
    answers, _ = flow.start_with(again, None)
    after, asked = written(again, Draft(answers), chance)
    points = {again.check(key).number for key in asked if key not in ("conclusion", "text")}
    assert points == set(back["points"])
    assert ("conclusion" in asked) == back["overall"]
    kept = [one for one in again.said(after.answers) if one.check not in back["points"]]
    assert kept == [one for one in first if one.check not in back["points"]]
    if not back["overall"]:
        assert (after.answers.conclusion, after.answers.text) == (place.answers.conclusion, place.answers.text)


@pytest.mark.parametrize("kind", JUDGED)
def test_all_good_in_one_press_is_what_going_through_them_gives(kind: str) -> None:
    """And any of them can be changed by its number afterwards."""
    about = facts(kind)
    place = flow.walk(Draft(), about)
    assert place.current is not None
    draft = flow.take(Draft(), place, place.current, "all")
    place = flow.walk(draft, about)
    assert place.current is not None
    assert place.current.key == "conclusion"
    draft = flow.take(draft, place, place.current, Conclusion.AGREED)
    place = flow.walk(draft, about)
    assert place.current is None
    assert [one.verdict for one in about.said(place.answers)] == [check.verdicts[0] for check in about.kind.checks]
    assert flow.numbered(place) == [*(f"v{check.number}" for check in about.kind.checks), "conclusion", "text"]


def test_what_was_judged_in_one_press_is_not_gone_back_to() -> None:
    about = facts("enforcement")
    draft = Draft()
    for value in ("except", Gathered(("8", "3")), "1", "没有委托书", "2", "没有写明机关"):
        place = flow.walk(draft, about)
        assert place.current is not None
        draft = flow.take(draft, place, place.current, value)
    seen = []
    while (place := flow.walk(draft, about)).current is not None:
        seen.append(place.current.key)
        back = flow.back(draft, place)
        if back is None:
            break
        draft = back
    assert seen == ["conclusion", "w8", "v8", "w3", "v3", "exceptions", "way"]


def test_going_through_them_one_by_one_after_all_asks_each() -> None:
    about = facts("enforcement")
    draft = Draft()
    for value in ("all", "each"):
        place = flow.walk(Draft(draft.answers, "way"), about)
        assert place.current is not None
        draft = flow.take(draft, place, place.current, value)
    place = flow.walk(draft, about)
    assert place.current is not None
    assert place.current.key == "v1"


@settings(deadline=None, max_examples=150)
@given(CHANCE)
def test_of_a_grid_only_the_lines_that_are_chosen_are_asked_again(chance: Random) -> None:
    about = facts("litigation")
    place, _ = written(about, Draft({"way": EACH}), chance, wander=0.3)
    if place.answers.way == FILE:
        return
    first = about.said(place.answers)
    before = SimpleNamespace(
        points=[asdict(one) for one in first], conclusion=place.answers.conclusion, text="", evidence_id=None
    )
    again = facts("litigation", {"points": [1], "overall": False, "reason": "请改"}, before)
    answers, _ = flow.start_with(again, None)
    lines = first[0].lines
    chosen = sorted(chance.sample(range(1, len(lines) + 1), chance.randint(1, len(lines))))
    draft, asked = Draft(answers), list[str]()
    while (there := flow.walk(draft, again)).current is not None:
        asked.append(there.current.key)
        is_choice = isinstance(there.current.field, Several)
        value = Gathered(tuple(map(str, chosen))) if is_choice else rewritten(there.current)
        draft = flow.take(draft, there, there.current, value)
    assert asked == ["r1", *(f"{letter}1_{line}" for line in chosen for letter in "sbe")]
    after = again.said(flow.walk(draft, again).answers)
    assert after[1:] == first[1:]
    for number, (old, new) in enumerate(zip(lines, after[0].lines, strict=True), 1):
        assert (new.shows == "改写后") if number in chosen else (new == old)


def rewritten(ask: Ask) -> Any:
    return "short" if isinstance(ask.field, OneOf) else ask.field.read("改写后", READING)


@settings(deadline=None, max_examples=100)
@given(CHANCE, st.integers(2, 6))
def test_a_line_is_taken_out_and_the_others_stay_in_order(chance: Random, count: int) -> None:
    about = facts("litigation")
    stored: dict[str, Any] = {"way": EACH}
    for line in range(1, count + 1):
        stored |= {f"s1_{line}": f"事实{line}", f"b1_{line}": f"证据{line}", f"e1_{line}": "enough"}
    stored[f"s1_{count + 1}"] = {"instead": "no_more"}
    gone = chance.randint(1, count - 1)
    place = flow.walk(Draft(stored, f"s1_{gone}"), about)
    assert place.current is not None
    draft = flow.take(Draft(stored), place, place.current, Instead("drop"))
    there = flow.walk(draft, about)
    assert there.current is not None
    assert there.current.key == "s2_1"
    left = [f"事实{line}" for line in range(1, count + 1) if line != gone]
    assert [line.shows for line in grid_lines(there.answers, 1)] == left
