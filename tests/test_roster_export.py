"""备案汇总表 as files: for whoever asked, for a day, as long as they may see the whole roster; every time one is asked for is noted."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from docx import Document

from bot import downloads
from bot.actions import Made
from tests.world import Phone, World

SECTION, LEADER, HEAD = "法制科科长", "局领导（分管）", "就业促进科负责人"
KINDS = ("roster_xlsx", "roster_docx")


def urls(phone: Phone) -> list[str]:
    """The files on offer after asking for the table."""
    before = len(phone.seen)
    phone.say("备案汇总表")
    return [row.body["file"]["url"] for row in phone.seen[before:] if "file" in row.body]


def got(world: World, phone: Phone, url: str) -> Any:
    named = downloads.named(url)
    assert named is not None
    return downloads.find(world.assistant, world.store, phone.channel, phone.address, *named)


@pytest.mark.parametrize("called", [SECTION, LEADER])
def test_both_files_are_what_they_say(world: World, called: str) -> None:
    phone = world.phone(called)
    sheet, document = (got(world, phone, url) for url in urls(phone))
    assert isinstance(sheet, Made)
    assert (sheet.name, document.name) == tuple(f"示范区人社局备案汇总表20260819.{kind}" for kind in ("xlsx", "docx"))
    assert (
        openpyxl.load_workbook(BytesIO(sheet.content)).worksheets[0]["A1"].value
        == "示范区人社局法治联络员、法治员备案汇总表"
    )
    assert "就业促进科法治联络员" in "".join(cell.text for cell in Document(BytesIO(document.content)).tables[0]._cells)
    assert world.rows("SELECT what, object FROM auditentry") == [("roster.export", "bureau")]


def test_for_whoever_asked_alone_and_for_a_day(world: World) -> None:
    phone, colleague = world.phone(SECTION), world.phone("法制科经办")
    found = urls(phone)
    assert [got(world, colleague, url) for url in found] == [None, None]
    world.clock.pass_(hours=23, minutes=59)
    assert all(got(world, phone, url) is not None for url in found)
    world.clock.pass_(minutes=1)
    assert [got(world, phone, url) for url in found] == [None, None]


def test_not_without_the_right_any_more(world: World) -> None:
    phone = world.phone(SECTION)
    found = urls(phone)
    world.database.write(
        lambda db: db.execute(f"UPDATE post SET role = 'head' WHERE person_id = {phone.address}")
    ).result()
    assert [got(world, phone, url) for url in found] == [None, None]


def test_not_for_a_unit_and_not_where_numbers_may_not_stand(world: World) -> None:
    assert urls(world.phone(HEAD)) == []
    assert urls(world.phone(SECTION, "terminal")) == []
    assert world.rows("SELECT count(*) FROM rosterexport") == [(0,)]
