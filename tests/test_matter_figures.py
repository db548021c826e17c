"""审核统计: what the database counts is what counting one by one finds, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import select

from bot.clock import day_of
from models.affairs import affairs
from models.catalogue_types import Period
from models.db import Transaction
from models.matters import figures, offering
from models.matters.assignments import LIVE, LOAD, Assignment
from models.matters.assignments import State as Task
from models.matters.figures import Figures, Span, Tally
from models.matters.matters import OPEN, Matter, State
from models.matters.opinions import MatterDocument
from models.people import Bureau
from tests.sample_many_matters import fill
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.world import BEGINNING, World

TODAY = day_of(BEGINNING)
MANY = 400
SPANS = [
    Span(date(TODAY.year, 1, 1), TODAY), Span(date(TODAY.year - 1, 1, 1), date(TODAY.year - 1, 12, 31)),
    Span(TODAY, TODAY), Span(TODAY - timedelta(days=800), TODAY),
]  # fmt: skip


class Counted:
    """Every row, and what counting them comes to."""

    def __init__(self, db: Transaction) -> None:
        self.matters = list(db.session.exec(select(Matter)).all())
        self.assignments = list(db.session.exec(select(Assignment)).all())
        self.documents: dict[int, dict[int, Any]] = {}
        for one in db.session.exec(select(MatterDocument)).all():
            self.documents.setdefault(one.matter_id, {})[one.step] = one

    def done(self, span: Span, found: Iterable[Matter]) -> list[Matter]:
        return [
            one for one in found
            if one.state == State.DONE and span.first <= self.documents[one.id][one.step].accepted_on <= span.last
        ]  # fmt: skip

    def figures(self, span: Span, found: list[Matter]) -> Figures:
        tallies = {}
        for kind in affairs().kinds:
            own = [one for one in found if one.affair == kind]
            done = self.done(span, own)
            late = [one for one in done if not all(paper.in_time for paper in self.documents[one.id].values())]
            received = [one for one in own if span.first <= day_of(one.opened_at) <= span.last]
            now = [one for one in own if one.state in OPEN]
            left = [
                one
                for one in own
                if day_of(one.opened_at) <= span.last and (one in now or day_of(one.moved_at) > span.last)
            ]
            tally = Tally(len(received), len(done), len(done) - len(late), len(now), sum(map(is_overdue, now)))
            if span.last < TODAY:
                tally.open, tally.overdue = len(left), 0
            tallies[kind] = tally
        return {kind: tally for kind, tally in tallies.items() if tally}


def is_overdue(matter: Matter) -> bool:
    return matter.state in (State.WAITING, State.WORKING) and matter.due_on < TODAY


@pytest.fixture
def filled(crowd: World) -> tuple[World, int]:  # noqa: F811
    """A world with many matters, and their bureau."""

    def work(db: Transaction) -> int:
        bureau = db.session.exec(select(Bureau.id).where(Bureau.name == "示范区人社局")).one()
        fill(db, bureau, MANY, TODAY, Random(5))
        return bureau

    return crowd, crowd.database.write(work).result()


def test_counted_in_the_database_as_one_by_one(filled: tuple[World, int]) -> None:
    world, bureau = filled

    def look(db: Transaction) -> None:
        counted = Counted(db)
        for span in SPANS:
            assert figures.of_bureau(db, bureau, span, TODAY) == counted.figures(span, counted.matters)
            for unit in {one.unit_id for one in counted.matters}:
                own = [one for one in counted.matters if one.unit_id == unit]
                assert figures.of_unit(db, bureau, unit, span, TODAY) == counted.figures(span, own)
            whole = figures.total(figures.of_bureau(db, bureau, span, TODAY))
            assert whole.done == len(counted.done(span, counted.matters))
        assert figures.of_bureau(db, bureau + 1, SPANS[-1], TODAY) == {}

    world.database.read(look)


def test_of_a_reviewer_each_accepted_opinion_counts(filled: tuple[World, int]) -> None:
    world, bureau = filled

    def look(db: Transaction) -> None:
        counted = Counted(db)
        matters = {one.id: one for one in counted.matters}
        for person in {one.person_id for one in counted.assignments}:
            own = [one for one in counted.assignments if one.person_id == person]
            found = figures.total(figures.of_person(db, bureau, person, SPANS[-1], TODAY))
            papers = [counted.documents[one.matter_id][one.step] for one in own if one.matter_id in counted.documents]
            now = [
                matters[one.matter_id] for one in own
                if one.state in LOAD and matters[one.matter_id].state in OPEN and one.step == matters[one.matter_id].step
            ]  # fmt: skip
            in_time = sum(paper.in_time for paper in papers)
            received = [one for one in own if SPANS[-1].first <= day_of(one.assigned_at) <= SPANS[-1].last]
            assert found == Tally(len(received), len(papers), in_time, len(now), sum(map(is_overdue, now)))
            then = figures.total(figures.of_person(db, bureau, person, SPANS[1], TODAY))
            left = [
                one for one in own
                if day_of(one.assigned_at) <= SPANS[1].last and (one.state in LIVE or day_of(one.moved_at) > SPANS[1].last)
            ]  # fmt: skip
            assert then.open == len(left)
        open_now = sum(load.open for load in figures.loads(db, bureau, TODAY))
        waits = [one for one in counted.assignments if one.state in LOAD and matters[one.matter_id].state in OPEN]
        assert open_now == len(waits)

    world.database.read(look)


def test_offered_is_what_was_done_within_the_period(filled: tuple[World, int]) -> None:
    world, bureau = filled
    period = Period(date(TODAY.year - 1, 1, 1), date(TODAY.year, 6, 30))

    def look(db: Transaction) -> None:
        counted = Counted(db)
        for key, kind in offering.REVIEWED.items():
            own = [one for one in counted.matters if one.affair == kind]
            whole = counted.done(Span(period.first, period.last), own)
            assert offering.of_figure(db, bureau, key, period) == len(whole)
            years = [offering.of_figure(db, bureau, key, period, year) for year in period.years]
            assert sum(one or 0 for one in years) == len(whole)
        (kind,) = offering.REVIEWERS.values()
        reviewed = {
            one.person_id for one in counted.assignments
            if one.state == Task.DONE and one.matter_id in counted.documents
            and next(m for m in counted.matters if m.id == one.matter_id).affair == kind
            and period.contains(counted.documents[one.matter_id][one.step].accepted_on)
        }  # fmt: skip
        assert offering.of_figure(db, bureau, "reviewers", period) == len(reviewed)
        assert offering.of_figure(db, bureau, "training_hours", period) is None

    world.database.read(look)
