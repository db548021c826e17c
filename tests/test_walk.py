"""Any walk ends where plain answering ends.

Whoever answers, goes back, jumps, changes, leaves, comes back, changes the channel, presses old and new buttons and
says things twice finds stored what was last accepted for each question, and nothing else.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.actions import ACTIONS, parse, token
from bot.messages import Button
from bot.rows import Sent
from models import assessments, deliveries, scoring
from tests.walker import BUREAU, CONTACT, Question, Values, Walk, buttons_of, question_in
from tests.world import Phone, World, text_of

ENGLISH = re.compile(r"[A-Za-z]{2,}|\{\{|\{%|\}\}")
ALLOWED = re.compile(r"https?://[\w./…]+|\bMB\b")


def every_item_holds_what_was_accepted_last(walk: Walk) -> None:
    for item, values, version, versions in walk.rows(
        'SELECT id, "values", version, (SELECT count(*) FROM answerversion WHERE answer_id = answer.id) FROM answer '
        "WHERE version > 0 OR id IN (SELECT answer_id FROM answerversion)"
    ):
        assert without_assumed(json.loads(values), walk.model[item]) == walk.model[item]
        assert version == versions


def the_machine_is_sound(walk: Walk) -> None:
    assert walk.rows("SELECT count(*) FROM conversation WHERE state = 'open'")[0][0] <= 1
    assert walk.world.database.read(deliveries.poisoned) == []
    [(bureau,)] = walk.rows("SELECT id FROM bureau WHERE name = ?", BUREAU)
    score = walk.world.database.read(lambda db: scoring.tally_of(db, assessments.of_bureau(db, bureau)))
    assert 0 <= score.met <= score.applicable <= score.total == 60
    assert 0 <= score.answered <= 60
    assert 0 <= score.missing <= 54
    for percent in (score.of_applicable, score.of_all):
        assert 0 <= float(percent) <= 100


def everything_shown_is_chinese_and_can_be_pressed(walk: Walk) -> None:
    for message in walk.news:
        for words in (text_of(message), *(label for label, _ in buttons_of(message))):
            assert words.strip()
            assert not ENGLISH.search(ALLOWED.sub("", words)), words
        for _, carried in buttons_of(message):
            button = parse(carried)
            assert button is not None
            assert button.code in ACTIONS


def without_assumed(values: Values, model: Values) -> Values:
    """The stored values but for a 数据截至日 that was taken over from another item without asking."""
    return {key: value for key, value in values.items() if key != "as_of" or key in model}


def plain_answering_gives_the_same(walk: Walk) -> None:
    """Give what the model holds as plain answers in a fresh world: each item is as far as after the walk."""
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            phone = world.phone(CONTACT)
            for item, values in walk.model.items():
                answer_plainly(world, phone, item, dict(values))
            for item in walk.model:
                same = "SELECT state, verdict FROM answer WHERE id = ?"
                assert world.rows(same, item) == walk.rows(same, item)
        finally:
            world.close()


def answer_plainly(world: World, phone: Phone, item: int, values: Values) -> None:
    """Open an item, and answer its questions one by one as far as there are values."""
    message = phone.deliver(press=token(Button("it", item)))
    while message is not None and "of" in message.body:
        question = question_in(message)
        [(subject,)] = world.rows("SELECT subject FROM conversation WHERE id = ?", question.conversation)
        if subject != item:
            return
        if question.key == "as_of":
            values.setdefault("as_of", "2026-08-01")
        if question.key not in values:
            return
        message = give_plainly(phone, question, values.pop(question.key))


def give_plainly(phone: Phone, question: Question, value: Any) -> Sent | None:
    """Press or type one value; the reply."""

    def press(option: str) -> Sent | None:
        return phone.deliver(press=token(Button("a", question.conversation, 0, f"{question.key}.{option}")))

    if value is None:
        return press("_skip")
    if isinstance(value, dict):
        for piece in value.get("items", ()):
            phone.say(f"https://www.gov.cn/{piece}.html")
            if question_in(phone.seen[-1]).key == "day":
                phone.say("8月1日")
        return press(value["instead"] or "_close")
    if question.kind == "choice":
        return press(value)
    reply = phone.say(value)
    return phone.press("作为内容") if "作为内容" in phone.labels() else reply


DONE = {
    Walk.answer: 8, Walk.type: 4, Walk.press: 6, Walk.command: 3, Walk.jump: 2,
    Walk.repeat: 1, Walk.restart: 1, Walk.wait: 1,
}  # fmt: skip
"""What a person does, and how often."""
STEPS = st.tuples(
    st.sampled_from([act for act, often in DONE.items() for _ in range(often)]), st.integers(0, 1), st.integers(0, 999)
)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(STEPS, min_size=40, max_size=80))
def test_any_walk_ends_where_plain_answering_ends(
    steps: list[tuple[Callable[[Walk, int, int], None], int, int]],
) -> None:
    with TemporaryDirectory() as folder:
        walk = Walk(Path(folder))
        try:
            for act, phone, pick in steps:
                act(walk, phone, pick)
                every_item_holds_what_was_accepted_last(walk)
                the_machine_is_sound(walk)
                everything_shown_is_chinese_and_can_be_pressed(walk)
            plain_answering_gives_the_same(walk)
        finally:
            walk.close()
