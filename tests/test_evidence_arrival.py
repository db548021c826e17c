"""Files that come in through the page's own calls: large ones, captions, albums, and files thought better of."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import sample_files as samples
from tests.dialogue_events import HOME, id_of
from tests.dialogue_screens import Delivery
from tests.dialogue_site import Site, _PageScreen

LARGE = 3_000_000


class Office:
    """A liaison's page: what it calls, and what it shows."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder)
        screen = self.site.screen(id_of(self.site, "法制科法治联络员", HOME), "web")
        assert isinstance(screen, _PageScreen)
        self.screen = screen

    def say(self, *texts: str) -> str:
        for text in texts:
            self.screen.deliver(Delivery(text=text))
        return self.last

    @property
    def last(self) -> str:
        return self.screen.messages()[-1].text

    def announce(self, name: str, size: int, **more: Any) -> Any:
        announced = {"id": str(uuid.uuid4()), "name": name, "size": size, **more}
        return self.screen._call("POST", "/api/uploads", json=announced)

    def bring(self, answer: Any, data: bytes) -> None:
        self.screen._append(f"/api/uploads/{answer.json()['upload']}", 0, data)

    def rows(self, sql: str) -> list[Any]:
        with sqlite3.connect(self.site.place) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.site.close()


def test_a_large_file_is_taken_and_only_said_to_take_its_time(office: Office) -> None:
    office.say("改1", "符合", "跳过")
    answer = office.announce("大厅录像.mp4", LARGE)
    assert (answer.status_code, answer.json()["offset"]) == (200, 0)
    assert "接收中" in office.last
    assert office.announce("大厅录像.exe", LARGE).status_code == 422


def test_a_caption_comes_with_its_file(office: Office) -> None:
    data = samples.jpg(scan=b"a")
    office.bring(office.announce("IMG_1.jpg", len(data), caption="  旁听庭审\u202e "), data)
    assert "可作哪一项的佐证" in office.last
    assert office.rows("SELECT caption FROM evidence") == [("旁听庭审",)]
    assert office.announce("IMG_2.jpg", 9, caption=7).status_code == 400
    assert office.announce("IMG_2.jpg", 9, album="x").status_code == 400


def test_an_album_is_one_piece_once_its_last_picture_is_here(office: Office) -> None:
    album = str(uuid.uuid4())
    pictures = [samples.jpg(scan=bytes([n]) * 9) for n in range(3)]
    answers = [office.announce(f"窗口{n}.jpg", len(one), album=album) for n, one in enumerate(pictures)]
    for answer, picture in zip(answers[1:], pictures[1:], strict=True):
        office.bring(answer, picture)
    assert office.rows("SELECT stage, number FROM evidence") == [("receiving", None)]
    office.bring(answers[0], pictures[0])
    assert office.rows("SELECT stage, number, size, name FROM evidence") == [
        ("stored", 1, sum(map(len, pictures)), "窗口0.jpg")
    ]
    assert "证-0001（3张）" in office.last
    for file, picture in enumerate(pictures, start=1):
        assert office.screen._call("GET", f"/api/files/evidence_file/{file}").content == picture
    late = office.announce("窗口9.jpg", 9, album=album)
    assert late.status_code == 200
    assert len(office.rows("SELECT id FROM evidence")) == 2


def test_a_file_thought_better_of_holds_nothing_up(office: Office) -> None:
    album, picture = str(uuid.uuid4()), samples.jpg(scan=b"b")
    stays, goes = (office.announce(name, len(picture), album=album) for name in ("甲.jpg", "乙.jpg"))
    office.bring(stays, picture)
    before = len(office.screen.messages())
    path = f"/api/uploads/{goes.json()['upload']}"
    for _ in range(2):
        assert office.screen._call("DELETE", path).status_code == 200
    assert office.screen._call("GET", path).status_code == 404
    assert office.rows("SELECT stage, number FROM evidence") == [("stored", 1)]
    assert "乙.jpg" not in office.last
    assert len(office.screen.messages()) == before + 1
    alone = office.announce("丙.jpg", len(picture))
    assert office.screen._call("DELETE", f"/api/uploads/{alone.json()['upload']}").status_code == 200
    assert office.rows("SELECT stage FROM evidence ORDER BY id") == [("stored",), ("failed",)]
    assert len(office.screen.messages()) == before + 1
    assert office.screen._call("DELETE", "/api/uploads/1_00000000000000000000000000000000_9").status_code == 404


def test_nobody_joins_the_album_of_another(office: Office) -> None:
    album, picture = str(uuid.uuid4()), samples.jpg(scan=b"c")
    office.announce("甲.jpg", len(picture), album=album)
    other = office.site.screen(id_of(office.site, "法制科经办", HOME), "web")
    assert isinstance(other, _PageScreen)
    announced = {"id": str(uuid.uuid4()), "name": "乙.jpg", "size": 9, "album": album}
    assert other._call("POST", "/api/uploads", json=announced).status_code == 200
    assert len(office.rows("SELECT id FROM evidence")) == 2


@pytest.mark.parametrize("before", [("菜单",), ("改1", "符合", "跳过")])
def test_a_file_without_a_name_is_turned_down_and_says_so(office: Office, before: tuple[str, ...]) -> None:
    office.say(*before)
    assert office.announce("\u202e .", 10).status_code == 422
    assert "文件名为空或无法显示" in office.last
