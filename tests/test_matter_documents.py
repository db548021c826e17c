"""文书: who has which document, whether it is accepted, waits to be, or is only about to be handed in; 内部 stays inside."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import pytest
from docx import Document

from bot.actions import token
from bot.messages import Button
from models import erasure, evidence, pictures
from models.db import Transaction
from models.erasure import By
from models.evidence import Purpose
from models.matters import drafts, files, records
from models.matters.files import Kind
from tests.matter_papers import OTHER, REASON, SECTION, Matter, get, offered, text
from tests.sample_matters import FACTS, HEAD, OPENER, REVIEWER, TITLE
from tests.test_photos import JPEG
from tests.world import BEGINNING, World, text_of


def test_an_accepted_document_is_there_for_all_who_see_the_matter(world: World) -> None:
    of = Matter(world)
    of.handed_in()
    of.accepted()
    for called in (SECTION, HEAD, REVIEWER):
        phone = world.phone(called)
        (file,) = offered(phone, of.id)
        assert file["name"] == "合同协议法律意见 法审〔2026〕1号.docx"
        found = get(world, phone, file["url"])
        assert found.name == file["name"]
        assert all(words in text(found) for words in (TITLE, FACTS, REASON, f"审定人：{HEAD}", "法审〔2026〕1号"))


@pytest.mark.parametrize("called", [OPENER, OTHER, "劳动关系科负责人", "局领导（分管）"])
def test_nobody_else_has_it(world: World, called: str) -> None:
    of = Matter(world)
    of.handed_in()
    document = of.accepted()
    phone = world.phone(called)
    assert offered(phone, of.id) == []
    assert get(world, phone, f"/api/files/matter_document/{document}") is None


def test_what_waits_to_be_accepted_is_not_for_its_reviewers(world: World) -> None:
    of = Matter(world, reviewers=(REVIEWER, OTHER))
    of.handed_in()
    head, reviewer = world.phone(HEAD), world.phone(REVIEWER)
    (file,) = offered(head, of.id)
    assert file["name"] == "审核任务〔2026〕1号 待审定稿.docx"
    made = text(get(world, head, file["url"]))
    assert "草稿，审定后编号" in made
    assert made.count("审查人：") == 2
    assert [one["name"] for one in offered(reviewer, of.id)] == ["审核任务〔2026〕1号 本人意见.docx"]
    assert get(world, reviewer, file["url"]) is None


def test_a_draft_is_its_writers_alone_and_holds_their_part_alone(world: World) -> None:
    of = Matter(world, reviewers=(REVIEWER, OTHER))
    of.drafted(1, "别人的话")
    mine = of.drafted(0)
    reviewer, section = world.phone(REVIEWER), world.phone(SECTION)
    (file,) = offered(reviewer, of.id)
    assert file["url"] == f"/api/files/matter_draft/{mine}"
    made = text(get(world, reviewer, file["url"]))
    assert REASON in made
    assert "别人的话" not in made
    assert offered(section, of.id) == []
    assert get(world, section, file["url"]) is None


def test_what_was_handed_in_can_be_had_by_whoever_wrote_it(world: World) -> None:
    of = Matter(world, reviewers=(REVIEWER, OTHER))
    part = of.drafted(0, "初稿")
    of.handed_in("定稿")
    world.database.write(lambda db: drafts.drop(db, part)).result()
    made = text(get(world, world.phone(REVIEWER), f"/api/files/matter_draft/{part}"))
    assert "定稿" in made
    assert made.count("审查人：") == 1


def test_nothing_is_to_be_had_before_anything_is_written(world: World) -> None:
    of = Matter(world)
    reviewer = world.phone(REVIEWER)
    assert get(world, reviewer, f"/api/files/matter_draft/{of.parts()[0].id}") is None
    assert "还没有可以下载的文书" in text_of(reviewer.deliver(press=token(Button("mt.doc", of.id)), label="下载"))


@pytest.mark.parametrize("channel", ["telegram", "web"])
def test_documents_of_what_is_secret_stay_inside(world: World, channel: str) -> None:
    of = Matter(world, confidential=True)
    part = of.drafted()
    reviewer = world.phone(REVIEWER, channel)
    inside = channel == "web"
    assert bool(offered(reviewer, of.id)) == inside
    assert (get(world, reviewer, f"/api/files/matter_draft/{part}") is not None) == inside
    of.handed_in()
    head = world.phone(HEAD, channel)
    assert (get(world, head, f"/api/files/matter_proof/{of.id}") is not None) == inside
    document = of.accepted()
    assert (get(world, head, f"/api/files/matter_document/{document}") is not None) == inside
    drawn = world.database.write(lambda db: pictures.keep(db, "opinion", part, "0" * 64, BEGINNING)).result()
    assert (get(world, reviewer, f"/api/files/opinion/{drawn}") is not None) == inside


def test_what_is_accepted_stays_as_it_was_whatever_is_set_later(world: World) -> None:
    of = Matter(world)
    of.handed_in()
    document = of.accepted()
    change = "UPDATE bureausetting SET value = '\"red\"'"
    for key, value in (
        ("matter_paper", "plain"),
        ("matter_code", "x"),
        ("output_contract", "y"),
        ("matter_issuer", "z"),
    ):
        insert = f"INSERT INTO bureausetting VALUES (4, '{key}', '\"{value}\"', 1, '{BEGINNING:%Y-%m-%d %H:%M:%S}')"
        world.database.write(lambda db, sql=insert: db.execute(sql)).result()
    world.database.write(lambda db: db.execute(f"{change} WHERE key = 'matter_paper'")).result()
    found = get(world, world.phone(HEAD), f"/api/files/matter_document/{document}")
    assert found.name == "合同协议法律意见 法审〔2026〕1号.docx"
    assert text(found).startswith("合同协议法律意见\n法审〔2026〕1号")


def test_a_record_is_a_document_with_its_pictures(world: World) -> None:
    of = Matter(world, kind="publicity", route="")
    who, part = world.person(REVIEWER), of.parts()[0]
    sha256 = world.store.keep(JPEG)

    def put(db: Transaction) -> None:
        record = records.put(
            db, part, kind="宪法宣传周", held_on=date(2026, 8, 18), place="人力资源市场", content="现场咨询。\n发放手册。",
            audience=120, by=who, now=BEGINNING,
        )  # fmt: skip
        for name, mime in (("现场.jpg", "image/jpeg"), ("现场.heic", "image/heic"), ("不在库.jpg", "image/jpeg")):
            piece = evidence.announce(db, {
                "bureau_id": 4, "unit_id": part.unit_id, "stage": "receiving", "name": name, "size": 9, "kind": "file",
                "upload": None, "dated": None, "person_id": who, "channel": "web", "created_at": BEGINNING,
                "purpose": Purpose.MATTER,
            })  # fmt: skip
            evidence.store(
                db,
                evidence.by_id(db, piece),
                mime=mime,
                sha256="0" * 64 if name == "不在库.jpg" else sha256,
                size=len(JPEG),
            )
            files.add(db, of.id, Kind.RECORD, [piece], who, BEGINNING, subject=record)

    world.database.write(put).result()
    head = world.phone(HEAD)
    found = get(world, head, f"/api/files/matter_document/{of.accepted()}")
    assert found.name == "活动记录 法审〔2026〕1号.docx"
    made = text(found)
    assert all(
        words in made
        for words in (
            "宪法宣传周",
            "2026年8月18日",
            "人力资源市场",
            "120人",
            "现场咨询。\n发放手册。",
            "另附：现场.heic",
            "另附：不在库.jpg",
        )
    )
    document = Document(BytesIO(found.content))
    assert len(document.inline_shapes) == 1
    assert not re.search(r"{[{%]|[%}]}", document.element.xml)


def test_a_draft_goes_with_its_writer(world: World) -> None:
    of = Matter(world, reviewers=(REVIEWER, OTHER))
    mine, others = of.drafted(0), of.drafted(1)
    who, section = world.person(REVIEWER), world.person(SECTION)
    world.database.write(lambda db: erasure.erase(db, who, "已删除人员", By(section, None, "web"), BEGINNING)).result()
    found = world.database.read(lambda db: [drafts.part_of(db, one) is not None for one in (mine, others)])
    assert found == [False, True]
