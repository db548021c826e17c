"""Reading the chat page: each message once and in its place, for every eye, finger and size of type."""

from playwright.sync_api import Page, expect

from tests.e2e.fake_chat import FakeChat
from tests.e2e.reader import PHONE, QUESTION, choice, field, open_chat, say, texts


def test_an_edit_takes_the_place_of_what_it_edits(page: Page, fake: FakeChat) -> None:
    first = fake.speak("接收中", buttons=["等一等"])
    fake.speak("下一项")
    open_chat(page, fake)
    choice(page, "等一等").focus()
    fake.speak("证-0041 已入库", buttons=["删去这份"], edits=first)
    expect(page.locator(".message .bubble")).to_have_text(["证-0041 已入库", "下一项"])
    expect(choice(page, "删去这份")).to_be_focused()


def test_an_edit_of_something_not_loaded_is_shown_and_not_doubled_by_the_past(page: Page, fake: FakeChat) -> None:
    for number in range(1, 60):
        fake.speak(f"第{number}条")
    fake.speak("第1条已更正", edits=1)
    open_chat(page, fake)
    assert texts(page)[-1] == "第1条已更正"
    page.get_by_role("button", name="查看更早的消息").click()
    expect(page.locator(".message")).to_have_count(59)
    assert [text for text in texts(page) if text.startswith("第1条")] == ["第1条已更正"]
    expect(page.get_by_role("button", name="查看更早的消息")).to_be_hidden()


def test_a_message_edited_very_often_does_not_bar_the_way_to_the_past(page: Page, fake: FakeChat) -> None:
    for text in ("从前", "接收中"):
        fake.speak(text)
    for percent in range(1, 101):
        fake.speak(f"接收中 {percent}%", edits=2)
    open_chat(page, fake)
    for _ in range(2):
        page.get_by_role("button", name="查看更早的消息").click()
    expect(page.locator(".message .bubble")).to_have_text(["从前", "接收中 100%"])


def test_who_reads_above_stays_there_and_is_told_of_news(page: Page, fake: FakeChat) -> None:
    for number in range(30):
        fake.speak(f"第{number}条")
    open_chat(page, fake)
    page.locator("#frame").evaluate("frame => { frame.scrollTop = 100; }")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    fake.speak("新的一条")
    news = page.get_by_role("button", name="有新消息")
    expect(news).to_be_visible()
    assert page.locator("#frame").evaluate("frame => frame.scrollTop") == 100
    news.click()
    expect(page.get_by_text("新的一条")).to_be_in_viewport()
    expect(news).to_be_hidden()


def test_a_long_conversation_scrolls_in_its_own_part_and_the_page_stands(page: Page, fake: FakeChat) -> None:
    open_chat(page, fake)
    for number in range(30):
        fake.speak(f"第{number}条")
    expect(page.get_by_text("第29条")).to_be_in_viewport()
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    page.evaluate("scrollTo(0, 500)")
    assert page.evaluate("[document.documentElement.scrollHeight, scrollY]") == [PHONE["viewport"]["height"], 0]


def test_nothing_scrolls_sideways_in_either_type(page: Page, fake: FakeChat) -> None:
    width = PHONE["viewport"]["width"]
    fake.speak("数" * 200, "┃" + "W" * 300, buttons=["一" * 30, "符合", "不符合"])
    fake.put({"from": "me", "parts": [], "file": {"name": "a" * 90 + ".pdf", "url": "/f/1", "size": 9_000_000}})
    open_chat(page, fake)
    for _ in range(2):
        widths = "[document.documentElement, document.getElementById('frame')].map(box => box.scrollWidth)"
        assert max(page.evaluate(widths)) <= width
        page.get_by_role("button", name="大字").click()
    page.goto("/demo")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_large_type_is_remembered(page: Page, fake: FakeChat) -> None:
    open_chat(page, fake)
    page.get_by_role("button", name="大字").click()
    page.reload()
    expect(page.get_by_role("button", name="大字")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "22px"


def test_text_is_shown_as_it_was_written_and_only_web_addresses_are_links(page: Page, fake: FakeChat) -> None:
    odd = "<b>粗</b>{{7*7}}<img src=x onerror=alert(1)>"
    fake.speak(odd, "见https://example.gov.cn/a?b=1，javascript:alert(1)")
    fake.put({"from": "assistant", "parts": [], "file": {"name": "坏", "url": "javascript:alert(1)", "size": 1}})
    open_chat(page, fake)
    say(page, odd)
    expect(page.locator(".mine .bubble")).to_have_text(odd)
    assert texts(page)[0].startswith(odd)
    assert page.locator(".message a").evaluate_all("links => links.map(link => link.href)") == [
        "https://example.gov.cn/a?b=1"
    ]


def test_a_limit_is_counted_as_a_word_processor_does(page: Page, fake: FakeChat) -> None:
    fake.speak("用一句话写明做法和成效。", asks="text", limit=10)
    open_chat(page, fake)
    field(page).fill("全区42个窗口，OK 了")
    expect(page.locator("#count")).to_have_text("9/10字")
    field(page).fill("一二三四五六七八九十，")
    expect(page.locator("#count.over")).to_have_text("11/10字，已超1字")


def test_an_ended_sign_in_is_explained_and_the_conversation_stays(page: Page, fake: FakeChat) -> None:
    fake.speak("您好。")
    open_chat(page, fake)
    fake.ended = True
    expect(page.get_by_text("本页登录已结束")).to_be_visible()
    expect(field(page)).to_be_hidden()
    assert texts(page) == ["您好。"]


def test_every_control_has_a_name_and_room_for_a_finger(page: Page, fake: FakeChat) -> None:
    fake.speak(*QUESTION, buttons=["符合", "不符合"], picture="/static/icon.svg")
    open_chat(page, fake)
    page.get_by_role("button", name="发送文件、照片").click()
    controls = page.locator("button:visible, textarea:visible, input, a:visible, [role=log], main, nav")
    unnamed = "all => all.filter(one => !one.ariaLabel && !one.textContent.trim() && !one.querySelector('[alt]'))"
    assert controls.evaluate_all(unnamed + ".map(one => one.outerHTML)") == []
    small = "all => all.filter(one => one.offsetHeight < 48 || one.offsetWidth < 48).map(one => one.outerHTML)"
    assert page.locator("button:visible, textarea").evaluate_all(small) == []
    assert page.locator("img:not([alt])").count() == 0
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_roles_are_chosen_in_tabs_of_their_own(page: Page) -> None:
    page.goto("/demo")
    assert page.locator(".card strong").all_inner_texts() == ["法制科", "就业促进科 法治联络员"]
    expect(page.locator(".card[target=_blank][rel=noopener]")).to_have_count(2)
    page.goto("/closed")
    expect(page.get_by_text("法制科")).to_be_visible()
