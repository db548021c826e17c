"""审核事项清单 as a workbook: what the sender's post lets them see, and nothing that must not leave our own service."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from bot import downloads
from bot.actions import Made, token
from bot.documents import matter_list
from bot.messages import Button
from models.matters import lists
from models.matters.listing import Scope
from tests.sample_matters import HEAD, REVIEWER, TITLE, matter
from tests.world import BEGINNING, Phone, World, text_of

SECTION, LIAISON = "法制科科长", "就业促进科法治联络员"


def pressed(phone: Phone) -> dict[str, Any] | None:
    """The file on offer, after asking for the list."""
    row = phone.deliver(press=token(Button("mt.x")), label="下载清单")
    assert row is not None
    return row.body.get("file")


def rows(world: World, phone: Phone) -> list[list[Any]]:
    """The list as it is downloaded: the names of the columns, and a row for each matter."""
    file = pressed(phone)
    assert file is not None
    named = downloads.named(file["url"])
    assert named is not None
    found = downloads.find(world.assistant, world.store, phone.channel, phone.address, *named)
    assert isinstance(found, Made)
    sheet = openpyxl.load_workbook(BytesIO(found.content)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]


@pytest.fixture
def three(world: World) -> World:
    """A matter of one unit, one of another, and one that is 内部."""
    matter(world.database, BEGINNING)
    other = matter(world.database, BEGINNING, reviewers=())
    unit = world.rows("SELECT id FROM unit WHERE bureau_id = 4 AND name = '劳动关系科'")[0][0]
    world.database.write(lambda db: db.execute(f"UPDATE matter SET unit_id = {unit} WHERE id = {other}")).result()
    matter(world.database, BEGINNING, confidential=True)
    return world


def test_the_legal_section_has_all_of_them(three: World) -> None:
    head, *listed = rows(three, three.phone(SECTION))
    assert head == [
        "编号",
        "事项类别",
        "审议方式",
        "事项名称",
        "送审部门",
        "提起人",
        "提起日期",
        "办理期限",
        "状态",
        "审查人",
        "文书",
    ]
    found = {row[0]: row for row in listed}
    assert list(found) == ["审核任务〔2026〕3号", "审核任务〔2026〕2号", "审核任务〔2026〕1号"]
    one = found["审核任务〔2026〕1号"]
    assert one[1:6] == ["合同协议签署", "不经局长办公会审议", TITLE, "就业促进科", LIAISON]
    assert [f"{day:%Y-%m-%d}" for day in one[6:8]] == ["2026-08-19", "2026-08-24"]
    assert one[8:10] == ["审核中", REVIEWER]
    assert found["审核任务〔2026〕2号"][8:10] == ["待指派", None]


@pytest.mark.parametrize(("called", "numbers"), [(HEAD, [3, 1]), (REVIEWER, [3, 1]), ("劳动关系科负责人", [2])])
def test_others_have_what_they_see(three: World, called: str, numbers: list[int]) -> None:
    listed = rows(three, three.phone(called))[1:]
    assert [row[0] for row in listed] == [f"审核任务〔2026〕{number}号" for number in numbers]


def test_outside_what_is_secret_has_no_title(three: World) -> None:
    inside, outside = (three.phone(SECTION, channel) for channel in ("web", "telegram"))
    assert [row[3] for row in rows(three, inside)[1:]] == [TITLE] * 3
    assert [row[3] for row in rows(three, outside)[1:]] == ["（内部）", TITLE, TITLE]
    assert "内部事项只列编号、类别和期限" in text_of(outside.seen[-1])


def test_it_is_its_posts_holders_alone(three: World) -> None:
    section, head = three.phone(SECTION), three.phone(HEAD)
    file = pressed(section)
    assert file is not None
    named = downloads.named(file["url"])
    assert named is not None
    assert downloads.find(three.assistant, three.store, head.channel, head.address, *named) is None


def test_who_sees_no_matters_has_no_list(three: World) -> None:
    assert pressed(three.phone("局领导（分管）")) is None


def test_every_time_is_noted(three: World) -> None:
    pressed(three.phone(SECTION))
    assert three.rows("SELECT what, object FROM auditentry") == [("matter.export", "bureau")]


def test_none_is_said_to_be_none(world: World) -> None:
    assert [row[0] for row in rows(world, world.phone(SECTION))][1:] == ["目前没有审核事项"]


def test_what_people_write_is_no_formula(world: World) -> None:
    the_id = matter(world.database, BEGINNING)
    world.database.write(lambda db: db.execute("UPDATE matter SET title = '=1+1'")).result()
    bureau = int(world.rows("SELECT bureau_id FROM matter WHERE id = ?", the_id)[0][0])
    listed = world.database.read(lambda db: lists.collected(db, Scope(bureau, 1, everything=True)))
    made = matter_list.xlsx(world.words, listed, world.clock.now().date(), inside=True)
    cell = openpyxl.load_workbook(BytesIO(made)).worksheets[0]["D4"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_it_is_ready_for_print(three: World) -> None:
    listed = three.database.read(lambda db: lists.collected(db, Scope(4, 1, everything=True)))
    made = matter_list.xlsx(three.words, listed, three.clock.now().date(), inside=True)
    sheet = openpyxl.load_workbook(BytesIO(made)).worksheets[0]
    assert (sheet["A1"].value, sheet["A2"].value) == ("示范区人社局审核事项清单", "截至2026年8月19日")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A4", "$3:$3")
