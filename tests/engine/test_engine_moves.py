"""The engine in the middle of a conversation: leaving, coming back, other channels, old buttons, other releases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import parse, token
from bot.fields import Ask, OneOf, Text
from bot.flow import Answers, Draft, Flow
from bot.messages import Button
from models import conversations as kept
from models.rights import Right
from tests import sample_flow
from tests.sample_flow import flow
from tests.sample_talk import (
    PLAIN,
    UNIT,
    asked,
    begin,
    conversations,
    effects,
    fill,
    run,
    say_all,
    settle,
    stored,
)
from tests.world import Phone, World, text_of


def test_a_conversation_survives_a_month_a_restart_and_another_channel(world: World, phone: Phone) -> None:
    fill(phone, 5)
    phone.say("暂存")
    world.restart()
    world.clock.pass_(days=30)
    terminal = world.phone(f"{UNIT}法治联络员", "terminal")
    assert text_of(terminal.say("继续")).endswith("继任者姓名？")
    assert asked(terminal) == "successor_name"
    say_all(terminal, *PLAIN[5:])
    terminal.press("提交")
    assert len(effects(world)) == 1


def test_what_was_cancelled_can_be_taken_back(world: World, phone: Phone) -> None:
    fill(phone, 3)
    before = stored(world)
    phone.say("取消")
    assert [state for state, _ in conversations(world)] == [kept.CANCELLED]
    phone.press("恢复")
    assert conversations(world) == [(kept.OPEN, before)]
    assert asked(phone) == "leaves_on"


def test_another_conversation_in_between_gives_way_to_it_again(world: World) -> None:
    phone = world.phone("法制科法治联络员")
    begin(phone)
    before = stored(world)
    assert "第 1/60 项" in text_of(phone.say("指标自评"))
    assert conversations(world) == [(kept.SUSPENDED, before)]
    phone.say("暂存")
    begin(phone)
    assert conversations(world) == [(kept.OPEN, before)]


def test_a_conversation_that_does_not_open_leaves_the_open_one_as_it_was(world: World) -> None:
    phone = world.phone("法制科法治联络员")
    say_all(phone, "指标自评", "不符合", "尚有差距")
    [(item,)] = world.rows("SELECT subject FROM conversation")
    assert text_of(phone.deliver(press=token(Button("box", item)))).startswith("证据箱里没有待用的材料。")
    assert world.rows("SELECT flow, state FROM conversation") == [("indicator", kept.OPEN)]
    assert "第 2/60 项" in text_of(phone.say("暂无"))


def test_a_command_word_may_be_meant_as_content(world: World, phone: Phone) -> None:
    fill(phone, 5)
    assert text_of(phone.say("返回")) == "您是要“返回”，还是把“返回”作为继任者姓名？"
    settle(phone, "content")
    assert stored(world)["successor_name"] == "返回"
    phone.press("返回")
    phone.say("返回")
    phone.press("返回")
    assert asked(phone) == "has_successor"


def test_a_command_word_said_twice_is_the_command(world: World, phone: Phone) -> None:
    fill(phone, 5)
    say_all(phone, "返回", "返回")
    assert asked(phone) == "has_successor"
    assert "successor_name" not in stored(world)


def test_a_text_for_a_question_left_behind_is_asked_back(world: World, phone: Phone) -> None:
    fill(phone, 5)
    terminal = world.phone(f"{UNIT}法治联络员", "terminal")
    terminal.say("继续")
    phone.say("继任者甲")
    assert text_of(terminal.say("继任者乙")).startswith("继任者姓名已经答过，现在是继任者手机号。")
    assert stored(world)["successor_name"] == "继任者甲"
    assert "successor_mobile" not in stored(world)
    settle(terminal, "use")
    assert stored(world)["successor_name"] == "继任者乙"


def test_a_text_written_before_the_question_was_seen_is_asked_back(world: World, phone: Phone) -> None:
    fill(phone, 5)
    in_view = phone.seen[-1].id
    phone.say("继任者甲")
    phone.say("13800000000", seen=in_view)
    assert "successor_mobile" not in stored(world)
    settle(phone, "now")
    assert stored(world)["successor_mobile"] == "13800000000"
    assert stored(world)["successor_name"] == "继任者甲"


def test_free_text_on_a_channel_that_shows_no_question_is_not_filed(world: World, phone: Phone) -> None:
    fill(phone, 5)
    world.phone(f"{UNIT}法治联络员", "terminal").say("下午开会")
    assert "successor_name" not in stored(world)


def test_a_held_text_is_never_filed_under_another_question(world: World, phone: Phone) -> None:
    fill(phone, 5)
    terminal = world.phone(f"{UNIT}法治联络员", "terminal")
    terminal.say("继续")
    say_all(phone, "继任者甲", "13800000000")
    terminal.say("继任者乙")
    say_all(phone, "改2", "其他")
    assert asked(phone) == "reason_text"
    settle(terminal, "use")
    assert "reason_text" not in stored(world)


def test_an_old_button_says_what_has_become_of_it(world: World, phone: Phone) -> None:
    fill(phone, 2)
    question = phone.seen[-1]
    phone.press("退休")
    before = stored(world)
    assert text_of(phone.press("调离", of=question)) == "离任原因：您已答“退休”，没有改动。"
    assert stored(world) == before
    phone.press("改这一问")
    phone.press("调离")
    assert stored(world)["reason"] == "transfer"


def test_asking_again_what_is_off_the_path_loses_nothing(world: World, phone: Phone) -> None:
    fill(phone, 6)
    question = phone.say("13800000000")
    phone.press("法学学历")
    say_all(phone, "改4", "暂无")
    before = stored(world)
    phone.press("都没有", of=question)
    phone.press("改这一问")
    assert stored(world) == before
    assert asked(phone) == "attachments"


def test_an_old_keep_button_is_no_answer(world: World, phone: Phone) -> None:
    fill(phone, 2)
    say_all(phone, "其他", "借调")
    with_keep = phone.press("返回")
    phone.press("返回")
    phone.press("其他")
    assert asked(phone) == "reason_text"
    phone.press("不改", of=with_keep)
    assert "reason_text" not in stored(world)


def test_somebody_elses_question_is_not_there(world: World, phone: Phone) -> None:
    fill(phone, 2)
    before = conversations(world)
    other = world.phone(f"{UNIT}负责人")
    answer = parse(phone.token("退休"))
    assert answer is not None
    pressed = [answer, *(Button(code, answer.id, 0, arg) for code, arg in (("e", "reason"), ("sum", ""), ("un", "")))]
    for button in pressed:
        assert "_confirm" not in text_of(other.deliver(press=token(button)))
    assert conversations(world) == before
    assert effects(world) == []


def test_a_withdrawn_choice_is_named_and_only_it_is_asked_again(world: World, phone: Phone) -> None:
    fill(phone)
    before = stored(world)
    phone.say("暂存")
    run(world, f"UPDATE post SET ends_on = '2026-08-19' WHERE person_id = {world.person(f'{UNIT}负责人')}")
    assert text_of(phone.say("继续")).startswith("代办人的选项有变动，请重新选择，其余不变。")
    assert asked(phone) == "deputy"
    phone.press(f"{UNIT}法治联络员")
    assert asked(phone) == "_confirm"
    assert stored(world) | {"deputy": ""} == before | {"deputy": ""}


def test_a_release_may_insert_a_question(world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(phone)
    before = stored(world)
    release(monkeypatch, with_title)
    world.restart()
    phone.say("继续")
    assert asked(phone) == "successor_title"
    phone.say("副科长")
    assert asked(phone) == "_confirm"
    assert stored(world) == before | {"successor_title": "副科长"}


def test_a_choice_that_a_release_withdrew_is_not_taken_from_an_old_button(
    world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(phone, 9)
    release(monkeypatch, lambda a: (must_be_answered(ask) for ask in sample_flow.questions(a)))
    phone.press("跳过")
    assert asked(phone) == "link"
    assert "link" not in stored(world)


def release(monkeypatch: pytest.MonkeyPatch, questions: Any) -> None:
    """Another release of the conversation, with other questions."""
    monkeypatch.setattr(flow, "questions_of", questions)


def with_title(a: Answers) -> Iterator[Ask]:
    for ask in sample_flow.questions(a):
        yield ask
        if ask.key == "successor_name":
            yield Ask("successor_title", Text(20))


def must_be_answered(ask: Ask) -> Ask:
    return Ask(ask.key, ask.field)


@given(st.lists(st.sampled_from(("x", "y")), min_size=3, max_size=3), st.sets(st.sampled_from(("a", "b", "c"))))
def test_an_answer_leads_where_all_answers_together_lead(given_answers: list[str], assumed: set[str]) -> None:
    walked = Flow("walked", right=Right.USE)

    @walked.questions
    def questions(a: Answers) -> Iterator[Ask]:
        yield Ask("a", OneOf(("x", "y")), assumed="x" if "a" in assumed else None)
        if a.a == "x":
            yield Ask("b", OneOf(("x", "y")), assumed="y" if "b" in assumed else None)
        yield Ask("c" if len(a) > 1 else "d", OneOf(("x", "y")), assumed="x" if "c" in assumed else None)

    @walked.after
    def after(a: Answers, key: str, value: str, draft: Draft) -> None:
        if key == "b" and value == "y":
            draft.forget("a")

    draft = Draft()
    place = walked.walk(draft, None)
    for value in given_answers:
        if place.current is None:
            break
        fresh = walked.take(draft, place, place.current, value)
        place, draft = walked.walk_on(draft, place, fresh), fresh
        again = walked.walk(draft, None)
        assert (place.path, place.current, dict(place.answers)) == (again.path, again.current, dict(again.answers))
