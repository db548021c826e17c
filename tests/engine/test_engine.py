"""The engine carries a conversation that the product does not have: asking, taking, changing, confirming."""

from __future__ import annotations

import pytest

from bot.actions import ACTIONS, LONGEST, parse
from bot.messages import Piece
from models import conversations as kept
from tests.sample_talk import (
    PLAIN,
    STORED,
    UNIT,
    asked,
    begin,
    conversations,
    effects,
    fill,
    know,
    say_all,
    stored,
)
from tests.world import Phone, World, text_of


def test_typed_answers_lead_to_a_summary_and_one_effect(world: World, phone: Phone) -> None:
    assert fill(phone).endswith("9 公开链接　https://www.gov.cn/1.html\n10 代办人　就业促进科负责人")
    assert effects(world) == []
    summary = phone.seen[-1]
    assert text_of(phone.press("提交")) == "已提交，共1位离任，待部门负责人确认。"
    [effect] = effects(world)
    assert {key: effect[key] for key in STORED} == STORED
    assert text_of(phone.press("提交", of=summary)) == "这份内容已经处理过了。"
    assert len(effects(world)) == 1
    assert [state for state, _ in conversations(world)] == [kept.DONE]


def test_presses_give_what_typing_gives(world: World, phone: Phone) -> None:
    begin(phone)
    for label in (f"{UNIT}法治员", "选好了", "退休", "今天", "有"):
        phone.press(label)
    say_all(phone, "继任者甲", "13800000000")
    for label in ("法学学历", "没有附件", "跳过", f"{UNIT}负责人"):
        phone.press(label)
    expected = STORED | {"leaves_on": "2026-08-19", "link": None}
    assert {key: stored(world)[key] for key in expected} == expected
    assert asked(phone) == "_confirm"


@pytest.mark.parametrize(
    ("before", "typed", "value"),
    [
        (2, "岗位", "posting"),
        (2, "２", "retirement"),
        (2, "第三个", "transfer"),
        (2, "长期", "long_leave"),
        (3, "今天", "2026-08-19"),
        (3, "下周一", "2026-08-24"),
        (3, "２０２６－９－１", "2026-09-01"),
        (4, "有的", "yes"),
        (4, "没有", "no"),
        (6, "+86 138-0000-0000", "13800000000"),
        (7, "二", "degree"),
        (9, "网址是https://www.gov.cn/2.html，请看", "https://www.gov.cn/2.html"),
    ],
)
def test_answers_may_be_written_as_people_write(
    world: World, phone: Phone, before: int, typed: str, value: str
) -> None:
    fill(phone, before)
    key = asked(phone)
    phone.say(typed)
    assert stored(world)[key] == value
    assert asked(phone) != key


@pytest.mark.parametrize(
    ("before", "typed"),
    [
        (0, "没有这个人"), (2, "😀"), (2, "9"), (3, "35"), (3, "2月30日"), (4, "也许"), (5, "很长的名字" * 5),
        (6, "1380000000"), (7, "硕士"), (8, "看附件"), (9, "网站首页"), (10, "某人"),
    ],
)  # fmt: skip
def test_a_wrong_answer_gets_a_sentence_and_the_question_again(
    world: World, phone: Phone, before: int, typed: str
) -> None:
    fill(phone, before)
    key, kept_before, question = asked(phone), stored(world), text_of(phone.seen[-1])
    reply = text_of(phone.say(typed))
    assert asked(phone) == key
    assert reply.endswith(question.removeprefix("人员变动。"))
    assert reply.count("\n") == question.count("\n") + 1
    assert stored(world) == kept_before


def test_back_leads_through_every_question_to_the_first_and_loses_nothing(world: World, phone: Phone) -> None:
    fill(phone)
    before = stored(world)
    walked = []
    while text_of(phone.press("返回") if asked(phone) != "_confirm" else phone.say("返回")).find("第一问") < 0:
        walked.append(asked(phone))
    assert walked == [
        "deputy", "link", "attachments", "qualification", "successor_mobile", "successor_name", "has_successor",
        "leaves_on", "reason", "posts",
    ]  # fmt: skip
    assert stored(world) == before
    phone.press("不改")
    assert asked(phone) == "_confirm"


def test_a_line_of_the_summary_is_changed_by_its_number(world: World, phone: Phone) -> None:
    fill(phone)
    assert "离任原因" in text_of(phone.say("改2"))
    phone.press("调离")
    assert asked(phone) == "_confirm"
    assert stored(world)["reason"] == "transfer"
    assert "请写1到10之间的序号" in text_of(phone.say("改11"))


def test_what_is_confirmed_is_what_was_shown(world: World, phone: Phone) -> None:
    fill(phone)
    first = phone.seen[-1]
    say_all(phone, "改2", "调离")
    assert text_of(phone.press("提交", of=first)).startswith("内容有变动")
    assert effects(world) == []
    phone.press("提交")
    assert [effect["reason"] for effect in effects(world)] == ["transfer"]


def test_only_the_buttons_word_confirms(world: World, phone: Phone) -> None:
    fill(phone)
    assert text_of(phone.say("好的")).startswith("请核对，无误请按“提交”")
    assert effects(world) == []
    phone.say("提交")
    assert len(effects(world)) == 1


def test_answers_off_the_path_are_kept_but_not_shown(world: World, phone: Phone) -> None:
    fill(phone)
    assert "继任者甲" not in say_all(phone, "改4", "暂无")
    assert stored(world)["successor_name"] == "继任者甲"
    assert "继任者甲" in say_all(phone, "改4", "有")


def test_an_answer_that_another_unsettles_is_asked_again(world: World, phone: Phone) -> None:
    fill(phone, 2)
    say_all(phone, "其他", "借调")
    for _ in range(2):
        phone.press("返回")
    assert asked(phone) == "reason"
    phone.press("其他")
    assert asked(phone) == "reason_text"
    assert "reason_text" not in stored(world)


def test_a_rule_refuses_before_the_answer_is_taken(world: World, phone: Phone) -> None:
    fill(phone, 6)
    know(world, "13900000000")
    assert text_of(phone.say("13900000000")) == "这个手机号已在册，请核对。\n继任者手机号？"
    assert "successor_mobile" not in stored(world)
    phone.say("13800000000")
    assert asked(phone) == "qualification"


@pytest.mark.parametrize("again", ["提交", "继续"])
def test_rules_are_applied_again_when_confirmed_and_when_resumed(world: World, phone: Phone, again: str) -> None:
    fill(phone)
    before = stored(world)
    know(world, "13800000000")
    assert text_of(phone.say(again)).startswith("这个手机号已在册")
    assert asked(phone) == "successor_mobile"
    assert (effects(world), stored(world)) == ([], before)
    phone.say("13700000000")
    phone.press("提交")
    assert [effect["successor_mobile"] for effect in effects(world)] == ["13700000000"]


def test_a_refusal_at_the_very_end_undoes_all_that_was_done_and_said(world: World, phone: Phone) -> None:
    fill(phone, len(PLAIN) - 1)
    phone.press(f"{UNIT}法治员")
    rows = world.rows("SELECT count(*) FROM outgoing")
    assert text_of(phone.press("提交")).startswith("代办人也要离任，请另选一位。")
    assert asked(phone) == "deputy"
    assert effects(world) == []
    assert world.rows("SELECT count(*) FROM outgoing")[0][0] == rows[0][0] + 1  # the question, with what was pressed
    phone.press(f"{UNIT}负责人")
    phone.press("提交")
    assert len(effects(world)) == 1


def test_those_concerned_are_told_once(world: World, phone: Phone) -> None:
    head = world.phone(f"{UNIT}负责人")
    fill(phone)
    phone.press("提交")
    assert [text_of(message) for message in head.seen] == [f"{UNIT}法治联络员报告了人员变动，请确认推荐。"]


def test_gathered_choices_are_a_draft_until_closed(world: World, phone: Phone) -> None:
    begin(phone)
    for label in (f"{UNIT}法治员", f"{UNIT}负责人", f"✓ {UNIT}负责人"):
        phone.press(label)
        world.restart()
    person = world.person(f"{UNIT}法治员")
    assert stored(world)["posts"] == {"draft": [str(person)]}
    phone.press("选好了")
    assert stored(world)["posts"] == {"items": [str(person)], "instead": None}


def test_several_choices_may_be_typed_at_once(world: World, phone: Phone) -> None:
    begin(phone)
    phone.say("1、3")
    assert len(stored(world)["posts"]["items"]) == 2
    assert asked(phone) == "reason"


def test_files_are_gathered_up_to_the_most(world: World, phone: Phone) -> None:
    fill(phone, 8)
    for name in ("一.pdf", "二.pdf", "三.pdf"):
        phone.deliver(piece=Piece(name, 10, name))
    world.restart()
    assert "最多3份" in text_of(phone.deliver(piece=Piece("四.pdf", 10, "四")))
    phone.say("发完了")
    assert len(stored(world)["attachments"]["items"]) == 3
    assert asked(phone) == "link"


def test_after_a_file_the_question_can_be_closed_by_a_button(world: World, phone: Phone) -> None:
    fill(phone, 8)
    phone.deliver(piece=Piece("一.pdf", 10, "一"))
    assert "发完了" in phone.labels()


def test_every_button_shown_fits_and_is_known(world: World, phone: Phone) -> None:
    fill(phone)
    for message in phone.seen:
        for line in message.body.get("buttons", ()):
            for _, carried, _ in line:
                button = parse(carried)
                assert len(carried) <= LONGEST
                assert button is not None
                assert button.code in ACTIONS
