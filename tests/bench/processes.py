"""Processes of a measurement, and what they cost."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
"""Seconds within which a process must end."""


class Process:
    """A running process, with what it costs as far as the system tells."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def memory(self) -> float | None:
        """Resident megabytes; None where the system does not tell."""
        with suppress(OSError):
            status = Path(f"/proc/{self._process.pid}/status").read_text()
            return int(status.partition("VmRSS:")[2].split()[0]) / 1024
        return None

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far; 0 where the system does not tell."""
        with suppress(OSError):
            used = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def line(self) -> str:
        """The next line that it prints. AssertionError: it has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"{self._process.args!r} ended"
        return line.strip()

    def order(self, what: Any) -> None:
        """Write a line of JSON to it."""
        assert self._process.stdin is not None
        print(json.dumps(what), file=self._process.stdin, flush=True)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)


@contextmanager
def started(*command: object, **settings: str) -> Iterator[Process]:
    """`python -m` with these arguments and settings in its environment; ended in good order."""
    process = subprocess.Popen(
        [sys.executable, "-m", *map(str, command)], cwd=ROOT, env=os.environ | {"PYTHONUTF8": "1"} | settings, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield Process(process)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
