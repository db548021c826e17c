"""A real server that breaks when it is told to, a tab of its page, and the search for what must be nowhere."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.server import FOREIGN

ROOT = Path(__file__).parent.parent
PATIENCE = 30
"""Seconds after which a server that should have answered has not."""

SECRET = "canary-secret-key-0123456789-abcdefghij"
BREAK = "这一步出错"
"""Where it is said, the turn fails when everything in it is done."""

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
