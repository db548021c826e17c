"""Signing in on the web, over HTTP: who gets a session, what it is good for, and when it ends."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.clock import day_of
from models import sessions
from models.joining import Newcomer
from models.people import Address
from models.sessions import WebSession
from tests.web_site import HEAD, SECTION, Browser, WebSite

PHONE, COMPUTER = "203.0.113.5", "198.51.100.7"
TOO_MANY = "尝试次数过多，请在10:00以后再试。"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSite]:
    site = WebSite(tmp_path)
    yield site
    site.close()


def joined(site: WebSite, called: str = HEAD, mobile: str = "13800005678") -> Browser:
    browser = site.browser()
    assert browser.join(site.invited(called, mobile), mobile[-4:]).status_code == 200
    return browser


def test_nobody_gets_in_without_a_session(site: WebSite) -> None:
    browser = site.browser()
    assert browser.get("/").status_code == 403
    assert "我有邀请码" in browser.get("/").text
    assert browser.get("/leave").status_code == 403
    assert browser.get("/api/messages").status_code == 401
    browser.http.cookies.set("__Host-session", "x" * 43)
    assert not browser.is_in


def test_a_code_and_four_figures_let_in_and_the_legal_section_is_told(site: WebSite) -> None:
    joined(site, SECTION, "13900001111")
    head = joined(site)
    assert head.told[0].startswith("已核对：示范区人社局 就业促进科 部门负责人。")
    to_come = site.app.database.read(
        lambda db: db.session.execute(sa.text("SELECT body FROM reminder")).scalars().all()
    )
    assert any("就业促进科 负责人已加入（网页，8月19日 09:00）。" in body for body in to_come)
    assert head.say("菜单").status_code == 200
    assert "请选择要办理的事项" in head.told[-1]


def test_the_cookie_is_for_this_host_over_https_and_for_no_script(site: WebSite, tmp_path: Path) -> None:
    answer = site.browser().join(site.invited(HEAD))
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert {part.strip() for part in cookie.split(";")[1:]} == {
        "HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=lax", "Secure",
    }  # fmt: skip
    (tmp_path / "plain").mkdir()
    plain = WebSite(tmp_path / "plain", site="http://10.0.0.5:8000")
    try:
        cookie = plain.browser().join(plain.invited(HEAD)).headers["set-cookie"]
        assert cookie.startswith("session=")
        assert "Secure" not in cookie
    finally:
        plain.close()


def test_pages_do_nothing_when_they_are_only_fetched(site: WebSite) -> None:
    code, token = site.invited(HEAD), site.link(HEAD)
    preview = site.browser()
    for path in (f"/join?code={code}&digits=5678", f"/enter?token={token}", "/join", "/enter"):
        page = preview.get(path)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert code not in page.text
        assert token not in page.text
    assert not preview.is_in
    assert site.browser().post("/enter", token=token).status_code == 200
    assert site.browser().join(code).status_code == 200


def test_a_call_needs_the_key_of_its_own_page_and_a_picture_only_the_cookie(site: WebSite) -> None:
    head, section = joined(site), joined(site, SECTION, "13900001111")
    for key in ("", "x", section.key):
        assert head.say("菜单", key).status_code == 401
        assert head.call("PATCH", "/api/uploads/1_2_3", headers={"x-key": key}).status_code == 401
        assert head.post("/leave", {"x-key": key}).status_code == 401
    assert head.get("/api/files/evidence/1").status_code == 404
    assert site.browser().get("/api/files/evidence/1").status_code == 401
    assert head.is_in


def test_another_site_can_post_no_form_that_signs_somebody_in(site: WebSite) -> None:
    code = site.invited(HEAD)
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        body = f'{{"id": "{uuid.uuid4()}", "code": "{code}", "digits": "5678"}}'
        answer = site.browser().call("POST", "/join", content=body, headers={"content-type": kind})
        assert (answer.status_code, "set-cookie" in answer.headers) == (400, False)
    assert site.browser().join(code).status_code == 200


@pytest.mark.parametrize("said", [{"code": 5}, {"code": "x" * 300, "digits": "5678"}, {"digits": "5678"}, {"id": "?"}])
def test_nonsense_is_told_in_one_sentence(site: WebSite, said: dict[str, object]) -> None:
    answer = site.browser().post("/join", **said)
    assert (answer.status_code, answer.json()) == (400, {"message": "没有读懂这次操作，请刷新页面后重试。"})


def test_five_wrong_tries_lock_a_network_and_no_other(site: WebSite) -> None:
    code = site.invited(HEAD)
    guesser, colleague = site.browser(PHONE), site.browser(PHONE)
    for left in (4, 3, 2, 1):
        assert f"还可再试{left}次" in guesser.join("K7QF-2M8X-PD4C").json()["message"]
    assert guesser.join("K7QF-2M8X-PD4C").json()["message"] == TOO_MANY
    for browser in (guesser, colleague):  # even with the right code, lest the answer tell which one is right
        answer = browser.join(code)
        assert (answer.status_code, answer.json()["message"]) == (429, TOO_MANY)
    elsewhere = site.browser(COMPUTER)
    assert elsewhere.join(code).status_code == 200
    assert elsewhere.is_in


def test_a_lock_ends_after_an_hour_and_never_ends_a_session(site: WebSite) -> None:
    code, inside = site.invited(HEAD), joined(site, SECTION, "13900001111")
    for _ in range(6):
        site.browser(PHONE).join("K7QF-2M8X-PD4C")
    assert inside.is_in  # from the same network
    site.clock.pass_(minutes=60)
    assert site.browser(PHONE).join(code).status_code == 200


def test_ten_thousand_guesses_from_one_network_cost_nothing_more_than_five(site: WebSite) -> None:
    browser = site.browser()
    for _ in range(5):
        browser.join("K7QF-2M8X-PD4C")
    before = site.rows(sa.text("SELECT (SELECT count(*) FROM delivery), (SELECT count(*) FROM outgoing)"))

    async def storm() -> set[int]:
        said = {"id": str(uuid.uuid4()), "code": "K7QF-2M8X-PD4C", "digits": "5678"}
        return {(await browser.http.post("/join", json=said)).status_code for _ in range(300)}

    assert site.run(storm()) == {429}
    assert site.rows(sa.text("SELECT (SELECT count(*) FROM delivery), (SELECT count(*) FROM outgoing)")) == before


def test_an_ipv6_line_is_one_network_and_an_ipv4_address_is_the_same_however_written(site: WebSite) -> None:
    for last in range(5):
        site.browser(f"2001:db8:1:2::{last}").join("K7QF-2M8X-PD4C")
    assert site.browser("2001:db8:1:2:ffff::1").join("K7QF-2M8X-PD4C").status_code == 429
    assert site.browser("2001:db8:1:3::1").join("K7QF-2M8X-PD4C").status_code == 403
    for _ in range(5):
        site.browser("::ffff:203.0.113.5").join("K7QF-2M8X-PD4C")
    assert site.browser("203.0.113.5").join("K7QF-2M8X-PD4C").status_code == 429
    assert not any("203" in row.address or ":" in row.address for row in site.rows(sa.select(Newcomer.address)))


def test_an_answer_lost_on_the_way_can_be_had_again_by_the_same_browser_only(site: WebSite) -> None:
    code, delivery = site.invited(HEAD), str(uuid.uuid4())
    assert site.browser().join(code, id=delivery).status_code == 200  # and the answer is lost
    again = site.browser(COMPUTER)  # the phone has changed networks meanwhile
    assert again.join(code, id=delivery).status_code == 200
    assert again.is_in
    assert "已经用过" in site.browser().join(code).json()["message"]
    site.clock.pass_(minutes=11)
    assert site.browser().join(code, id=delivery).status_code == 409
    assert site.rows(sa.select(sa.func.count()).select_from(WebSession)) == [(1,)]


def test_what_the_database_holds_lets_nobody_in(site: WebSite, tmp_path: Path) -> None:
    code, other, delivery = site.invited(HEAD), site.invited(SECTION, "13900001111"), str(uuid.uuid4())
    browser = site.browser()
    browser.join(code, id=delivery)
    link = site.link(HEAD)
    token, key = browser.http.cookies["__Host-session"], browser.key
    copied = b"".join(path.read_bytes() for path in tmp_path.glob("site.sqlite3*"))
    with closing(sqlite3.connect(site.place)) as connection:
        copied += "\n".join(connection.iterdump()).encode()
    for secret in (code, code.replace("-", ""), other, delivery, delivery.replace("-", ""), link, token, key):
        assert secret.encode() not in copied


def test_a_one_time_link_works_once_for_ten_minutes(site: WebSite) -> None:
    joined(site)
    gone = "这个登录链接已经用过，或超过了时间，请重新索取。"
    token = site.link(HEAD)
    first, forwarded = site.browser(), site.browser(COMPUTER)
    assert first.post("/enter", token=token).status_code == 200
    assert "不是您本人的，请按“全部退出”" in first.told[-1]
    for wrong in (token, "x" * 43, ""):
        answer = forwarded.post("/enter", token=wrong)
        assert (answer.status_code, answer.json()["message"]) == (403, gone)
    late = site.link(HEAD)
    site.clock.pass_(minutes=10)
    assert site.browser().post("/enter", token=late).json()["message"] == gone
    older, newer = site.link(HEAD), site.link(HEAD)
    assert site.browser().post("/enter", token=older).status_code == 403
    assert site.browser().post("/enter", token=newer).status_code == 200


def test_links_that_open_nothing_leave_no_trace(site: WebSite) -> None:
    before = site.rows(sa.text("SELECT count(*) FROM delivery"))
    for _ in range(20):
        site.browser().post("/enter", token="x" * 43)
    assert site.rows(sa.text("SELECT count(*) FROM delivery")) == before


def test_a_session_ends_with_the_last_post_at_the_next_call(site: WebSite) -> None:
    head = joined(site)
    token = site.link(HEAD)
    site.leaves(HEAD, day_of(site.clock.now()) + timedelta(days=1))
    assert head.is_in
    key = head.key
    site.clock.pass_(hours=15)  # midnight in Shanghai: the last post ended this second
    assert head.get("/api/messages").status_code == 401
    assert head.say("菜单", key).status_code == 401
    assert head.get("/").status_code == 403
    assert site.browser().post("/enter", token=token).status_code == 403


def test_a_link_of_somebody_who_has_just_left_lets_nobody_in(site: WebSite) -> None:
    token = site.link(HEAD)
    site.leaves(HEAD, day_of(site.clock.now()))
    answer = site.browser().post("/enter", token=token)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert "没有在任的法治工作岗位" in answer.json()["message"]


def test_a_session_lasts_thirty_days(site: WebSite) -> None:
    head = joined(site)
    site.clock.pass_(days=29, hours=23)
    assert head.is_in
    site.clock.pass_(hours=1)
    assert not head.is_in


def test_one_browser_leaves_and_the_other_stays(site: WebSite) -> None:
    phone, computer = joined(site), site.browser(COMPUTER)
    computer.post("/enter", token=site.link(HEAD))
    assert 'data-key="' in phone.get("/leave").text
    answer = phone.post("/leave", {"x-key": phone.key})
    assert (answer.status_code, answer.json()) == (200, {"to": "/"})
    assert "__Host-session" not in phone.http.cookies
    assert not phone.is_in
    assert computer.is_in


def test_all_are_ended_from_any_of_them(site: WebSite) -> None:
    phone, computer = joined(site), site.browser(COMPUTER)
    computer.post("/enter", token=site.link(HEAD))
    unused = site.link(HEAD)
    phone.say("我的登录")
    assert phone.told[-1].startswith("您在2处登录了网页：\n1　手机")
    press = next(
        button["press"]
        for message in computer.get("/api/messages").json()["messages"]
        for row in message["buttons"]
        for button in row
        if button["label"] == "全部退出"
    )
    computer.post("/api/say", {"x-key": computer.key}, press=press, label="全部退出")
    assert not phone.is_in
    assert not computer.is_in
    assert site.browser().post("/enter", token=unused).status_code == 403


def test_signing_in_anew_ends_the_session_that_the_browser_had(site: WebSite) -> None:
    browser = joined(site, SECTION, "13900001111")
    before = browser.http.cookies["__Host-session"]
    browser.post("/enter", token=site.link(HEAD))
    assert browser.get("/").text.count("就业促进科 负责人")
    stolen = site.browser()
    stolen.http.cookies.set("__Host-session", before)
    assert not stolen.is_in


def test_the_key_of_a_page_is_no_cookie_and_a_cookie_no_key(site: WebSite) -> None:
    head = joined(site)
    other = site.browser()
    other.http.cookies.set("__Host-session", head.key)
    assert not other.is_in
    assert head.say("菜单", head.http.cookies["__Host-session"]).status_code == 401


def test_an_unlinked_person_is_out_at_once(site: WebSite) -> None:
    head = joined(site)
    site.change(sa.delete(Address))
    assert head.get("/").status_code == 403
    assert head.told == []


def test_a_session_is_looked_up_in_one_statement(site: WebSite) -> None:
    """It is done at every request."""
    head = joined(site)
    mark = site.visitors.mark(head.http.cookies["__Host-session"])
    now = site.clock.now()
    assert site.app.database.read(lambda db: sessions.holder(db, mark, now, day_of(now))) == site.person(HEAD)
    plan = site.rows(sa.text("EXPLAIN QUERY PLAN SELECT 1 FROM websession WHERE token_mark = 'x'"))
    assert "INDEX" in plan[0].detail
