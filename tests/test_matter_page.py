"""The page of a matter: for whom its link was made, signed in, with the right still, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col

from bot.viewing import PATH
from models.matters import assignments, opinions
from models.matters.opinions import Conclusion, Line, Said
from models.people import Person
from tests import sample_files as samples
from tests.dialogue_site import Site
from tests.sample_matters import FACTS, HEAD, OPENER, REVIEWER, TITLE, UNIT, material, matter, person
from tests.web_site import SECTION, Browser, WebSite
from tests.world import CHANNELS, World, text_of

HIDDEN = (TITLE, FACTS, "付款条件说明")
SIGN_IN, NOT_YOURS = "请先登录，再打开这个链接。", "这个页面不在您的岗位职责范围内，或链接已超过时间。"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSite]:
    made = WebSite(tmp_path)
    yield made
    made.close()


@pytest.fixture
def the_id(site: WebSite) -> int:
    """A matter that is 内部, with a picture attached."""
    return with_picture(site, matter(site.app.database, site.clock.now(), confidential=True))


def with_picture(site: WebSite | Site, the_id: int) -> int:
    stored = site.app.store.keep(samples.SAMPLES["png"])
    material(site.app.database, site.clock.now(), the_id, OPENER, "付款条件说明.png", stored, "image/png")
    return the_id


def joined(site: WebSite, called: str) -> Browser:
    browser = site.browser()
    assert browser.post("/enter", token=site.link(called)).status_code == 200
    return browser


def link(browser: Browser, the_id: int) -> str | None:
    """The link that 查看内容 makes for whoever is signed in there; None: it makes none."""
    answer = browser.post("/api/say", {"x-key": browser.key}, press=f"mt.in-{the_id:x}-0", label="查看内容")
    assert answer.status_code == 200
    last = browser.get("/api/messages").json()["messages"][-1]
    return None if last["file"] is None else str(last["file"]["url"])


def nothing_of_it(answer: httpx.Response) -> bool:
    return not any(word in answer.text for word in HIDDEN)


def test_it_shows_everything_to_whom_it_was_made_for(site: WebSite, the_id: int) -> None:
    reviewer = joined(site, REVIEWER)
    path = link(reviewer, the_id)
    assert path is not None
    assert path.startswith(f"{PATH}/matter.")
    page = reviewer.get(path)
    assert page.status_code == 200
    assert all(word in page.text for word in HIDDEN)
    assert "内部" in page.text
    assert page.headers["cache-control"] == "no-store"
    (source,) = re.findall(r'<img src="(/api/files/[^"]+)"', page.text)
    picture = reviewer.get(source)
    assert (picture.status_code, picture.headers["content-type"], picture.headers["cache-control"]) == (
        200,
        "image/png",
        "no-store",
    )


def test_holding_the_link_is_not_enough(site: WebSite, the_id: int) -> None:
    path = link(joined(site, REVIEWER), the_id)
    assert path is not None
    nobody = site.browser().get(path)
    assert (nobody.status_code, SIGN_IN in nobody.text, nothing_of_it(nobody)) == (403, True, True)
    for other in (HEAD, OPENER, SECTION):  # not even for whoever may see the matter by a link of their own
        answer = joined(site, other).get(path)
        assert (answer.status_code, NOT_YOURS in answer.text, nothing_of_it(answer)) == (404, True, True)


def test_who_may_not_see_it_gets_no_link(site: WebSite, the_id: int) -> None:
    for called in (OPENER, "劳动关系科法治员", "劳动关系科负责人", "劳动关系科法治联络员"):
        assert link(joined(site, called), the_id) is None
    for called in (HEAD, SECTION, REVIEWER):
        browser = joined(site, called)
        path = link(browser, the_id)
        assert path is not None
        assert TITLE in browser.get(path).text


def test_it_lasts_ten_minutes(site: WebSite, the_id: int) -> None:
    reviewer = joined(site, REVIEWER)
    path = link(reviewer, the_id)
    assert path is not None
    site.clock.pass_(minutes=9, seconds=59)
    assert reviewer.get(path).status_code == 200
    site.clock.pass_(seconds=1)
    late = reviewer.get(path)
    assert (late.status_code, NOT_YOURS in late.text, nothing_of_it(late)) == (404, True, True)


def test_nobody_can_make_one_up(site: WebSite, the_id: int) -> None:
    reviewer = joined(site, REVIEWER)
    path = link(reviewer, the_id)
    assert path is not None
    kind, number, who, until, proof = path.rpartition("/")[2].split(".")
    forged = [
        f"{kind}.{number}.{who}.zzzzzzzz.{proof}", f"{kind}.2.{who}.{until}.{proof}", f"{kind}.{number}.1.{until}.{proof}",
        f"x.{number}.{who}.{until}.{proof}", f"{kind}.{number}.{who}.{until}.", f"{kind}.{number}.{who}.{until}", proof, "x" * 500,
        f"{kind}.{number}.{who}.{until}.{proof[::-1]}",
    ]  # fmt: skip
    for token in forged:
        assert reviewer.get(f"{PATH}/{token}").status_code == 404, token


def test_a_right_that_ends_closes_it(site: WebSite, the_id: int) -> None:
    reviewer = joined(site, REVIEWER)
    path = link(reviewer, the_id)
    assert path is not None
    recused = sa.update(assignments.Assignment).values(state=assignments.State.RECUSED)
    site.change(recused)
    assert nothing_of_it(reviewer.get(path))
    site.change(recused.values(state=assignments.State.DONE))
    assert TITLE in reviewer.get(path).text
    source = re.findall(r'<img src="(/api/files/[^"]+)"', reviewer.get(path).text)[0]
    site.leaves(REVIEWER, site.clock.now().date())
    assert nothing_of_it(reviewer.get(path))
    assert reviewer.get(source).status_code == 401


def test_signing_out_closes_it(site: WebSite, the_id: int) -> None:
    reviewer = joined(site, REVIEWER)
    path = link(reviewer, the_id)
    assert path is not None
    assert reviewer.post("/leave", {"x-key": reviewer.key}).status_code == 200
    answer = reviewer.get(path)
    assert (answer.status_code, SIGN_IN in answer.text) == (403, True)


def test_looking_changes_nothing_and_making_a_link_is_audited(site: WebSite, the_id: int) -> None:
    reviewer = joined(site, REVIEWER)
    path = link(reviewer, the_id)
    assert path is not None
    looked = sa.text("SELECT what, object, object_id FROM auditentry WHERE what = 'matter.view'")
    written = sa.text("SELECT (SELECT count(*) FROM auditentry), (SELECT count(*) FROM delivery)")
    assert [tuple(row) for row in site.rows(looked)] == [("matter.view", "matter", the_id)]
    before = site.rows(written)
    for browser in (reviewer, site.browser()):
        browser.get(path)
    assert site.rows(written) == before


def test_what_people_write_stays_text_there(site: WebSite, the_id: int) -> None:
    from models.matters.matters import Matter

    site.change(
        sa.update(Matter).values(title="<script>alert(1)</script>", facts="第一行\n<img src=x onerror=alert(2)>")
    )
    site.change(sa.update(Person).where(col(Person.id) == site.person(OPENER)).values(name='<b onmouseover="x">'))
    reviewer = joined(site, REVIEWER)
    path = link(reviewer, the_id)
    assert path is not None
    page = reviewer.get(path).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page
    assert "<img src=x" not in page
    assert "<b onmouseover" not in page


def test_opinions_stand_there_once_they_are_handed_in(site: WebSite) -> None:
    the_id = matter(
        site.app.database,
        site.clock.now(),
        kind="litigation",
        route="",
        opener=SECTION,
        reviewers=[REVIEWER, "劳动关系科法治员"],
    )
    said = [
        Said(1, lines=(Line("劳动关系成立", "工资表", True), Line("工作时间受伤", "考勤记录", False))), Said(2), Said(3),
        Said(4, "需补正", "未写明复议机关名称"),
    ]  # fmt: skip

    def hand_in(db: object, state: assignments.State) -> None:
        first = assignments.of_matter(db, the_id)[0]  # type: ignore[arg-type]
        now = site.clock.now()
        if state is assignments.State.SUBMITTED:
            opinions.hand_in(db, first, said, Conclusion.AGREED_IF_AMENDED, "补正后作出", first.person_id, now)  # type: ignore[arg-type]
        assignments.move(db, first, state, first.person_id, now)  # type: ignore[arg-type]

    section = joined(site, SECTION)
    page = shown(section, the_id)
    assert "疑难案件书面意见" not in page
    site.app.database.write(lambda db: hand_in(db, assignments.State.SUBMITTED)).result()
    page = shown(section, the_id)
    for word in (
        "疑难案件书面意见",
        "工资表",
        "不充分",
        "需补正",
        "未写明复议机关名称",
        "修改后同意",
        "补正后作出",
        f"{UNIT}法治员",
    ):
        assert word in page, word
    site.app.database.write(lambda db: hand_in(db, assignments.State.REPLACED)).result()
    assert "未写明复议机关名称" not in shown(section, the_id)


def shown(browser: Browser, the_id: int) -> str:
    path = link(browser, the_id)
    assert path is not None
    return browser.get(path).text


def test_in_a_demo_it_is_the_tabs(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        the_id = with_picture(site, matter(site.database, site.clock.now(), confidential=True))
        key = site._visitors.key(str(person(site.database, REVIEWER)))
        said = {"id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "press": f"mt.in-{the_id:x}-0", "label": "查看内容"}
        site.run(site.http.post("/api/say", json=said, headers={"x-key": key}))
        told = site.run(site.http.get("/api/messages", headers={"x-key": key})).json()["messages"][-1]
        assert told["file"]["url"].endswith(f"?key={key}")
        page = site.run(site.http.get(told["file"]["url"]))
        assert TITLE in page.text
        assert "演示环境" in page.text
        source = re.findall(r'<img src="(/api/files/[^"]+)"', page.text)[0]
        assert site.run(site.http.get(source)).status_code == 200
        bare = told["file"]["url"].partition("?")[0]
        other = site._visitors.key(str(person(site.database, HEAD)))
        for query in ("", f"?key={other}", f"?as={person(site.database, REVIEWER)}"):
            answer = site.run(site.http.get(bare + query))
            assert answer.status_code in (403, 404)
            assert nothing_of_it(answer)
    finally:
        site.close()


@pytest.mark.parametrize("vouches", [True, False])
def test_a_chat_elsewhere_gets_the_address_and_how_to_sign_in(
    world: World, vouches: bool, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Where the platform does not say who opens a page, one signs in first."""
    monkeypatch.setitem(CHANNELS, "telegram", replace(CHANNELS["telegram"], vouches=vouches))
    the_id = matter(world.database, world.clock.now(), confidential=True)
    chat = world.phone(REVIEWER, "telegram")
    chat.deliver(press=f"mt.in-{the_id:x}-0")
    said = text_of(chat.seen[-1])
    assert re.search(rf"\nhttps://fz\.example\.gov\.cn{PATH}/matter\.\S+", said)
    assert said.endswith("您还没有登录网页，请先按“网页登录”。") != vouches
    assert chat.labels() == ([] if vouches else ["网页登录"])


def test_what_is_not_private_is_sent_into_the_chat_too(world: World) -> None:
    the_id = matter(world.database, world.clock.now())
    stored = world.store.keep(samples.SAMPLES["pdf"])
    material(world.database, world.clock.now(), the_id, OPENER, "合同.pdf", stored, "application/pdf")
    chat = world.phone(REVIEWER, "telegram")
    chat.deliver(press=f"mt.in-{the_id:x}-0")
    assert chat.seen[-1].body["file"]["name"] == "合同.pdf"
