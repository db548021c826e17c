"""The progress picture, as work draws it: words, the program that draws started, and its PNG taken."""

from __future__ import annotations

import time

from bot.documents import charts
from handlers.progress import WIDTH
from tests.sample_progress import SIXTY, shown


def drawn(times: int) -> list[float]:
    """Milliseconds that each of so many pictures took."""
    context, taken = shown(SIXTY), []
    for _ in range(times):
        begun = time.perf_counter()
        charts.png("progress", WIDTH, **context)
        taken.append(1000 * (time.perf_counter() - begun))
    return taken
