"""What was accepted keeps the names of its day: whoever is renamed later, and whatever is brought later, changes nothing."""

from __future__ import annotations

from datetime import date

from models import erasure
from models.db import Transaction
from models.erasure import By
from models.matters import files, records
from models.matters.files import Kind
from tests.matter_papers import SECTION, Matter, get, text
from tests.sample_matters import HEAD, REVIEWER, material
from tests.world import BEGINNING, World


def rename(world: World, called: str, now: str) -> None:
    world.database.write(lambda db: db.execute(f"UPDATE person SET name = '{now}' WHERE name = '{called}'")).result()


def document_of(world: World, document: int, by: str = HEAD) -> str:
    return text(get(world, world.phone(by), f"/api/files/matter_document/{document}"))


def test_a_renamed_reviewer_a_unit_and_a_bureau(world: World) -> None:
    of = Matter(world)
    of.handed_in()
    document = of.accepted()
    before = document_of(world, document)
    head = world.phone(HEAD)
    rename(world, REVIEWER, "改名以后")
    rename(world, HEAD, "负责人改名以后")
    for table, name in (("unit", "就业促进科"), ("bureau", "示范区人社局")):
        world.database.write(
            lambda db, sql=f"UPDATE {table} SET name = '改称以后' WHERE name = '{name}'": db.execute(sql)
        ).result()
    after = text(get(world, head, f"/api/files/matter_document/{document}"))
    assert after == before
    assert f"审定人：{HEAD}" in after


def test_what_is_not_accepted_yet_has_the_names_of_today(world: World) -> None:
    of = Matter(world)
    of.handed_in()
    head = world.phone(HEAD)
    rename(world, REVIEWER, "改名以后")
    assert "改名以后" in text(get(world, head, f"/api/files/matter_proof/{of.id}"))


def test_what_is_brought_later_is_no_attachment_of_what_was_accepted(world: World) -> None:
    of = Matter(world)
    material(world.database, BEGINNING, of.id, REVIEWER, name="合同文本.pdf", sha256="0" * 64, mime="application/pdf")
    of.handed_in()
    names = world.database.read(lambda db: files.names(db, of.id))
    document = of.accepted(names)
    material(world.database, BEGINNING, of.id, REVIEWER, name="后来的.pdf", sha256="0" * 64, mime="application/pdf")
    made = document_of(world, document)
    assert "合同文本.pdf" in made
    assert "后来的.pdf" not in made


def test_a_record_keeps_the_name_of_whoever_wrote_it(world: World) -> None:
    of = Matter(world, kind="publicity", route="")
    who, part = world.person(REVIEWER), of.parts()[0]

    def put(db: Transaction) -> None:
        records.put(
            db, part, kind="宪法宣传周", held_on=date(2026, 8, 18), place="人力资源市场", content="现场咨询。", audience=120,
            by=who, now=BEGINNING,
        )  # fmt: skip
        files.add(db, of.id, Kind.RECORD, [], who, BEGINNING)

    world.database.write(put).result()
    document = of.accepted()
    head = world.phone(HEAD)
    rename(world, REVIEWER, "改名以后")
    made = text(get(world, head, f"/api/files/matter_document/{document}"))
    assert REVIEWER in made
    assert "改名以后" not in made


def test_an_erased_person_stands_in_no_document_by_name(world: World) -> None:
    of = Matter(world)
    of.handed_in()
    document = of.accepted()
    who, section = world.person(REVIEWER), world.person(SECTION)
    world.database.write(lambda db: erasure.erase(db, who, "已删除人员", By(section, None, "web"), BEGINNING)).result()
    made = document_of(world, document)
    assert REVIEWER not in made
    assert "已删除人员" in made
    assert f"审定人：{HEAD}" in made
