"""写意见 and 审定 at the phone: few presses, nothing lost, nobody accepts their own, and the numbers have no gaps."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from bot.actions import token
from bot.clock import day_of
from bot.messages import Button
from models.affairs import affairs
from models.db import Transaction
from models.matters import assignments, matters, opinions
from models.matters.assignments import Assignment
from models.people import Post
from tests import sample_matters
from tests.sample_files import SAMPLES
from tests.sample_matters import HEAD, REVIEWER, person
from tests.world import BEGINNING, Phone, World, text_of

SECTION, OTHER_SECTION = "法制科经办", "法制科科长"
MOST_PRESSES = 12
"""From the card to handed in, where nine points are all lawful (promised)."""
ANOTHER = "劳动关系科法治员"


def opened(
    world: World, kind: str = "enforcement", opener: str = SECTION, reviewers: Any = (REVIEWER,), route: str = ""
) -> int:
    """A matter whose reviewers have accepted."""
    return sample_matters.matter(
        world.database, BEGINNING, kind=kind, route=route, opener=opener, reviewers=reviewers
    )  # fmt: skip


def asked_anew(world: World) -> None:
    """Nobody has answered yet."""
    world.database.write(lambda db: db.session.execute(sa.update(Assignment).values(state="asked"))).result()


def part(world: World, matter: int, place: int = 0) -> Any:
    """A reviewer's assignment."""
    return world.database.read(lambda db: assignments.of_matter(db, matter)[place])


def standing(world: World, matter: int) -> str:
    return str(world.rows(f"SELECT state FROM matter WHERE id = {matter}")[0][0])


def press(phone: Phone, code: str, the_id: int, version: int = 0) -> str:
    return text_of(phone.deliver(press=token(Button(code, the_id, version)), label=code))


def write(world: World, matter: int, called: str, *steps: str, place: int = 0) -> Phone:
    """A reviewer opens their part, presses ([…]) and types."""
    phone = world.phone(called)
    press(phone, "mt.op", part(world, matter, place).id)
    go_on(phone, *steps)
    return phone


def go_on(phone: Phone, *steps: str) -> None:
    for step in steps:
        phone.press(step[1:-1]) if step.startswith("[") else phone.say(step)


def kept(world: World) -> list[tuple[int, int, bool]]:
    """Every opinion there is: assignment, version, whether it counts."""
    found = world.rows("SELECT assignment_id, version, counts FROM opinion ORDER BY id")
    return [(assignment, version, bool(counts)) for assignment, version, counts in found]


def test_nine_points_all_lawful_take_few_presses(world: World) -> None:
    matter = opened(world)
    asked_anew(world)
    phone = world.phone(REVIEWER)
    press(phone, "mt.acc", part(world, matter).id)
    presses = ["[全部合法]", "[同意]", "[提交]"]
    go_on(phone, *presses)
    assert standing(world, matter) == "submitted"
    assert 1 + len(presses) <= MOST_PRESSES
    assert [one["verdict"] for one in said(world)] == ["合法"] * 9


def said(world: World) -> list[dict[str, Any]]:
    points = world.rows("SELECT points FROM opinion ORDER BY id DESC LIMIT 1")[0][0]
    return list(json.loads(points))


@pytest.mark.parametrize("nothing", ["好", "。。。", "　", "12"])
def test_an_empty_opinion_is_not_taken(world: World, nothing: str) -> None:
    matter = opened(world, "other")
    phone = write(world, matter, REVIEWER, nothing)
    assert "意见" in text_of(phone.seen[-1])
    assert "总体意见" not in text_of(phone.seen[-1])
    go_on(phone, "可以办理", "[不同意]", nothing)
    assert "请写明不同意的理由" in text_of(phone.seen[-1])
    assert kept(world) == []


def test_what_comes_again_is_handed_in_once(world: World) -> None:
    matter = opened(world)
    phone = write(world, matter, REVIEWER, "[全部合法]", "[同意]")
    carried = phone.token("提交")
    for key in ("a", "a", "b"):
        phone.deliver(key, press=carried, label="提交")
    assert kept(world) == [(part(world, matter).id, 1, True)]


def test_one_goes_on_where_one_left_on_another_channel(world: World) -> None:
    matter = opened(world)
    write(world, matter, REVIEWER, "[逐项审查]", "[合法]", "[不合法]")
    world.restart()
    elsewhere = world.phone(REVIEWER, "telegram")
    elsewhere.say("继续")
    go_on(elsewhere, "没有执法主体资格", *["[合法]"] * 7, "[不同意]", "主体不合法", "[提交]")
    assert [one["verdict"] for one in said(world)] == ["合法", "不合法", *["合法"] * 7]


def test_what_is_late_is_kept_and_its_writer_told_by_whom_it_was_given_away(world: World) -> None:
    matter = opened(world)
    phone = write(world, matter, REVIEWER, "[全部合法]", "[同意]")
    mine = part(world, matter)
    by = person(world.database, SECTION)

    def give_away(db: Transaction) -> None:
        assignments.move(db, mine, assignments.State.REPLACED, by, BEGINNING, reason="另有安排")

    world.database.write(give_away).result()
    go_on(phone, "[提交]")
    assert f"已由{SECTION}于8月19日 09:00改派" in text_of(phone.seen[-1])
    assert kept(world) == [(mine.id, 1, False)]
    assert standing(world, matter) == "working"
    assert world.database.read(lambda db: opinions.latest(db, mine.id)) is None


def test_whoever_recused_themselves_does_not_write(world: World) -> None:
    matter = opened(world)
    phone = write(world, matter, REVIEWER, "[全部合法]")
    mine = part(world, matter)
    world.database.write(
        lambda db: assignments.move(db, mine, assignments.State.RECUSED, mine.person_id, BEGINNING)
    ).result()
    go_on(phone, "[同意]")
    assert "不用再写" in text_of(phone.seen[-1])
    assert kept(world) == []


def test_a_file_counts_only_once_it_is_here(world: World) -> None:
    matter = opened(world)
    phone = write(world, matter, REVIEWER, "[交意见书文件]")
    upload = phone.announce("意见书.docx", len(SAMPLES["docx"]))
    assert upload is not None
    go_on(phone, "下一步", "[同意]", "[提交]")
    assert "还在接收" in text_of(phone.seen[-1])
    assert kept(world) == []
    phone.bring(upload, SAMPLES["docx"])
    go_on(phone, "[下一步]", "[提交]")
    assert kept(world) == [(part(world, matter).id, 1, True)]
    assert world.rows("SELECT kind, matter_id FROM matterfile") == [("opinion", matter)]


def test_it_waits_for_everybody_who_is_still_on_it(world: World) -> None:
    matter = opened(world, reviewers=(REVIEWER, ANOTHER))
    write(world, matter, REVIEWER, "[全部合法]", "[同意]", "[提交]")
    assert standing(world, matter) == "working"
    write(world, matter, ANOTHER, "[有例外，逐个选出]", "[裁量基准]", "[选好了]", "[需补正]", "写明依据", "[修改后同意]",
          "写明裁量依据后可以作出", "[提交]", place=1)  # fmt: skip
    assert standing(world, matter) == "submitted"
    sheet = world.database.read(lambda db: opinions.sheet(db, matters.by_id(db, matter), 0))
    assert [(one.person, one.said[6].verdict, one.conclusion) for one in sheet.parts] == [
        (REVIEWER, "合法", "agreed"), (ANOTHER, "需补正", "amended"),
    ]  # fmt: skip


def test_nobody_accepts_what_they_wrote(world: World) -> None:
    """A head who is the officer too hands in; another head accepts, or else the legal section."""
    head = person(world.database, HEAD)
    matter = opened(world, "normative", opener=sample_matters.OPENER)

    def become(db: Transaction) -> None:
        db.session.execute(sa.update(Post).where(col(Post.person_id) == head).values(ends_on=day_of(BEGINNING)))
        mine = part(world, matter)
        unit = mine.unit_id
        db.session.add(Post(person_id=mine.person_id, unit_id=unit, role="head", starts_on=day_of(BEGINNING)))

    world.database.write(become).result()
    phone = write(world, matter, REVIEWER, "[全部合法、符合要求]", "[同意]", "[提交]")
    version = world.rows("SELECT version FROM matter")[0][0]
    press(phone, "mt.ok", matter, version)
    assert standing(world, matter) == "submitted"
    press(world.phone(SECTION), "mt.ok", matter, version)
    assert standing(world, matter) == "done"


ACCEPTED_BY = {
    "disclosure": "办公室经办", "normative": HEAD, "litigation": OTHER_SECTION, "decision": "党群科经办",
    "enforcement": OTHER_SECTION, "other": OTHER_SECTION,
}  # fmt: skip
ANSWERS = {
    "litigation": ["有权认定", "条例第五条", "[充分]", "[没有了]"] * 3 + ["[合法]"],
    "decision": ["风险较低", "再征求意见"], "other": ["可以办理"], "enforcement": ["[全部合法]"],
}  # fmt: skip


@pytest.mark.parametrize("kind", ACCEPTED_BY)
def test_each_kind_is_accepted_by_whom_the_notice_names(world: World, kind: str) -> None:
    matter = opened(world, kind, opener=ACCEPTED_BY[kind])
    write(world, matter, REVIEWER, *ANSWERS.get(kind, ["[全部合法、符合要求]"]), "[同意]", "[提交]")
    version = world.rows("SELECT version FROM matter")[0][0]
    wrong = [one for one in {HEAD, OTHER_SECTION, "办公室经办", "党群科经办", REVIEWER} if one != ACCEPTED_BY[kind]]
    for called in sorted(wrong):
        press(world.phone(called), "mt.ok", matter, version)
        assert standing(world, matter) == "submitted"
    press(world.phone(ACCEPTED_BY[kind]), "mt.ok", matter, version)
    assert standing(world, matter) == "done"


def test_documents_of_a_long_way_are_numbered_without_gaps(world: World) -> None:
    route = next(name for name, steps in affairs().kinds["contract"].routes.items() if len(steps) > 1)
    matter = opened(world, "contract", opener=sample_matters.OPENER, route=route)
    write(world, matter, REVIEWER, "[合法]", "[同意]", "[提交]")
    section, chief = world.phone(SECTION), world.phone(OTHER_SECTION)
    press(section, "mt.ok", matter, world.rows("SELECT version FROM matter")[0][0])
    assert world.rows("SELECT state, step FROM matter") == [("waiting", 1)]
    press(section, "mt.me", matter, world.rows("SELECT version FROM matter")[0][0])
    go_on(section, "[合法]", "[同意]", "[提交]")
    assert world.rows("SELECT state, step FROM matter") == [("deciding", 1)]
    press(chief, "mt.end", matter, world.rows("SELECT version FROM matter")[0][0])
    assert world.rows("SELECT state, step FROM matter") == [("done", 1)]
    assert world.rows("SELECT step, year, number FROM matterdocument ORDER BY id") == [(0, 2026, 1), (1, 2026, 2)]


def test_what_is_sent_back_has_a_working_day_at_least(world: World) -> None:
    matter = opened(world)
    write(world, matter, REVIEWER, "[全部合法]", "[同意]", "[提交]")
    world.clock.pass_(days=30)
    section = world.phone(SECTION)
    press(section, "mt.back", matter, world.rows("SELECT version FROM matter")[0][0])
    go_on(section, "[救济途径告知]", "[选好了]", "复议机关写错了")
    assert world.rows("SELECT state, due_on FROM matter") == [("working", "2026-09-20")]
    phone = write(world, matter, REVIEWER, "[需补正]", "复议机关应为市局", "[提交]")
    assert "意见已提交" in text_of(phone.seen[-1])
    assert kept(world)[-1][1:] == (2, True)
    assert [one["verdict"] for one in said(world)] == [*["合法"] * 7, "需补正", "合法"]


def test_writing_one_opinion_leaves_another_as_it_was(world: World) -> None:
    first, second = opened(world), opened(world)
    write(world, first, REVIEWER, "[有例外，逐个选出]", "[裁量基准]", "[选好了]", "[不合法]", "没有裁量依据")
    phone = write(world, second, REVIEWER, "[全部合法]", "[同意]", "[提交]")
    assert standing(world, second) == "submitted"
    assert "总体意见？" in text_of(phone.seen[-1])
    go_on(phone, "[不同意]", "应当写明裁量依据", "[提交]")
    assert standing(world, first) == "submitted"
    assert said(world)[5] == {"check": 6, "verdict": "不合法", "text": "没有裁量依据", "lines": []}
