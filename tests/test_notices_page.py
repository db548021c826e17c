"""The page of a notice: for who has a copy and for who sends it, signed in, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models import evidence, posts
from models.db import Transaction
from models.notices import audience, notices, receipts
from models.notices.audience import Audience, Scope
from models.notices.notices import Draft, State
from tests import sample_files as samples
from tests.sample_matters import person
from tests.test_matter_page import joined
from tests.web_site import SECTION, Browser, WebSite

READER, OTHER = "就业促进科法治员", "劳动关系科负责人"
TITLE, TEXT, QUESTION, REASON, FILE = "内部名册", "请核对。", "由谁核对", "名册有误", "名册.png"
HIDDEN = (TITLE, TEXT, FILE)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSite]:
    made = WebSite(tmp_path)
    yield made
    made.close()


@pytest.fixture
def notice(site: WebSite) -> int:
    """A notice that is 内部, with a picture, sent to one person."""
    stored = site.app.store.keep(samples.SAMPLES["png"])
    now, base = site.clock.now(), site.app.database
    author, reader = person(base, SECTION), person(base, READER)

    def work(db: Transaction) -> int:
        post = posts.held(db, author, now.date())[0]
        piece = evidence.announce(db, {
            "bureau_id": post.bureau_id, "unit_id": None, "stage": "receiving", "name": FILE, "size": 9, "kind": "file",
            "purpose": evidence.Purpose.NOTICE.value, "upload": None, "dated": None, "person_id": author, "channel": "web",
            "created_at": now,
        })  # fmt: skip
        evidence.store(db, evidence.by_id(db, piece), mime="image/png", sha256=stored, size=9)
        meant = Audience(Scope.NAMED, persons=(reader,))
        draft = Draft(
            post.bureau_id,
            TITLE,
            TEXT,
            meant.stored(),
            now,
            confidential=True,
            receipt=True,
            question=QUESTION,
            files=(piece,),
        )
        made = notices.write(db, draft, author, post.id, now)
        receipts.prepare(db, made, audience.recipients(db, post.bureau_id, meant, now.date(), author))
        receipts.queued(db, made, reader, None, [], now)
        notices.move(db, notices.by_id(db, made), State.SENT, author, now)
        return made

    return int(base.write(work).result())


def link(browser: Browser, code: str, the_id: int) -> str | None:
    """The link that a button makes for whoever is signed in there; None: it makes none."""
    assert (
        browser.post("/api/say", {"x-key": browser.key}, press=f"{code}-{the_id:x}-0", label="查看内容").status_code
        == 200
    )
    last: Any = browser.get("/api/messages").json()["messages"][-1]
    return None if last["file"] is None else str(last["file"]["url"])


def says_nothing(text: str) -> bool:
    return not any(word in text for word in HIDDEN)


def test_its_reader_and_its_sender_read_all_of_it_with_the_picture(site: WebSite, notice: int) -> None:
    for called, code in ((READER, "nt.in"), (SECTION, "nt.c")):
        browser = joined(site, called)
        path = link(browser, code, notice)
        assert path is not None
        page = browser.get(path)
        assert page.status_code == 200
        assert all(word in page.text for word in (*HIDDEN, QUESTION))
        picture = page.text.partition('<img src="')[2].partition('"')[0]
        assert browser.get(picture).content == samples.SAMPLES["png"]


def test_nobody_else_gets_a_link_or_is_shown_anything_by_one(site: WebSite, notice: int) -> None:
    reader, other, section = (joined(site, one) for one in (READER, OTHER, SECTION))
    mine, sent = link(reader, "nt.in", notice), link(section, "nt.c", notice)
    assert mine is not None
    assert sent is not None
    assert link(other, "nt.in", notice) is link(other, "nt.c", notice) is link(section, "nt.in", notice) is None
    for path, strangers in ((mine, (other, section, site.browser())), (sent, (other, reader, site.browser()))):
        for browser in strangers:
            answer = browser.get(path)
            assert answer.status_code in (403, 404)
            assert says_nothing(answer.text)


def test_of_what_was_withdrawn_the_page_says_why_and_no_more(site: WebSite, notice: int) -> None:
    browser = joined(site, READER)
    path = link(browser, "nt.in", notice)
    assert path is not None

    def withdraw(db: Transaction) -> None:
        row: Any = notices.by_id(db, notice)
        notices.move(db, row, State.WITHDRAWN, row.author_id, site.clock.now(), reason=REASON)

    site.app.database.write(withdraw).result()
    page = browser.get(path)
    assert page.status_code == 200
    assert f"已由发送单位撤回，请勿按其办理。原因：{REASON}。" in page.text
    assert TEXT not in page.text
    assert FILE not in page.text
