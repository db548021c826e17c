"""Changes of posts hold from the next turn on, whatever somebody is in the middle of."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from bot.clock import day_of
from bot.messages import Inbound
from models import assessments, shares
from models.assessments import Answer
from models.db import Transaction
from models.people import Bureau, Post, Role, Unit
from tests import dialogue_teamwork
from tests.rights.server import Server
from tests.rights.world import made
from tests.world import Phone, World, text_of

CONTACT, OFFICER = "法制科法治联络员", "法制科科长"
LIAISON, ELSEWHERE = "就业促进科法治联络员", "劳动关系科法治联络员"
BUREAU, OTHER_BUREAU = "示范区人社局", "临港县人社局"
NO_POST, NO_RIGHT, GIVEN_ELSEWHERE = "您目前没有在任的法治工作岗位", "不在您的岗位职责范围内", "现在不由您单位作答"


class Office:
    """A bureau whose posts change."""

    def __init__(self, world: World) -> None:
        self.world = world

    def do(self, work: Callable[[Transaction], Any]) -> Any:
        return self.world.database.write(work).result()

    def ends(self, phone: Phone, in_days: int = 0) -> None:
        """Every post that the person holds ends so many days from now; 0: yesterday was the last day."""
        ends_on = day_of(self.world.clock.now()) + timedelta(days=in_days)
        change = sa.update(Post).where(col(Post.person_id) == int(phone.address), col(Post.ends_on).is_(None))
        self.do(lambda db: db.session.execute(change.values(ends_on=ends_on)))

    def begins(self, phone: Phone, unit: str, role: Role, bureau: str = BUREAU, in_days: int = 0) -> None:
        """The person has another post, from so many days from now on."""
        starts_on = day_of(self.world.clock.now()) + timedelta(days=in_days)
        of = select(Unit.id).join(Bureau).where(Unit.name == unit, Bureau.name == bureau)

        def work(db: Transaction) -> None:
            unit_id = db.session.exec(of).one()
            db.session.add(Post(person_id=int(phone.address), unit_id=unit_id, role=role, starts_on=starts_on))

        self.do(work)

    def gives(self, numbers: list[int], unit: str | None) -> None:
        """Items are given to a unit, or back to the contact."""

        def work(db: Transaction) -> None:
            bureau = db.session.exec(select(Bureau.id).where(Bureau.name == BUREAU)).one()
            of = select(Unit.id).where(Unit.name == unit, Unit.bureau_id == bureau)
            to = db.session.exec(of).one() if unit is not None else None
            rows = assessments.all_items(db, assessments.of_bureau(db, bureau).id)  # type: ignore[union-attr]
            shares.give(db, [row for row in rows if row.position in numbers], to)

        self.do(work)

    @property
    def answers(self) -> int:
        return int(self.world.rows("SELECT count(*) FROM answerversion")[0][0])


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


def test_a_post_that_ended_leaves_the_next_answer_unwritten(world: World, office: Office) -> None:
    phone = world.phone(CONTACT)
    phone.say("改1")
    office.ends(phone)
    for what in ({"text": "符合"}, {"press": phone.token("符合")}, {"text": "菜单"}, {"text": "https://www.gov.cn/1"}):
        assert NO_POST in text_of(phone.deliver(**what))
    assert phone.announce("材料.pdf", 9) is None
    assert (office.answers, world.rows("SELECT count(*) FROM evidence")) == (0, [(0,)])


def test_a_post_counts_from_its_first_day_to_its_last(world: World, office: Office) -> None:
    phone = world.phone(CONTACT)
    office.ends(phone, in_days=3)
    office.begins(phone, "办公室", Role.LEADER, in_days=5)
    seen = []
    for _ in range(6):
        phone.say("目录")
        seen.append(text_of(phone.say("目录"))[:4])
        world.clock.pass_(days=1)
    assert [text in NO_POST for text in seen] == [False, False, False, True, True, False]
    assert NO_RIGHT in text_of(phone.say("目录"))
    assert "进度图" in "".join(phone.labels() if phone.say("菜单") else [])


def test_another_unit_is_another_share_from_the_next_turn_on(world: World, office: Office) -> None:
    office.gives([1, 2], "就业促进科")
    office.gives([3], "劳动关系科")
    phone = world.phone(LIAISON)
    phone.say("指标自评")
    phone.press("符合")
    assert office.answers == 1
    office.ends(phone)
    office.begins(phone, "劳动关系科", Role.LIAISON)
    assert GIVEN_ELSEWHERE in text_of(phone.say("按要求办理。"))
    assert office.answers == 1
    assert "第 3/60 项" in text_of(phone.say("指标自评"))
    assert "劳动关系科分到 1 项" in text_of(phone.say("目录"))


def test_an_item_given_to_another_unit_is_theirs_from_the_next_turn_on(world: World, office: Office) -> None:
    office.gives([1], "就业促进科")
    one, other = world.phone(LIAISON), world.phone(ELSEWHERE)
    one.say("改1")
    token = one.token("符合")
    assert "没有分给您单位" in text_of(other.say("改1"))
    office.gives([1], "劳动关系科")
    assert GIVEN_ELSEWHERE in text_of(one.say("符合"))
    assert one.deliver(press=token) is not None
    assert office.answers == 0
    other.say("改1")
    other.press("符合")
    assert office.answers == 1


def test_another_bureau_shows_nothing_of_the_one_before(world: World, office: Office) -> None:
    phone = world.phone(CONTACT)
    phone.say("改1")
    phone.press("符合")
    phone.say("本局的做法")
    old = [token for row in phone.seen for line in row.body.get("buttons", ()) for _, token, _ in line]
    office.ends(phone)
    office.begins(phone, "法制科", Role.LEGAL_SECTION, OTHER_BUREAU)
    before = office.answers
    for token in [*dict.fromkeys(old)]:
        phone.deliver(press=token)
        assert "本局的做法" not in text_of(phone.seen[-1])
    for text in ("继续", "改1", "目录", "审核答复"):
        phone.say(text)
        assert "本局的做法" not in text_of(phone.seen[-1])
        assert "符合 1/" not in text_of(phone.seen[-1])
    assert office.answers == before


def test_whoever_leaves_the_legal_section_confirms_nothing_any_more(world: World, office: Office) -> None:
    phone = world.phone(OFFICER)
    phone.say("指标分解")
    by_number = phone.token("按序号")
    for text in ("按序号", "1-5", "劳动关系科"):
        phone.say(text)
    confirm = phone.token("确认分解")
    office.ends(phone)
    office.begins(phone, "劳动关系科", Role.LIAISON)
    assert NO_RIGHT in text_of(phone.deliver(press=confirm))
    phone.deliver(press=confirm)
    assert "没有找到这一项" in text_of(phone.deliver(press=by_number))
    phone.say("确认分解")
    assert world.rows("SELECT count(*) FROM answer WHERE unit_id IS NOT NULL") == [(0,)]


def test_a_choice_of_post_is_of_posts_held_now(world: World, office: Office) -> None:
    phone = world.phone(LIAISON)
    office.gives([1], "就业促进科")
    office.gives([2], "劳动关系科")
    office.begins(phone, "劳动关系科", Role.LIAISON)
    phone.say("指标自评")
    chosen = phone.token("就业促进科 法治联络员")
    office.ends(phone)
    office.begins(phone, "劳动关系科", Role.LIAISON)
    assert "没有找到这一项" in text_of(phone.deliver(press=chosen))
    assert "第 2/60 项" in text_of(phone.say("指标自评"))


def test_another_contact_answers_for_the_bureau_from_the_next_turn_on(world: World, office: Office) -> None:
    before, after = world.phone(CONTACT), world.phone(LIAISON)
    assert "没有分给您单位" in text_of(after.say("改1"))
    change = f"UPDATE selfassessment SET contact_id = {after.address} WHERE contact_id = {before.address}"
    office.do(lambda db: db.execute(change))
    assert "第 1/60 项" in text_of(after.say("改1"))
    assert "没有分给您单位" in text_of(before.say("改1"))


def test_whoever_has_left_is_told_nothing_of_what_becomes_of_an_answer(world: World, office: Office) -> None:
    """Neither that it was sent back, with why, nor that a colleague has changed it."""
    dialogue_teamwork.happen(world, dialogue_teamwork.READY, BUREAU)  # type: ignore[arg-type]
    office.do(lambda db: db.session.execute(sa.update(Answer).values(accepted=None)))
    phone, section = world.phone(CONTACT), world.phone(OFFICER)
    office.ends(phone)
    office.begins(phone, "办公室", Role.OFFICE, OTHER_BUREAU)
    section.say("审核答复")
    section.press("退回")
    section.say("请写明数据来源")
    section.say("改2")
    section.press("改说明")
    section.say("重新写的说明")
    assert office.answers == 1
    assert phone.seen == []


def test_a_picture_that_was_asked_for_in_office_is_not_shown_afterwards(world: World, office: Office) -> None:
    phone = world.phone("局领导（分管）")
    office.ends(phone)
    office.begins(phone, "办公室", Role.OFFICE)
    [(assessment,)] = world.rows(
        "SELECT s.id FROM selfassessment s JOIN bureau b ON b.id = bureau_id WHERE b.name = ?", BUREAU
    )
    outcome = {"picture": "progress", "subject": assessment, "width": 720, "sha256": "0" * 64, "size": 1}
    came = world.receive(Inbound("web", phone.address, str(uuid.uuid4()), work=("progress", outcome)))
    assert [NO_RIGHT in text_of(row) for row in came] == [True]
    assert world.rows("SELECT count(*) FROM picture") == [(0,)]


def test_a_page_is_signed_out_with_the_last_post(tmp_path: Path) -> None:
    server = Server(tmp_path)
    try:
        actor = made().actors["legal_section"]
        assert server.call(actor, "GET", "/api/messages").status_code == 200
        ended = f"UPDATE post SET ends_on = '2026-08-19' WHERE person_id = {actor.person}"
        server.site.database.write(lambda db: db.execute(ended)).result()
        assert server.call(actor, "GET", "/api/messages").status_code == 401
        assert server.say(actor, text="菜单").status_code == 401
        assert server.streamed(actor)[0] == 401
    finally:
        server.close()
