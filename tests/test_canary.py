"""What must not be kept or told is sent through a real server every way there is, and then looked for everywhere."""

from __future__ import annotations

import re
import shutil
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from models import joining
from models.database import open_database
from models.vault import Vault
from tests import sample_secrets
from tests.canaries import BREAK, SECRET, Running, Tab, files_with, found_in_tables, until
from tests.world import demo_database

ON_FILE, CHANGED, TAKEN = "13812345671", "13912345672", "13712345673"
"""Mobile numbers: on file, typed instead of it, somebody else's."""
STOPPED = f"机密★5年\n金丝雀甲文，{BREAK}"
UNANSWERED = f"附件是机密文件，金丝雀乙文，{BREAK}"
LABEL = "绝密★金丝雀丙签"
NAMED = "金丝雀丁名（机密）.docx"
KEPT = "可以留下的一句话"
INSIDE, INSIDE_NAME = "金丝雀戊文", "金丝雀己名.docx"
LINES = ("000001", "机密★5年", INSIDE)

MAY_STAND: dict[str, set[tuple[str, str]]] = {
    CHANGED: {("person", "mobile")},
    TAKEN: {("person", "mobile")},
}
"""The columns in which a canary may be found. ON_FILE was corrected, and is nowhere any more."""


def say_what_must_not_be_kept(tab: Tab) -> None:
    """Everything that is stopped or asked about, in turns that succeed and in turns that break."""
    tab.say(KEPT)
    for text in (STOPPED, STOPPED.replace(BREAK, ""), UNANSWERED, UNANSWERED.replace(BREAK, "")):
        tab.say(text)
    assert "是否涉密" in tab.told()
    tab.say("涉密，不保存")
    tab.press("menu-0-0", LABEL)
    assert "没有保存" in tab.told()
    assert tab.send(NAMED, b"x" * 100) == 422
    for extension, make in sample_secrets.SAYING.items():
        assert tab.send(INSIDE_NAME.replace("docx", extension), make(*LINES)) == 200
        until(lambda: "文件开头标有密级" in tab.told(), f"a marked .{extension} was not stopped")
        tab.say("菜单")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> tuple[Running, Path, list[str]]:
    """A server for real work through which everything went, now ended; its database; what must be nowhere."""
    folder = tmp_path_factory.mktemp("canary")
    place = folder / "data" / "assistant.sqlite3"
    place.parent.mkdir()
    shutil.copy(demo_database(), place)
    code = _prepare(place)
    server = Running(folder, "serve")
    with server.running(), server.browser() as browser:
        tab, session = _join(browser, code)
        say_what_must_not_be_kept(tab)
        for text in (f"{code} {BREAK}", code, f"我的新号{CHANGED}", f"{CHANGED} {BREAK}"):
            tab.say(text)
        tab.say("更正我的信息")
        for text in ("手机", TAKEN, f"{CHANGED}0", CHANGED):
            tab.say(text)
        assert "已更正" in tab.told()
        token = _sign_in_by_link(server, tab)
    return server, place, [SECRET, session, token, code, code.replace("-", ""), ON_FILE]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Running:
    """A demo through which everything went that must not be kept there either, now ended."""
    folder = tmp_path_factory.mktemp("demo")
    server = Running(folder, "demo")
    with server.running(), server.browser() as browser:
        first = re.search(r"/chat\?as=\d+", browser.get("/").text)
        assert first is not None
        say_what_must_not_be_kept(Tab(browser, first[0]))
    return server


TEXTS = ["金丝雀甲文", "金丝雀乙文", "金丝雀丙签", "金丝雀丁名", INSIDE, "金丝雀己名"]


def test_no_table_has_what_must_not_be_kept(served: tuple[Running, Path, list[str]]) -> None:
    _, place, secrets = served
    for canary in [*TEXTS, *secrets, CHANGED, TAKEN]:
        assert found_in_tables(place, canary) == MAY_STAND.get(canary, set()), canary


def test_what_may_be_kept_is_found(served: tuple[Running, Path, list[str]]) -> None:
    """The search is worth something."""
    _, place, _ = served
    assert found_in_tables(place, KEPT) == {("outgoing", "body")}
    assert files_with(place.parent, KEPT) == [place.name]


def test_no_file_has_what_must_not_be_kept(served: tuple[Running, Path, list[str]]) -> None:
    _, place, secrets = served
    for canary in [*TEXTS, *secrets]:
        assert files_with(place.parent, canary) == [], canary
    for canary in (CHANGED, TAKEN):
        assert set(files_with(place.parent, canary)) <= {place.name}


def test_no_log_tells_it(served: tuple[Running, Path, list[str]]) -> None:
    server, _, secrets = served
    told = server.told()
    assert told.count("turn failed") == 4, "the turns were meant to fail"
    assert [canary for canary in [*TEXTS, *secrets, CHANGED, TAKEN] if canary in told] == []


def test_a_demo_keeps_and_tells_as_little(demo: Running) -> None:
    for canary in [*TEXTS, SECRET]:
        assert files_with(demo.folder / "data", canary) == [], canary
        assert canary not in demo.told()


def _prepare(place: Path) -> str:
    """Make real bureaus of the demo's, with mobile numbers on file; a code for somebody of them."""
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("DELETE FROM meta WHERE key = 'demo'")
        connection.execute("DELETE FROM address")
        connection.execute("UPDATE post SET starts_on = '2020-01-01'")
        liaisons = "SELECT id FROM person WHERE name = '法制科法治联络员' ORDER BY id DESC LIMIT 2"
        (first,), (second,) = connection.execute(liaisons).fetchall()
        for person, mobile in ((first, ON_FILE), (second, TAKEN)):
            connection.execute("UPDATE person SET mobile = ? WHERE id = ?", (mobile, person))
        connection.commit()
    vault = Vault(SECRET.encode())
    database = open_database(f"sqlite:///{place}")
    name = database.write(lambda db: joining.issue(db, vault, first, None, datetime.now(UTC))).result()
    database.close()
    return vault.code(name)


def _join(browser: httpx.Client, code: str) -> tuple[Tab, str]:
    """Join with a wrong code, wrong figures and then the right ones; the tab, and the session in its cookie."""
    for said_code, digits in (("0000-0000-0000", ON_FILE[-4:]), (code, "0000"), (code, ON_FILE[-4:])):
        answer = browser.post("/join", json={"id": str(uuid.uuid4()), "code": said_code, "digits": digits})
    assert answer.status_code == 200
    return Tab(browser), browser.cookies["session"]


def _sign_in_by_link(server: Running, tab: Tab) -> str:
    """Open a one-time link twice, and one that is none; its token."""
    tab.say("网页登录")
    found = re.search(r"/enter#(\S+)", tab.told())
    assert found is not None
    for token, is_in in ((found[1], True), (found[1], False), ("x" * 43, False)):
        with server.browser() as other:
            answer = other.post("/enter", json={"id": str(uuid.uuid4()), "token": token})
        assert answer.is_success is is_in
    return found[1]
