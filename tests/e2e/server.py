"""The real assistant in a process of its own, on made-up bureaus in a folder of its own, killed and started at will."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")
FOREIGN = re.compile(r"(TELEGRAM|WECOM)_|DATABASE_URL$|CHANNELS$|PORT$|SECRET_KEY$")


class Server:
    """`python -m bot demo`, on the same port and data whenever it is started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """The address that it printed."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it listens. AssertionError: it ended instead, with what it wrote."""
        self._process = self._run("demo", "--port", str(self.port))
        assert self._process.stdout is not None
        printed = ""
        while (found := ADDRESS.search(printed)) is None:
            line = self._process.stdout.readline()
            assert line, f"the server did not start: {printed}{self.logged()}"
            printed += line
        self.port = int(found[1])

    def kill(self) -> None:
        """End it in the middle of whatever it is doing."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Let it end in good order."""
        self._end(signal.SIGTERM)

    def logged(self) -> str:
        """Everything written to the logs since the first start."""
        return self._log.read_text() if self._log.exists() else ""

    def terminal(self, called: str) -> subprocess.Popen[str]:
        """`python -m bot chat --as`, on the same data, its standard input and output piped."""
        return self._run("chat", "--as", called, stdin=subprocess.PIPE)

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _run(self, *arguments: str, stdin: int | None = None) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
        environment = kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "DATA_DIR": str(self.folder / "data")}
        command = [sys.executable, "-m", "bot", *arguments]
        with self._log.open("a") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=environment, stdin=stdin, stdout=subprocess.PIPE, stderr=log, text=True
            )

    def _end(self, by: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(by)
            self._process.communicate()
            self._process = None


def open_role(page: Page, bureau: str, called: str | re.Pattern[str]) -> Page:
    """Choose a role on the first page, the first one so called; the tab that it opens in."""
    with page.expect_popup() as opened:
        page.get_by_role("region", name=bureau).get_by_role("link", name=called).first.click()
    return opened.value
