"""Units merged while others file, merge and report, on SQLite and on PostgreSQL: nobody stays in a unit that is no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from bot.clock import day_of
from models import mergers
from models.db import Transaction
from models.people import Bureau, Post, Role, Unit
from models.personnel import changes, waiting
from models.personnel.changes import Kind, Line, Newcomer
from tests.receiving import BUREAUS
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.test_concurrency_teamwork import PATIENCE, Pair, at_once, audited, pairs, press, team, typed  # noqa: F401
from tests.test_personnel_concurrency import LIAISON, SECTION, UNIT, _person
from tests.world import BEGINNING, World

OTHER, THIRD = "劳动关系科", "工伤保险科"
DAY = day_of(BEGINNING) + timedelta(days=5)
WHEN = "8月24日"


def unit_ids(world: World, called: str) -> dict[str, int]:
    """The unit of that name in each bureau."""
    of = select(Bureau.name, Unit.id).join(Unit, col(Unit.bureau_id) == Bureau.id)
    wanted = of.where(Unit.name == called, col(Bureau.name).in_(BUREAUS))
    return world.database.read(lambda db: dict(db.session.exec(wanted).all()))


def led_to_confirm(world: World, *acts: tuple[Any, int, str]) -> None:
    """Whoever acts is about to merge a unit (id) into another (name)."""
    at_once(world, *((phone, press("um", unit)) for phone, unit, _ in acts))
    at_once(world, *((phone, typed(into)) for phone, _, into in acts))
    at_once(world, *((phone, typed(WHEN)) for phone, _, _ in acts))


def merged(world: World) -> dict[int, int]:
    """What is merged into what."""
    return dict(world.rows("SELECT unit_id, into_id FROM merger"))


def stays(db: Transaction, unit: int) -> list[int]:
    """The posts of a unit that last beyond the day."""
    lasts = col(Post.ends_on).is_(None) | (col(Post.ends_on) > DAY)
    return list(db.session.exec(select(Post.id).where(Post.unit_id == unit, lasts)).all())


def test_two_merge_the_same_unit(team: World) -> None:  # noqa: F811
    found, units = pairs(team, *SECTION), unit_ids(team, UNIT)
    led_to_confirm(team, *((pair.one, units[pair.bureau], OTHER) for pair in found),
                   *((pair.other, units[pair.bureau], THIRD) for pair in found))  # fmt: skip
    told = at_once(team, *((phone, typed("确认并入")) for which in ("one", "other") for pair in found
                           for phone in [getattr(pair, which)]))  # fmt: skip
    for place, _ in enumerate(found):
        both = told[place], told[place + len(found)]
        assert sorted(answer.startswith("已备案：") for answer in both) == [False, True], both
        assert sorted("不用再办" in answer for answer in both) == [False, True], both
    assert set(merged(team)) == set(units.values())
    assert set(audited(team, "unit.merge").values()) == {1}


def test_a_chain_is_not_made(team: World) -> None:  # noqa: F811
    """The first into the second, and the second into a third: one of them is told why not."""
    found, units, others = pairs(team, *SECTION), unit_ids(team, UNIT), unit_ids(team, OTHER)
    led_to_confirm(team, *((pair.one, units[pair.bureau], OTHER) for pair in found),
                   *((pair.other, others[pair.bureau], THIRD) for pair in found))  # fmt: skip
    told = at_once(team, *((phone, typed("确认并入")) for which in ("one", "other") for pair in found
                           for phone in [getattr(pair, which)]))  # fmt: skip
    for place, _ in enumerate(found):
        both = told[place], told[place + len(found)]
        assert sorted(answer.startswith("已备案：") for answer in both) == [False, True], both
    stand = merged(team)
    assert len(stand) == len(found)
    assert set(stand) & set(stand.values()) == set()


def test_merging_against_filing(team: World) -> None:  # noqa: F811
    """Somebody new is filed first, and what is merged is judged again; or the change has come to nothing. Nobody stays."""
    found, units = pairs(team, *SECTION), unit_ids(team, UNIT)
    made = {pair.bureau: team.database.write(lambda db, p=pair: _adding(db, p)).result(PATIENCE) for pair in found}
    led_to_confirm(team, *((pair.one, units[pair.bureau], OTHER) for pair in found))
    acts = [(pair.one, typed("确认并入")) for pair in found]
    acts += [(pair.other, press("pc.file", made[pair.bureau])) for pair in found]
    told = at_once(team, *acts)
    for place, pair in enumerate(found):
        merging, filing = told[place], told[place + len(found)]
        assert merging.startswith("已备案："), merging
        assert filing.startswith(("已生效：", "这项变动")), filing
        assert filing.startswith("这项变动") == (filing.count("撤回，不用再办") == 1), filing
        left = team.database.read(lambda db, unit=units[pair.bureau]: (stays(db, unit), waiting.open_in(db, unit=unit)))
        assert left == ([], [])


def _adding(db: Transaction, pair: Pair) -> int:
    unit = db.session.exec(select(Unit).join(Bureau).where(Bureau.name == pair.bureau, Unit.name == UNIT)).one()
    who = _person(db, pair.bureau, LIAISON)
    newcomer = Newcomer("某某", "科员", f"136{unit.id:08}")
    return changes.report(
        db, bureau=unit.bureau_id, unit=unit.id, kind=Kind.ADDING, effective_on=day_of(BEGINNING),
        lines=[Line(Role.LIAISON, newcomer=newcomer)], answers={}, reporter=who, post=None, now=BEGINNING, recommended=True,
    )  # fmt: skip


def test_merging_against_reporting(team: World) -> None:  # noqa: F811
    """Somebody is reported for a unit that is being merged: nothing of it is left open there."""
    found, units = pairs(team, LIAISON, SECTION[0]), unit_ids(team, UNIT)
    for step in ("人员变动", "补充人选", "法治联络员", "今天"):
        at_once(team, *((pair.one, typed(step)) for pair in found))
    numbers = {pair.bureau: f"135{units[pair.bureau]:08}" for pair in found}
    at_once(team, *((pair.one, typed(numbers[pair.bureau])) for pair in found))
    for step in ("某某 科员", "都没有"):
        at_once(team, *((pair.one, typed(step)) for pair in found))
    led_to_confirm(team, *((pair.other, units[pair.bureau], OTHER) for pair in found))
    told = at_once(
        team, *((pair.one, typed("提交")) for pair in found), *((pair.other, typed("确认并入")) for pair in found)
    )
    for place, pair in enumerate(found):
        assert told[place].startswith(("已报告：", f"{UNIT}8月24日起并入{OTHER}")), told[place]
        assert told[place + len(found)].startswith("已备案：")
        unit = units[pair.bureau]
        assert team.database.read(lambda db, unit=unit: (stays(db, unit), waiting.open_in(db, unit=unit))) == ([], [])
        row = team.database.read(lambda db, unit=unit: mergers.of_unit(db, unit))
        assert row is not None
        assert row.into == OTHER
