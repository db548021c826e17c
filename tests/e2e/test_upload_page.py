"""The upload page on a narrow phone, on the real server: several files, a connection that breaks, the keyboard alone."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import uvicorn
from playwright.sync_api import BrowserContext, FileChooser, FilePayload, Locator, Page, Route, expect

from bot import hidden
from bot.messages import Inbound
from models import people, upload_links
from models.evidence import Evidence
from tests import sample_files as samples
from tests.e2e.reader import come_back, until
from tests.narrow_chat import CONTACT, MEGABYTE, Chat
from tests.web_site import WebSite
from tests.world import VAULT

NARROW = {"width": 360, "height": 740}
TOO_SMALL = """() => Array.from(document.querySelectorAll("p, li span, button, section")).filter((one) => {
    const low = one.matches("button") && one.offsetHeight < 48;
    return one.offsetHeight && one.textContent && (low || parseFloat(getComputedStyle(one).fontSize) < 16);
}).map((one) => one.outerHTML)"""
CUT, REFUSED = re.compile("ERR_FAILED|503|ERR_INTERNET_DISCONNECTED"), re.compile("40[13]|422")


class Live(WebSite):
    """The web server as it is for real work, listening, and a chat beside it that brings no large files."""

    def __init__(self, folder: Path) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.chat = Chat()
        super().__init__(folder, site=f"http://127.0.0.1:{listener.getsockname()[1]}", starts=False, beside=[self.chat])
        config = uvicorn.Config(self.web, log_config=None, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()
        self.who = self.person(CONTACT)
        have = lambda db: people.have_address(db, self.who, Chat.name, "1")  # noqa: E731
        self.app.database.write(have).result()

    def say(self, *texts: str) -> str:
        """What is answered in the chat to the last of some texts."""
        said = ""
        for text in texts:
            rows = self.app.assistant.receive(Inbound(Chat.name, "1", str(uuid.uuid4()), text=text)).result()
            said = "\n".join(part for row in rows for _, part in hidden.shown(row.body, VAULT).get("parts", ()))
        return said

    def link(self) -> str:
        """The address of an upload page, made now."""
        found = re.search(rf"{self.site}/upload#\S+", self.say("上传文件"))
        assert found
        return found[0]

    def stored(self) -> dict[str, str]:
        """The hash of every file that is here, by name."""
        rows = self.rows(sa.select(Evidence.name, Evidence.sha256).where(Evidence.stage == "stored"))
        return {row.name: row.sha256 for row in rows}

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    live = Live(tmp_path)
    yield live
    live.close()


@pytest.fixture
def page(phone: BrowserContext) -> Page:
    page = phone.new_page()
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def video(name: str, size: int) -> FilePayload:
    data = samples.mp4() + samples.box(b"free", name.encode())
    rest = size - len(data) - 8
    return {"name": name, "mimeType": "video/mp4", "buffer": data + samples.box(b"free", bytes(rest))}


def digest(file: FilePayload) -> str:
    return hashlib.sha256(file["buffer"]).hexdigest()


def fits(page: Page) -> None:
    """Nothing is cut off sideways, all type is large, and everything to press is as large as a finger."""
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert page.evaluate(TOO_SMALL) == []


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def row(page: Page, name: str) -> Locator:
    return page.locator(".upload").filter(has_text=name)


def opened(page: Page, live: Live) -> Page:
    page.goto(live.link())
    expect(button(page, "选择文件")).to_be_focused()
    return page


def send(page: Page, *files: FilePayload) -> None:
    page.locator("#files").set_input_files(list(files))


def told(page: Page) -> Locator:
    return page.locator("#told")


class Line:
    """The line between the page and the server, for the parts of files: it can be cut."""

    def __init__(self, page: Page, after: int) -> None:
        """`after`: so many parts still go through."""
        self.whole = False
        self.left = after
        self.offsets: list[str] = []
        page.route("**/api/link/uploads/*", self._pass)

    def _pass(self, route: Route) -> None:
        request = route.request
        if request.method == "PATCH":
            self.offsets.append(request.headers["upload-offset"])
            self.left -= 1
        if self.whole or self.left >= 0:
            route.continue_()
        else:
            route.abort()


def test_several_files_one_after_the_other_and_then_back_to_the_chat(page: Page, live: Live) -> None:
    live.say("改1", "符合", "跳过")
    opened(page, live)
    assert page.url == f"{live.site}/upload"  # the token is in no history
    expect(page.locator("#purpose")).to_have_text("第 1 项的佐证材料")
    expect(page.get_by_text("每份不超过 200 MB，可一次选多份")).to_be_visible()
    fits(page)
    files = [video(f"大厅录像{number} 2026-06-30.mp4", number * 1_200_000) for number in (1, 2, 3)]
    send(page, *files)
    expect(told(page)).to_have_text("已上传 3 份，可以回到聊天窗口。 是否入库，在聊天里告诉您。")
    expect(page.locator("#percent")).to_have_text("100%")
    expect(page.locator(".upload .word")).to_have_text(["已收到"] * 3)
    fits(page)
    until(page, lambda: live.stored() == {file["name"]: digest(file) for file in files})
    button(page, "完成").click()
    expect(page.get_by_role("alert")).to_have_text("已上传 3 份，可以回到聊天窗口。本页可以关闭。")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(button(page, "选择文件")).to_be_hidden()
    fits(page)


def test_a_connection_that_breaks_and_comes_back_costs_nothing_that_is_here(
    page: Page, live: Live, complaints: list[str]
) -> None:
    opened(page, live)
    line = Line(page, after=1)
    first, second = video("大厅.mp4", 2 * MEGABYTE), video("窗口.mp4", MEGABYTE)
    send(page, first, second)
    expect(row(page, "大厅.mp4")).to_contain_text("网络中断，恢复后自动续传")
    expect(row(page, "大厅.mp4")).to_contain_text("50%")
    expect(page.get_by_role("progressbar", name="大厅.mp4 上传进度")).to_be_visible()
    expect(row(page, "窗口.mp4")).to_contain_text("等待上传")
    expect(told(page)).to_have_text("正在上传，已收到 0/2 份。 请不要关闭本页。")
    expect(page.locator("#percent")).to_have_text("33%")
    fits(page)
    line.whole = True
    come_back(page)
    expect(told(page)).to_contain_text("已上传 2 份")
    until(page, lambda: live.stored() == {"大厅.mp4": digest(first), "窗口.mp4": digest(second)})
    assert line.offsets[0] == "0"
    assert line.offsets.count("0") == 2  # each file's beginning went once
    complaints[:] = [one for one in complaints if not CUT.search(one)]


def test_a_link_that_ran_out_meanwhile_is_followed_by_another_which_goes_on(
    page: Page, live: Live, complaints: list[str]
) -> None:
    opened(page, live)
    line = Line(page, after=1)
    film = video("大厅.mp4", 2 * MEGABYTE)
    send(page, film)
    expect(row(page, "大厅.mp4")).to_contain_text("网络中断")
    live.clock.pass_(seconds=upload_links.LASTS.total_seconds())
    line.whole = True
    come_back(page)
    expect(page.get_by_role("alert")).to_contain_text("上传页已经结束")
    expect(row(page, "大厅.mp4")).to_contain_text("未传完")
    fits(page)
    page.goto("about:blank")
    opened(page, live)
    expect(row(page, "大厅.mp4")).to_contain_text("将从断点续传")
    line.offsets.clear()
    send(page, film)
    expect(told(page)).to_contain_text("已上传 1 份")
    assert line.offsets[0] == str(MEGABYTE)
    until(page, lambda: live.stored() == {"大厅.mp4": digest(film)})
    complaints.clear()


def test_one_file_is_cancelled_and_the_next_goes(page: Page, live: Live, complaints: list[str]) -> None:
    opened(page, live)
    line = Line(page, after=1)
    send(page, video("大厅.mp4", 2 * MEGABYTE), video("窗口.mp4", MEGABYTE))
    expect(row(page, "大厅.mp4")).to_contain_text("50%")
    button(page, "取消上传 大厅.mp4").click()
    expect(row(page, "大厅.mp4")).to_have_count(0)
    line.whole = True
    come_back(page)
    expect(told(page)).to_contain_text("已上传 1 份")
    until(page, lambda: list(live.stored()) == ["窗口.mp4"])
    complaints[:] = [one for one in complaints if not CUT.search(one)]


def test_what_cannot_be_taken_is_said_before_it_is_sent_or_by_the_server(
    page: Page, live: Live, complaints: list[str]
) -> None:
    opened(page, live)
    send(page, {"name": "软件.exe", "mimeType": "", "buffer": b"MZ"}, {"name": "空.txt", "mimeType": "", "buffer": b""},
         {"name": "机密★方案.pdf", "mimeType": "", "buffer": b"x"})  # fmt: skip
    expect(row(page, "软件.exe")).to_contain_text("不支持这类文件，未上传。可上传的类型见上。")
    expect(row(page, "空.txt")).to_contain_text("文件是空的")
    expect(row(page, "机密★方案.pdf")).to_contain_text("请不要在这里发涉密内容。")
    fits(page)
    for name in ("软件.exe", "空.txt", "机密★方案.pdf"):
        button(page, f"知道了，收起 {name}").click()
    expect(page.locator(".upload")).to_have_count(0)
    expect(button(page, "选择文件")).to_be_focused()
    expect(told(page)).to_be_hidden()
    complaints[:] = [one for one in complaints if not REFUSED.search(one)]


def test_everything_can_be_done_and_heard_without_touching_the_screen(page: Page, live: Live) -> None:
    choosing: list[FileChooser] = []
    page.on("filechooser", lambda chooser: choosing.append(chooser))  # noqa: PLW0108  (a bound method it does not take)
    opened(page, live)
    page.keyboard.press("Tab")
    expect(button(page, "拍照")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(button(page, "选择文件")).to_be_focused()
    page.keyboard.press("Enter")
    until(page, lambda: choosing)
    assert choosing[0].is_multiple()
    choosing[0].set_files([video("大厅.mp4", MEGABYTE)])
    expect(page.get_by_role("status").filter(has_text="已上传 1 份")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="已收到")).to_be_visible()
    expect(page.get_by_role("progressbar", name="总进度")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(button(page, "完成")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("可以回到聊天窗口")


def test_the_camera_takes_pictures_only(page: Page, live: Live) -> None:
    opened(page, live)
    camera = page.locator("#camera")
    assert (camera.get_attribute("accept"), camera.get_attribute("capture")) == ("image/*", "environment")
    camera.set_input_files({"name": "image.jpg", "mimeType": "image/jpeg", "buffer": samples.jpg()})
    expect(told(page)).to_contain_text("已上传 1 份")


def test_a_reload_keeps_the_page_and_another_browser_gets_one_sentence(
    page: Page, live: Live, new_phone: Callable[[], BrowserContext], complaints: list[str]
) -> None:
    link = live.link()
    page.goto(link)
    expect(button(page, "选择文件")).to_be_focused()
    page.reload()
    expect(button(page, "选择文件")).to_be_focused()
    page.goto("about:blank")
    page.goto(link)  # tapped again in the chat
    expect(button(page, "选择文件")).to_be_focused()
    forwarded = new_phone().new_page()
    forwarded.set_viewport_size(NARROW)  # type: ignore[arg-type]
    forwarded.goto(link)
    expect(forwarded.get_by_role("alert")).to_have_text("这个上传链接已在别的浏览器里打开，请回到聊天窗口重新索取。")
    fits(forwarded)
    forwarded.goto(f"{live.site}/upload")
    expect(forwarded.get_by_role("alert")).to_have_text("链接不完整，请回到聊天窗口，重新打开收到的链接。")
    complaints[:] = [one for one in complaints if not REFUSED.search(one)]
