"""Who may be asked to review a matter: never who handled it, recused themselves or reviewed it before; 复审 never its own unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from bot.clock import day_of
from models import affairs
from models.db import Transaction
from models.matters import assignments, leaving, matters, parties
from models.matters.assignments import State as Part
from models.matters.matters import Opening, State
from models.people import Bureau, Person, Post, Role, Unit
from models.personnel import handovers
from tests.world import BEGINNING, World

TODAY = day_of(BEGINNING)
HEARING = "需经局长办公会审议"
UNIT, ALL_OFFICERS = "劳动监察大队", 8


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


class Office:
    """A matter of a kind for 劳动监察大队, which has two officers, and what is done about it."""

    def __init__(self, db: Transaction, kind: str, route: str = "", handlers: tuple[str, ...] = ()) -> None:
        self.db = db
        opener = self.post("法制科科长")
        self.bureau, self.unit = opener[1], self.post(f"{UNIT}负责人")[2]
        what = Opening(
            self.bureau, self.unit, kind, "一件", "", TODAY + timedelta(days=7), route,
            handlers=frozenset(self.post(one)[0].person_id for one in handlers),
        )  # fmt: skip
        self.id = matters.open_matter(db, what, opener[0].person_id, opener[0].id, TODAY, BEGINNING)

    def post(self, called: str) -> tuple[Post, int, int]:
        found = (
            select(Post, Unit.bureau_id, Unit.id)
            .join(Person, col(Person.id) == Post.person_id)
            .join(Unit, col(Unit.id) == Post.unit_id)
            .join(Bureau)
            .where(Person.name == called, Bureau.name == "示范区人社局")
        )
        return self.db.session.exec(found.order_by(col(Post.id))).all()[0]

    @property
    def row(self) -> Any:
        return matters.by_id(self.db, self.id)

    def candidates(self) -> list[str]:
        """Who may be asked now, by name."""
        return [one.name for one in assignments.candidates(self.db, self.row, matters.step_of(self.row), TODAY)]

    def give(self, called: str, to: Part = Part.ASKED) -> None:
        """Somebody is asked, and that comes to something."""
        person, step = self.post(called)[0].person_id, matters.step_of(self.row)
        able = assignments.candidates(self.db, self.row, step, TODAY)
        (the_id,) = assignments.assign(
            self.db, self.row, [one for one in able if one.person_id == person], person, BEGINNING
        )
        if to is not Part.ASKED:
            assignments.move(self.db, assignments.by_id(self.db, the_id), to, person, BEGINNING)

    def next(self) -> None:
        """It comes to its next step."""
        matters.move(self.db, self.row, State.WAITING, self.row.opened_by, BEGINNING, step=self.row.step + 1)


def test_the_unit_s_own_officers_come_alone_as_long_as_one_is_left(world: World) -> None:
    def work(db: Transaction) -> None:
        office = Office(db, "normative", handlers=(f"{UNIT}法治员甲",))
        assert office.candidates() == [f"{UNIT}法治员乙"]
        office.give(f"{UNIT}法治员乙", Part.RECUSED)
        others = office.candidates()
        assert len(others) == ALL_OFFICERS - 2
        assert not any(name.startswith(UNIT) for name in others)

    world.database.write(work).result()


def test_who_handles_a_matter_or_recused_themselves_is_never_asked(world: World) -> None:
    def work(db: Transaction) -> None:
        office = Office(db, "enforcement", handlers=(f"{UNIT}法治员甲", "就业促进科法治员"))
        for called in list(office.candidates()):
            office.give(called, Part.RECUSED)
            assert called not in office.candidates()
        assert office.candidates() == []

    world.database.write(work).result()


def test_who_could_not_do_it_is_asked_again_only_where_nobody_else_is_left(world: World) -> None:
    def work(db: Transaction) -> None:
        office = Office(db, "enforcement")
        office.give("就业促进科法治员", Part.UNABLE)
        assert "就业促进科法治员" not in office.candidates()
        for called in list(office.candidates()):
            office.give(called, Part.RECUSED)
        assert office.candidates() == ["就业促进科法治员"]

    world.database.write(work).result()


def test_the_second_look_goes_to_another_unit_and_to_nobody_who_looked_before(world: World) -> None:
    def work(db: Transaction) -> None:
        office = Office(db, "contract", HEARING, handlers=(f"{UNIT}法治员甲", f"{UNIT}法治员乙"))
        office.give("就业促进科法治员", Part.DONE)
        office.next()
        assert office.candidates() == ["法制科经办", "法制科科长"]
        office.next()
        found = office.candidates()
        assert "就业促进科法治员" not in found
        assert not any(name.startswith(UNIT) for name in found)
        assert len(found) == ALL_OFFICERS - 3

    world.database.write(work).result()


def test_the_least_burdened_come_first_and_of_these_who_studied_law(world: World) -> None:
    def work(db: Transaction) -> None:
        for _ in range(2):
            Office(db, "enforcement").give("就业促进科法治员")
        Office(db, "enforcement").give("劳动关系科法治员")
        db.session.get_one(Person, Office(db, "enforcement").post("工伤保险科法治员")[0].person_id).education = "法学"
        found = Office(db, "enforcement").candidates()
        assert (found[0], found[-2:]) == ("工伤保险科法治员", ["劳动关系科法治员", "就业促进科法治员"])

    world.database.write(work).result()


def test_nobody_accepts_what_they_wrote_as_long_as_there_is_another(world: World) -> None:
    def work(db: Transaction) -> None:
        office = Office(db, "normative")
        head = office.post(f"{UNIT}负责人")[0].person_id
        assert parties.accepters(db, office.row, TODAY) == [head]
        db.session.add(Post(person_id=head, unit_id=office.unit, role=Role.LEGAL_OFFICER, starts_on=date(2026, 1, 1)))
        db.session.flush()
        office.give(f"{UNIT}负责人", Part.SUBMITTED)
        assert parties.accepter(db, office.row, TODAY) is Role.LEGAL_SECTION
        assert parties.accepters(db, office.row, TODAY) == parties.section(db, office.row, TODAY)

    world.database.write(work).result()


def test_where_nobody_holds_a_role_the_legal_section_stands_in(world: World) -> None:
    def work(db: Transaction) -> None:
        office = Office(db, "disclosure")
        clerk = office.post("办公室经办")[0]
        assert parties.assigners(db, office.row, TODAY) == [clerk.person_id]
        clerk.ends_on = TODAY
        db.session.flush()
        section = parties.section(db, office.row, TODAY)
        assert parties.assigners(db, office.row, TODAY) == parties.accepters(db, office.row, TODAY) == section

    world.database.write(work).result()


def test_what_a_leaver_had_is_found_until_somebody_has_it(world: World) -> None:
    def work(db: Transaction) -> None:
        office = Office(db, "enforcement")
        office.give("就业促进科法治员", Part.ACCEPTED)
        post = office.post("就业促进科法治员")[0]
        follows = office.post("劳动关系科负责人")[0].person_id
        (part,) = leaving.in_hand(db, post.person_id, post.unit_id)
        assignments.move(db, part, Part.REPLACED, follows, BEGINNING)
        handovers.leave(db, post.id, follows, TODAY, was_contact=False)
        assert leaving.in_hand(db, post.person_id, post.unit_id) == []
        assert [matter.id for matter in leaving.left_by(db, post.person_id)] == [office.id]
        assert leaving.successor(db, assignments.of_matter(db, office.id)) == follows
        office.give("工伤保险科法治员")
        assert leaving.left_by(db, post.person_id) == []

    world.database.write(work).result()


def test_every_step_of_every_kind_has_somebody_to_begin_with(world: World) -> None:
    def work(db: Transaction) -> None:
        for key, kind in affairs.affairs().kinds.items():
            for route, steps in kind.routes.items():
                office = Office(db, key, route)
                for _ in steps[1:]:
                    assert office.candidates()
                    office.next()
                assert office.candidates()

    world.database.write(work).result()
