"""代办: rights from the first day to the last, never a review, no place of any quota, one at a time; on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import posts, quotas, rights, vacancies
from models.db import Transaction
from models.people import Role, Unit
from models.personnel import delegation, filing, history
from models.personnel.changes import Line, Newcomer
from models.rights import Place, Right
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.test_concurrency_teamwork import at_once, pairs
from tests.test_vacancies import tried
from tests.world import Phone, World, text_of

ABSENT, STANDS_IN = "就业促进科法治联络员", "就业促进科法治员"
TODAY = date(2026, 8, 19)
ROUNDS = 10
SPANS = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def unit_of(world: World, person: int) -> Unit:
    def find(db: Transaction) -> Unit:
        return db.session.get_one(Unit, posts.held(db, person, TODAY)[0].unit_id)

    return world.database.read(find)


def test_its_days_are_its_rights(crowd: World) -> None:  # noqa: F811
    absent, person = crowd.person(ABSENT), crowd.person(STANDS_IN)
    unit = unit_of(crowd, absent)
    share, whole = Place(unit.bureau_id, unit=unit.id), Place(unit.bureau_id, contact=absent)

    def work(db: Transaction) -> None:
        before = [quotas.held(db, unit.id, role, TODAY) for role in quotas.ROSTERS]
        delegation.delegate(db, absent, unit.id, person, day(2), day(4))
        for number in range(8):
            held = posts.held(db, person, day(number))
            answers = 2 <= number <= 4
            for place in (share, whole):
                assert bool(rights.fitting(held, Right.ANSWER, person, place)) == answers, number
            assert {post.role for post in rights.fitting(held, Right.WRITE_OPINION, person)} == {Role.LEGAL_OFFICER}
            assert [post.absent for post in held if post.on_behalf_of == absent] == ([ABSENT] if answers else [])
        assert [quotas.held(db, unit.id, role, day(3)) for role in quotas.ROSTERS] == before
        assert quotas.most_held(db, unit.id, Role.LIAISON, TODAY) == 1
        assert [one for one in vacancies.of_unit(db, unit, day(3)) if one.role is Role.LIAISON] == []
        newcomer = Newcomer("某某", "科员", "13800001111")
        filing.check(
            db, unit, [Line(Role.LIAISON, newcomer=newcomer)], day(3), day(0)
        )  # the second place is still free
        assert all(post.on_behalf_of is None for post in history.held(db, unit.bureau_id, TODAY))

    tried(crowd.database, work)


def test_an_absence_leaves_a_vacancy_a_vacancy(crowd: World) -> None:  # noqa: F811
    """Who stands in for somebody that leaves fills no place."""
    absent, person = crowd.person(ABSENT), crowd.person(STANDS_IN)
    unit = unit_of(crowd, absent)

    def work(db: Transaction) -> None:
        delegation.delegate(db, absent, unit.id, person, TODAY, day(9))
        post = next(one for one in posts.held(db, absent, TODAY) if one.role is Role.LIAISON)
        change = _Change(unit.id, day(3))
        filing.write_posts(db, change, [_Line(post.id)])
        assert [one.role for one in vacancies.of_unit(db, unit, day(3))] == [Role.LIAISON]
        assert rights.fitting(posts.held(db, person, day(2)), Right.ANSWER, person) != []
        assert rights.fitting(posts.held(db, person, day(3)), Right.ANSWER, person) == []
        [cut] = delegation.cut_short(db, unit.id, absent, day(3))
        assert (cut.person_id, cut.ends_on) == (person, day(3))

    tried(crowd.database, work)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=st.lists(SPANS, max_size=4), asked=SPANS, today=st.integers(0, 12))
def test_no_two_share_a_day(crowd: World, spans: list[list[int]], asked: list[int], today: int) -> None:  # noqa: F811
    absent, person = crowd.person(ABSENT), crowd.person(STANDS_IN)
    unit = unit_of(crowd, absent)

    def work(db: Transaction) -> None:
        taken: dict[int, list[int]] = {}
        for first, last in spans:
            found = delegation.overlapping(db, absent, unit.id, day(first), day(last))
            shared = [the_id for the_id, (begins, ends) in taken.items() if begins <= last and ends >= first]
            assert (found is not None) == bool(shared)
            assert found is None or found.id in shared
            if found is None:
                taken[delegation.delegate(db, absent, unit.id, person, day(first), day(last))] = [first, last]
        for the_id, (_, ends) in taken.items():
            assert delegation.end(db, the_id, day(today)) == (ends >= today)
            assert not delegation.end(db, the_id, day(today))
        left = {row.id for row in delegation.coming(db, day(0), bureau=unit.bureau_id, unit=unit.id)}
        assert left == {the_id for the_id, (first, _) in taken.items() if first < today}
        first, last = asked
        still = [span for span in taken.values() if span[0] < today]
        overlaps = any(begins <= last and min(ends, today - 1) >= first for begins, ends in still)
        assert (delegation.overlapping(db, absent, unit.id, day(first), day(last)) is not None) == overlaps

    tried(crowd.database, work)


def test_two_arrange_it_at_once(crowd: World) -> None:  # noqa: F811
    """Of the liaison and the head one wins; the other is told who does it, and the days are asked anew."""
    for pair in pairs(crowd, ABSENT, "就业促进科负责人"):
        for phone in (pair.one, pair.other):
            for text in ("代办", "今天", "明天", STANDS_IN):
                phone.say(text)
            assert "请核对" in text_of(phone.seen[-1])
        said = at_once(crowd, *((phone, {"text": "提交"}) for phone in (pair.one, pair.other)))
        assert sorted("已安排代办" in text for text in said) == [False, True]
        assert sum("日期不能重叠" in text for text in said) == 1
    assert len(crowd.rows("SELECT id FROM post WHERE on_behalf_of IS NOT NULL")) == 5
    assert crowd.rows("SELECT poison FROM delivery WHERE poison IS NOT NULL") == []


def test_none_outlives_the_post_though_that_is_filed_at_the_same_moment(crowd: World) -> None:  # noqa: F811
    for pair in pairs(crowd, "就业促进科负责人", "法制科科长"):
        for text in ("代办", "今天", "9月30日", STANDS_IN):
            pair.one.say(text)
        for text in ("人员变动", "就业促进科", "有人离任", f"{ABSENT} 法治联络员", "退休", "8月25日", "暂无人选"):
            pair.other.say(text)
        assert all("请核对" in text_of(phone.seen[-1]) for phone in (pair.one, pair.other))
        at_once(crowd, *((phone, {"text": "提交"}) for phone in (pair.one, pair.other)))
    left = "SELECT count(*) FROM post WHERE ends_on = '2026-08-25' AND on_behalf_of IS NULL"
    assert crowd.rows(left) == [(5,)]
    assert crowd.rows("SELECT id FROM post WHERE on_behalf_of IS NOT NULL AND ends_on > '2026-08-25'") == []
    assert crowd.rows("SELECT poison FROM delivery WHERE poison IS NOT NULL") == []


def test_it_is_ended_once(crowd: World) -> None:  # noqa: F811
    phones: list[Phone] = [crowd.phone(ABSENT), crowd.phone(ABSENT, "terminal")]
    for _ in range(ROUNDS):
        for text in ("代办", "今天", "明天", STANDS_IN, "提交"):
            phones[0].say(text)
        token = phones[0].token("结束代办")
        said = at_once(crowd, *((phone, {"press": token, "label": ""}) for phone in phones))
        assert all("代办已取消" in text for text in said)
    assert crowd.rows("SELECT count(*) FROM auditentry WHERE what = 'delegate.end'") == [(ROUNDS,)]


class _Change:
    def __init__(self, unit: int, on: date) -> None:
        self.unit_id, self.effective_on = unit, on


class _Line:
    id, role, successor_id, newcomer = 0, Role.LIAISON, None, None

    def __init__(self, post: int) -> None:
        self.post_id: Any = post
