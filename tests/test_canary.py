"""What must not be kept or told is sent through a real server every way there is, and then looked for everywhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from models import joining
from models.database import open_database
from models.vault import Vault
from tests import sample_secrets
from tests.e2e.server import FOREIGN
from tests.world import demo_database

ROOT = Path(__file__).parent.parent
PATIENCE = 30
"""Seconds after which a server that should have answered has not."""

SECRET = "canary-secret-key-0123456789-abcdefghij"
ON_FILE, CHANGED, TAKEN = "13812345671", "13912345672", "13712345673"
"""Mobile numbers: on file, typed instead of it, somebody else's."""
BREAK = "这一步出错"
"""Where it is said, the turn fails when everything in it is done."""
STOPPED = f"机密★5年\n金丝雀甲文，{BREAK}"
UNANSWERED = f"附件是机密文件，金丝雀乙文，{BREAK}"
LABEL = "绝密★金丝雀丙签"
NAMED = "金丝雀丁名（机密）.docx"
INSIDE, INSIDE_NAME = "金丝雀戊文", "金丝雀己名.docx"
LINES = ("000001", "机密★5年", INSIDE)

BROKEN_SERVER = f"""
import sys
from bot import router
dispatch = router.dispatch
def breaks(turn):
    dispatch(turn)
    if {BREAK!r} in (turn.inbound.text or ""):
        raise RuntimeError(turn.inbound.text)
router.dispatch = breaks
from bot.__main__ import cli
sys.argv[1:] = {{arguments}}
cli()
"""

MAY_STAND: dict[str, set[tuple[str, str]]] = {
    CHANGED: {("person", "mobile")},
    TAKEN: {("person", "mobile")},
}
"""The columns in which a canary may be found. ON_FILE was corrected, and is nowhere any more."""


class Running:
    """`python -m bot` in a process of its own, whose every word is kept."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self._arguments = folder, list(arguments)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """From listening to its end in good order."""
        kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
        told = {
            "DATA_DIR": str(self.folder / "data"),
            "SECRET_KEY": SECRET,
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
        }
        source = BROKEN_SERVER.format(arguments=self._arguments)
        with (self.folder / "told").open("w") as told_to:
            process = subprocess.Popen(
                [sys.executable, "-c", source], cwd=self.folder, stdout=told_to, stderr=subprocess.STDOUT,
                env=kept | told | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            )  # fmt: skip
            try:
                until(lambda: self._listens(process), "the server does not listen")
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE)

    def browser(self) -> httpx.Client:
        """A browser that has not been here."""
        return httpx.Client(base_url=self.url, timeout=PATIENCE)

    def told(self) -> str:
        """Everything that it wrote to its output and its log."""
        return (self.folder / "told").read_text("utf-8")

    def _listens(self, process: subprocess.Popen[bytes]) -> bool:
        assert process.poll() is None, self.told()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Tab:
    """A browser's tab with the chat page, driven by its calls."""

    def __init__(self, http: httpx.Client, page: str = "/") -> None:
        self.http = http
        self._page = page

    def say(self, text: str) -> None:
        assert self._call("POST", "/api/say", json={"id": str(uuid.uuid4()), "text": text}).status_code == 200

    def press(self, token: str, label: str) -> None:
        said = {"id": str(uuid.uuid4()), "press": token, "label": label}
        assert self._call("POST", "/api/say", json=said).status_code == 200

    def send(self, name: str, data: bytes) -> int:
        """Send a file, whole unless it is turned down; the status of its announcement."""
        announced = self._call("POST", "/api/uploads", json={"id": str(uuid.uuid4()), "name": name, "size": len(data)})
        if announced.status_code == 200:
            headers = {"Upload-Offset": "0"}
            self._call("PATCH", f"/api/uploads/{announced.json()['upload']}", content=data, headers=headers)
        return announced.status_code

    def told(self) -> str:
        """The last thing that the assistant said."""
        messages = self._call("GET", "/api/messages").json()["messages"]
        return "\n".join(part["text"] for part in messages[-1]["parts"])

    @property
    def key(self) -> str:
        found = re.search('data-key="([^"]+)"', self.http.get(self._page).text)
        assert found is not None
        return found[1]

    def _call(self, method: str, path: str, headers: dict[str, str] | None = None, **what: Any) -> httpx.Response:
        return self.http.request(method, path, headers={"x-key": self.key} | (headers or {}), **what)


def until(true: Callable[[], bool], otherwise: str) -> None:
    """Wait for something to come true. AssertionError: it does not."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)


def say_what_must_not_be_kept(tab: Tab) -> None:
    """Everything that is stopped or asked about, in turns that succeed and in turns that break."""
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


def found_in_tables(place: Path, canary: str) -> set[tuple[str, str]]:
    """The columns of all tables in which a canary stands, as it is or as JSON writes it."""
    found = set()
    with closing(sqlite3.connect(place)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            query = connection.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in query.description]
            for row in query:
                found |= {
                    (table, column) for column, value in zip(columns, row, strict=True) if stands_in(canary, value)
                }
    return found


def stands_in(canary: str, value: Any) -> bool:
    return any(form in str(value) for form in (canary, json.dumps(canary)[1:-1]))


def files_with(folder: Path, canary: str) -> list[str]:
    forms = {canary.encode(), json.dumps(canary)[1:-1].encode(), canary.encode("utf-16-le"), canary.encode("gb18030")}
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files if any(form in path.read_bytes() for form in forms)]


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
