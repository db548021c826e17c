"""Sessions on a listening server: streams end with them, and nothing that lets somebody in is ever logged."""

from __future__ import annotations

import logging
import re
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import structlog
import uvicorn

from bot import logs
from bot.app import web_app
from bot.channels.web import calls
from models import sessions
from tests.web_site import HEAD, WebSite

DIGITS = "5678"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSite]:
    """A site that a listening server starts and stops."""
    site = WebSite(tmp_path, site="http://127.0.0.1", starts=False)
    yield site
    site.app.database.close()


@contextmanager
def served(site: WebSite) -> Iterator[httpx.Client]:
    """A browser on a listening server."""
    listener = socket.create_server(("127.0.0.1", 0))
    web = web_app(site.app, site.visitors, None)
    server = uvicorn.Server(uvicorn.Config(web, log_config=None, access_log=False, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=10) as browser:
            yield browser
    finally:
        server.should_exit = True
        thread.join()


def join(site: WebSite, browser: httpx.Client) -> None:
    said = {"id": str(uuid.uuid4()), "code": site.invited(HEAD), "digits": DIGITS}
    assert browser.post("/join", json=said).status_code == 200


@pytest.mark.parametrize("ended", ["session", "post"])
def test_a_stream_ends_within_a_heartbeat_of_what_it_rests_on(
    site: WebSite, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "HEARTBEAT_SECONDS", 0.05)
    with served(site) as browser:
        join(site, browser)
        person, now = site.person(HEAD), site.clock.now()
        with browser.stream("GET", "/api/stream") as stream:
            lines = stream.iter_lines()
            assert any("已核对" in line for line in lines)
            assert any("still here" in line for line in lines)  # as long as all is well
            if ended == "session":
                site.app.database.write(lambda db: sessions.end_all(db, person, now)).result()
            else:
                site.leaves(HEAD, now.date())
            list(lines)  # comes to an end
        assert browser.get("/api/stream").status_code == 401


def test_nothing_that_lets_in_reaches_a_log(site: WebSite, caplog: pytest.LogCaptureFixture) -> None:
    logged: list[str] = []
    structlog.configure(processors=[lambda _, __, event: logged.append(str(event)) or ""])
    caplog.set_level(logging.DEBUG)
    try:
        with served(site) as browser:
            code, token = site.invited(HEAD), site.link(HEAD)
            browser.get(f"/join?code={code}")
            browser.post("/join", json={"id": str(uuid.uuid4()), "code": code, "digits": "5687"})
            join(site, browser)
            token = site.link(HEAD)
            browser.post("/enter", json={"id": str(uuid.uuid4()), "token": token})
            cookie = browser.cookies["session"]
            browser.post("/api/say", json={"id": str(uuid.uuid4()), "text": "菜单"}, headers={"x-key": cookie})
    finally:
        structlog.reset_defaults()
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    told = "\n".join([*ours, *logged])
    for secret in (code, token, cookie, "5687", "13800005678"):
        assert secret not in told


@pytest.mark.parametrize(
    "line",
    [
        "GET /join#K7QF-2M8X-PD4C",
        "code k7qf-2m8x-pd4c refused",
        "https://fz.example.gov.cn/enter#D11pwNRbhVrgMuR2n8z-n2Zy3BviMYFio1raImo9Npo",
        "token D11pwNRbhVrgMuR2n8z-n2Zy3BviMYFio1raImo9Npo",
        "cookie: __Host-session=D11pwNRbhVrgMuR2n8z; other=1",
    ],
)
def test_what_looks_like_a_code_a_link_or_a_cookie_is_struck_out(line: str) -> None:
    assert "***" in logs.redacted(line)
    assert not re.search("K7QF|k7qf|D11p", logs.redacted(line))


@pytest.mark.parametrize("line", ["delivery 9304ff80-adb7-4940-b4c7-35349c9fd96a", "at 2026-08-19 09:00:00", "a" * 64])
def test_what_operators_need_stays(line: str) -> None:
    assert logs.redacted(line) == line
