"""An officer answers everything that the real assistant asks, on a phone, from the choice of roles to the last item."""

from datetime import datetime, timedelta

from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from bot.clock import ZONE
from tests import sample_files
from tests.e2e.assessor import Assessor
from tests.e2e.pictures import Camera, photo
from tests.e2e.server import Server, open_role

WIDTH = 390
UNREADABLE = """() => Array.from(document.querySelectorAll("#messages .message"), (message) => {
    const bubble = message.querySelector(".bubble");
    const ours = Array.from(message.querySelectorAll("p.part"), (part) => part.textContent).join();
    const lettered = Array.from(message.querySelectorAll(".part, .choices button"));
    const boxes = [bubble, ...lettered, ...message.querySelectorAll("img")];
    const words = (box) => {
        const range = document.createRange();
        range.selectNodeContents(box);
        return range.getBoundingClientRect();
    };
    const beyond = (one, other) => one.left < other.left || one.right > other.right + 1;
    const screen = { left: 0, right: innerWidth };
    const faults = {
        empty: !bubble.innerText.trim() && !bubble.querySelector("img"),
        outside: boxes.some((box) => beyond(box.getBoundingClientRect(), screen)),
        "cut off": lettered.some((box) => beyond(words(box), box.getBoundingClientRect())),
        small: parseFloat(getComputedStyle(bubble).fontSize) < 16,
        "not in Chinese": /[A-Za-z]{3,}|[{}<>]/.test(ours.replace(/\\S+[.](pdf|png|jpg)/g, "")),
        "no picture": Array.from(message.querySelectorAll("img")).some((one) => !one.naturalWidth),
    };
    const found = Object.keys(faults).filter((fault) => faults[fault]);
    return found.length ? `${found}: ${message.innerText}` : "";
}).filter(Boolean)"""
SIDEWAYS = "() => Math.max(document.documentElement.scrollWidth, document.getElementById('frame').scrollWidth)"


def test_an_officer_answers_all_sixty_indicators_bonus_and_veto(
    phone: BrowserContext, server: Server, camera: Camera
) -> None:
    page = phone.new_page()
    page.goto(server.url)
    camera.shoot(page, "roles")
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH
    officer = Assessor(open_role(page, "示范区人社局", "法制科 法治联络员"))
    officer.say("菜单")
    officer.press("指标自评")
    first_items(officer, phone, camera)
    figures(officer, camera)
    halfway(officer, camera)
    while "自评已全部答完" not in officer.shown.text:
        officer.answer()
    assert "符合 56/适用 58 = 96.5%（按60项 93.3%）" in officer.shown.text
    assert "两项比例均已达标" in officer.shown.text
    chat = officer.page
    assert chat.evaluate(UNREADABLE) == []
    assert chat.evaluate(SIDEWAYS) <= WIDTH
    expect(chat.locator("#pending .message")).to_have_count(0)


def first_items(officer: Assessor, phone: BrowserContext, camera: Camera) -> None:
    """A wrong answer, a photo, two files at once, a step back, and a change of what was answered before."""
    officer.answer_until(2)
    assert officer.say("大概可以吧").text.startswith("请按下面的按钮")
    officer.answer_until(3)
    bring_evidence(officer, phone, camera)
    officer.answer_until(5)
    officer.press("符合")
    assert "现在是“符合”" in officer.press("返回").text
    officer.answer_until(6)
    assert "您已答：符合" in officer.say("改1").text
    officer.press("改说明")
    officer.say("“五办”事项增至226项，平均办理时限压缩至法定时限的三成。")
    assert officer.number == 6


def bring_evidence(officer: Assessor, phone: BrowserContext, camera: Camera) -> None:
    """A photo for one item, dated by its name; a document and a picture for the next, whose date is asked once."""
    yesterday = datetime.now(ZONE).date() - timedelta(days=1)
    officer.press("符合")
    officer.answer()
    name = f"大厅公开栏_{yesterday:%Y%m%d}.jpg"
    told = officer.send_files(photo(phone, name)).text
    assert f"证-0001 已入库：{name}（{yesterday}，在计算期间内）" in told
    camera.shoot(officer.page, "evidence")
    officer.press("没有了，下一项")
    officer.press("符合")
    officer.answer()
    officer.send_files(
        file("涉企经营许可改革清单.pdf", "application/pdf", sample_files.pdf()),
        file("平台截图.png", "image/png", sample_files.png(40, 30)),
    )
    assert "在计算期间内" in officer.press("今天").text
    officer.press("没有了，下一项")


def figures(officer: Assessor, camera: Camera) -> None:
    """A figure as it is spoken, then one that misses its threshold and is corrected."""
    officer.answer_until(11)
    officer.press("符合")
    assert "92%，达标" in officer.answer().text
    assert "未达到80%" in officer.say("78").text
    camera.shoot(officer.page, "indicator")
    officer.press("更正数字")
    assert "87%，达标" in officer.answer().text


def halfway(officer: Assessor, camera: Camera) -> None:
    """Everything at a glance, and on from there."""
    officer.answer_until(31)
    assert "进度 30/60" in officer.say("目录").text
    camera.shoot(officer.page, "overview")
    officer.press("继续第31项")
    desktop(officer.page, camera)


def desktop(page: Page, camera: Camera) -> None:
    """The same page on a wide screen."""
    page.set_viewport_size({"width": 1280, "height": 800})
    camera.shoot(page, "desktop")
    page.set_viewport_size({"width": WIDTH, "height": 844})


def file(name: str, kind: str, content: bytes) -> FilePayload:
    """A file as one chooses it."""
    return {"name": name, "mimeType": kind, "buffer": content}
