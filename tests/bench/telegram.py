"""What goes through Telegram: answers by its webhook, and thousands of messages at its pace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.bench import sending, webhook
from tests.bench.sending import PACE, Delivered
from tests.bench.webhook import BARE, PRODUCT, Answered, Crowd, Run

AIMS = {"of bare": 0.5, "cpu": 0.6, "ideal": 1.15, "replies": 1000.0}
"""At least this part of the rate of the least that could answer; at most: seconds of CPU for 1,000 answers, times as long as
the pace alone asks for, milliseconds for 99 of 100 replies meanwhile."""


@dataclass(frozen=True)
class Scale:
    """How much is done."""

    crowd: Crowd
    messages: int
    runs: int


FULL = Scale(Crowd(200, 20), 5_000, 3)
QUICK = Scale(Crowd(5, 4), 40, 1)


@dataclass(frozen=True)
class Figures:
    """All that was measured."""

    answered: Answered
    delivered: Delivered


def measure(scale: Scale, folder: Path) -> Figures:
    """Measure both."""
    crowd = scale.crowd
    asked = webhook.world(folder / f"webhook-{crowd.people}", crowd.people)
    told = sending.world(folder / f"sending-{scale.messages}", scale.messages)
    return Figures(webhook.answered(asked, crowd, scale.runs), sending.delivered(told, scale.messages))


def show(figures: Figures) -> None:
    """Print all tables."""
    console = Console(width=None if Console().is_terminal else 132)
    for table in (_answers(figures.answered), _parts(figures.answered), _aims(figures)):
        console.print(table)


def _answers(answered: Answered) -> Table:
    people, runs = answered.crowd.people, len(answered.runs[PRODUCT])
    table = Table(title=f"Answers by Telegram's webhook, {people} people at once, medians of {runs} interleaved runs")
    table.add_column("what answers", no_wrap=True)
    for column in ("answers/s", "p50 ms", "p99 ms", "CPU s per 1,000", "memory MB", "the crowd's CPU"):
        table.add_column(column, justify="right")
    for name, made in answered.runs.items():
        known = [run.memory for run in made if run.memory is not None]
        table.add_row(
            name, f"{_median(made, lambda run: run.rate):,.0f}", f"{_median(made, lambda run: run.percentile(50)):.1f}",
            f"{_median(made, lambda run: run.percentile(99)):.1f}", f"{_median(made, lambda run: run.cpu_a_thousand):.2f}",
            f"{median(known):.0f}" if known else "unknown",
            f"{_median(made, lambda run: run.told.cpu / run.told.seconds):.0%}",
        )  # fmt: skip
    table.caption = "The crowd: Telegram and its people, a process of their own. At 100 % it would be what is measured."
    return table


def _parts(answered: Answered) -> Table:
    table = Table(title="Where an answer's CPU goes (looked at every millisecond)")
    table.add_column("part")
    for column in ("µs an answer", "%"):
        table.add_column(column, justify="right")
    whole = 1000 * _median(answered.runs[PRODUCT], lambda run: run.cpu_a_thousand)
    for part, share in sorted(answered.shares.items(), key=lambda item: -item[1]):
        table.add_row(part, f"{whole * share:.0f}", f"{100 * share:.0f}")
    return table


def _aims(figures: Figures) -> Table:
    answered, told = figures.answered, figures.delivered
    cpu = _median(answered.runs[PRODUCT], lambda run: run.cpu_a_thousand)
    table = Table("measured", "aim", "reached", "", title="Aims")

    def row(what: str, aim: str, reached: str, is_reached: bool) -> None:
        table.add_row(what, aim, reached, "[green]reached[/]" if is_reached else "[bold red]MISSED[/]")

    part = answered.of_bare
    row(f"rate, beside {BARE}", f"≥ {AIMS['of bare']:g} times", f"{part:.2f}", part >= AIMS["of bare"])
    row("CPU for 1,000 answers", f"≤ {AIMS['cpu']:g} s", f"{cpu:.2f} s", cpu <= AIMS["cpu"])
    failed = f"{told.failed} calls failed, {told.twice} arrived twice"
    row(f"{told.messages:,} messages at {PACE}/s ({failed}): lost", "0", f"{told.lost}", not told.lost)
    row("refused for being too fast (429)", "0", f"{told.refused}", not told.refused)
    row(f"twice without being marked ({told.marked} are)", "0", f"{told.unmarked}", not told.unmarked)
    row(
        "time, beside that which the pace asks for",
        f"≤ {AIMS['ideal']:g} times",
        f"{told.of_ideal:.2f}",
        told.of_ideal <= AIMS["ideal"],
    )
    what = f"99 of 100 replies meanwhile ({len(told.waits)} replies)"
    row(what, f"≤ {AIMS['replies']:g} ms", f"{told.p99:.0f} ms", told.p99 <= AIMS["replies"])
    return table


def _median(runs: list[Run], figure: Callable[[Run], float]) -> float:
    return median(map(figure, runs))
