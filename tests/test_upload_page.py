"""The upload page over HTTP: whose a link is, how long it lasts, and what becomes of the files that come by it."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from bot.app import FORGOTTEN_AFTER_SECONDS
from bot.clock import day_of
from models import members
from models.bureau_settings import BureauSetting
from models.evidence import Evidence, EvidenceUse
from models.people import Bureau
from tests import sample_files as samples
from tests.narrow_chat import CHUNK, CONTACT, MEGABYTE, Chat, Officer, UploadPage
from tests.web_site import HOME, WebSite

GONE = "这个上传链接已经用完，或超过了时间，请回到聊天窗口重新索取。"
ELSEWHERE = "这个上传链接已在别的浏览器里打开，请回到聊天窗口重新索取。"
ENDED = "上传页已经结束，请回到聊天窗口重新索取。"
PDF = samples.SAMPLES["pdf"]
COOKIE = "__Host-upload"


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.fixture
def site(tmp_path: Path, chat: Chat) -> Iterator[WebSite]:
    site = WebSite(tmp_path, beside=[chat])
    yield site
    site.close()


@pytest.fixture
def officer(site: WebSite, chat: Chat) -> Officer:
    return Officer(site, chat)


def at_evidence(officer: Officer, item: int = 1) -> Officer:
    assert officer.say(f"改{item}", "符合", "跳过").startswith("请提供佐证")
    return officer


def pieces(site: WebSite) -> list[Any]:
    return site.rows(sa.select(Evidence.name, Evidence.stage, Evidence.channel, Evidence.id))


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def video(size: int) -> bytes:
    """A sound video of so many bytes."""
    data = samples.mp4()
    return data + samples.box(b"free", bytes(size - len(data) - 8))


def test_a_file_comes_to_the_item_it_was_asked_for_and_the_chat_says_so(officer: Officer, site: WebSite) -> None:
    page = UploadPage(site)
    opened = page.open(at_evidence(officer).link()).json()
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


def test_a_link_belongs_to_the_browser_that_opens_it_first(officer: Officer, site: WebSite) -> None:
    token = officer.link()
    first, thief = officer.page(token), UploadPage(site)
    assert refused(thief.open(token)) == (403, ELSEWHERE)
    thief.key = first.key
    thief.cookies.set(COOKIE, "x" * 43)
    assert refused(thief.announce("材料.pdf", len(PDF))) == (401, ENDED)
    assert first.bring("材料.pdf", PDF).status_code == 200
    assert refused(thief.open(token)) == (403, ELSEWHERE)


def test_the_cookie_is_for_this_host_over_https_and_for_no_script(officer: Officer, site: WebSite) -> None:
    cookie = UploadPage(site).open(officer.link()).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {part.strip() for part in cookie.split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}


def test_the_page_does_nothing_when_it_is_only_fetched(officer: Officer, site: WebSite) -> None:
    token = officer.link()
    before = site.rows(sa.text("SELECT (SELECT count(*) FROM delivery), (SELECT count(*) FROM auditentry)"))
    preview = site.browser()
    for path in ("/upload", f"/upload?token={token}"):
        page = preview.get(path)
        assert (page.status_code, page.headers["cache-control"], "set-cookie" in page.headers) == (
            200,
            "no-store",
            False,
        )
        assert token not in page.text
        assert "default-src 'self'" in page.headers["content-security-policy"]
    assert site.rows(sa.text("SELECT (SELECT count(*) FROM delivery), (SELECT count(*) FROM auditentry)")) == before
    assert officer.page(token).is_open


def test_an_answer_lost_on_the_way_can_be_had_again_by_the_same_browser(officer: Officer, site: WebSite) -> None:
    token, page = officer.link(), UploadPage(site)
    lost = page.open(token)
    page.cookies.clear()
    again = page.open(token)
    assert (again.status_code, again.json()) == (200, lost.json())
    assert page.is_open
    page.attempt = str(uuid.uuid4())  # opened anew from the chat, by a browser that still has its cookie
    assert page.open(token).status_code == 200
    assert site.rows(sa.text("SELECT count(*) FROM auditentry WHERE what = 'upload.open'")) == [(1,)]


def test_a_link_lasts_ten_minutes_then_ten_from_when_it_is_opened(officer: Officer, site: WebSite) -> None:
    late, opened = officer.link(), officer.link()
    site.clock.pass_(minutes=9)
    page = officer.page(opened)
    site.clock.pass_(minutes=1)
    assert refused(UploadPage(site).open(late)) == (403, GONE)
    site.clock.pass_(minutes=8, seconds=59)
    assert page.is_open
    site.clock.pass_(seconds=1)
    assert not page.is_open
    assert refused(page.open(opened)) == (403, GONE)
    for nonsense in ("x" * 43, ""):
        assert refused(page.open(nonsense)) == (403, GONE)


def test_every_part_of_a_file_makes_it_last_on(officer: Officer, site: WebSite) -> None:
    page, film = officer.page(), video(4 * MEGABYTE)
    upload = page.announce("录像.mp4", len(film)).json()["upload"]
    for start in range(0, len(film), CHUNK):
        site.clock.pass_(minutes=9)
        assert page.append(upload, start, film[start : start + CHUNK]).status_code == 200
    assert officer.told[-1].startswith("证-0001 已入库")
    for _ in range(3):  # looking is not bringing
        site.clock.pass_(minutes=3)
        assert page.offset(upload).status_code == 200
    site.clock.pass_(minutes=1)
    assert refused(page.offset(upload)) == (401, ENDED)


def test_a_call_needs_the_key_of_its_own_page(officer: Officer, site: WebSite) -> None:
    page, other = officer.page(), officer.page()
    upload = page.announce("材料.pdf", len(PDF)).json()["upload"]
    real = page.key
    link = real.partition(".")[0]
    for key in ("", "x", link, f"{link}.{'0' * 64}", other.key, f"{link}.{other.key.partition('.')[2]}", f"-{real}"):
        page.key = key
        for method, path in (("GET", ""), ("POST", "/done"), ("POST", "/uploads"), *_of(upload)):
            assert refused(page.call(method, path, json={} if method == "POST" else None)) == (401, ENDED), (key, path)
    page.key = real
    assert page.append(upload, 0, PDF).status_code == 200


def _of(upload: str) -> list[tuple[str, str]]:
    return [(method, f"/uploads/{upload}") for method in ("GET", "PATCH", "DELETE")]


def test_another_site_can_post_no_form_that_opens_a_link(officer: Officer, site: WebSite) -> None:
    token = officer.link()
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        body = f'{{"id": "{uuid.uuid4()}", "token": "{token}"}}'
        answer = site.browser().call("POST", "/upload", content=body, headers={"content-type": kind})
        assert (answer.status_code, "set-cookie" in answer.headers) == (400, False)
    for said in ({"token": 5}, {}, {"token": "x" * 300}, {"id": "?", "token": token}):
        answer = site.browser().post("/upload", **said)
        assert (answer.status_code, answer.json()) == (400, {"message": "没有读懂这次操作，请刷新页面后重试。"})
    assert officer.page(token).is_open


def test_links_that_open_nothing_leave_no_trace(officer: Officer, site: WebSite) -> None:
    before = site.rows(sa.text("SELECT count(*) FROM delivery"))
    for _ in range(20):
        UploadPage(site).open("x" * 43)
    assert site.rows(sa.text("SELECT count(*) FROM delivery")) == before


def test_what_the_database_holds_opens_nothing(officer: Officer, site: WebSite, tmp_path: Path) -> None:
    token, page = officer.link(), UploadPage(site)
    page.open(token)
    copied = b"".join(path.read_bytes() for path in tmp_path.glob("site.sqlite3*"))
    with closing(sqlite3.connect(site.place)) as connection:
        copied += "\n".join(connection.iterdump()).encode()
    for secret in (token, page.cookies[COOKIE], page.key.partition(".")[2], page.attempt, officer.link()):
        assert secret.encode() not in copied


def test_it_ends_with_the_last_post_of_its_person(officer: Officer, site: WebSite) -> None:
    page, unused = officer.page(), officer.link()
    site.leaves(CONTACT, day_of(site.clock.now()))
    assert refused(page.announce("材料.pdf", len(PDF))) == (401, ENDED)
    assert refused(UploadPage(site).open(unused)) == (403, GONE)


def test_it_ends_when_its_address_is_unlinked_even_if_that_is_joined_again(officer: Officer, site: WebSite) -> None:
    page, unused = officer.page(), officer.link()
    place = site.app.database.read(lambda db: members.place_at(db, Chat.name, officer.address))
    site.app.database.write(lambda db: members.unlink(db, place, site.clock.now())).result()
    for _ in range(2):
        assert refused(page.announce("材料.pdf", len(PDF))) == (401, ENDED)
        assert refused(UploadPage(site).open(unused)) == (403, GONE)
        officer.join()


def test_it_ends_with_all_sign_ins(officer: Officer, site: WebSite) -> None:
    page = officer.page()
    officer.press("si.all-0-0")
    assert not page.is_open


def test_done_ends_it(officer: Officer, site: WebSite) -> None:
    token = officer.link()
    page = officer.page(token)
    page.bring("材料.pdf", PDF)
    assert page.call("POST", "/done", json={}).status_code == 200
    assert refused(page.announce("材料.pdf", len(PDF))) == (401, ENDED)
    assert refused(page.open(token)) == (403, GONE)


def test_two_links_live_side_by_side_in_one_browser(officer: Officer, site: WebSite) -> None:
    one = officer.page(at_evidence(officer, 1).link())
    two = one.another_tab(site)
    assert two.open(at_evidence(officer, 2).link()).json()["purpose"] == "第 2 项的佐证材料"
    one.bring("甲2026-06-30.pdf", PDF)
    two.bring("乙2026-06-30.pdf", PDF + b"\n%2\n")
    used = site.rows(sa.text("SELECT a.item, e.name FROM evidenceuse u JOIN answer a ON a.id = u.answer_id"
                             " JOIN evidence e ON e.id = u.evidence_id ORDER BY 1"))  # fmt: skip
    assert used == [("1", "甲2026-06-30.pdf"), ("2", "乙2026-06-30.pdf")]


def test_a_session_and_a_link_are_no_way_into_each_other(officer: Officer, site: WebSite) -> None:
    browser = site.browser()
    assert browser.join(site.invited("就业促进科负责人")).status_code == 200
    page = UploadPage(site, browser)
    page.open(officer.link())
    upload = page.announce("材料.pdf", len(PDF)).json()["upload"]
    session = browser.key
    assert browser.call("GET", f"/api/uploads/{upload}").status_code == 404
    assert browser.post("/api/uploads", {"x-key": page.key}, name="材料.pdf", size=9).status_code == 401
    page.key = session
    assert not page.is_open


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


def test_another_link_of_the_same_person_goes_on_with_it_and_nobody_elses(
    officer: Officer, site: WebSite, chat: Chat
) -> None:
    film, key = video(2 * MEGABYTE), str(uuid.uuid4())
    page = officer.page()
    upload = page.announce("录像.mp4", len(film), id=key).json()["upload"]
    page.append(upload, 0, film[:CHUNK])
    site.clock.pass_(minutes=10)
    assert not page.is_open
    again = officer.page()
    stranger = Officer(site, chat, "就业促进科法治联络员").page()
    for method, path in _of(upload):
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
    page = officer.page(at_evidence(officer).link())
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


def test_without_a_site_there_is_no_page_to_open(tmp_path: Path, chat: Chat) -> None:
    (tmp_path / "other").mkdir()
    site = WebSite(tmp_path / "other", beside=[chat])
    try:
        site.app.assistant._house = replace(site.app.assistant._house, site=None)
        officer = Officer(site, chat)
        assert officer.say("上传文件") == "这里没有开通上传页，较大的文件请压缩或拆分后再发。"
    finally:
        site.close()


def test_a_link_is_looked_up_by_its_mark_and_its_number(officer: Officer, site: WebSite) -> None:
    """It is done at every call."""
    for where in ("token_mark = 'x'", "id = 1"):
        plan = site.rows(sa.text(f"EXPLAIN QUERY PLAN SELECT 1 FROM uploadlink WHERE {where}"))
        assert "SCAN" not in plan[0].detail
