"""Two people of a bureau side by side, and one whose page or server goes away in the middle of a question."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Route, expect

from tests.e2e.officer import Officer
from tests.e2e.reader import choice, field, say
from tests.e2e.server import Server, open_role

CONTACT, CLERK = "法制科 法治联络员", "法制科 经办"
BACK_AGAIN_MS = 20_000
Phones = Callable[[], BrowserContext]


def officer(phone: BrowserContext, server: Server, bureau: str, role: str | re.Pattern[str] = CONTACT) -> Officer:
    """Someone of a bureau, in a tab of their own."""
    page = phone.new_page()
    page.goto(server.url)
    return Officer(open_role(page, bureau, role))


def test_what_a_colleague_changes_is_shown_live_in_the_tab_of_who_answered(new_phone: Phones, server: Server) -> None:
    contact = officer(new_phone(), server, "临港县人社局")
    clerk = officer(new_phone(), server, "临港县人社局", CLERK)
    contact.say("改1")
    for label in ("符合", "跳过", "实地核查时提供"):
        contact.press(label)
    assert "进度 1/60" in clerk.say("目录").text
    assert "法制科法治联络员已答：符合" in clerk.say("改1").text
    clerk.press("改判断")
    clerk.press("不符合")
    contact.sees("法制科经办修改了您答的第 1 项。")
    clerk.say("清单尚未公布，计划年底前完成")
    assert "法制科经办已答：不符合" in contact.press("看这一项").text
    assert "一 ×○" in contact.say("目录").text


def test_two_on_one_item_are_asked_whose_answer_is_to_stand(new_phone: Phones, server: Server) -> None:
    contact = officer(new_phone(), server, "青山县人社局")
    clerk = officer(new_phone(), server, "青山县人社局", CLERK)
    contact.say("改3")
    clerk.say("改3")
    contact.press("符合")
    assert "第 3 项法制科法治联络员刚刚也答了" in clerk.press("不符合").text
    assert "差距和打算" in clerk.press("用我的替换").text
    assert "第 3 项法制科经办刚刚也答了" in contact.say("清单已公布").text
    assert "差距和打算" in contact.press("保留对方的").text
    clerk.say("计划年底前完成")
    clerk.press("暂无")
    assert "法制科经办已答：不符合；说明：计划年底前完成；佐证：暂无" in contact.say("改3").text


def test_a_reload_in_mid_question_keeps_everything_and_the_role_is_the_tabs_own(
    phone: BrowserContext, server: Server
) -> None:
    contact = officer(phone, server, "东江市人社局")
    contact.say("改5")
    contact.press("符合")
    page = contact.page
    said = page.locator("#messages").inner_text()
    field(page).fill("权责清单已在门户")
    officer(phone, server, "临港县人社局", CLERK)
    page.bring_to_front()
    page.reload()
    contact = Officer(page)
    expect(page.locator(".names")).to_contain_text("法治联络员 东江市人社局")
    expect(field(page)).to_have_value("权责清单已在门户")
    assert page.locator("#messages").inner_text() == said
    expect(choice(page, "符合")).to_have_attribute("aria-pressed", "true")
    assert "请用一句话写明做法和成效" in contact.shown.text
    assert "请提供佐证" in contact.say("权责清单已在门户公布").text


def test_a_killed_server_comes_back_and_nothing_is_lost_or_said_twice(
    phone: BrowserContext, server: Server, complaints: list[str]
) -> None:
    contact = officer(phone, server, "东江市人社局")
    contact.say("改8")
    contact.press("符合")
    page = contact.page
    state, pending = page.locator("#state"), page.locator("#pending .bubble")

    def taken_but_not_answered(route: Route) -> None:
        route.fetch()
        server.kill()
        route.abort()

    page.route("**/api/say", taken_but_not_answered, times=1)
    say(page, "双随机抽查全覆盖")
    expect(state).to_have_text("网络中断，正在重连…")
    say(page, "目录")
    expect(pending.last).to_have_text("目录")
    server.start()
    expect(pending).to_have_count(0, timeout=BACK_AGAIN_MS)
    expect(state).to_be_empty(timeout=BACK_AGAIN_MS)
    contact.sees("进度 ")
    for once in ("双随机抽查全覆盖", "目录"):
        expect(page.locator(".mine").filter(has_text=once)).to_have_count(1)
    assert "请提供佐证" in contact.say("继续").text
    contact.press("暂无")
    assert "说明：双随机抽查全覆盖；佐证：暂无" in contact.say("改8").text
    complaints[:] = [line for line in complaints if "net::ERR_" not in line]
