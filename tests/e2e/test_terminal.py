"""The same person goes on in a terminal, in the middle of a question that the web page asked, and back again."""

import queue
import subprocess
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.e2e.officer import Officer
from tests.e2e.server import Server, open_role

BUREAU = "西河市人社局"
PATIENCE_SECONDS = 20


class Terminal:
    """`python -m bot chat`, typed into and read."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def types(self, line: str) -> None:
        """Type a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def sees(self, text: str) -> None:
        """Wait for a line in which this stands. queue.Empty: it never came."""
        while text not in self._lines.get(timeout=PATIENCE_SECONDS):
            pass

    def leave(self) -> int:
        """End the input; the exit code."""
        self._process.communicate()
        return self._process.returncode

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)


@pytest.fixture
def terminal(server: Server) -> Iterator[Terminal]:
    """A terminal of the bureau's contact, on the data that the server works on."""
    terminal = Terminal(server.terminal(f"{BUREAU}法制科法治联络员"))
    yield terminal
    terminal.leave()


def test_one_goes_on_in_the_terminal_and_back_on_the_page_in_mid_question(
    phone: BrowserContext, server: Server, terminal: Terminal
) -> None:
    page = phone.new_page()
    page.goto(server.url)
    officer = Officer(open_role(page, BUREAU, "法制科 法治联络员"))
    officer.say("改7")
    officer.press("符合")

    terminal.types("继续")
    terminal.sees("第 7/60 项")
    terminal.sees("请用一句话写明做法和成效")
    terminal.types("收费目录已公布")
    terminal.sees("请提供佐证")

    asked_back = officer.say("已在大厅公示").text
    assert "“已在大厅公示”是要替换第 7 项的说明吗？" in asked_back
    assert "请提供佐证" in officer.press("不用了，继续").text
    assert "第 8/60 项" in officer.press("暂无").text
    officer.press("符合")

    terminal.types("继续")
    terminal.sees("请用一句话写明做法和成效")
    terminal.types("返回")
    terminal.sees("您是要“返回”")
    terminal.types("返回")
    terminal.sees("现在是“符合”")
    terminal.types("不符合")
    terminal.sees("请用一句话写明差距和打算")
    assert "说明：收费目录已公布；佐证：暂无" in officer.say("改7").text
    assert terminal.leave() == 0
