"""Files that come by the upload page, over HTTP: where they go, how they go on, and why they are refused."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from bot.app import FORGOTTEN_AFTER_SECONDS
from models.bureau_settings import BureauSetting
from models.evidence import Evidence, EvidenceUse
from models.people import Bureau
from tests import sample_files as samples
from tests.narrow_chat import CHUNK, MEGABYTE, Officer, UploadPage, calls_about, officer, refused, video
from tests.web_site import HOME, WebSite

PDF = samples.SAMPLES["pdf"]


@pytest.fixture(name="officer")
def an_officer(tmp_path: Path) -> Iterator[Officer]:
    with officer(tmp_path) as made:
        yield made


@pytest.fixture
def site(officer: Officer) -> WebSite:
    return officer.site


def pieces(site: WebSite) -> list[Any]:
    return site.rows(sa.select(Evidence.name, Evidence.stage, Evidence.channel, Evidence.id))


def test_a_file_comes_to_the_item_it_was_asked_for_and_the_chat_says_so(officer: Officer, site: WebSite) -> None:
    page = UploadPage(site)
    opened = page.open(officer.asked_for_evidence().link()).json()
    assert (opened["purpose"], opened["most"]) == ("第 1 项的佐证材料", 200 * MEGABYTE)
    officer.say("改2")  # the chat has gone on meanwhile
    film = video(25 * MEGABYTE)
    assert page.bring("大厅2026-06-30.mp4", film).json() == {"offset": len(film)}
    assert officer.told[-1].startswith("证-0001 已入库：大厅2026-06-30.mp4（2026-06-30，在计算期间内）。用于第 1 项。")
    (piece,) = pieces(site)
    assert tuple(piece)[:3] == ("大厅2026-06-30.mp4", "stored", "telegram")
    (use,) = site.rows(sa.select(EvidenceUse.answer_id, EvidenceUse.evidence_id))
    item = site.app.database.read(
        lambda db: db._cursor.execute("SELECT item FROM answer WHERE id = ?", (use[0],)).fetchone()
    )
    assert item == ("1",)


def test_a_link_asked_for_with_nothing_open_fills_the_box(officer: Officer, site: WebSite) -> None:
    page = UploadPage(site)
    assert page.open(officer.link()).json()["purpose"] == "放入证据箱"
    page.bring("普法材料.pdf", PDF)
    assert officer.told[-1].startswith("证-0001 已入库：普法材料.pdf。已放入证据箱。")
    assert site.rows(sa.select(EvidenceUse.answer_id)) == []


def test_a_file_goes_on_where_the_connection_was_cut(officer: Officer) -> None:
    page, film = officer.page(), video(3 * MEGABYTE)
    key = str(uuid.uuid4())
    upload = page.announce("录像.mp4", len(film), id=key).json()["upload"]
    page.append(upload, 0, film[:CHUNK])
    assert page.announce("录像.mp4", len(film), id=key).json() == {"upload": upload, "offset": CHUNK}
    assert page.offset(upload).json() == {"offset": CHUNK}
    for wrong in (0, 2 * CHUNK, len(film)):
        answer = page.append(upload, wrong, film[wrong : wrong + CHUNK])
        assert (answer.status_code, answer.json()) == (409, {"offset": CHUNK})
    page.append(upload, CHUNK, film[CHUNK : 2 * CHUNK])
    page.append(upload, 2 * CHUNK, film[2 * CHUNK :])
    assert (
        page.append(upload, 2 * CHUNK, film[2 * CHUNK :]).status_code == 409
    )  # its answer was lost, and it is repeated
    assert [told.startswith("证-0001 已入库") for told in officer.told].count(True) == 1


def test_another_link_of_the_same_person_goes_on_with_it_and_nobody_elses(officer: Officer, site: WebSite) -> None:
    film, key = video(2 * MEGABYTE), str(uuid.uuid4())
    page = officer.page()
    upload = page.announce("录像.mp4", len(film), id=key).json()["upload"]
    page.append(upload, 0, film[:CHUNK])
    site.clock.pass_(minutes=10)
    assert not page.is_open
    again = officer.page()
    stranger = Officer(site, officer.chat, "就业促进科法治联络员").page()
    for method, path in calls_about(upload):
        assert refused(stranger.call(method, path)) == (404, "这次上传已经失效，请重新选择文件。")
    assert again.announce("录像.mp4", len(film), id=key).json() == {"upload": upload, "offset": CHUNK}
    again.append(upload, CHUNK, film[CHUNK:])
    assert officer.told[-1].startswith("证-0001 已入库")


def test_no_more_comes_than_was_announced(officer: Officer, site: WebSite) -> None:
    page = officer.page()
    upload = page.announce("材料.pdf", 100).json()["upload"]
    assert refused(page.append(upload, 0, bytes(101))) == (413, "文件在上传过程中有变化，请重新选择后上传。")
    assert refused(page.append(upload, 0, bytes(2 * CHUNK + 1))) == (413, "内容过长，请分段发送。")
    assert page.offset(upload).json() == {"offset": 0}
    for foreign in (upload.replace("100", "999"), "u1_x_9", upload[1:]):
        assert page.append(foreign, 0, b"x").status_code == 404


def test_a_file_thought_better_of_is_forgotten(officer: Officer, site: WebSite) -> None:
    page = officer.page()
    upload = page.announce("材料.pdf", len(PDF)).json()["upload"]
    page.append(upload, 0, PDF[:9])
    said = len(officer.told)
    assert page.call("DELETE", f"/uploads/{upload}").status_code == 200
    assert page.offset(upload).status_code == 404
    assert [piece.stage for piece in pieces(site)] == ["failed"]
    assert len(officer.told) == said


def test_what_cannot_be_taken_is_refused_on_the_page_and_in_the_chat(officer: Officer, site: WebSite) -> None:
    page = officer.page()
    for name, size, why in (
        ("程序.exe", 9, "不能接收 .exe 文件"), ("空.pdf", 0, "这个文件是空的"),
        ("录像.mp4", 201 * MEGABYTE, "文件共 201 MB，超过上限 200 MB"), ("机密★方案.pdf", 9, "请不要在这里发涉密内容。"),
    ):  # fmt: skip
        status, message = refused(page.announce(name, size))
        assert status == 422
        assert message.startswith(why)
        assert officer.told[-1].startswith(message)
    assert pieces(site) == []
    page.bring("佐证.pdf", b"MZ\x90\0" + bytes(60))
    assert officer.told[-1].startswith("佐证.pdf 未入库。")


def test_an_item_takes_no_more_pieces_than_its_question(officer: Officer, site: WebSite) -> None:
    page = officer.page(officer.asked_for_evidence().link())
    for number in range(50):
        assert page.announce(f"材料{number}.pdf", 9).status_code == 200
    assert refused(page.announce("材料50.pdf", 9)) == (422, "最多50份，已经到上限。")


def test_pictures_chosen_in_one_go_are_one_piece(officer: Officer, site: WebSite) -> None:
    page, album = officer.page(), str(uuid.uuid4())
    pictures = {f"大厅{number}.jpg": samples.jpg(scan=str(number).encode()) for number in (1, 2)}
    uploads = [page.announce(name, len(data), album=album).json()["upload"] for name, data in pictures.items()]
    for upload, data in zip(uploads, pictures.values(), strict=True):
        page.append(upload, 0, data)
    assert officer.told[-1].startswith("证-0001（2张）已入库")


def test_a_file_left_lying_is_given_up_and_its_person_told_in_the_chat(
    officer: Officer, site: WebSite, tmp_path: Path
) -> None:
    page = officer.page()
    upload = page.announce("录像.mp4", 3 * MEGABYTE).json()["upload"]
    page.append(upload, 0, bytes(9))
    for path in (tmp_path / "evidence" / "incoming").rglob("*"):
        long_ago = path.stat().st_mtime - FORGOTTEN_AFTER_SECONDS - 1
        os.utime(path, (long_ago, long_ago))
    site.run(site.app.give_up_stale_uploads())
    assert officer.told[-1] == "录像.mp4 未入库。传输中断，请重新发送。"
    assert site.app.store.stale(float("inf")) == []


def test_where_the_bureau_takes_no_larger_files_than_the_chat_there_is_no_page(officer: Officer, site: WebSite) -> None:
    bureau = site.rows(sa.select(Bureau.id).where(col(Bureau.name) == HOME))[0][0]
    setting = {"bureau_id": bureau, "key": "page_megabytes", "value": 20, "person_id": officer.person}
    site.change(sa.insert(BureauSetting).values(**setting, at=site.clock.now()))
    assert officer.say("上传文件") == "请直接在这里发送文件，每份不超过 20 MB。"
    assert officer.say("改1", "符合", "跳过") == "请提供佐证：发文件、照片或网址均可，可发多份。"


def test_bringing_files_is_not_writing_from_the_chat(officer: Officer, site: WebSite) -> None:
    """Whoever has blocked the assistant meanwhile is not taken for back, nor is the file refused for it."""
    page = officer.page()
    site.change(sa.text("UPDATE address SET gone_at = 1"))
    assert page.bring("材料.pdf", PDF).status_code == 200
    assert site.rows(sa.text("SELECT gone_at FROM address")) == [(1,)]
