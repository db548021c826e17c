"""The program with its event loop's CPU looked at every so often: python -m tests.bench.profiled serve.

A first SIGUSR1 begins it; a second one prints, as a line of JSON, the seconds that each part took since.
"""

from __future__ import annotations

import json
import runpy
import signal
import time
from collections import Counter
from types import FrameType

EVERY_SECONDS = 0.001
IN, OUT, OUTBOX, TURNS = "HTTP in", "HTTP out", "outbox: lanes, pace, marks", "turns: the database's thread"
REST = "event loop, sockets and the rest"
PARTS = {
    "uvicorn/server": REST, "uvicorn/_compat": REST,
    "aiohttp": OUT, "/yarl/": OUT, "/multidict/": OUT, "/telegram/request/": OUT, "telegram/sending": OUT,
    "telegram/transport": OUT, "telegram/writing": OUT,
    "uvicorn": IN, "starlette": IN, "telegram/webhook": IN, "telegram/intake": IN, "telegram/reading": IN,
    "bot/assistant": IN,
    "bot/outbox": OUTBOX,
}  # fmt: skip
"""By a piece of a file's name: what its code is for. The innermost frame that is known decides; the server's own run is the
outermost."""


class Samples:
    """The CPU of the first thread, by what it was found doing."""

    def __init__(self) -> None:
        self._spent: Counter[str] = Counter()
        self._parts: dict[str, str | None] = {}
        self._began: float | None = None
        self._last = 0.0

    def told(self, _number: int, _frame: FrameType | None) -> None:
        """Begin, or end."""
        if self._began is None:
            self._began, self._last = time.process_time(), time.thread_time()
            signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
            return
        signal.setitimer(signal.ITIMER_PROF, 0)
        self._spent[TURNS] = time.process_time() - self._began - sum(self._spent.values())
        print(json.dumps(self._spent), flush=True)

    def look(self, _number: int, frame: FrameType | None) -> None:
        """What this thread has spent since the last look was spent on what it does now."""
        now = time.thread_time()
        self._spent[self._part(frame)] += now - self._last
        self._last = now

    def _part(self, frame: FrameType | None) -> str:
        while frame is not None:
            name = frame.f_code.co_filename
            if name not in self._parts:
                self._parts[name] = next((part for piece, part in PARTS.items() if piece in name), None)
            if (part := self._parts[name]) is not None:
                return part
            frame = frame.f_back
        return REST


if __name__ == "__main__":
    samples = Samples()
    signal.signal(signal.SIGUSR1, samples.told)
    signal.signal(signal.SIGPROF, samples.look)
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
