"""The engine carries a conversation that the product does not have: asking, taking, going back, changing, confirming."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.actions import ACTIONS, LONGEST, parse, token
from bot.fields import Ask, Text
from bot.flow import Answers
from bot.messages import Button, Piece
from bot.turn import Sent
from models import conversations as kept
from models import deliveries
from tests import sample_flow
from tests.sample_flow import REPORTED, START, flow
from tests.world import Phone, World, text_of

UNIT = "就业促进科"
PLAIN = [
    f"{UNIT}法治员", "选好了", "退休", "9月1日", "有", "继任者甲", "13800000000", "法学学历", "没有附件",
    "https://www.gov.cn/1.html", f"{UNIT}负责人",
]  # fmt: skip
"""One answer to each question, typed."""
STORED = {
    "reason": "retirement", "leaves_on": "2026-09-01", "has_successor": "yes", "successor_name": "继任者甲",
    "successor_mobile": "13800000000", "qualification": "degree", "attachments": {"items": [], "instead": "none"},
    "link": "https://www.gov.cn/1.html",
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sample_flow.installed():
        world = World(tmp_path, sample_flow.words())
        yield world
        assert world.database.read(deliveries.poisoned) == []
        world.close()


@pytest.fixture
def phone(world: World) -> Phone:
    return world.phone(f"{UNIT}法治联络员")


def begin(phone: Phone) -> Sent | None:
    return phone.deliver(press=token(Button(START)))


def say_all(phone: Phone, *texts: str) -> str:
    """Type one text after another; the last reply."""
    reply = ""
    for text in texts:
        reply = text_of(phone.say(text))
    return reply


def fill(phone: Phone, until: int = len(PLAIN)) -> str:
    """Begin, and give the first so many plain answers; the last reply."""
    begin(phone)
    return say_all(phone, *PLAIN[:until])


def conversations(world: World) -> list[tuple[str, dict[str, Any]]]:
    """State and answers of each run of the sample, in order."""
    rows = world.rows("SELECT state, answers FROM conversation WHERE flow = ? ORDER BY id", flow.name)
    return [(state, json.loads(answers)) for state, answers in rows]


def stored(world: World) -> dict[str, Any]:
    """The answers kept of the newest run."""
    return conversations(world)[-1][1]


def effects(world: World) -> list[dict[str, Any]]:
    """What was reported in the end."""
    rows = world.rows("SELECT after FROM auditentry WHERE what = ? ORDER BY id", REPORTED)
    return [json.loads(after) for (after,) in rows]


def asked(phone: Phone) -> str:
    """The key of the question asked last."""
    return next(str(message.body["of"][1]) for message in reversed(phone.seen) if "of" in message.body)


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


def know(world: World, mobile: str) -> None:
    """Somebody on the staff has this number now."""
    run(world, f"UPDATE person SET mobile = '{mobile}' WHERE id = 1")


def run(world: World, sql: str) -> None:
    world.database.write(lambda db: db.execute(sql)).result()


def test_a_refusal_at_the_very_end_undoes_all_that_was_done_and_said(world: World, phone: Phone) -> None:
    fill(phone, len(PLAIN) - 1)
    phone.press(f"{UNIT}法治员")
    rows = world.rows("SELECT count(*) FROM outgoing")
    assert text_of(phone.press("提交")).startswith("代办人也要离任，请另选一位。")
    assert asked(phone) == "deputy"
    assert effects(world) == []
    assert world.rows("SELECT count(*) FROM outgoing")[0][0] == rows[0][0] + 2  # what was pressed, and the question
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
    phone.press("作为内容")
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
    terminal.press("用作那一问的内容")
    assert stored(world)["successor_name"] == "继任者乙"


def test_a_text_written_before_the_question_was_seen_is_asked_back(world: World, phone: Phone) -> None:
    fill(phone, 5)
    in_view = phone.seen[-1].id
    phone.say("继任者甲")
    assert "用作" in text_of(phone.say("13800000000", seen=in_view))
    assert "successor_mobile" not in stored(world)
    phone.press("不用了，继续")
    assert asked(phone) == "successor_mobile"
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
    terminal.press("用作那一问的内容")
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
    release(monkeypatch, lambda a: with_title(a))
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


def test_every_button_shown_fits_and_is_known(world: World, phone: Phone) -> None:
    fill(phone)
    for message in phone.seen:
        for line in message.body.get("buttons", ()):
            for _, carried, _ in line:
                button = parse(carried)
                assert len(carried) <= LONGEST
                assert button is not None
                assert button.code in ACTIONS
