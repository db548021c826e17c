"""The figures as tables: medians, and beside each aim what was reached."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.bench.measuring import TURNS, Case, Figures
from tests.bench.statements import scans
from tests.bench.turns import Run

AIMS = {
    "ceiling": 0.5,
    "cost": 1.5,
    "statements": 12,
    "memory": 150.0,
    "start": 2.0,
    "picture": 150.0,
    "import": 2.0,
    "list": 0.5,
    "page": 0.1,
    "plan": 0.5,
    "xlsx": 2.0,
    "docx": 5.0,
    "rights": 10.0,
    "upload": 30.0,
    "queue": 20.0,
    "hold": 500.0,
    "idle": 5.0,
}
"""At least this part of the ceiling; at most the others: times the cost, statements, MB, seconds, milliseconds, microseconds."""


def show(figures: Figures) -> None:
    """Print all tables."""
    console = Console(width=None if Console().is_terminal else 132)
    for table in (_answers(figures), _aims(figures), _phases(figures)):
        console.print(table)
    for line in _plan_faults(figures):
        console.print(line, style="bold red")


def _answers(figures: Figures) -> Table:
    table = Table(title=f"Durable answers, medians of {figures.scale.runs} interleaved runs")
    table.add_column("way", no_wrap=True)
    for column in ("stored before", "at once", "answers/s", "p50 ms", "p99 ms", "CPU µs", "of ceiling", "cost"):
        table.add_column(column, justify="right")
    for case, runs in sorted(figures.runs.items(), key=lambda item: (item[0].way != TURNS, item[0])):
        wait = [median(_percentile(run, percent) for run in runs) for percent in (50, 99)]
        table.add_row(
            case.way, f"{case.stored:,}", str(case.people), f"{median(map(_rate, runs)):,.0f}",
            f"{wait[0]:.1f}", f"{wait[1]:.1f}", f"{median(1e6 * run.cpu / run.answers for run in runs):.0f}",
            f"{_of_ceiling(figures, case):.2f}", f"{_cost(figures, case):.2f}" if case.stored else "",
        )  # fmt: skip
    for stored, rates in figures.ceilings.items():
        table.add_row("ceiling: bare sqlite3", f"{stored:,}", "1", f"{median(rates):,.0f}")
    ceiling = "the same rows written by the bare driver, one commit an answer"
    table.caption = f"CPU: of the serving process. Ceiling: {ceiling}. Cost: times that with nothing stored."
    return table


def _aims(figures: Figures) -> Table:
    most = figures.scale.loads[-1].people
    stored = figures.scale.stored
    table = Table("measured", "aim", "reached", "", title="Aims")
    for stored_before in (0, stored):
        part = _of_ceiling(figures, Case(TURNS, stored_before, most))
        what = f"part of the ceiling, {most} at once, {stored_before:,} stored before"
        table.add_row(what, f"≥ {AIMS['ceiling']}", f"{part:.2f}", _mark(part >= AIMS["ceiling"]))
    steps = figures.steps[stored] / figures.steps[0]
    file, grown = figures.uploads[0], _known(one.grown for one in figures.uploads)
    queued, due, pending = figures.queued, figures.scale.due, figures.scale.pending
    pace = median(one.megabytes / one.seconds for one in figures.uploads)
    at_most: list[tuple[str, str, float | None, str]] = [
        (f"cost with {stored:,} stored, {most} at once", "cost", _cost(figures, Case(TURNS, stored, most)), "times"),
        (f"SQLite's steps a turn ({figures.steps[0]:,.0f}) with {stored:,} stored", "cost", steps, "times"),
        ("statements a turn", "statements", median(figures.counts), ""),
        ("memory at the start", "memory", _known(figures.memory_at_start), "MB"),
        (f"memory after all runs, {most} pages open", "memory", _known(figures.memory_after), "MB"),
        (f"memory for a file of {file.megabytes} MB ({pace:.0f} MB/s)", "upload", grown, "MB"),
        ("start to first page", "start", median(figures.first_page), "s"),
        ("start to first reply", "start", median(figures.first_reply), "s"),
        ("progress picture", "picture", median(figures.pictures), "ms"),
        ("rights check", "rights", median(figures.rights), "µs"),
        (
            f"{due:,} reminders due at once among {pending:,} queued",
            "queue",
            median(one.seconds for one in queued),
            "s",
        ),
        ("the longest of its transactions", "hold", 1000 * median(one.longest for one in queued), "ms"),
        (
            "a tick at which nothing is due",
            "idle",
            1000 * median(chain.from_iterable(one.idle for one in queued)),
            "ms",
        ),
        ("import 3,000 people in 500 units", "import", median(one.imported for one in figures.rosters), "s"),
        ("list 3,000 people in 500 units", "list", median(one.listed for one in figures.rosters), "s"),
        ("a page of the list by unit", "page", median(one.paged for one in figures.rosters), "s"),
        ("export them as .xlsx", "xlsx", median(one.xlsx for one in figures.rosters), "s"),
        ("export them as .docx", "docx", median(one.docx for one in figures.rosters), "s"),
        ("figures of 10,000 matters", "page", median(one.figures for one in figures.many_matters), "s"),
        ("a page of their list", "page", median(one.page for one in figures.many_matters), "s"),
        ("how many there are of each kind", "page", median(one.by_kind for one in figures.many_matters), "s"),
        ("what of them waits for somebody", "page", median(one.waiting for one in figures.many_matters), "s"),
        ("the plan of all their reminders", "plan", median(one.planned for one in figures.many_matters), "s"),
    ]
    for what, aim, value, unit in at_most:
        told = "unknown" if value is None else f"{value:.4g} {unit}"
        table.add_row(what, f"≤ {AIMS[aim]:g} {unit}", told, "" if value is None else _mark(value <= AIMS[aim]))
    faults = len(_plan_faults(figures))
    plans = f"{len(figures.plans[0])} statements, {faults} faults"
    table.add_row(f"plans the same with {stored:,} stored, no scan of what grows", "", plans, _mark(not faults))
    return table


def _phases(figures: Figures) -> Table:
    most = figures.scale.loads[-1].people
    whole = sum(figures.split.phases.values())
    table = Table(title=f"Where a turn's CPU goes, {most} at once (probes in place, which take their share)")
    table.add_column("phase")
    for column in ("µs a turn", "%"):
        table.add_column(column, justify="right")
    for phase, spent in figures.split.phases.items():
        table.add_row(phase, f"{spent:.0f}", f"{100 * spent / whole:.0f}")
    table.add_row("waiting for the disk, not CPU", f"{figures.split.waiting:.0f}", "", style="dim")
    counts = figures.counts
    spread = f"median {median(counts):g}, nine in ten {counts[len(counts) * 9 // 10]}, most {counts[-1]}"
    table.caption = f"statements a turn: {spread}"
    return table


def _plan_faults(figures: Figures) -> list[str]:
    """What is wrong with the plans: one that is another with much stored, or walks through a table that grows."""
    before, after = figures.plans.values()
    changed = [sql for sql in before if before[sql] != after.get(sql)]
    faults = [f"ANOTHER PLAN: {sql}\n  {before[sql]}\n  {after.get(sql)}" for sql in changed]
    return faults + [f"SCAN: {sql}\n  {plan}" for sql, plan in after.items() if scans(plan)]


def _rate(run: Run) -> float:
    return run.answers / run.seconds


def _of_ceiling(figures: Figures, case: Case) -> float:
    pairs = zip(figures.runs[case], figures.ceilings[case.stored], strict=True)
    return median(_rate(run) / ceiling for run, ceiling in pairs)


def _cost(figures: Figures, case: Case) -> float:
    """How many times as long an answer takes as it does with nothing stored before."""
    pairs = zip(figures.runs[case._replace(stored=0)], figures.runs[case], strict=True)
    return median(_rate(empty) / _rate(full) for empty, full in pairs)


def _percentile(run: Run, percent: int) -> float:
    """Milliseconds within which so many of a hundred answers had their reply."""
    waits = sorted(run.waits)
    return 1000 * waits[min(len(waits) - 1, len(waits) * percent // 100)]


def _known(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _mark(reached: bool) -> str:
    return "[green]reached[/]" if reached else "[bold red]MISSED[/]"
