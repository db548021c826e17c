"""What is stopped leaves the browser too; what is asked about is there to be sent again once it may be."""

from playwright.sync_api import BrowserContext, Page, expect

from tests import sample_secrets
from tests.e2e.officer import Officer
from tests.e2e.reader import field
from tests.e2e.server import Server, open_role

OFFICER = "就业促进科 法治联络员"
_KEPT = "() => JSON.stringify([{...sessionStorage}, {...localStorage}, document.body.innerText, text.value])"


def at_the_page(phone: BrowserContext, server: Server, bureau: str) -> Officer:
    page = phone.new_page()
    page.goto(server.url)
    return Officer(open_role(page, bureau, OFFICER))


def keeps(page: Page, text: str) -> bool:
    """Whether a text stands anywhere in the page or in what its tab remembers."""
    return text in page.evaluate(_KEPT)


def test_a_marked_text_leaves_the_page(phone: BrowserContext, server: Server) -> None:
    officer = at_the_page(phone, server, "东江市人社局")
    officer.page.locator("#text").fill("机密★5年 关于甲乙丙丁的通知")
    assert keeps(officer.page, "甲乙丙丁")
    assert "没有保存" in officer.say("机密★5年 关于甲乙丙丁的通知").text
    expect(officer.page.locator(".mine").last).to_contain_text("（内容未保存）")
    expect(officer.page.locator("#pending .message")).to_have_count(0)
    assert not keeps(officer.page, "甲乙丙丁")


def test_what_is_asked_about_comes_back_into_the_field_once_it_may_be_kept(
    phone: BrowserContext, server: Server
) -> None:
    officer = at_the_page(phone, server, "西河市人社局")
    assert "是否涉密" in officer.say("附件是机密文件目录").text
    expect(officer.page.locator("#pending .message")).to_have_count(0)
    assert not keeps(officer.page, "机密文件目录")
    officer.press("不涉密，继续")
    expect(field(officer.page)).to_have_value("附件是机密文件目录")
    officer.page.locator("#composer [type=submit]").click()
    officer.answered()
    expect(officer.page.locator(".mine").last).to_contain_text("附件是机密文件目录")


def test_what_is_said_to_be_secret_does_not_come_back(phone: BrowserContext, server: Server) -> None:
    officer = at_the_page(phone, server, "青山县人社局")
    officer.say("附件是机密文件目录")
    officer.press("涉密，不保存")
    expect(field(officer.page)).to_have_value("")
    assert not keeps(officer.page, "机密文件目录")


def test_a_marked_file_is_turned_down_or_taken_back(
    phone: BrowserContext, server: Server, complaints: list[str]
) -> None:
    officer = at_the_page(phone, server, "临港县人社局")
    marked = sample_secrets.docx("机密★5年", "关于某某的通知")
    files = officer.page.locator("#files")
    files.set_input_files({"name": "通知（机密）.docx", "mimeType": "", "buffer": marked})
    expect(officer.page.locator("#uploads .word")).to_contain_text("请不要在这里发涉密内容")
    officer.page.locator("#uploads").get_by_role("button").click()
    files.set_input_files({"name": "子丑寅卯.docx", "mimeType": "", "buffer": marked})
    officer.sees("文件开头标有密级，没有保存。")
    expect(officer.page.locator(".mine").last).to_have_text("我：（内容未保存）")
    assert not keeps(officer.page, "子丑寅卯")
    officer.page.reload()
    expect(officer.page.locator(".mine").last).to_have_text("我：（内容未保存）")
    assert all("422" in one for one in complaints)
    complaints.clear()
