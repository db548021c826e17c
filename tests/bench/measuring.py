"""All measurements, interleaved: a round runs each case once, so that a busy moment of the machine meets them all."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.bench import (
    matters,
    phases,
    pictures,
    reminders,
    rights_checks,
    rosters,
    service,
    statements,
    stored,
    turns,
    uploads,
    worlds,
)
from tests.bench.phases import Split
from tests.bench.reminders import Queued
from tests.bench.rosters import Seconds
from tests.bench.statements import Trace
from tests.bench.turns import Load, Run
from tests.bench.uploads import Carried
from tests.bench.worlds import World

TURNS, HTTP = "whole turns", "over HTTP, with a stream"
PICTURES = 5
"""Progress pictures drawn a round."""
RIGHTS = 2_000
"""How often every right is checked a round."""


class Case(NamedTuple):
    """Something measured: which way in, beside how many stored answers, with how many people at once."""

    way: str
    stored: int
    people: int


@dataclass(frozen=True)
class Scale:
    """How much is done: the loads (the last one is the one that counts), the answers stored before, the rounds, the file."""

    loads: tuple[Load, ...]
    stored: int
    runs: int
    megabytes: int
    """Of the large file that is brought."""
    due: int
    """Reminders that fall due at once."""
    pending: int
    """All reminders that are to come."""

    @property
    def people(self) -> int:
        """The people that the loads need."""
        return max(load.people * load.rounds for load in self.loads)


FULL = Scale((Load(1, 100, rounds=4), Load(16, 100), Load(200, 20)), 1_000_000, 5, 200, 20_000, 1_000_000)
QUICK = Scale((Load(1, 4), Load(3, 4), Load(8, 4)), 1_000, 1, 8, 40, 1_000)


@dataclass
class Figures:
    """All that was measured. Lists have a value a round."""

    scale: Scale
    runs: dict[Case, list[Run]] = field(default_factory=lambda: defaultdict(list))
    ceilings: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Answers a second of the bare driver, by the answers stored before."""
    first_page: list[float] = field(default_factory=list)
    first_reply: list[float] = field(default_factory=list)
    memory_at_start: list[float | None] = field(default_factory=list)
    memory_after: list[float | None] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    """Statements of each turn, in order of size."""
    pictures: list[float] = field(default_factory=list)
    """Milliseconds of each progress picture."""
    rights: list[float] = field(default_factory=list)
    """Microseconds of a rights check."""
    rosters: list[Seconds] = field(default_factory=list)
    """Seconds that a roster of 3,000 people takes."""
    many_matters: list[matters.Seconds] = field(default_factory=list)
    """Seconds that 10,000 matters take."""
    uploads: list[Carried] = field(default_factory=list)
    queued: list[Queued] = field(default_factory=list)
    steps: dict[int, float] = field(default_factory=dict)
    """SQLite's steps a turn, by the answers stored before."""
    plans: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    split: Split = field(default_factory=lambda: Split({}, 0.0))


def measure(scale: Scale, folder: Path, *, fresh: bool) -> Figures:
    """Measure everything. `fresh`: make the stored answers anew."""
    _say(f"preparing {scale.people} bureaus, alone and beside {scale.stored:,} answers")
    empty = worlds.make(folder / f"people-{scale.people}" / "demo", scale.people)
    full = stored.world(folder / f"stored-{scale.stored}" / "demo", empty, scale.stored, fresh)
    remindful = reminders.world(folder / f"reminders-{scale.pending}", scale.due, scale.pending, fresh)
    figures = Figures(scale)
    traces = {world: statements.trace(world, scale.loads[-1]) for world in (empty, full)}
    _look(figures, traces)
    with service.started(empty):
        pass  # what is measured is the second start
    for number in range(scale.runs):
        _say(f"round {number + 1} of {scale.runs}")
        for world, trace in traces.items():
            _in_process(figures, world, trace)
        figures.pictures += pictures.drawn(PICTURES)
        figures.rights.append(rights_checks.checked(RIGHTS))
        figures.rosters.append(rosters.measured(folder))
        figures.many_matters.append(matters.measured(folder))
        figures.queued.append(reminders.queued(remindful))
        _over_http(figures, empty)
    figures.split = phases.split(empty, scale.loads[-1])
    return figures


def _look(figures: Figures, traces: dict[World, Trace]) -> None:
    for world, trace in traces.items():
        figures.counts = trace.counts()
        figures.steps[world.stored] = statements.steps(world, trace)
        figures.plans[world.stored] = statements.plans(world, trace)


def _in_process(figures: Figures, world: World, trace: Trace) -> None:
    for load in figures.scale.loads:
        world.reset()
        figures.runs[Case(TURNS, world.stored, load.people)].append(turns.run(world, load))
    openings = figures.scale.loads[-1].people
    figures.ceilings[world.stored].append(statements.ceiling(world, trace, openings))


def _over_http(figures: Figures, world: World) -> None:
    with service.started(world) as running:
        figures.first_page.append(running.first_page)
        figures.first_reply.append(running.first_reply)
        figures.memory_at_start.append(running.memory)
        for load in figures.scale.loads:
            figures.runs[Case(HTTP, world.stored, load.people)].append(service.run(running, load))
        figures.memory_after.append(running.memory)
        figures.uploads.append(uploads.carried(running, figures.scale.megabytes))


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)
