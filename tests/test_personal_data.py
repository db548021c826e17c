"""A person's own data: corrected by oneself, exported for and erased by the legal section of one's bureau, and by nobody else."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from sqlmodel import col

from bot.actions import DOWNLOADS, Made
from bot.turn import Turn
from models import personal_data, sealing
from models.people import Person, Post
from tests.canaries import found_in_tables
from tests.world import Phone, World, text_of

SECTION, OFFICER = "法制科经办", "就业促进科法治联络员"
MOBILE, NEW = "13812345671", "13912345672"


@pytest.fixture
def officer(world: World) -> Phone:
    """Somebody with a mobile on file, who has answered, sent a file and corrected the post."""
    phone = world.phone(OFFICER)
    change(world, sa.update(Person).where(col(Person.id) == int(phone.address)).values(mobile=MOBILE))
    for text in ("更正我的信息", "职务", "=2+2科员"):
        phone.say(text)
    return phone


@pytest.fixture
def section(world: World) -> Phone:
    return world.phone(SECTION)


def change(world: World, *changes: Any) -> None:
    for one in changes:
        world.database.write(lambda db, one=one: db.session.execute(one)).result()


def leaves(world: World, phone: Phone, day: date) -> None:
    change(world, sa.update(Post).where(col(Post.person_id) == int(phone.address)).values(ends_on=day))


def downloaded(world: World, phone: Phone, number: int) -> Made | None:
    """What the page gives somebody under the address of an export."""

    def load(turn: Turn) -> Made | None:
        target = DOWNLOADS["personal"].load(turn, number)
        allowed = target is not None and turn.actor.may(DOWNLOADS["personal"].right, target.place)
        return target.value if target is not None and allowed else None

    return world.assistant.look(phone.channel, phone.address, load)


def ask_export(section: Phone, called: str = OFFICER) -> int:
    section.say("导出个人信息")
    section.say(called)
    told = section.press("导出个人信息")
    assert told is not None
    return int(told.body["file"]["url"].rpartition("/")[2])


def erase(section: Phone, called: str = OFFICER) -> str:
    section.say("删除个人信息")
    section.say(called)
    section.press("删除个人信息")
    return text_of(section.say(called))


# 更正


def test_of_a_corrected_mobile_only_the_roster_keeps_the_number(world: World, officer: Phone, section: Phone) -> None:
    for text in ("更正我的信息", "手机", f"电话 {NEW[:3]} {NEW[3:7]} {NEW[7:]}"):
        told = officer.say(text)
    assert "138****5671 → 139****5672" in text_of(told)
    world.clock.pass_(days=1)
    world.tick()
    assert "138****5671 → 139****5672" in text_of(section.seen[-1])
    assert found_in_tables(world.place, NEW) == {("person", "mobile")}
    assert found_in_tables(world.place, MOBILE) == set()
    assert [row for row in world.rows("SELECT body FROM outgoing") if NEW[3:7] in row[0]] == []


def test_nobody_takes_a_number_that_somebody_else_has_taken_meanwhile(world: World, officer: Phone) -> None:
    officer.say("更正我的信息")
    officer.say("手机")
    other = world.person("就业促进科负责人")
    change(world, sa.update(Person).where(col(Person.id) == other).values(mobile=NEW))
    assert "已在册" in text_of(officer.say(NEW))
    assert world.rows("SELECT mobile FROM person WHERE id = ?", int(officer.address)) == [(MOBILE,)]


def test_a_bureau_that_lets_no_page_carry_personal_data_takes_no_number_there(world: World, officer: Phone) -> None:
    section = world.phone("法制科科长")
    for text in ("本局设置", "可显示个人信息的渠道", "2", "确认修改"):
        section.say(text)
    officer.say("更正我的信息")
    assert "请在网页上更正" in text_of(officer.say("手机"))


# 导出


def test_an_export_says_everything_in_words(world: World, officer: Phone, section: Phone) -> None:
    for text in ("改1", "符合", "做法有这些", "暂无"):
        officer.say(text)
    assert downloaded(world, officer, 1) is None
    made = downloaded(world, section, ask_export(section))
    assert made is not None
    book = load_workbook(BytesIO(made.content))
    sheets = {sheet.title: [[cell.value for cell in row] for row in sheet] for sheet in book}
    assert sheets["基本信息"][1] == [OFFICER, "=2+2科员", MOBILE, None, None, None]
    assert {cell.data_type for row in book["基本信息"] for cell in row} <= {"s", "n"}, "no formula"
    assert sheets["任职记录"][1][:3] == ["示范区人社局", "就业促进科", "法治联络员"]
    assert sheets["加入渠道"][1:] == [["网页", officer.address]]
    assert ["职务"] in [row[3:] for row in sheets["对话内容"]]
    assert "更正本人信息" in [row[2] for row in sheets["操作记录"]]
    said = {str(cell) for rows in sheets.values() for row in rows for cell in row}
    assert not {one for one in said if one in ("met", "unmet", "verdict", "echo", "web", "liaison")}


def test_an_answer_is_exported_as_it_was_given(world: World, section: Phone) -> None:
    contact = "法制科法治联络员"
    phone = world.phone(contact)
    for text in ("改1", "符合", "做法有这些", "暂无"):
        phone.say(text)
    made = downloaded(world, section, ask_export(section, contact))
    assert made is not None
    sheet = load_workbook(BytesIO(made.content))["填报记录"]
    assert [[cell.value for cell in row[2:]] for row in list(sheet)[1:]] == [
        ["1", "符合"],
        ["1", "做法有这些"],
        ["1", "暂无"],
    ]


def test_only_who_asked_can_download_it_and_only_for_a_day(world: World, officer: Phone, section: Phone) -> None:
    number = ask_export(section)
    assert downloaded(world, section, number) is not None
    assert downloaded(world, world.phone("法制科科长"), number) is None
    assert downloaded(world, world.phone(SECTION, bureau="临港县人社局"), number) is None
    assert downloaded(world, section, number + 1) is None
    world.clock.pass_(days=1)
    assert downloaded(world, section, number) is None


def test_who_has_no_right_any_more_cannot_download_it(world: World, officer: Phone, section: Phone) -> None:
    number = ask_export(section)
    leaves(world, section, date(2026, 8, 19))
    assert downloaded(world, section, number) is None


def test_a_former_person_belongs_to_the_bureau_of_the_last_post(world: World, officer: Phone) -> None:
    person = int(officer.address)
    unit = world.rows("SELECT u.id FROM unit u JOIN bureau b ON b.id = u.bureau_id WHERE b.name = '临港县人社局'")[0][0]
    leaves(world, officer, date(2026, 8, 10))
    later = Post(person_id=person, unit_id=unit, role="liaison", starts_on=date(2026, 8, 10), ends_on=date(2026, 8, 15))
    world.database.write(lambda db: db.session.add(later)).result()
    found = world.database.read(lambda db: personal_data.subject(db, person, date(2026, 8, 19)))
    assert found is not None
    assert (len(found.terms), found.present) == (2, ())
    bureaus = dict(world.rows("SELECT id, name FROM bureau"))
    assert [bureaus[one] for one in found.bureaus] == ["临港县人社局"]


# 删除


@pytest.fixture
def erased(world: World, officer: Phone, section: Phone) -> int:
    """The officer, who has answered and sent a file, has left and is erased."""
    contact = (
        "UPDATE selfassessment SET contact_id = ? WHERE bureau_id = (SELECT id FROM bureau WHERE name = '示范区人社局')"
    )
    world.database.write(lambda db: db.session.connection().exec_driver_sql(contact, (int(officer.address),))).result()
    for text in ("改1", "符合", "做法有这些"):
        officer.say(text)
    officer.send_file("佐证.txt", b"text")
    leaves(world, officer, date(2026, 8, 19))
    world.database.write(lambda db: sealing.seal(db, "world", world.clock.now(), 1000)).result()
    assert "已删除" in erase(section)
    return int(officer.address)


def test_what_is_a_persons_own_is_gone(world: World, erased: int) -> None:
    assert world.rows(
        "SELECT name, title, mobile, wecom_id, qualification, education FROM person WHERE id = ?", erased
    ) == [("已删除人员", "", None, None, None, None)]
    for table in (
        "address", "conversation", "outgoing", "websession", "onetimelink", "uploadlink", "invitation", "personalexport",
    ):  # fmt: skip
        assert world.rows(f"SELECT count(*) FROM {table} WHERE person_id = ?", erased) == [(0,)], table
    assert world.rows("SELECT count(*) FROM delivery WHERE address = ?", str(erased)) == [(0,)]
    assert found_in_tables(world.place, MOBILE) == found_in_tables(world.place, "2+2科员") == set()
    assert found_in_tables(world.place, OFFICER) <= {
        ("outgoing", "body"),
        ("person", "name"),
    }  # others', of other bureaus


def test_what_is_the_bureaus_stays(world: World, erased: int) -> None:
    assert world.rows("SELECT ends_on FROM post WHERE person_id = ?", erased) == [("2026-08-19",)]
    assert world.rows("SELECT count(*) FROM answerversion WHERE person_id = ?", erased)[0][0] == 2
    assert world.rows("SELECT name, stage FROM evidence WHERE person_id = ?", erased) == [("佐证.txt", "stored")]
    assert world.rows("SELECT count(*) FROM auditentry WHERE person_id = ?", erased)[0][0] > 2


def test_the_audit_log_is_still_sound(world: World, erased: int) -> None:
    world.database.write(lambda db: sealing.seal(db, "world", world.clock.now(), 1000)).result()
    found = world.database.read(lambda db: sealing.verify(db, []))
    assert (found.count, found.waiting) == (0, 0)
    assert found.erased > 0
    last = world.rows(
        "SELECT p.name, e.what FROM auditentry e JOIN person p ON p.id = e.person_id ORDER BY e.id DESC LIMIT 1"
    )
    assert last == [(SECTION, "personal.erase")]


def test_who_is_erased_is_a_stranger(world: World, erased: int, officer: Phone) -> None:
    assert "仅限受邀人员使用" in text_of(officer.say("菜单"))


def test_the_file_on_disk_has_nothing_of_it(world: World, erased: int, tmp_path: Path) -> None:
    world.close()
    for canary in (MOBILE, "2+2科员"):
        assert canary.encode() not in world.place.read_bytes()


def test_nobody_in_office_is_erased(world: World, officer: Phone, section: Phone) -> None:
    leaves(world, officer, date(2026, 8, 20))
    erase(section)
    assert world.rows("SELECT name FROM person WHERE id = ?", int(officer.address)) == [(OFFICER,)]


def test_somebody_who_comes_back_before_the_name_is_typed_is_not_erased(
    world: World, officer: Phone, section: Phone
) -> None:
    leaves(world, officer, date(2026, 8, 19))
    section.say("删除个人信息")
    section.say(OFFICER)
    section.press("删除个人信息")
    change(world, sa.update(Post).where(col(Post.person_id) == int(officer.address)).values(ends_on=None))
    assert "仍在任" in text_of(section.say(OFFICER))
    assert world.rows("SELECT name FROM person WHERE id = ?", int(officer.address)) == [(OFFICER,)]
