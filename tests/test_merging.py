"""What becomes of a unit that is merged: its work, its places, its history; on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.documents.filing import rows
from models import assessments, mergers, shares, vacancies
from models.db import Changed, Transaction
from models.people import Bureau, Post, Role, Unit
from models.personnel import changes, filing, filing_table, handovers, history, listing, merging, undoing
from models.personnel.changes import Kind, Line
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.test_vacancies import tried
from tests.world import World, the_words

TODAY = date(2026, 8, 19)
DAY = TODAY + timedelta(days=5)
NOW = datetime(2026, 8, 19, 1, tzinfo=UTC)


def units(db: Transaction, *called: str) -> list[Unit]:
    found = select(Unit).join(Bureau).where(Bureau.name == "示范区人社局")
    return [db.session.exec(found.where(Unit.name == one)).one() for one in called]


def merge(db: Transaction, unit: Unit, into: Unit, day: date) -> Any:
    """As handlers/unit_merge.py files it; the change."""
    held = [post for post in history.lasting(db, unit.id, TODAY) if post.ends_on is None]
    lines = [Line(post.role, post.id) for post in held]
    the_id = changes.report(
        db, bureau=unit.bureau_id, unit=unit.id, kind=Kind.MERGING, effective_on=day, lines=lines, answers={},
        reporter=held[0].person_id, post=None, now=NOW, reason_text=into.name,
    )  # fmt: skip
    mergers.file(db, unit.id, into.id, day, the_id)
    change = changes.by_id(db, the_id)
    changes.file(db, change, held[0].person_id, NOW)
    filing.write_posts(db, change, changes.lines_of(db, the_id))
    return changes.by_id(db, the_id)


def test_it_has_no_places_from_its_day_on(crowd: World) -> None:  # noqa: F811
    def work(db: Transaction) -> None:
        old, new = units(db, "工伤保险科", "劳动关系科")
        merge(db, old, new, DAY)
        before = DAY - timedelta(days=1)
        for day, over in ((before, False), (DAY, True)):
            assert [one.unit_id for one in vacancies.of_unit(db, old, day)] == []
            held = history.in_unit(db, old.id, day)
            assert (held == []) == over
            [line] = [one for one in listing.by_unit(db, old.bureau_id, day, 0, 99).lines if one.unit_id == old.id]
            assert (line.merger is not None) == over
        assert old.id not in {one.unit_id for one in vacancies.to_fill(db)}
        assert listing.counts(db, old.bureau_id, before).units - 1 == listing.counts(db, old.bureau_id, DAY).units
        assert {post.unit_id for post in history.held(db, old.bureau_id, before)} >= {old.id}

    tried(crowd.database, work)


def test_it_takes_nobody_any_more(crowd: World) -> None:  # noqa: F811
    def work(db: Transaction) -> None:
        old, new = units(db, "工伤保险科", "劳动关系科")
        somebody = history.lasting(db, new.id, TODAY)[0].person_id
        merge(db, old, new, DAY)
        for day in (TODAY, DAY + timedelta(days=9)):
            with pytest.raises(Changed):
                filing.check(db, old, [Line(Role.LIAISON, successor=somebody)], day, TODAY)

    tried(crowd.database, work)


def test_what_is_open_passes_and_what_is_settled_stays(crowd: World) -> None:  # noqa: F811
    def work(db: Transaction) -> None:
        old, new = units(db, "工伤保险科", "劳动关系科")
        assessment = assessments.of_bureau(db, old.bureau_id)
        assert assessment is not None
        shares.give(db, assessments.all_items(db, assessment.id)[:3], old.id)
        assert merging.open_of(db, old.id) == merging.Open(3, 0, 0)
        assert merging.pass_on(db, old.id, new.id) == merging.Open(3, 0, 0)
        assert merging.open_of(db, old.id) == merging.Open(0, 0, 0)
        assert {share.unit_id for share in shares.by_unit(db, assessment.id)} >= {new.id}

    tried(crowd.database, work)


def test_a_unit_merged_into_a_merged_one_follows_it(crowd: World) -> None:  # noqa: F811
    """Years later the other unit goes the same way: whoever looks for either is led to where the work is."""

    def work(db: Transaction) -> None:
        first, second, third = units(db, "工伤保险科", "劳动关系科", "就业促进科")
        merge(db, first, second, DAY)
        assert mergers.coming_into(db, second.id, TODAY).unit_id == first.id
        assert mergers.coming_into(db, second.id, DAY) is None
        merge(db, second, third, DAY + timedelta(days=400))
        merging.pass_on(db, second.id, third.id)
        assert [row.into for unit in (first, second) for row in [mergers.of_unit(db, unit.id)]] == ["就业促进科"] * 2

    tried(crowd.database, work)


def test_the_years_changes_say_where_it_went(crowd: World) -> None:  # noqa: F811
    def work(db: Transaction) -> None:
        old, new = units(db, "工伤保险科", "劳动关系科")
        merge(db, old, new, TODAY)
        listed = rows.changes(the_words(), filing_table.collected(db, old.bureau_id, TODAY))
        lines = [" ".join(map(str, line)) for line in listed]
        assert len(lines) == 2
        assert all("部门并入" in line and "并入劳动关系科" in line for line in lines), lines

    tried(crowd.database, work)


def test_taken_back_it_is_as_before(crowd: World) -> None:  # noqa: F811
    def work(db: Transaction) -> None:
        old, new = units(db, "工伤保险科", "劳动关系科")
        before = [(post.id, post.ends_on) for post in history.lasting(db, old.id, TODAY)]
        change = merge(db, old, new, DAY)
        lines = changes.lines_of(db, change.id)
        undoing.check(db, old, lines, DAY)
        undoing.write_posts(db, lines, TODAY, NOW)
        assert mergers.undo(db, change.id)
        assert not mergers.undo(db, change.id)
        assert [(post.id, post.ends_on) for post in history.lasting(db, old.id, TODAY)] == before
        assert mergers.of_unit(db, old.id) is None

    tried(crowd.database, work)


@pytest.mark.parametrize("there", [True, False])
def test_the_work_is_handed_over_in_the_other_unit(crowd: World, there: bool) -> None:  # noqa: F811
    """To whoever holds the role there, at once or once there is somebody."""

    def work(db: Transaction) -> None:
        old, new = units(db, "工伤保险科", "劳动关系科")
        [leaver] = [post for post in history.lasting(db, old.id, TODAY) if post.role == Role.LIAISON]
        [liaison] = [post for post in history.lasting(db, new.id, TODAY) if post.role == Role.LIAISON]
        if not there:
            db.session.get_one(Post, liaison.id).ends_on = TODAY
            db.session.flush()
        merge(db, old, new, DAY)
        told = handovers.leave(db, leaver.id, None, DAY, was_contact=False)
        if not there:
            assert told is None
            db.session.add(Post(person_id=liaison.person_id, unit_id=new.id, role=Role.LIAISON, starts_on=DAY))
            db.session.flush()
            handovers.fill(db, new.id, Role.LIAISON, liaison.person_id)
        [waits] = handovers.waiting_for(db, liaison.person_id, DAY)
        assert (waits.leaver_id, waits.unit_id, waits.unit) == (leaver.person_id, new.id, old.name)

    tried(crowd.database, work)
