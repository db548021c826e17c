"""Uploading on the chat page: told before it is tried, and going on after every cut."""

import hashlib

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e.fake_chat import FakeChat
from tests.e2e.reader import come_back, on_a_desktop, open_chat, say, until


def file(name: str, size: int, mime: str = "application/octet-stream") -> FilePayload:
    return {"name": name, "mimeType": mime, "buffer": bytes(i % 251 for i in range(size))}


def digest(payload: FilePayload) -> str:
    return hashlib.sha256(payload["buffer"]).hexdigest()


def send(page: Page, *files: FilePayload) -> None:
    page.locator("#files").set_input_files(files)


def row(page: Page, name: str) -> Locator:
    return page.locator(".upload").filter(has_text=name)


def test_two_files_go_on_from_where_they_were_cut_off_while_the_chat_goes_on(page: Page, fake: FakeChat) -> None:
    open_chat(page, fake)
    plan, picture = file("方案.pdf", 300_000), file("大厅.jpg", 100_000)
    fake.breaking_at = 150_000
    send(page, plan, picture)
    expect(row(page, "方案.pdf")).to_contain_text("50%")
    expect(row(page, "方案.pdf")).to_contain_text("网络中断，恢复后自动续传")
    expect(row(page, "大厅.jpg")).to_contain_text("等待上传")
    say(page, "继续")
    until(page, lambda: fake.heard() == ["继续"])
    fake.holding = False
    come_back(page)
    expect(row(page, "大厅.jpg")).to_contain_text("已上传")
    assert fake.digests() == {"方案.pdf": digest(plan), "大厅.jpg": digest(picture)}
    fake.speak("证-0041、证-0042 已入库。")
    expect(page.locator(".upload")).to_have_count(0)


def test_a_file_chosen_again_after_a_reload_goes_on_where_it_was(page: Page, fake: FakeChat) -> None:
    open_chat(page, fake)
    plan = file("方案.pdf", 200_000)
    fake.breaking_at = 130_000
    send(page, plan)
    expect(row(page, "方案.pdf")).to_contain_text("65%")
    page.reload()
    expect(row(page, "方案.pdf")).to_contain_text("重新选择该文件")
    fake.holding = False
    send(page, plan)
    expect(row(page, "方案.pdf")).to_contain_text("已上传")
    assert fake.digests() == {"方案.pdf": digest(plan)}
    assert len({opened["id"] for opened in fake.opened}) == 1


def test_what_cannot_be_taken_is_refused_before_anything_is_sent(page: Page, fake: FakeChat) -> None:
    fake.max_bytes = 1024 * 1024
    open_chat(page, fake)
    send(page, file("软件.exe", 10), file("很大.pdf", 1024 * 1024 + 1), file("空.txt", 0))
    expect(row(page, "软件.exe")).to_contain_text("不支持该类文件，未上传。可发送：pdf docx txt jpg png。")
    expect(row(page, "很大.pdf")).to_contain_text("超过 1 MB 的上限，未上传。")
    expect(row(page, "空.txt")).to_contain_text("文件是空的")
    for name in ("软件.exe", "很大.pdf", "空.txt"):
        page.get_by_role("button", name=f"知道了，收起 {name}").click()
    expect(page.locator(".upload")).to_have_count(0)
    assert fake.opened == []


def test_a_cancelled_file_makes_way_for_the_next(page: Page, fake: FakeChat) -> None:
    open_chat(page, fake)
    fake.breaking_at = 70_000
    send(page, file("方案.pdf", 200_000), file("大厅.jpg", 60_000))
    expect(row(page, "方案.pdf")).to_contain_text("35%")
    page.get_by_role("button", name="取消上传 方案.pdf").click()
    expect(row(page, "方案.pdf")).to_have_count(0)
    until(page, lambda: fake.cancelled == [fake.opened[0]["id"]])
    fake.holding = False
    expect(row(page, "大厅.jpg")).to_contain_text("已上传")


def test_pictures_chosen_in_one_go_are_announced_as_one_album_before_the_first_goes(page: Page, fake: FakeChat) -> None:
    open_chat(page, fake)
    fake.breaking_at = 50_000
    pictures = [file(f"大厅{number}.jpg", 60_000, "image/jpeg") for number in (1, 2)]
    send(page, pictures[0], file("方案.pdf", 10_000), pictures[1])
    until(page, lambda: len(fake.opened) == 2)
    assert [opened["name"] for opened in fake.opened] == ["大厅1.jpg", "大厅2.jpg"]
    assert len({opened["album"] for opened in fake.opened}) == 1
    expect(row(page, "大厅1.jpg")).to_contain_text("恢复后自动续传")
    fake.holding = False
    come_back(page)
    for name in ("大厅1.jpg", "方案.pdf", "大厅2.jpg"):
        expect(row(page, name)).to_contain_text("已上传")
    assert "album" not in next(opened for opened in fake.opened if opened["name"] == "方案.pdf")
    send(page, file("单张.jpg", 60_000, "image/jpeg"))
    expect(row(page, "单张.jpg")).to_contain_text("已上传")
    assert "album" not in fake.opened[-1]


@on_a_desktop
def test_a_picture_is_pasted_but_not_the_picture_of_a_pasted_text(page: Page, fake: FakeChat) -> None:
    open_chat(page, fake)
    paste = """text => {
        const data = new DataTransfer();
        data.items.add(new File(["x"], `${text || "截图"}.png`, { type: "image/png" }));
        if (text) data.setData("text/plain", text);
        document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, cancelable: true }));
    }"""
    page.evaluate(paste, "表格")
    page.evaluate(paste, "")
    expect(page.locator(".upload")).to_have_count(1)
    expect(row(page, "截图.png")).to_contain_text("已上传")
