"""交接: taken over once, by whoever follows and holds the post, and by nobody else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select

from handlers import handover
from handlers.handover import PARTS, Part
from models import assessments, shares
from models.db import Transaction
from models.people import Post, Role, Unit
from models.personnel import handovers
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.test_concurrency_teamwork import at_once
from tests.world import World, text_of

TODAY = date(2026, 8, 19)
LEAVER, SUCCESSOR, OTHER = "就业促进科法治联络员", "职业能力建设科法治员", "劳动关系科法治员"


def liaison_leaves(world: World, successor: str | None) -> tuple[int, int]:
    """The leaver's post has ended, and the unit has three items to answer; the unit, and the post."""
    leaver = world.person(LEAVER)
    follows = world.person(successor) if successor is not None else None

    def work(db: Transaction) -> tuple[int, int]:
        post = db.session.exec(select(Post).where(Post.person_id == leaver)).one()
        post.ends_on = TODAY
        if follows is not None:
            db.session.add(Post(person_id=follows, unit_id=post.unit_id, role=Role.LIAISON, starts_on=TODAY))
        db.session.flush()
        handovers.leave(db, post.id, follows, TODAY, was_contact=False)
        assessment = assessments.of_bureau(db, db.session.get_one(Unit, post.unit_id).bureau_id)
        assert assessment is not None
        rows = assessments.all_items(db, assessment.id)
        shares.give(db, rows[:3], post.unit_id)
        return post.unit_id, post.id

    return world.database.write(work).result()


def waiting(world: World, called: str, day: date = TODAY) -> list[handovers.Waiting]:
    person = world.person(called)
    return world.database.read(lambda db: handovers.waiting_for(db, person, day))


def test_two_presses_at_once_take_it_over_once(crowd: World) -> None:  # noqa: F811
    liaison_leaves(crowd, SUCCESSOR)
    phones = [crowd.phone(SUCCESSOR), crowd.phone(SUCCESSOR, "terminal")]
    said = at_once(crowd, *((phone, {"press": "ho.take-0-0", "label": ""}) for phone in phones))
    assert sorted("已接手" in text for text in said) == [False, True]
    assert sum("没有待接手的工作" in text for text in said) == 1
    assert crowd.rows("SELECT count(*) FROM auditentry WHERE what = 'handover.take'") == [(1,)]
    assert waiting(crowd, SUCCESSOR) == []


def test_nobody_else_takes_it_over(world: World) -> None:
    others = [world.phone(called) for called in (LEAVER, OTHER, "就业促进科负责人", "法制科科长")]
    liaison_leaves(world, SUCCESSOR)
    for phone in others:
        phone.deliver(press="ho.take-0-0", label="")
    assert [one.leaver for one in waiting(world, SUCCESSOR)] == [LEAVER]
    assert world.rows("SELECT count(*) FROM handover WHERE taken_at IS NOT NULL") == [(0,)]


def test_it_goes_with_the_post(world: World) -> None:
    """Whoever does not hold the post any more, or not yet, has nothing to take over."""
    liaison_leaves(world, SUCCESSOR)
    assert waiting(world, SUCCESSOR, TODAY - timedelta(days=1)) == []
    person = world.person(SUCCESSOR)
    ends = f"UPDATE post SET ends_on = '{TODAY}' WHERE person_id = {person} AND role = 'liaison'"
    world.database.write(lambda db: db.execute(ends)).result()
    assert waiting(world, SUCCESSOR) == []


def test_a_vacancy_keeps_it_for_who_fills_it(world: World) -> None:
    unit, _ = liaison_leaves(world, None)
    person = world.person(OTHER)

    def fill(db: Transaction) -> None:
        handovers.fill(db, unit, Role.LEGAL_OFFICER, person)  # another role's
        db.session.add(Post(person_id=person, unit_id=unit, role=Role.LIAISON, starts_on=TODAY))
        db.session.flush()

    world.database.write(fill).result()
    assert waiting(world, OTHER) == []
    world.database.write(lambda db: handovers.fill(db, unit, Role.LIAISON, person)).result()
    assert [(one.leaver, one.role) for one in waiting(world, OTHER)] == [(LEAVER, Role.LIAISON)]


def test_where_a_colleague_has_the_role_already_nothing_waits(world: World) -> None:
    other = world.person(OTHER)
    sql = "SELECT unit_id FROM post WHERE person_id = ?"
    [(unit,)] = world.rows(sql, world.person(LEAVER))
    colleague = Post(person_id=other, unit_id=unit, role=Role.LIAISON, starts_on=TODAY)
    world.database.write(lambda db: db.session.add(colleague)).result()
    liaison_leaves(world, None)
    assert world.rows("SELECT count(*) FROM handover") == [(0,)]


def test_other_kinds_of_work_add_their_part(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is registered stands on the page, the most pressing first, and its first thing is opened."""
    liaison_leaves(world, SUCCESSOR)
    phone, opened = world.phone(SUCCESSOR), []
    monkeypatch.setattr(handover, "PARTS", dict(PARTS))
    soon = Part("审核：1件", lambda turn: opened.append(turn.actor.person_id), world.clock.now())
    handover.handover("sample")(lambda turn, taken: soon)
    assert text_of(phone.say("交接")).splitlines()[2] == "审核：1件"
    phone.press("一键接手")
    assert opened == [int(phone.address)]
    with pytest.raises(ValueError, match="sample"):
        handover.handover("sample")(lambda turn, taken: None)
