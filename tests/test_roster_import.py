"""Importing in chat: what can be downloaded and by whom, what is kept of a file, and what pressing twice comes to."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.channels.web.visitors import DemoVisitors
from bot.messages import Inbound
from models.roster.imports import KEPT_FOR
from tests.dialogue_events import id_of
from tests.dialogue_files import Sending
from tests.dialogue_screens import Delivery
from tests.dialogue_site import Site
from tests.receiving import all_at_once
from tests.sample_rosters import HOME, roster, somebody
from tests.test_roster import Registry, anywhere
from tests.world import Phone, World, text_of

SECTION, COLLEAGUE, OFFICER = "法制科科长", "法制科经办", "就业促进科法治员"

__all__ = ["anywhere"]


@pytest.fixture
def section(world: World) -> Phone:
    """The legal section, asked for its file."""
    phone = world.phone(SECTION)
    phone.say("导入名册")
    return phone


def file(*names: str, unit: str = "信访科") -> bytes:
    """A roster of somebody new for each name."""
    return roster(somebody(unit, name, f"1380000000{number}", "联络员") for number, name in enumerate(names))


def people(world: World) -> list[str]:
    """Who has been brought in."""
    return [name for (name,) in world.rows("SELECT name FROM person WHERE mobile IS NOT NULL ORDER BY name")]


def test_pressing_twice_imports_once(section: Phone, world: World) -> None:
    shown = section.send_file("名册.xlsx", file("甲", "乙"))
    token = section.token("全部导入")
    assert text_of(section.deliver(press=token)).startswith("已导入。")
    assert text_of(section.deliver(press=token)) == "这份名册已经导入，没有重复导入。"
    section.deliver("same", press=token)
    assert section.deliver("same", press=token) is None
    assert shown is not None
    assert people(world) == ["乙", "甲"]
    assert world.rows("SELECT count(*) FROM auditentry WHERE what = 'roster.import'") == [(3,)]


def test_a_summary_overtaken_by_another_file_decides_nothing(section: Phone, world: World) -> None:
    section.send_file("一.xlsx", file("甲"))
    first = section.token("全部导入")
    section.send_file("二.xlsx", file("乙"))
    assert "“二.xlsx”已读完" in text_of(section.deliver(press=first))
    assert people(world) == []
    section.press("全部导入")
    assert people(world) == ["乙"]


def test_nothing_of_a_file_is_kept_once_it_is_decided(section: Phone, world: World) -> None:
    def kept() -> list[Any]:
        return world.rows("SELECT stage, parsed IS NOT NULL, shown IS NOT NULL FROM rosterimport ORDER BY id")

    section.send_file("名册.xlsx", file("甲"))
    assert kept() == [("read", 1, 1)]
    assert [path for path in (world.folder / "evidence").rglob("*") if path.is_file() and path.parent.name != "incoming"
            and "incoming" not in path.parts] == []  # fmt: skip
    section.press("全部导入")
    assert kept() == [("done", 0, 0)]
    section.say("导入名册")
    section.send_file("名册.xlsx", file("乙"))
    section.press("换一份文件")
    assert kept()[1] == ("waiting", 0, 0)
    section.send_file("名册.xlsx", file("乙"))
    section.say("取消")
    world.clock.pass_(seconds=KEPT_FOR.total_seconds() + 1)
    world.phone(COLLEAGUE).say("导入名册")
    assert kept()[1] == ("forgotten", 0, 0)


def test_work_that_is_given_up_is_told(section: Phone, world: World) -> None:
    upload = section.announce("名册.xlsx", 1000)
    section.deliver(work=("roster", {"upload": upload, "given_up": "NotReached"}))
    assert text_of(section.seen[-1]).startswith("“名册.xlsx”没有读成。系统暂时无法读取，请稍后重新发送。")
    assert section.deliver(work=("roster", {"upload": upload, "given_up": "NotReached"})) is None


def test_whoever_is_busy_with_something_else_meanwhile_is_only_told(section: Phone, world: World) -> None:
    data = file("甲")
    upload = section.announce("名册.xlsx", len(data))
    assert upload is not None
    section.say("改1")
    world.store.begin(upload)
    world.store.append(upload, 0, data, len(data))
    assert text_of(section.all_here(upload)) == "“名册.xlsx”已读完，请核对后决定是否导入。"
    assert "核对无误" in text_of(section.press("去处理"))
    section.press("全部导入")
    assert people(world) == ["甲"]
    assert text_of(section.seen[-1]).startswith("第 1/60 项")


def test_whoever_left_the_post_while_a_file_was_read_is_told_nothing_of_it(section: Phone, world: World) -> None:
    data = file("甲")
    upload = section.announce("名册.xlsx", len(data))
    assert upload is not None
    world.store.begin(upload)
    world.store.append(upload, 0, data, len(data))
    Registry(world).run(f"UPDATE post SET ends_on = '2026-08-19' WHERE person_id = {section.address}")
    assert section.all_here(upload) is None
    assert world.rows("SELECT stage, parsed FROM rosterimport") == [("forgotten", None)]


def test_two_who_import_the_same_at_once_make_nobody_twice(anywhere: Registry) -> None:
    world = anywhere.world
    phones = [world.phone(SECTION), world.phone(COLLEAGUE)]
    for phone in phones:
        phone.say("导入名册")
        phone.send_file("名册.xlsx", file("甲", "乙", "丙"))
    presses = [Inbound(one.channel, one.address, f"press {one.address}", press=one.token("全部导入")) for one in phones]
    for future in all_at_once(world, presses):
        future.result()
    assert people(world) == ["丙", "乙", "甲"]
    assert anywhere.count("unit WHERE name = '信访科'") == 1


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.close()


def person(site: Site, name: str) -> int:
    """A person of the demo's own bureau."""
    return id_of(site, name, HOME)


def download(site: Site, who: str, path: str) -> Any:
    key = DemoVisitors(b"secret").key(str(person(site, who)))
    return site.run(site.http.request("GET", path, headers={"x-key": key}))


def test_the_template_is_there_for_legal_sections_alone(site: Site) -> None:
    answer = download(site, SECTION, "/api/files/roster_template/0")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E5%90%8D%E5%86%8C")
    assert answer.headers["cache-control"] == "no-store"
    assert "人员" in load_workbook(BytesIO(answer.content)).sheetnames
    assert download(site, OFFICER, "/api/files/roster_template/0").status_code == 404


def test_all_that_is_wrong_can_be_downloaded_by_whoever_sent_the_file(site: Site) -> None:
    screen = site.screen(person(site, SECTION), "web")
    screen.deliver(Delivery(text="导入名册"))
    wrong = [
        somebody("信访科", "=1+1", "13800000001"),
        *(somebody("信访科", "甲", "") for _ in range(6)),
    ]
    data = roster(wrong)
    screen.send([Sending("名册.xlsx", len(data), data)])
    answer = download(site, SECTION, "/api/files/roster_problems/1")
    rows = list(load_workbook(BytesIO(answer.content))["问题"].iter_rows(values_only=True))
    assert rows[0] == ("表", "行", "列", "局", "部门", "问题")
    assert rows[1] == ("人员", 2, "姓名", HOME, "信访科", "不能以“=”开头")
    assert len(rows) == 8
    for other in (COLLEAGUE, OFFICER):
        assert download(site, other, "/api/files/roster_problems/1").status_code == 404
