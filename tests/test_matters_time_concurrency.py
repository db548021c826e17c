"""Two people about the time of the same matter at the same moment, on SQLite and on PostgreSQL: one wins, the other is told."""

from __future__ import annotations

from bot.clock import day_of
from models.matters import clock, extensions, matters
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.test_concurrency_teamwork import Pair, at_once, audited, pairs, press, team, typed  # noqa: F401
from tests.test_matters_concurrency import REVIEWERS, SECTION, add, stand
from tests.world import BEGINNING, World

ROUNDS = 3
TODAY = day_of(BEGINNING)
LATER = "9月7日"


def stopped_and_resumed(world: World) -> list[int]:
    """How often a clock was stopped, and how often it was set going again."""
    (found,) = world.rows("SELECT count(*), count(ended_at) FROM suspension")
    return [int(one) for one in found]


def wished(world: World, found: list[Pair], number: int) -> dict[str, tuple[int, int]]:
    """By bureau: a matter for which its reviewer has asked for more time, and that wish."""
    made = {pair.bureau: add(world, pair.bureau, REVIEWERS[:1])[number] for pair in found}
    phones = {pair.bureau: world.phone(REVIEWERS[0], bureau=pair.bureau) for pair in found}
    at_once(world, *((phone, press("mt.ext", made[bureau][1][0])) for bureau, phone in phones.items()))
    for text in (LATER, "案卷材料较多"):
        at_once(world, *((phone, typed(text)) for phone in phones.values()))
    wishes = dict(world.rows("SELECT matter_id, id FROM extension"))
    return {bureau: (matter, wishes[matter]) for bureau, (matter, _) in made.items()}


def test_two_grant(team: World) -> None:  # noqa: F811
    """The due date moves once, and whoever is second hears by whom."""
    found = pairs(team, *SECTION)
    for number in range(ROUNDS):
        wishes = wished(team, found, number)
        acts = [
            (phone, press("mt.ext.y", wishes[pair.bureau][1])) for pair in found for phone in (pair.one, pair.other)
        ]
        told = at_once(team, *acts)
        for place in range(0, len(told), 2):
            first = [answer.splitlines()[0] for answer in told[place : place + 2]]
            assert sorted("已延期到" in one for one in first) == [False, True], first
            assert any("同意延到" in one and any(name in one for name in SECTION) for one in first), first
    assert team.rows("SELECT state, count(*) FROM extension GROUP BY state") == [("granted", ROUNDS * len(found))]
    assert set(audited(team, "matter.extend").values()) == {2}, "asked, and granted, once each"


def test_granting_against_refusing(team: World) -> None:  # noqa: F811
    """It is the one or the other."""
    found = pairs(team, *SECTION)
    for number in range(ROUNDS):
        wishes = wished(team, found, number)
        at_once(team, *((pair.other, press("mt.ext.n", wishes[pair.bureau][1])) for pair in found))
        acts = [(pair.one, press("mt.ext.y", wishes[pair.bureau][1])) for pair in found]
        acts += [(pair.other, typed("请按期完成")) for pair in found]
        at_once(team, *(acts if number % 2 else acts[::-1]))
        at_once(team, *((pair.other, typed("取消")) for pair in found))
        for matter, wish in wishes.values():
            row = team.database.read(lambda db, matter=matter: matters.by_id(db, matter))
            state = team.database.read(lambda db, wish=wish: extensions.by_id(db, wish)).state
            assert row.due_on > TODAY if state == "granted" else row.due_on == TODAY
            assert state in ("granted", "refused")
    assert set(audited(team, "matter.extend").values()) == {2}


def test_one_wants_more_time_and_the_other_material(team: World) -> None:  # noqa: F811
    """The clock stands still, whichever came first; a wish asked just before waits for nobody meanwhile."""
    found = pairs(team, *REVIEWERS)
    made = {pair.bureau: add(team, pair.bureau) for pair in found}
    for number in range(ROUNDS):
        parts = {bureau: ones[number] for bureau, ones in made.items()}
        at_once(team, *((pair.one, press("mt.ext", parts[pair.bureau][1][0])) for pair in found))
        at_once(team, *((pair.one, typed(LATER)) for pair in found))
        at_once(team, *((pair.other, press("mt.sus", parts[pair.bureau][1][1])) for pair in found))
        acts = [(pair.one, typed("案卷材料较多")) for pair in found]
        acts += [(pair.other, typed("缺少询问笔录")) for pair in found]
        at_once(team, *(acts if number % 2 else acts[::-1]))
        at_once(team, *((phone, typed("取消")) for pair in found for phone in (pair.one, pair.other)))
        for matter, _ in parts.values():
            assert stand(team, matter)[0] == "suspended"
            assert team.database.read(lambda db, matter=matter: extensions.pending(db, matter)) is None
    assert stopped_and_resumed(team) == [ROUNDS * len(found), 0]


def test_two_set_the_clock_going(team: World) -> None:  # noqa: F811
    """It goes on once, with as many days left as there were."""
    found = pairs(team, REVIEWERS[0], SECTION[1])
    made = {pair.bureau: add(team, pair.bureau, REVIEWERS[:1]) for pair in found}
    for number in range(ROUNDS):
        parts = {bureau: (ones[number][0], ones[number][1][0]) for bureau, ones in made.items()}
        at_once(team, *((pair.one, press("mt.sus", parts[pair.bureau][1])) for pair in found))
        at_once(team, *((pair.one, typed("缺少询问笔录")) for pair in found))
        version = stand(team, next(iter(parts.values()))[0])[1]
        acts = [(pair.one, press("mt.res.w", parts[pair.bureau][1], version)) for pair in found]
        acts += [(pair.other, press("mt.res", parts[pair.bureau][0], version)) for pair in found]
        told = at_once(team, *(acts if number % 2 else acts[::-1]))
        assert sum("已恢复办理" in answer.splitlines()[0] for answer in told) == len(found)
        for matter, _ in parts.values():
            row = team.database.read(lambda db, matter=matter: matters.by_id(db, matter))
            assert (row.state, row.due_on) == ("working", TODAY)
            assert clock.moment(row.due_on).hour == 17
    assert stopped_and_resumed(team) == [ROUNDS * len(found)] * 2
    assert set(audited(team, "matter.resume").values()) == {1}
