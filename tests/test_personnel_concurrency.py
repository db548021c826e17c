"""Two people at the same change at the same moment, on SQLite and on PostgreSQL: one wins, the other is told by whom."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from bot.clock import day_of
from bot.due_work import CHANNEL
from bot.messages import Inbound
from bot.turn import Turn
from handlers.personnel_effects import fall_due
from models import quotas
from models.db import Transaction
from models.people import Bureau, Person, Post, Role, Unit
from models.personnel import changes
from models.personnel.changes import Kind, Line, Newcomer, PersonnelChange, State
from models.quotas import Quota
from tests.receiving import BUREAUS
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.test_concurrency_teamwork import PATIENCE, Pair, at_once, audited, pairs, press, team, typed  # noqa: F401
from tests.world import BEGINNING, World

ROUNDS = 8
"""In each of the five bureaus."""
UNIT, OTHER = "就业促进科", "劳动关系科"
HEADS, SECTION = (f"{UNIT}负责人", f"{OTHER}负责人"), ("法制科经办", "法制科科长")
LANES = ("one process", "another process")
"""Work of these runs in different threads."""
LIAISON = f"{UNIT}法治联络员"


def add(world: World, bureau: str, *, recommended: bool, most: int = 100) -> list[int]:
    """Changes that each add somebody new to a unit's 法治联络员, of whom there may be so many; their ids."""

    def work(db: Transaction) -> list[int]:
        of = select(Unit).join(Bureau).where(Bureau.name == bureau, Unit.name == UNIT)
        unit = db.session.exec(of).one()
        who = _person(db, bureau, LIAISON)
        quotas.set_for(db, unit.id, Role.LIAISON, Quota(1, most), who, BEGINNING)
        return [
            changes.report(
                db, bureau=unit.bureau_id, unit=unit.id, kind=Kind.ADDING, effective_on=day_of(BEGINNING),
                lines=[Line(Role.LIAISON, newcomer=Newcomer("某某", "科员", f"139{unit.id:04}{number:04}"))],
                answers={}, reporter=who, post=None, now=BEGINNING, recommended=recommended,
            )
            for number in range(ROUNDS)
        ]  # fmt: skip

    return list(world.database.write(work).result(PATIENCE))


def second_head(world: World, bureau: str) -> None:
    """The head of another unit is head of this one besides."""

    def work(db: Transaction) -> None:
        unit = db.session.exec(select(Unit.id).join(Bureau).where(Bureau.name == bureau, Unit.name == UNIT)).one()
        who = _person(db, bureau, HEADS[1])
        db.session.add(Post(person_id=who, unit_id=unit, role=Role.HEAD, starts_on=day_of(BEGINNING)))

    world.database.write(work).result(PATIENCE)


def _person(db: Transaction, bureau: str, called: str) -> int:
    of = select(Person.id).join(Post, col(Post.person_id) == col(Person.id)).join(Unit).join(Bureau)
    return db.session.exec(of.where(Person.name == called, Bureau.name == bureau).distinct()).one()


def stand(world: World) -> dict[int, tuple[str, int]]:
    """State and version of every change."""
    return {the_id: (state, version) for the_id, state, version in world.rows(
        "SELECT id, state, version FROM personnelchange")}  # fmt: skip


def begun(world: World) -> Counter[int]:
    """How many posts each change has begun."""
    return Counter(dict(world.rows(
        "SELECT change_id, count(begun_id) FROM changedpost WHERE begun_id IS NOT NULL GROUP BY change_id")))  # fmt: skip


def both(found: list[Pair], made: dict[str, list[int]], number: int, one: str, other: str) -> list[Any]:
    """Each pair presses at its n-th change: the first person the one button, the second the other."""
    acts = [(pair.one, press(one, made[pair.bureau][number])) for pair in found]
    return acts + [(pair.other, press(other, made[pair.bureau][number])) for pair in found]


def test_two_heads_recommend(team: World) -> None:  # noqa: F811
    for bureau in BUREAUS:
        second_head(team, bureau)
    found = pairs(team, *HEADS)
    made = {pair.bureau: add(team, pair.bureau, recommended=False) for pair in found}
    for number in range(ROUNDS):
        told = at_once(team, *both(found, made, number, "pc.rec", "pc.rec"))
        for place, _ in enumerate(found):
            _assert_one_won(told[place], told[place + len(found)], "已推荐：", "确认推荐，不用再办")
    assert set(stand(team).values()) == {(State.RECOMMENDED, 1)}
    assert set(audited(team, "personnel.recommend").values()) == {1}


def test_two_of_the_legal_section_file(team: World) -> None:  # noqa: F811
    found = pairs(team, *SECTION)
    made = {pair.bureau: add(team, pair.bureau, recommended=True) for pair in found}
    for number in range(ROUNDS):
        told = at_once(team, *both(found, made, number, "pc.file", "pc.file"))
        for place, _ in enumerate(found):
            _assert_one_won(told[place], told[place + len(found)], "已生效：", "备案，不用再办")
    assert set(stand(team).values()) == {(State.IN_EFFECT, 2)}
    assert begun(team) == Counter(dict.fromkeys((one for ids in made.values() for one in ids), 1))
    assert set(audited(team, "personnel.file").values()) == {1}


def test_filing_against_withdrawing(team: World) -> None:  # noqa: F811
    found = pairs(team, SECTION[0], LIAISON)
    made = {pair.bureau: add(team, pair.bureau, recommended=True) for pair in found}
    filed = 0
    for number in range(ROUNDS):
        acts = both(found, made, number, "pc.file", "pc.wd")
        told = at_once(team, *(acts if number % 2 else acts[::-1]))
        told = told if number % 2 else told[::-1]
        for place, pair in enumerate(found):
            section, reporter = told[place], told[place + len(found)]
            state, _ = stand(team)[made[pair.bureau][number]]
            assert state in (State.IN_EFFECT, State.WITHDRAWN)
            assert (state == State.IN_EFFECT) == ("不用再办" in reporter) == ("不用再办" not in section)
            assert (state == State.WITHDRAWN) == reporter.startswith("已撤回：")
            filed += state == State.IN_EFFECT
    assert sum(begun(team).values()) == filed
    assert audited(team, "personnel.file").total() == filed
    assert audited(team, "personnel.withdraw").total() == ROUNDS * len(BUREAUS) - filed


def test_two_file_for_the_last_place(team: World) -> None:  # noqa: F811
    """One is filed; the other would be too many, and its reason is asked for."""
    found = pairs(team, *SECTION)
    made = {pair.bureau: add(team, pair.bureau, recommended=True) for pair in found}
    for pair in found:
        team.database.write(lambda db, p=pair: _leave_places(db, p.bureau, 1)).result(PATIENCE)
    acts = [(pair.one, press("pc.file", made[pair.bureau][0])) for pair in found]
    acts += [(pair.other, press("pc.file", made[pair.bureau][1])) for pair in found]
    told = at_once(team, *acts)
    for place, pair in enumerate(found):
        answers = sorted((told[place], told[place + len(found)]), key=lambda one: one.startswith("法治联络员名额"))
        assert answers[0].startswith("已生效：")
        assert answers[1].startswith("法治联络员名额 2 名，备案后将有 3 名")
        states = sorted(stand(team)[one][0] for one in made[pair.bureau][:2])
        assert states == [State.IN_EFFECT, State.RECOMMENDED]


def _leave_places(db: Transaction, bureau: str, places: int) -> None:
    unit = db.session.exec(select(Unit).join(Bureau).where(Bureau.name == bureau, Unit.name == UNIT)).one()
    held = quotas.most_held(db, unit.id, Role.LIAISON, day_of(BEGINNING))
    quotas.set_for(db, unit.id, Role.LIAISON, Quota(1, held + places), _person(db, bureau, LIAISON), BEGINNING)


def test_two_report_the_same(team: World) -> None:  # noqa: F811
    """The one is reported, the other shown who has; once that is withdrawn, it can be reported again."""
    found = pairs(team, LIAISON, HEADS[0])
    phones = [pair.one for pair in found] + [pair.other for pair in found]
    for _ in range(ROUNDS // 2):
        for step in ("人员变动", "有人离任", f"{UNIT}法治员 法治员", "退休", "下周一", "暂无人选"):
            at_once(team, *((phone, typed(step)) for phone in phones))
        told = at_once(team, *((phone, typed("提交")) for phone in phones))
        for place, pair in enumerate(found):
            answers = {pair.one: told[place], pair.other: told[place + len(found)]}
            won = [phone for phone, answer in answers.items() if answer.startswith(("已报告：", "已推荐："))]
            lost = [phone for phone, answer in answers.items() if "已报告，不用再报" in answer]
            assert len(won) == len(lost) == 1, answers
        states = Counter(state for state, _ in stand(team).values())
        assert states[State.SUBMITTED] + states[State.RECOMMENDED] == len(found)
        at_once(team, *((phone, typed("取消")) for phone in phones))
        _withdraw_all(team)


def _withdraw_all(world: World) -> None:
    def work(db: Transaction) -> None:
        for the_id, (state, _) in stand(world).items():
            if state in (State.SUBMITTED, State.RECOMMENDED):
                change = changes.by_id(db, the_id)
                assert change is not None
                changes.withdraw(db, change, change.reporter_id, BEGINNING)

    world.database.write(work).result(PATIENCE)


def _assert_one_won(one: str, other: str, won: str, lost: str) -> None:
    assert sorted(answer.startswith(won) for answer in (one, other)) == [False, True], (one, other)
    assert sorted(lost in answer for answer in (one, other)) == [False, True], (one, other)


def test_two_processes_let_it_take_effect(team: World) -> None:  # noqa: F811
    """Each change once, whichever of them comes first."""
    bureau = BUREAUS[0]
    [pair] = [one for one in pairs(team, *SECTION) if one.bureau == bureau]
    made = add(team, bureau, recommended=True)
    team.database.write(_put_off).result(PATIENCE)
    for the_id in made:
        at_once(team, (pair.one, press("pc.file", the_id)))
    assert set(stand(team).values()) == {(State.FILED, 1)}
    team.clock.pass_(days=1)
    found = True
    while found:
        waiting = [team.database.write(lambda db: _some(team, db), lane=lane) for lane in LANES]
        done = [future.result(PATIENCE) for future in waiting]
        found = any(done)
    assert set(stand(team).values()) == {(State.IN_EFFECT, 2)}
    assert set(audited(team, "personnel.effect").values()) == {1}


def _put_off(db: Transaction) -> None:
    later = day_of(BEGINNING) + timedelta(days=1)
    db.session.execute(sa.update(PersonnelChange).values(effective_on=later))


def _some(world: World, db: Transaction) -> bool:
    turn = Turn(db, world.assistant._house, Inbound(CHANNEL, "", ""), world.clock.now())
    found = fall_due(turn)
    turn.finish()
    return found


def test_two_take_back_what_was_filed(team: World) -> None:  # noqa: F811
    found = pairs(team, *SECTION)
    made = {pair.bureau: add(team, pair.bureau, recommended=True) for pair in found}
    team.database.write(_put_off).result(PATIENCE)
    for number in range(2):
        at_once(team, *((pair.one, press("pc.file", made[pair.bureau][number])) for pair in found))
        phones = [(phone, made[pair.bureau][number]) for phones in ("one", "other") for pair in found
                  for phone in [getattr(pair, phones)]]  # fmt: skip
        at_once(team, *((phone, press("pc.undo", the_id, 1)) for phone, the_id in phones))
        told = at_once(team, *((phone, typed("日期有误，重新核定")) for phone, _ in phones))
        for place, _ in enumerate(found):
            _assert_one_won(told[place], told[place + len(found)], "备案已撤回：", "撤回备案，不用再办")
    assert Counter(stand(team).values())[(State.WITHDRAWN, 2)] == 2 * len(found)
    assert set(audited(team, "personnel.undo").values()) == {1}


def test_taking_back_against_filing_into_the_place(team: World) -> None:  # noqa: F811
    """Whoever leaves stays, or somebody new has the place: never both."""
    found = pairs(team, *SECTION)
    made = {
        pair.bureau: team.database.write(lambda db, p=pair: _handing_over(db, p.bureau)).result(PATIENCE)
        for pair in found
    }
    at_once(team, *((pair.one, press("pc.file", made[pair.bureau][0])) for pair in found))
    at_once(team, *((pair.one, press("pc.undo", made[pair.bureau][0], 1)) for pair in found))
    acts = [(pair.one, typed("人员不再离任")) for pair in found]
    acts += [(pair.other, press("pc.file", made[pair.bureau][1])) for pair in found]
    told = at_once(team, *acts)
    for place, _ in enumerate(found):
        back, filed = told[place], told[place + len(found)]
        assert back.startswith("备案已撤回：") == filed.startswith("法治员名额 1 名，备案后将有 2 名"), (back, filed)
        assert ("不能撤回" in back) == filed.startswith("已备案："), (back, filed)


def _handing_over(db: Transaction, bureau: str) -> list[int]:
    """One change by which a unit's only 法治员 leaves tomorrow, and one that gives the place to somebody new; their ids."""
    of = select(Unit).join(Bureau).where(Bureau.name == bureau, Unit.name == UNIT)
    unit, who = db.session.exec(of).one(), _person(db, bureau, LIAISON)
    held = select(Post.id).where(Post.unit_id == unit.id, Post.role == Role.LEGAL_OFFICER, col(Post.ends_on).is_(None))
    leaving, newcomer = (
        Line(Role.LEGAL_OFFICER, post=db.session.exec(held).one()),
        Newcomer("某某", "科员", f"137{unit.id:08}"),
    )
    lines = {Kind.LEAVING: leaving, Kind.ADDING: Line(Role.LEGAL_OFFICER, newcomer=newcomer)}
    return [
        changes.report(
            db, bureau=unit.bureau_id, unit=unit.id, kind=kind, effective_on=day_of(BEGINNING) + timedelta(days=1), lines=[line],
            answers={}, reporter=who, post=None, now=BEGINNING, recommended=True,
        )
        for kind, line in lines.items()
    ]  # fmt: skip
