"""Every route of the web server × everybody: who is let in, what each may fetch, and nothing of anybody else's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from starlette.routing import Route

from bot.actions import DOWNLOADS, base36, token
from bot.messages import Button
from models import outgoing
from models.db import Transaction
from tests.rights.domain import HERE, SECTION, holds, reached
from tests.rights.domain import Site as Place
from tests.rights.people import CAST, CITY, PLACES, SPOTS, Actor
from tests.rights.registry import OWN_ONLY, kinds_of
from tests.rights.server import Server
from tests.rights.world import made
from tests.world import BEGINNING

MEMBERS, OUTSIDERS = [name for name in CAST if CAST[name]], [name for name in CAST if not CAST[name]]
OPEN = {
    ("GET", "/join"), ("POST", "/join"), ("GET", "/enter"), ("POST", "/enter"), ("GET", "/upload"), ("POST", "/upload"),
}  # fmt: skip
"""What is for people who are not signed in; tests/test_joining.py and others try it."""
OF_GUESTS = {
    ("GET", "/api/link"), ("POST", "/api/link/done"), ("POST", "/api/link/uploads"),
    ("GET", "/api/link/uploads/{upload}"), ("PATCH", "/api/link/uploads/{upload}"), ("DELETE", "/api/link/uploads/{upload}"),
}  # fmt: skip
"""What is for the browser that has opened an upload link; tests/test_upload_page.py and its neighbour try it."""
OF_MEMBERS = {
    ("GET", "/"), ("GET", "/chat"), ("GET", "/view/{token}"), ("GET", "/leave"), ("POST", "/leave"), ("POST", "/api/say"),
    ("GET", "/api/messages"), ("GET", "/api/stream"), ("GET", "/api/files/{kind}/{id}"), ("POST", "/api/uploads"),
    ("GET", "/api/uploads/{upload}"), ("PATCH", "/api/uploads/{upload}"), ("DELETE", "/api/uploads/{upload}"),
}  # fmt: skip


def members() -> list[Actor]:
    return [made().actors[name] for name in MEMBERS]


@pytest.fixture(params=MEMBERS)
def actor(request: pytest.FixtureRequest) -> Actor:
    """Everybody who is let in."""
    return made().actors[request.param]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("web")
    found = Server(folder)
    for site, spot in SPOTS.items():
        found.site.database.write(lambda db, site=site, mark=spot.mark: _told(db, site, mark)).result()
    content = folder / "content"
    content.write_bytes(b"content")
    with patch.object(found.site.app.store, "path", lambda sha256: content):
        yield found
    found.close()


def _told(db: Transaction, site: Place, mark: str) -> None:
    """A message to the person at a site, with a button that accepts the item there."""
    item, person = made().objects.at["item"][site], made().objects.at["person"][site].id
    buttons = [[[f"采纳{mark}", token(Button("ok", item.id, item.version)), True]]]
    row = {
        "kind": "message", "channel": "web", "person_id": person, "address": str(person), "urgency": 0,
        "body": {"parts": [["text", f"{mark}的通知"]], "buttons": buttons}, "state": outgoing.FINISHED, "holder": None,
        "lease": 0, "lease_until": None, "attempt": 0, "repeated": False, "created_at": BEGINNING, "done_at": BEGINNING,
    }  # fmt: skip
    outgoing.insert(db, **row)


def assert_only_own(actor: Actor, text: str) -> None:
    assert [spot.mark for spot in SPOTS.values() if f"{spot.mark}的通知" in text] == [], actor.name


def test_every_route_is_known_here(server: Server) -> None:
    routes = {(method, route.path) for route in server.web.routes if isinstance(route, Route)
              for method in (route.methods or set()) - {"HEAD"}}  # fmt: skip
    assert routes == OPEN | OF_MEMBERS | OF_GUESTS


def test_being_signed_in_opens_nothing_of_an_upload_link(actor: Actor, server: Server) -> None:
    for method, path in sorted(OF_GUESTS):
        answer = server.call(actor, method, path.format(upload="u1_1_1"), **({"json": {}} if method == "POST" else {}))
        assert answer.status_code == 401


@pytest.mark.parametrize(("method", "path"), sorted(OF_MEMBERS))
def test_without_a_post_today_nobody_is_let_in(method: str, path: str, server: Server) -> None:
    for actor in [*(made().actors[name] for name in OUTSIDERS), None]:
        if path == "/api/stream":
            assert server.streamed(actor)[0] == 401
            continue
        filled = path.format(
            kind="evidence", id=made().objects.at["piece"][Place.OWN_UNIT].id, upload="1_1_1", token="x"
        )
        answer = server.call(actor, method, filled, **({"json": {}} if method == "POST" else {}))
        assert answer.status_code == (401 if path.startswith("/api/") or method == "POST" else 403)
        assert not any(spot.mark in answer.text for spot in SPOTS.values())


def test_without_the_pages_own_key_nothing_is_changed(server: Server) -> None:
    actor = made().actors[SECTION]
    for method, path in sorted(OF_MEMBERS):
        if method != "GET":
            answer = server.call(
                actor, method, path.format(upload="1_1_1", token="x"), headers={"x-key": "another"}, json={}
            )
            assert answer.status_code == 401


def test_files(actor: Actor, server: Server) -> None:
    for name, download in DOWNLOADS.items():
        for kind in kinds_of(download) or ("piece",):
            for site, found in made().objects.at[kind].items():
                answer = server.call(actor, "GET", f"/api/files/{name}/{found.id}")
                allowed = kind not in OWN_ONLY and site in reached(
                    actor.posts, download.right.value, actor.contact, kind
                )
                if not kinds_of(download):
                    allowed = holds(actor.posts, download.right.value)
                assert answer.status_code == (200 if allowed else 404), f"{name}, {kind} of {site}: {answer.text}"
                if not allowed:
                    assert answer.json() == server.call(actor, "GET", f"/api/files/{name}/{2**40}").json()


def test_lists_and_the_stream_hold_ones_own_messages(actor: Actor, server: Server) -> None:
    server.say(actor, text="菜单")
    status, came = server.streamed(actor)
    assert status == 200
    for text in (server.listed(actor), came):
        assert "菜单" in text
        assert_only_own(actor, text)


def test_a_button_pressed_on_the_page_asks_the_same_rights(actor: Actor, server: Server) -> None:
    foreign = made().objects.at["item"][Place.ABOVE]
    before = _accepted(server, foreign.id)
    server.say(actor, press=f"ok-{base36(foreign.id)}-1", label="采纳")
    assert SPOTS[Place.ABOVE].mark not in server.newest(actor)
    assert _accepted(server, foreign.id) == before


def test_a_label_typed_for_somebody_elses_message_presses_nothing(actor: Actor, server: Server) -> None:
    """What is in view is whatever the page says: it may say the id of a message that is not its own."""
    for site, spot in SPOTS.items():
        item, person = made().objects.at["item"][site], made().objects.at["person"][site].id
        message = _one(server, f"SELECT max(id) FROM outgoing WHERE person_id = {person}")
        before = _accepted(server, item.id)
        server.say(actor, text=f"采纳{spot.mark}", seen=message)
        assert _accepted(server, item.id) == before
        assert "已采纳" not in server.newest(actor)


def test_uploads_are_for_those_who_answer_and_each_has_its_own(actor: Actor, server: Server) -> None:
    said = {"id": str(uuid.uuid4()), "name": "材料.pdf", "size": 9}
    announced = server.call(actor, "POST", "/api/uploads", json=said)
    assert announced.status_code == (200 if holds(actor.posts, "answer") else 422)
    if announced.status_code == 422:
        return
    upload = f"/api/uploads/{announced.json()['upload']}"
    for other in members():
        if other is not actor:
            assert server.call(other, "GET", upload).status_code == 404
            bytes_of_others = {"content": b"another", "headers": {"upload-offset": "0"}}
            assert server.call(other, "PATCH", upload, **bytes_of_others).status_code == 404
            assert server.call(other, "DELETE", upload).status_code == 404
    assert server.call(actor, "GET", upload).json() == {"offset": 0}


def test_pages_show_ones_own_name_and_bureau(server: Server) -> None:
    for actor in members():
        page = server.call(actor, "GET", "/").text
        assert {bureau for bureau, _ in PLACES.values() if bureau in page} == {PLACES[actor.posts[0][1]][0]}
    assert PLACES[HERE][0] == CITY


def test_leaving_ends_ones_own_session_only(server: Server) -> None:
    sessions = "SELECT count(*) FROM websession WHERE ended_at IS NULL"
    before = _one(server, sessions)
    actor = made().actors["leader"]
    assert server.call(actor, "POST", "/leave", json={"id": str(uuid.uuid4())}).status_code == 200
    assert _one(server, sessions) == before - 1
    assert server.call(actor, "GET", "/api/messages").status_code == 401


def _accepted(server: Server, item: int) -> Any:
    return _one(server, f"SELECT accepted FROM answer WHERE id = {item}")


def _one(server: Server, sql: str) -> Any:
    return server.site.database.read(lambda db: db._cursor.execute(sql).fetchone()[0])
