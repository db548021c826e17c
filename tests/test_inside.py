"""内部: on a channel of somebody else's, a private conversation neither asks for content, nor takes it, nor shows it."""

from __future__ import annotations

import pytest

from tests import sample_files as samples
from tests.sample_matters import HEAD, OPENER, matter
from tests.world import Phone, World, text_of

TITLE, FACTS, NAME = "子丑采购合同", "寅卯一百万元的付款条件", "辰巳.pdf"
CANARIES = ("子丑", "寅卯", "辰巳")
ON_THE_PAGE = "内部事项的内容请在网页上填写，这里不接收。登录网页后按“继续”，接着填这一件。"
CONFIRM = "内部事项的内容请在网页上核对、提交。登录网页后按“继续”。"


@pytest.fixture
def page(world: World) -> Phone:
    return world.phone(OPENER)


@pytest.fixture
def chat(world: World) -> Phone:
    return world.phone(OPENER, "telegram")


def begun(phone: Phone, private: str = "内部") -> Phone:
    phone.say("提请审核")
    phone.press("合同协议签署")
    phone.press(private)
    phone.press("不经局长办公会审议")
    return phone


def left_in(world: World) -> list[str]:
    """The canaries that stand anywhere in what was written for Telegram, or in what conversations keep."""
    told = "".join(row[0] for row in world.rows("SELECT body FROM outgoing WHERE channel = 'telegram'"))
    return [canary for canary in CANARIES if canary in told]


def kept(world: World) -> str:
    return "".join(row[0] for row in world.rows("SELECT answers FROM conversation"))


def test_a_chat_elsewhere_asks_for_no_content_and_takes_none(world: World, chat: Phone) -> None:
    begun(chat)
    assert text_of(chat.seen[-1]) == ON_THE_PAGE
    assert chat.labels() == ["网页登录", "返回"]
    chat.deliver(text=TITLE, message="77")
    assert text_of(chat.seen[-1]) == ON_THE_PAGE
    assert chat.seen[-1].body["wipes"] == "77", "what was typed is taken out of the chat"
    assert TITLE not in kept(world)
    assert left_in(world) == []


def test_a_file_is_not_even_fetched(world: World, chat: Phone) -> None:
    begun(chat)
    before = len(chat.seen)
    assert chat.announce(NAME, 9) is None
    assert [text_of(one) for one in chat.seen[before:]] == [ON_THE_PAGE]
    assert world.rows("SELECT count(*) FROM evidence") == [(0,)]
    assert world.rows("SELECT count(*) FROM outgoing WHERE kind = 'fetch'") == [(0,)]
    chat.deliver(text="https://辰巳.example.com/1", message="78")
    assert chat.seen[-1].body["wipes"] == "78"
    assert left_in(world) == []


def test_nor_at_a_question_that_is_asked_there(world: World, page: Phone, chat: Phone) -> None:
    """Otherwise it would go into the 证据箱."""
    begun(page)
    for text in (TITLE, FACTS):
        page.say(text)
    page.press("没有附件")
    chat.say("继续")
    assert "谁承办这件事项" in text_of(chat.seen[-1])
    assert chat.announce(NAME, 9) is None
    assert text_of(chat.seen[-1]).startswith(f"{ON_THE_PAGE}\n谁承办这件事项")
    chat.deliver(text="寅卯是经办人", message="79")
    assert chat.seen[-1].body["wipes"] == "79"
    assert left_in(world) == []


def test_it_goes_on_on_the_page_and_presses_count_anywhere(world: World, page: Phone, chat: Phone) -> None:
    begun(chat)
    page.say("继续")
    page.say(TITLE)
    page.say(FACTS)
    page.send_file(NAME, samples.SAMPLES["pdf"])
    chat.say("继续")
    assert text_of(chat.seen[-1]) == ON_THE_PAGE
    assert chat.labels() == ["网页登录", "没有了", "返回"]
    chat.press("没有了")
    chat.press("名单以外的人承办")
    assert text_of(chat.seen[-1]) == CONFIRM, "the summary is content"
    assert chat.labels() == ["网页登录", "取消"]
    chat.say("提交")
    assert text_of(chat.seen[-1]) == CONFIRM
    assert world.rows("SELECT count(*) FROM matter") == [(0,)]
    page.say("继续")
    assert TITLE in text_of(page.seen[-1])
    page.press("提交")
    assert world.rows("SELECT title, facts, confidential FROM matter") == [(TITLE, FACTS, 1)]
    assert left_in(world) == []


def test_resuming_there_refuses_nothing_that_was_written_on_the_page(world: World, page: Phone, chat: Phone) -> None:
    begun(page)
    page.say(TITLE)
    chat.say("继续")
    assert text_of(chat.seen[-1]) == ON_THE_PAGE
    page.say(FACTS)
    assert text_of(page.seen[-1]).startswith("请发送审材料"), "the title stands"
    assert TITLE in kept(world)


def test_a_word_is_a_command_there_not_content(world: World, chat: Phone) -> None:
    begun(chat)
    chat.say("返回")
    assert text_of(chat.seen[-1]) == "需要经局长办公会审议吗？"


def test_what_was_meant_for_an_earlier_question_is_not_held(world: World, page: Phone, chat: Phone) -> None:
    begun(chat)
    for text in ("继续", TITLE, FACTS):
        page.say(text)
    chat.deliver(text="寅卯还有一点", message="80")
    assert chat.seen[-1].body["wipes"] == "80"
    assert "寅卯" not in "".join(row[0] or "" for row in world.rows("SELECT held FROM address"))
    assert left_in(world) == []


def test_a_text_for_another_conversation_is_no_answer_to_a_private_one(world: World, page: Phone, chat: Phone) -> None:
    begun(chat, "非内部")
    assert "事项名称" in text_of(chat.seen[-1])
    page.say("取消")
    begun(page)
    chat.deliver(text="子丑", message="81")
    assert "用来回答现在这一问" not in chat.labels()
    assert "子丑" not in kept(world)


def test_what_is_not_private_is_written_anywhere(world: World, chat: Phone) -> None:
    begun(chat, "非内部")
    chat.say("办公用品采购合同")
    assert "请简要写明基本情况" in text_of(chat.seen[-1])
    assert "办公用品采购合同" in kept(world)


def test_a_channel_of_ours_is_inside(world: World) -> None:
    terminal = begun(world.phone(OPENER, "terminal"))
    assert text_of(terminal.seen[-1]).startswith("事项名称")


@pytest.fixture
def private(world: World) -> int:
    return matter(world.database, world.clock.now(), confidential=True)


def test_the_link_to_the_page_says_nothing_of_the_content(world: World, private: int) -> None:
    chat = world.phone(HEAD, "telegram")
    chat.deliver(press=f"mt.in-{private}-0")
    assert text_of(chat.seen[-1]).startswith("审核任务〔2026〕1号的内容，请在10分钟内打开")
    assert "某某采购合同" not in "".join(text_of(one) for one in chat.seen)
