"""Upload links over HTTP: whose a link is, how long it lasts, and what it lets nobody do."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.clock import day_of
from models import members
from tests import sample_files as samples
from tests.narrow_chat import CHUNK, CONTACT, MEGABYTE, Chat, Officer, UploadPage, calls_about, officer, refused, video
from tests.web_site import WebSite

GONE = "这个上传链接已经用完，或超过了时间，请回到聊天窗口重新索取。"
ELSEWHERE = "这个上传链接已在别的浏览器里打开，请回到聊天窗口重新索取。"
ENDED = "上传页已经结束，请回到聊天窗口重新索取。"
PDF = samples.SAMPLES["pdf"]
COOKIE = "__Host-upload"


@pytest.fixture(name="officer")
def an_officer(tmp_path: Path) -> Iterator[Officer]:
    with officer(tmp_path) as made:
        yield made


@pytest.fixture
def site(officer: Officer) -> WebSite:
    return officer.site


def test_a_link_belongs_to_the_browser_that_opens_it_first(officer: Officer, site: WebSite) -> None:
    token = officer.link()
    first, thief = officer.page(token), UploadPage(site)
    assert refused(thief.open(token)) == (403, ELSEWHERE)
    thief.key = first.key
    thief.cookies.set(COOKIE, "x" * 43)
    assert refused(thief.announce("材料.pdf", len(PDF))) == (401, ENDED)
    assert first.bring("材料.pdf", PDF).status_code == 200
    assert refused(thief.open(token)) == (403, ELSEWHERE)


def test_of_two_browsers_at_the_same_moment_one_gets_it(officer: Officer, site: WebSite) -> None:
    said, pages = {"token": officer.link()}, [site.browser(), site.browser()]

    async def both() -> list[int]:
        posts = [page.http.post("/upload", json=said | {"id": str(uuid.uuid4())}) for page in pages]
        return [answer.status_code for answer in await asyncio.gather(*posts)]

    assert sorted(site.run(both())) == [200, 403]


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
        for method, path in (("GET", ""), ("POST", "/done"), ("POST", "/uploads"), *calls_about(upload)):
            assert refused(page.call(method, path, json={} if method == "POST" else None)) == (401, ENDED), (key, path)
    page.key = real
    assert page.append(upload, 0, PDF).status_code == 200


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
    one = officer.page(officer.asked_for_evidence(1).link())
    two = one.another_tab(site)
    assert two.open(officer.asked_for_evidence(2).link()).json()["purpose"] == "第 2 项的佐证材料"
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


def test_without_a_site_there_is_no_page_to_open(officer: Officer, site: WebSite) -> None:
    site.app.assistant._house = replace(site.app.assistant._house, site=None)
    assert officer.say("上传文件") == "这里没有开通上传页，较大的文件请压缩或拆分后再发。"


def test_a_link_is_looked_up_by_its_mark_and_its_number(officer: Officer, site: WebSite) -> None:
    """It is done at every call."""
    for where in ("token_mark = 'x'", "id = 1"):
        plan = site.rows(sa.text(f"EXPLAIN QUERY PLAN SELECT 1 FROM uploadlink WHERE {where}"))
        assert "SCAN" not in plan[0].detail
