"""Members get onto the page and the upload page inside WeCom as who they are; holding an address is not enough."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.app import web_app
from bot.channels.web.visitors import SessionVisitors
from bot.channels.wecom import WeComChannel
from models import people
from tests import dialogue, sample_flow
from tests.dialogue import Player
from tests.dialogue_wecom import WeCom
from tests.emulators.wecom import Member, WeComError
from tests.sample_files import png
from tests.wecom_service import Service, service
from tests.world import SITE, VAULT

pytestmark = pytest.mark.anyio
ENTER, UPLOAD = "/wecom/enter", "/wecom/upload"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def sent_off(here: Service, path: str) -> str:
    """Where somebody is sent who opens an address of ours."""
    answer = await here.http.get(path)
    assert answer.status_code == 302
    return answer.headers["location"]


async def opened(here: Service, member: Member, path: str) -> httpx.Response:
    """What a member gets to see who opens an address of ours inside WeCom."""
    back = urlsplit(member.authorize(await sent_off(here, path)))
    return await here.http.get(f"{back.path}?{back.query}")


async def test_a_member_gets_onto_the_page_without_any_link(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        here.someone()
        answer = await opened(here, here.wecom.member("ZHANGSAN"), ENTER)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        page = await here.http.get("/chat")
        assert page.status_code == 200
        assert "法制科" in page.text


async def test_and_is_led_to_where_they_wanted_to_go_if_it_is_ours(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        member = here.someone()
        for wanted, led in (
            ("/api/files/evidence/1", "/api/files/evidence/1"), ("/x?page=2&of=%2F", "/x?page=2&of=%2F"),
            ("//evil.example", "/"), ("https://evil.example", "/"), ("/%2F/evil.example", "/%2F/evil.example"),
            ("/\\evil.example", "/"), ("/a\r\nSet-Cookie: x", "/"), ("/" + "a" * 400, "/"),
        ):  # fmt: skip
            answer = await opened(here, member, str(httpx.URL(ENTER, params={"to": wanted})))
            assert answer.headers["location"] == led


async def test_whoever_is_not_on_the_roster_is_turned_away(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        answer = await opened(here, here.wecom.member("stranger"), ENTER)
        assert answer.status_code == 403
        assert (await here.http.get("/chat")).status_code == 403


async def test_whoever_has_left_office_is_turned_away(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        member = here.someone()
        person = here.person("法制科法治联络员")

        def leaves(db: object) -> None:
            sql = f"UPDATE post SET ends_on = '2026-08-01' WHERE person_id = {person}"
            db.session.connection().exec_driver_sql(sql)  # type: ignore[attr-defined]

        here.database.write(leaves).result()
        assert (await opened(here, member, ENTER)).status_code == 403


async def test_a_code_is_good_once_and_with_the_state_of_whoever_set_out(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        member = here.someone()
        back = urlsplit(member.authorize(await sent_off(here, ENTER)))
        state = parse_qs(back.query)["state"][0]
        stolen = httpx.AsyncClient(transport=here.http._transport, base_url=SITE)
        assert (await stolen.get(f"{back.path}?{back.query}")).status_code == 403
        assert (await here.http.get(f"{back.path}?code=x&state={state[:-1]}")).status_code == 403
        back = urlsplit(member.authorize(await sent_off(here, ENTER)))
        kept = dict(here.http.cookies)
        assert (await here.http.get(f"{back.path}?{back.query}")).status_code == 303
        here.http.cookies.update(kept)
        assert (await here.http.get(f"{back.path}?{back.query}")).status_code == 403
        await stolen.aclose()


@pytest.mark.parametrize("query", ["", "?code=&state=", "?state=x", "?code=" + "x" * 600, "?code=x&state="])
async def test_whoever_never_set_out_is_turned_away(query: str, tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        before = here.wecom.calls["auth/getuserinfo"]
        assert (await here.http.get(f"/wecom/entered{query}")).status_code == 403
        assert here.wecom.calls["auth/getuserinfo"] == before


async def test_too_old_a_code_and_a_platform_out_of_reach(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        member = here.someone()
        back = urlsplit(member.authorize(await sent_off(here, ENTER)))
        here.clock.pass_(minutes=6)
        assert (await here.http.get(f"{back.path}?{back.query}")).status_code == 403
        back = urlsplit(member.authorize(await sent_off(here, ENTER)))
        here.wecom.faults.fail("error", "auth/getuserinfo", times=3)
        assert (await here.http.get(f"{back.path}?{back.query}")).status_code == 403


async def test_wecom_sends_nobody_to_a_domain_that_is_not_trusted(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        here.wecom.domain = "other.example"
        with pytest.raises(WeComError):
            here.someone().authorize(await sent_off(here, ENTER))


async def test_files_come_by_the_upload_page_of_the_link_asked_for_last(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        member = here.someone()
        told = await here.said(member, "上传文件")
        assert f"{SITE}{UPLOAD}" in told.text
        answer = await opened(here, member, UPLOAD)
        place, _, token = answer.headers["location"].partition("#")
        assert (answer.status_code, place) == (303, "/upload")
        link = await here.http.post(place, json={"id": "5f0c1c9e-0000-4000-8000-000000000001", "token": token})
        assert link.status_code == 200
        key = {"x-key": link.json()["key"]}
        data = png(40, 40)
        said = {"id": "5f0c1c9e-0000-4000-8000-000000000002", "name": "大厅.png", "size": len(data)}
        upload = (await here.http.post("/api/link/uploads", json=said, headers=key)).json()["upload"]
        path = f"/api/link/uploads/{upload}"
        assert (await here.http.patch(path, content=data, headers=key | {"upload-offset": "0"})).status_code == 200
        await here.quiet()
        await here.until(lambda: any("大厅.png" in one.words and "已入库" in one.words for one in member.seen))


async def test_the_upload_page_of_another_or_of_none_is_not_had(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        await here.said(here.someone(), "上传文件")
        other = here.someone("就业促进科法治联络员", "other")
        answer = await opened(here, other, UPLOAD)
        token = answer.headers["location"].partition("#")[2]
        refused = await here.http.post("/upload", json={"id": "5f0c1c9e-0000-4000-8000-000000000001", "token": token})
        assert refused.status_code == 403


async def test_before_the_start_nobody_is_let_in(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        await here.said(here.someone(), "菜单")
        assert here.database.read(lambda db: people.who(db, "wecom", "zhangsan")) is not None
        here.channel._entrance.api = None  # type: ignore[union-attr]
        answer = await opened(here, here.wecom.member("zhangsan"), ENTER)
        assert answer.status_code == 403


MATTER = (
    "…… 法制科经办为就业促进科请就业促进科法治员审核内部行政案件应诉“某公司工伤认定案”，8月26日前",
    "— 就业促进科法治员 · 企业微信", "> 审核事项", "> [第1件]", "> [查看内容]",
)  # fmt: skip


def test_what_is_kept_inside_is_read_on_the_page_by_whoever_wecom_says(tmp_path: Path) -> None:
    """内部: the chat says nothing of it, and the link opens for the member alone to whom it was given."""
    story = tmp_path / "story.txt"
    story.write_text("\n".join(MATTER), "utf-8")
    with sample_flow.installed():
        stage = WeCom(tmp_path)
        try:
            told = Player(stage, "wecom").play(dialogue.read(story))
            asked = next(one for one in stage.wecom.ledger.members if stage.wecom.member(one).seen)
            said = "".join(one.words for one in stage.wecom.member(asked).seen)
            link = re.search(rf"{re.escape(SITE)}({ENTER}\?to=%2Fview%2F[\w.-]+)", said)
            assert link is not None
            assert ("工伤认定案" in said, "[网页登录]" in told) == (False, False)
            for userid, status in (("member1", 404), (asked, 200)):
                page = stage.run(_read(stage, userid, link[1]))
                assert (page.status_code, "某公司工伤认定案" in page.text) == (status, status == 200)
        finally:
            stage.close()


async def _read(stage: WeCom, userid: str, path: str) -> httpx.Response:
    """What a member gets to see who opens an address of ours inside WeCom, and goes where it leads."""
    visitors = SessionVisitors(stage.app.database, VAULT, stage.clock, secure=True)
    server, channel = web_app(stage.app, visitors, None), stage.app.channels["wecom"]
    assert isinstance(channel, WeComChannel)
    assert channel._entrance is not None
    channel._entrance.api, channel._entrance.operator = channel._api, channel._operator
    stage.database.write(lambda db: people.have_address(db, int(userid[6:]), "wecom", userid))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url=SITE) as http:
        back = urlsplit(stage.wecom.member(userid).authorize((await http.get(path)).headers["location"]))
        led = await http.get(f"{back.path}?{back.query}")
        assert led.status_code == 303
        return await http.get(led.headers["location"])
