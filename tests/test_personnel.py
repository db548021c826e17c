"""What reporting and filing a change costs its people, and what the day of a change brings besides the posts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from bot.clock import day_of
from models import sessions
from models.assessments import SelfAssessment
from models.db import Transaction
from models.people import Bureau, Person, Post, Role, Unit
from models.personnel import delegation, history
from tests import dialogue
from tests.receiving import traced
from tests.world import VAULT, Phone, World, text_of

BUREAU, UNIT = "示范区人社局", "就业促进科"
LIAISON, OFFICER, HEAD, SECTION = f"{UNIT}法治联络员", f"{UNIT}法治员", f"{UNIT}负责人", "法制科科长"
NO_POST = "您目前没有在任的法治工作岗位"


@pytest.mark.parametrize("name", ["new_successor", "known_successor"])
def test_a_change_with_a_successor_takes_six_presses_and_three_typed_answers(name: str) -> None:
    [path] = [one for one in dialogue.paths() if (one.parent.name, one.stem) == ("personnel_change", name)]
    lines = [line.text for line in dialogue.read(path) if line.mark == ">"]
    first = next(place for place, text in enumerate(lines) if "人员变动" in text)
    said = lines[first : lines.index("[提交]") + 1]
    presses = [text for text in said if text.startswith("[")]
    typed = [text for text in said[1:] if not text.startswith("[")]
    assert len(presses) <= 6
    assert len(typed) <= 3


class Reporting:
    """A liaison who reports, a head who recommends, a section that files."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.liaison, self.head, self.section = (world.phone(one) for one in (LIAISON, HEAD, SECTION))

    def said(self, phone: Phone, *texts: str) -> str:
        for text in texts:
            phone.say(text)
        return text_of(phone.seen[-1])

    def leaves(self, who: str, day: str, *successor: str) -> None:
        """It is reported that somebody leaves on a day, recommended and filed."""
        self.said(self.liaison, "人员变动", "有人离任", who, "退休", day, *(successor or ("暂无人选",)), "提交")
        self.head.press("确认推荐")
        self.said(self.section, "待备案")
        assert "备案" in self.section.labels()
        self.section.press("备案", of=self.section.seen[-1])

    def do(self, work: Any) -> Any:
        return self.world.database.write(work).result()

    def person(self, called: str) -> int:
        return self.world.person(called, BUREAU)


@pytest.fixture
def reporting(world: World) -> Reporting:
    return Reporting(world)


def post_of(db: Transaction, called: str) -> Post:
    return db.session.exec(select(Post).join(Person, col(Person.id) == col(Post.person_id)).join(
        Unit, col(Unit.id) == col(Post.unit_id)).join(Bureau).where(Person.name == called, Bureau.name == BUREAU)
    ).one()  # fmt: skip


def test_after_an_outage_what_has_become_due_takes_effect(world: World, reporting: Reporting) -> None:
    """The rights end on the day itself, whether anything runs or not; the rest is caught up."""
    officer = world.phone(OFFICER)
    reporting.leaves(f"{OFFICER} 法治员", "8月24日")
    assert NO_POST not in text_of(officer.say("菜单"))
    world.clock.pass_(days=4, hours=14, minutes=59)
    assert NO_POST not in text_of(officer.say("菜单"))
    world.clock.pass_(minutes=1)
    assert NO_POST in text_of(officer.say("菜单"))
    assert world.rows("SELECT state FROM personnelchange") == [("filed",)]
    world.clock.pass_(days=20)
    world.restart()
    world.tick()
    assert world.rows("SELECT state FROM personnelchange") == [("in_effect",)]
    before = world.rows("SELECT count(*) FROM auditentry")
    world.tick()
    assert world.rows("SELECT count(*) FROM auditentry") == before


def test_whoever_leaves_without_another_post_is_signed_out_everywhere(world: World, reporting: Reporting) -> None:
    officer = world.phone(OFFICER)
    officer.say("人员变动")
    person, now = reporting.person(OFFICER), world.clock.now()
    reporting.do(lambda db: sessions.start(db, person, VAULT.mark(sessions.SESSION, "cookie"), "phone", now))
    reporting.do(lambda db: sessions.make_link(db, VAULT, person, person, now))
    reporting.leaves(f"{OFFICER} 法治员", "今天")
    assert world.rows("SELECT count(*) FROM websession WHERE ended_at IS NULL") == [(0,)]
    assert world.rows("SELECT count(*) FROM onetimelink WHERE used_at IS NULL") == [(0,)]
    assert world.rows(f"SELECT state FROM conversation WHERE person_id = {person}") == [("cancelled",)]


def test_standing_in_for_somebody_ends_with_their_post(world: World, reporting: Reporting) -> None:
    officer, liaison = reporting.person(OFFICER), reporting.person(LIAISON)
    unit = reporting.do(lambda db: post_of(db, LIAISON).unit_id)
    today = day_of(world.clock.now())
    reporting.do(lambda db: delegation.delegate(db, liaison, unit, officer, today, today + timedelta(days=30)))
    reporting.leaves(f"{LIAISON} 法治联络员", "8月24日")
    ends = world.rows(f"SELECT ends_on FROM post WHERE on_behalf_of = {liaison}")
    assert ends == [("2026-08-24",)]


def test_whoever_stands_in_and_leaves_does_so_no_more(world: World, reporting: Reporting) -> None:
    officer, liaison = reporting.person(OFFICER), reporting.person(LIAISON)
    unit = reporting.do(lambda db: post_of(db, LIAISON).unit_id)
    first = day_of(world.clock.now()) + timedelta(days=10)
    reporting.do(lambda db: delegation.delegate(db, liaison, unit, officer, first, first + timedelta(days=3)))
    reporting.leaves(f"{OFFICER} 法治员", "8月24日")
    assert world.rows(f"SELECT starts_on, ends_on FROM post WHERE on_behalf_of = {liaison}") == [
        ("2026-08-29", "2026-08-29")
    ]


def test_the_contact_of_the_bureau_stays_while_another_post_as_liaison_does(world: World, reporting: Reporting) -> None:
    contact = reporting.person("法制科法治联络员")

    def also_here(db: Transaction) -> None:
        unit = post_of(db, LIAISON).unit_id
        db.session.add(Post(person_id=contact, unit_id=unit, role=Role.LIAISON, starts_on=date(2026, 8, 1)))

    reporting.do(also_here)
    reporting.leaves("法制科法治联络员 法治联络员", "今天")
    held = select(SelfAssessment.contact_id).join(Bureau, col(Bureau.id) == col(SelfAssessment.bureau_id))
    found = reporting.do(lambda db: db.session.exec(held.where(Bureau.name == BUREAU)).one())
    assert found == contact


def test_a_number_that_has_passed_to_somebody_new_is_theirs(world: World, reporting: Reporting) -> None:
    gone = reporting.person("工伤保险科法治员")

    def leave(db: Transaction) -> None:
        db.session.execute(sa.update(Person).where(col(Person.id) == gone).values(mobile="13800005678"))
        db.session.execute(sa.update(Post).where(col(Post.person_id) == gone).values(ends_on=date(2026, 8, 10)))

    reporting.do(leave)
    reporting.leaves(f"{OFFICER} 法治员", "今天", "13800005678", "不是此人", "某某 科员", "都没有")
    assert world.rows(f"SELECT mobile FROM person WHERE id = {gone}") == [(None,)]
    assert world.rows("SELECT name, title FROM person WHERE mobile = '13800005678'") == [("某某", "科员")]


def test_who_held_which_post_on_any_date(world: World, reporting: Reporting) -> None:
    reporting.leaves(f"{OFFICER} 法治员", "8月24日", "13800005678", "某某 科员", "法学学历")
    unit = reporting.do(lambda db: post_of(db, LIAISON).unit_id)

    def officers(day: date) -> list[str]:
        rows = world.database.read(lambda db: history.in_unit(db, unit, day))
        return [row.name for row in rows if row.role == Role.LEGAL_OFFICER]

    assert officers(date(2026, 7, 31)) == []
    assert officers(date(2026, 8, 23)) == [OFFICER]
    assert officers(date(2026, 8, 24)) == ["某某"]


def test_nothing_of_the_successor_stays_where_it_was_typed(world: World, reporting: Reporting) -> None:
    reporting.leaves(f"{OFFICER} 法治员", "今天", "13800005678", "某某 科员", "法学学历")
    for table, column in (("conversation", "answers"), ("personnelchange", "answers"), ("changedpost", "newcomer")):
        kept = str(world.rows(f"SELECT {column} FROM {table}"))
        assert "13800005678" not in kept, table
    said = str(world.rows("SELECT body FROM outgoing"))
    assert "13800005678" not in said
    assert "138****5678" in said


@pytest.mark.parametrize("called", [LIAISON, HEAD, SECTION])
def test_the_menu_looks_once_for_changes_and_matters_that_wait(world: World, called: str) -> None:
    phone = world.phone(called)
    statements = traced(world)
    phone.say("菜单")
    for table in ("personnelchange", "matter"):
        assert sum(f"FROM {table} " in one or f"FROM {table}\n" in one for one in statements) <= 1, table


def test_a_number_is_its_holders_as_long_as_they_are_in_office(world: World, reporting: Reporting) -> None:
    """Somebody leaves one bureau for another: the same name is the same person, another name is none to have it yet."""
    other = world.phone(SECTION, bureau="临港县人社局")
    [(holder,)] = world.rows(f"SELECT id FROM person WHERE id = {world.person(OFFICER)}")
    change = sa.update(Person).where(col(Person.id) == holder).values(mobile="13800005678")
    reporting.do(lambda db: db.session.execute(change))
    reporting.leaves(f"{OFFICER} 法治员", "8月24日", "暂无人选")
    for text in ("人员变动", "劳动关系科", "补充人选", "法治联络员", "8月24日", "13800005678", "某某 科员"):
        other.say(text)
    assert "在其他单位在册" in text_of(other.seen[-1])
    for text in (f"{OFFICER} 科员", "都没有", "提交"):
        other.say(text)
    assert world.rows("SELECT id FROM person WHERE mobile = '13800005678'") == [(holder,)]
    assert len(world.rows(f"SELECT id FROM post WHERE person_id = {holder}")) == 2
