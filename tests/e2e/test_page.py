"""Talking on the chat page: what is said arrives once, whatever fails on the way."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.fake_chat import FakeChat
from tests.e2e.reader import QUESTION, choice, come_back, field, on_a_desktop, open_chat, say, until


def test_what_is_typed_arrives_once_and_the_echo_takes_the_place_of_the_bubble(page: Page, fake: FakeChat) -> None:
    number = fake.speak(*QUESTION, buttons=["*符合", "不符合"], asks="choice")
    open_chat(page, fake)
    say(page, "符合")
    until(page, fake.heard)
    expect(page.locator("#messages .mine")).to_have_text(["我：符合"])
    expect(page.locator("#pending .message")).to_have_count(0)
    expect(choice(page, "符合")).to_have_attribute("aria-pressed", "true")
    assert [said["seen"] for said in fake.said] == [number]


@on_a_desktop
def test_a_double_press_sends_once_and_marks_the_choice(page: Page, fake: FakeChat) -> None:
    number = fake.speak(*QUESTION, buttons=["*符合", "不符合"])
    open_chat(page, fake)
    choice(page, "符合").dblclick()
    until(page, fake.heard)
    page.evaluate("document.querySelector('.choices button').click()")
    say(page, "完")
    until(page, lambda: fake.heard()[-1] == "完")
    assert fake.heard() == ["符合", "完"]
    assert (fake.said[0]["press"], fake.said[0]["seen"]) == (f"a.{number}.符合", number)
    expect(page.locator(".answered .choices button[aria-pressed]")).to_have_text(["符合"])


def test_buttons_of_an_older_message_are_muted_and_can_still_be_pressed(page: Page, fake: FakeChat) -> None:
    fake.speak("甲？", buttons=["是", "否"])
    fake.speak("乙？", buttons=["好"])
    open_chat(page, fake)
    expect(page.locator(".live")).to_have_text(re.compile("乙"))
    choice(page, "否").tap()
    until(page, lambda: fake.heard() == ["否"])


def test_a_failing_server_gets_the_same_delivery_again_and_takes_it_once(page: Page, fake: FakeChat) -> None:
    open_chat(page, fake)
    fake.failing, fake.losing = 2, 1
    say(page, "九成二")
    expect(page.locator(".note")).to_have_text("未送达，正在重试")
    expect(page.locator("#messages .mine")).to_have_count(1)
    expect(page.locator("#pending .message")).to_have_count(0)
    assert len({said["id"] for said in fake.said}) == 1
    assert fake.heard() == ["九成二"]


def test_a_refused_message_is_told_not_repeated_and_comes_back_to_be_changed(page: Page, fake: FakeChat) -> None:
    open_chat(page, fake)
    fake.refusal = "内容过长，请分次发送。"
    say(page, "很长")
    expect(page.locator(".note")).to_contain_text("内容过长，请分次发送。")
    fake.refusal = ""
    page.reload()
    page.get_by_role("button", name="改后再发").click()
    expect(field(page)).to_have_value("很长")
    expect(page.locator("#pending .message")).to_have_count(0)
    assert len(fake.said) == 1


def test_a_reload_keeps_the_draft_and_what_was_not_sent(page: Page, fake: FakeChat) -> None:
    open_chat(page, fake)
    fake.down = True
    for text in ("一", "二"):
        say(page, text)
    field(page).fill("写到一半")
    page.reload()
    expect(page.locator("#pending .bubble")).to_have_text(["一", "二"])
    expect(field(page)).to_have_value("写到一半")
    fake.down = False
    come_back(page)
    expect(page.locator("#messages .bubble")).to_have_text(["一", "二"])
    assert fake.heard() == ["一", "二"]


def test_a_cut_stream_misses_nothing_and_doubles_nothing(page: Page, fake: FakeChat) -> None:
    fake.speak("一")
    open_chat(page, fake)
    fake.down = True
    expect(page.get_by_text("网络中断，正在重连…")).to_be_visible()
    for text in ("二", "三"):
        fake.speak(text)
    fake.down = False
    come_back(page)
    fake.speak("四")
    expect(page.locator(".message .bubble")).to_have_text(["一", "二", "三", "四"])
    expect(page.locator("#state")).to_be_empty()


def test_a_silent_stream_is_opened_anew(page: Page, fake: FakeChat) -> None:
    page.clock.install()
    page.goto("/chat")
    until(page, lambda: fake.streams == 1)
    with page.expect_request("**/api/stream**"):
        page.clock.fast_forward(41_000)
        page.clock.run_for(1_000)


@on_a_desktop
def test_a_question_is_answered_with_the_keyboard_alone(page: Page, fake: FakeChat) -> None:
    fake.speak(*QUESTION, buttons=["*符合", "不符合"], asks="text")
    open_chat(page, fake)
    expect(field(page)).to_be_focused()
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    page.keyboard.press("Enter")
    until(page, lambda: fake.heard() == ["第一行\n第二行"])
    expect(field(page)).to_have_value("")
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if choice(page, "不符合").evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    until(page, lambda: fake.heard()[-1] == "不符合")
    expect(choice(page, "不符合")).to_be_focused()
    page.get_by_role("button", name="发送文件、照片").press("Enter")
    expect(page.get_by_role("button", name="选择文件")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="发送文件、照片")).to_be_focused()


def test_on_a_phone_enter_begins_a_new_line(page: Page, fake: FakeChat) -> None:
    open_chat(page, fake)
    field(page).press_sequentially("一\n二")
    expect(field(page)).to_have_value("一\n二")
    assert fake.said == []
