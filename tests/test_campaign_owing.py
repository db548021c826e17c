"""Who owes what of a self-assessment, and that the plan follows whatever moves dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from bot import reminding
from bot.reminding import Owed
from bot.turn import Turn
from handlers import campaign_reminders
from models import assessments, campaigns, owed, shares, submission
from models.assessments import Answer, State
from models.db import Transaction
from models.owed import Part
from models.people import Address, Bureau, Person, Post, Role, Unit
from tests import dialogue_teamwork
from tests.world import BEGINNING, World, text_of

COUNTY, CITY = "示范区人社局", "东江市人社局"
CONTACT, LIAISON, OTHER = "法制科法治联络员", "就业促进科法治联络员", "劳动关系科法治联络员"
HEAD, SECTION = "就业促进科负责人", {"法制科经办", "法制科科长"}
TODAY = date(2026, 8, 19)


class Owing:
    """A bureau's self-assessment, and who owes what of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.bureau, self.id = self.do(self._find)
        everybody = world.database.read(lambda db: db.session.exec(select(Person.id, Person.name)).all())
        self.names = dict(everybody)

    def _find(self, db: Transaction) -> tuple[int, int]:
        bureau = db.session.exec(select(Bureau.id).where(Bureau.name == COUNTY)).one()
        found = assessments.of_bureau(db, bureau)
        assert found is not None
        return bureau, int(found.id)

    def do(self, work: Callable[[Transaction], Any]) -> Any:
        return self.world.database.write(work).result()

    def give(self, numbers: range, unit: str) -> None:
        def work(db: Transaction) -> None:
            to = db.session.exec(select(Unit.id).where(Unit.name == unit, Unit.bureau_id == self.bureau)).one()
            rows = assessments.all_items(db, self.id)
            shares.give(db, [row for row in rows if row.position in numbers], to)

        self.do(work)

    def state(self, numbers: range, state: State, **more: Any) -> None:
        change = sa.update(Answer).where(col(Answer.assessment_id) == self.id, col(Answer.position).in_(numbers))
        self.do(lambda db: db.session.execute(change.values(state=state, **more)))

    def leaves(self, name: str) -> None:
        change = sa.update(Post).where(col(Post.person_id) == self.world.person(name)).values(ends_on=TODAY)
        self.do(lambda db: db.session.execute(change))

    def besides(self, name: str, unit: str, role: Role) -> None:
        """Somebody has another post."""

        def work(db: Transaction) -> None:
            to = db.session.exec(select(Unit.id).where(Unit.name == unit, Unit.bureau_id == self.bureau)).one()
            db.session.add(Post(person_id=self.world.person(name), unit_id=to, role=role, starts_on=TODAY))

        self.do(work)

    def parts(self) -> dict[str, Part]:
        """By the name of whoever owes it; nobody's under an empty one."""
        found = self.do(lambda db: owed.parts(db, assessments.by_id(db, self.id), TODAY))
        return {self.names.get(part.person, ""): part for part in found}

    def lines(self, person: str | None = None) -> list[tuple[str, Owed]]:
        """(who, what) as things stand now."""
        found: list[Owed] = []
        whose = None if person is None else self.world.person(person)

        def look(turn: Turn) -> None:
            with turn.within("campaign_reminders"):
                found.extend(campaign_reminders.owing(turn, self.id, whose))

        self.world.assistant.by_itself("schedule", look).result()
        return [(self.names[one.person], one) for one in found]

    def planned(self) -> list[str]:
        """The rungs that wait, of this self-assessment."""
        rows = self.world.rows(
            "SELECT rung FROM reminder WHERE kind = 'campaign' AND object_id = ? AND person_id = 0 AND state = 'pending'"
            " ORDER BY due_at", self.id,
        )  # fmt: skip
        return [rung for (rung,) in rows]

    def replan(self) -> None:
        self.world.assistant.by_itself("schedule", reminding.replan).result()


@pytest.fixture
def owing(world: World) -> Owing:
    return Owing(world)


def numbers(rows: tuple[Any, ...]) -> list[int]:
    return [row.position for row in rows]


def test_the_contact_owes_what_was_given_to_nobody(owing: Owing) -> None:
    owing.give(range(1, 4), "就业促进科")
    parts = owing.parts()
    assert set(parts) == {CONTACT, LIAISON}
    assert numbers(parts[LIAISON].unanswered) == [1, 2, 3]
    assert numbers(parts[CONTACT].unanswered) == [*range(4, 65)]


def test_what_is_answered_is_owed_no_more_and_what_was_passed_comes_last(owing: Owing) -> None:
    owing.give(range(1, 6), "就业促进科")
    owing.state(range(1, 2), State.SKIPPED)
    owing.state(range(2, 3), State.COMPLETE)
    owing.state(range(3, 4), State.RETURNED)
    part = owing.parts()[LIAISON]
    assert (numbers(part.returned), numbers(part.unanswered)) == ([3], [4, 5, 1])


def test_every_liaison_of_a_unit_owes_its_share(owing: Owing) -> None:
    owing.give(range(1, 4), "就业促进科")
    owing.besides(OTHER, "就业促进科", Role.LIAISON)
    parts = owing.parts()
    assert numbers(parts[OTHER].unanswered) == numbers(parts[LIAISON].unanswered) == [1, 2, 3]


def test_a_liaison_of_two_units_owes_both_shares(owing: Owing) -> None:
    owing.give(range(1, 3), "就业促进科")
    owing.give(range(9, 11), "劳动关系科")
    owing.besides(LIAISON, "劳动关系科", Role.LIAISON)
    part = owing.parts()[LIAISON]
    assert numbers(part.unanswered) == [1, 2, 9, 10]
    assert len(part.units) == 2


def test_the_share_of_a_unit_without_a_liaison_is_the_contacts(owing: Owing) -> None:
    owing.give(range(1, 4), "就业促进科")
    owing.leaves(LIAISON)
    assert list(owing.parts()) == [CONTACT]


def test_where_the_contact_has_left_nobody_owes_and_the_legal_section_is_told(owing: Owing) -> None:
    owing.leaves(CONTACT)
    assert list(owing.parts()) == [""]
    lines = owing.lines()
    assert {who for who, _ in lines} == SECTION
    assert {(one.text, one.button.code) for _, one in lines} == {
        ("创建联络员空缺，64 项指标无人作答，9月5日 17:30 截止", "con")
    }  # fmt: skip


def test_of_everybody_it_says_what_it_says_of_one(owing: Owing) -> None:
    owing.give(range(1, 9), "就业促进科")
    owing.state(range(2, 4), State.RETURNED)
    owing.state(range(20, 22), State.COMPLETE, version=1)
    owing.world.clock.pass_(days=30)
    everybody = owing.lines()
    assert {HEAD, LIAISON, CONTACT} | SECTION == {who for who, _ in everybody}
    for who in {who for who, _ in everybody}:
        assert owing.lines(who) == [(name, one) for name, one in everybody if name == who]


def test_the_estimate_is_honest(owing: Owing) -> None:
    """40 seconds an item: 64 items are 42 minutes and 40 seconds."""
    [(_, line)] = owing.lines(CONTACT)
    assert (line.minutes, line.overdue) == (43, False)
    assert line.text == "指标自评还剩 64 项，约 43 分钟，9月5日 17:30 截止"


def test_heads_are_told_when_it_is_overdue_and_not_before(owing: Owing) -> None:
    owing.give(range(1, 4), "就业促进科")
    assert HEAD not in {who for who, _ in owing.lines()}
    owing.world.clock.pass_(days=18)
    [line] = [one for who, one in owing.lines() if who == HEAD]
    assert line.overdue
    assert line.text == "本部门 1 人的指标自评还剩 3 项，已逾期（9月5日 17:30 截止）"


def test_a_head_who_answers_too_is_told_once(owing: Owing) -> None:
    owing.give(range(1, 4), "就业促进科")
    owing.besides(HEAD, "就业促进科", Role.LIAISON)
    owing.world.clock.pass_(days=18)
    assert len([one for who, one in owing.lines() if who == HEAD]) == 1


def test_whoever_no_reminder_reaches_is_named_to_the_legal_section(owing: Owing) -> None:
    owing.give(range(1, 4), "就业促进科")
    away = sa.delete(Address).where(col(Address.person_id) == owing.world.person(LIAISON))
    owing.do(lambda db: db.session.execute(away))
    assert {(one.text, one.button.code) for who, one in owing.lines() if who in SECTION} == {
        ("1 人尚未加入，自评提醒送不到，请电话联系", "cl")
    }  # fmt: skip


def ready(owing: Owing) -> None:
    """Everything answered, accepted and decided."""
    stage: Any = owing.world
    dialogue_teamwork.happen(stage, dialogue_teamwork.READY, COUNTY)


def test_the_legal_section_owes_what_waits_then_the_gate_then_nothing(owing: Owing) -> None:
    ready(owing)
    owing.state(range(1, 3), State.COMPLETE, accepted=None)
    assert {one.button.code for _, one in owing.lines()} == {"rv"}
    owing.state(range(1, 3), State.COMPLETE, accepted=1)
    assert {(who, one.button.code) for who, one in owing.lines()} == {(who, "gate") for who in SECTION}
    owing.do(lambda db: submission.submit(db, assessments.by_id(db, owing.id), BEGINNING))
    assert owing.lines() == []


def test_a_veto_matter_leaves_nothing_to_submit(owing: Owing) -> None:
    ready(owing)
    owing.state(range(63, 64), State.COMPLETE, verdict="has")
    assert owing.lines() == []


def test_nobody_owes_anything_of_an_earlier_round(owing: Owing) -> None:
    def begins(db: Transaction) -> None:
        old = campaigns.newest(db)
        assert old is not None
        campaign = campaigns.load_campaign(db, old.source.encode(), old.years + 1, old.catalogue_id)
        assessments.begin_now(db, campaign, owing.bureau, owing.world.person(CONTACT), BEGINNING)

    owing.do(begins)
    assert owing.lines() == []


# The plan follows


def test_the_plan_follows_submitting_and_taking_back(owing: Owing) -> None:
    owing.replan()
    assert len(owing.planned()) == 8
    ready(owing)
    phone = owing.world.phone("法制科科长")
    phone.say("申报前检查")
    phone.press("提交上级")
    assert owing.planned() == []
    phone.press("撤回提交")
    assert len(owing.planned()) == 8


def test_the_plan_follows_the_citys_day(owing: Owing) -> None:
    owing.replan()
    phone = owing.world.phone("法制科科长", bureau=CITY)
    phone.say("本局设置")
    phone.press("各县区报送日")
    phone.say("9月8日")
    assert "9月8日（周二）" in text_of(phone.press("确认修改"))
    assert owing.planned()[-1] == "2026-09-10 09:00"


def test_a_day_that_stays_the_same_is_told_to_nobody(owing: Owing) -> None:
    county = owing.world.phone("法制科科长")
    phone = owing.world.phone("法制科科长", bureau=CITY)
    phone.say("本局设置")
    phone.press("各县区报送日")
    phone.say("9月5日")
    phone.press("确认修改")
    assert county.seen == []


def test_a_day_that_is_over_at_the_due_hour_can_be_set_until_then(owing: Owing) -> None:
    world = owing.world
    world.clock.pass_(days=20, hours=8, minutes=29)
    phone = world.phone("法制科科长", bureau=CITY)
    phone.say("本局设置")
    phone.press("各县区报送日")
    assert "改为 9月8日（周二）" in text_of(phone.say("9月8日"))
    phone.press("取消")
    world.clock.pass_(minutes=1)
    phone.say("本局设置")
    phone.press("各县区报送日")
    assert "不在范围内" in text_of(phone.say("9月8日"))


def test_the_plan_follows_the_bureaus_calendar(owing: Owing) -> None:
    owing.replan()
    phone = owing.world.phone("法制科科长")
    phone.say("放假安排")
    phone.press("改某一天")
    phone.say("9月2日")
    phone.press("放假")
    phone.press("跳过")
    assert "2026-09-02 09:00" not in owing.planned()
    assert "2026-09-01 09:00" in owing.planned()


def test_the_plan_begins_with_the_self_assessment(owing: Owing) -> None:
    stage: Any = owing.world
    dialogue_teamwork.happen(stage, dialogue_teamwork.NOT_BEGUN, COUNTY)
    phone = owing.world.phone("法制科科长")
    phone.say("创建联络员")
    phone.press("就业促进科 就业促进科法治联络员")
    phone.press("确认")
    begun = owing.world.rows("SELECT DISTINCT object_id FROM reminder WHERE kind = 'campaign' AND person_id = 0")
    assert len(begun) == 1


def test_moments_gone_by_are_not_made_up_for(owing: Owing) -> None:
    owing.world.clock.pass_(days=(date(2026, 9, 4) - TODAY).days, hours=3)
    owing.replan()
    assert owing.planned()[0] == "2026-09-04 16:00"
