"""Two people at the same matter at the same moment, on SQLite and on PostgreSQL: one wins, the other is told; nothing is lost."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlmodel import col, select

from bot.clock import day_of
from models.db import Transaction
from models.matters import assignments, matters
from models.matters.matters import Opening, State
from models.people import Bureau, Person, Post, Unit
from tests.receiving import BUREAUS
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.test_concurrency_teamwork import PATIENCE, Pair, at_once, audited, pairs, press, team, typed  # noqa: F401
from tests.world import BEGINNING, Phone, World

ROUNDS = 6
"""In each of the five bureaus."""
UNIT = "就业促进科"
REVIEWERS = ("劳动关系科法治员", "工伤保险科法治员")
SECTION = ("法制科经办", "法制科科长")


def add(world: World, bureau: str, reviewers: tuple[str, ...] = REVIEWERS) -> list[tuple[int, list[int]]]:
    """重大行政执法决定, each with its assignments (ids), whose reviewers have accepted."""
    return list(world.database.write(lambda db: [_add(db, bureau, reviewers) for _ in range(ROUNDS)]).result(PATIENCE))


def _add(db: Transaction, bureau: str, reviewers: tuple[str, ...]) -> tuple[int, list[int]]:
    unit = db.session.exec(select(Unit).join(Bureau).where(Bureau.name == bureau, Unit.name == UNIT)).one()
    opener = _post(db, bureau, SECTION[0])
    opening = Opening(unit.bureau_id, unit.id, "enforcement", "某行政处罚", "", day_of(BEGINNING))
    matter = matters.open_matter(db, opening, opener.person_id, opener.id, day_of(BEGINNING), BEGINNING)
    row: Any = matters.by_id(db, matter)
    step = matters.step_of(row)
    able = assignments.candidates(db, row, step, day_of(BEGINNING))
    made = assignments.assign(
        db, row, [one for name in reviewers for one in able if one.name == name], opener.person_id, BEGINNING
    )
    for one in made:
        asked: Any = assignments.by_id(db, one)
        assignments.move(db, asked, assignments.State.ACCEPTED, asked.person_id, BEGINNING)
    matters.move(db, row, State.WORKING, opener.person_id, BEGINNING)
    return matter, made


def _post(db: Transaction, bureau: str, called: str) -> Post:
    of = (
        select(Post)
        .join(Person, col(Person.id) == Post.person_id)
        .join(Unit, col(Unit.id) == Post.unit_id)
        .join(Bureau)
    )
    found = db.session.exec(of.where(Person.name == called, Bureau.name == bureau)).first()
    assert found is not None
    return found


def stand(world: World, matter: int) -> tuple[str, int]:
    """A matter's state and version."""
    [(state, version)] = world.rows(f"SELECT state, version FROM matter WHERE id = {matter}")
    return state, version


def written(world: World, acts: list[tuple[Phone, int]]) -> None:
    """Each goes through an assignment, up to handing it in."""
    at_once(world, *((phone, press("mt.op", assignment)) for phone, assignment in acts))
    for text in ("全部合法", "同意"):
        at_once(world, *((phone, typed(text)) for phone, _ in acts))


def submitted(world: World, found: list[Pair], called: str) -> dict[str, list[int]]:
    """Matters by bureau whose one opinion is in."""
    phones = {pair.bureau: world.phone(called, bureau=pair.bureau) for pair in found}
    made = {bureau: add(world, bureau, (called,)) for bureau in phones}
    for number in range(ROUNDS):
        written(world, [(phone, made[bureau][number][1][0]) for bureau, phone in phones.items()])
        at_once(world, *((phone, typed("提交")) for phone in phones.values()))
    return {bureau: [matter for matter, _ in ones] for bureau, ones in made.items()}


def numbered(world: World) -> None:
    """Documents are numbered without gaps or repeats in each bureau."""
    taken: dict[int, list[int]] = {}
    for bureau, number in world.rows("SELECT bureau_id, number FROM matterdocument"):
        taken.setdefault(bureau, []).append(number)
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in taken.values())


def test_two_reviewers_hand_in(team: World) -> None:  # noqa: F811
    """Whoever comes second finds that all is in: the matter waits to be accepted, and not for anybody any more."""
    found = pairs(team, *REVIEWERS)
    made = {bureau: add(team, bureau) for bureau in BUREAUS}
    for number in range(ROUNDS):
        parts = [(phone, made[pair.bureau][number][1][place]) for pair in found
                 for place, phone in enumerate((pair.one, pair.other))]  # fmt: skip
        written(team, parts)
        told = at_once(team, *((phone, typed("提交")) for phone, _ in parts))
        assert all("意见已提交" in answer for answer in told)
    assert all(stand(team, matter)[0] == "submitted" for ones in made.values() for matter, _ in ones)
    assert set(audited(team, "matter.submit").values()) == {1}
    assert team.rows("SELECT count(*) FROM opinion") == [(2 * ROUNDS * len(BUREAUS),)]


def test_two_accept(team: World) -> None:  # noqa: F811
    """The same matter: one does, the other is told by whom. Two matters at once: each has a number of its own."""
    found = pairs(team, *SECTION)
    made = submitted(team, found, REVIEWERS[0])
    for number in range(0, ROUNDS, 3):
        same = {pair.bureau: made[pair.bureau][number] for pair in found}
        version = stand(team, next(iter(same.values())))[1]
        acts = [
            (phone, press("mt.ok", same[pair.bureau], version)) for pair in found for phone in (pair.one, pair.other)
        ]
        told = at_once(team, *acts)
        for place in range(0, len(told), 2):
            one, other = told[place : place + 2]
            assert sorted("已审定通过" in answer for answer in (one, other)) == [False, True], (one, other)
            assert sorted(any(name in answer.splitlines()[0] for name in SECTION) for answer in (one, other)) == [
                False,
                True,
            ]
        acts = [
            (phone, press("mt.ok", made[pair.bureau][number + place], version))
            for pair in found for place, phone in ((1, pair.one), (2, pair.other))
        ]  # fmt: skip
        assert all("已审定通过" in answer for answer in at_once(team, *acts))
    assert set(audited(team, "matter.accept").values()) == {1}
    assert team.rows("SELECT count(*) FROM matterdocument") == [(ROUNDS * len(BUREAUS),)]
    numbered(team)


def test_accepting_against_sending_back(team: World) -> None:  # noqa: F811
    """Either it is done, or it is the reviewer's again; never both."""
    found = pairs(team, *SECTION)
    made = submitted(team, found, REVIEWERS[0])
    ended: Counter[str] = Counter()
    for number in range(ROUNDS):
        here = {pair.bureau: made[pair.bureau][number] for pair in found}
        version = stand(team, next(iter(here.values())))[1]
        backs = [(pair.other, press("mt.back", here[pair.bureau], version)) for pair in found]
        at_once(team, *backs)
        at_once(team, *((pair.other, typed("管辖权")) for pair in found))
        acts = [(pair.one, press("mt.ok", here[pair.bureau], version)) for pair in found]
        acts += [(pair.other, typed("请写明管辖的依据")) for pair in found]
        told = at_once(team, *(acts if number % 2 else acts[::-1]))
        told = told if number % 2 else told[::-1]
        for place, pair in enumerate(found):
            accepts, returns = told[place], told[place + len(found)]
            state = stand(team, here[pair.bureau])[0]
            assert (state == "done") == ("已审定通过" in accepts) == ("已退回，已告知" not in returns), (
                accepts,
                returns,
            )
            assert state in ("done", "working")
            ended[state] += 1
        at_once(team, *((pair.other, typed("取消")) for pair in found))
    assert audited(team, "matter.accept").total() == ended["done"]
    assert audited(team, "matter.return").total() == ended["working"]
    numbered(team)


def test_handing_in_against_giving_to_another(team: World) -> None:  # noqa: F811
    """Every opinion is kept; it counts if it came first, and else its writer is told that another has it."""
    found = pairs(team, REVIEWERS[0], SECTION[0])
    made = {bureau: add(team, bureau, REVIEWERS[:1]) for bureau in BUREAUS}
    for number in range(ROUNDS):
        here = {pair.bureau: made[pair.bureau][number] for pair in found}
        written(team, [(pair.one, here[pair.bureau][1][0]) for pair in found])
        at_once(team, *((pair.other, press("mt.as", here[pair.bureau][0], 1)) for pair in found))
        for text in (REVIEWERS[0], "另有安排"):
            at_once(team, *((pair.other, typed(text)) for pair in found))
        acts = [(pair.one, typed("提交")) for pair in found] + [(pair.other, typed(REVIEWERS[1])) for pair in found]
        told = at_once(team, *(acts if number % 2 else acts[::-1]))
        told = told if number % 2 else told[::-1]
        for place, pair in enumerate(found):
            matter, (assignment,) = here[pair.bureau]
            [(counts,)] = team.rows(f"SELECT counts FROM opinion WHERE assignment_id = {assignment}")
            assert bool(counts) == ("意见已提交" in told[place]) == ("改派他人" not in told[place]), told[place]
            states = dict(team.rows(f"SELECT person_id, state FROM assignment WHERE matter_id = {matter}"))
            assert stand(team, matter)[0] == ("submitted" if counts else "working")
            assert Counter(states.values()) == Counter(["submitted"] if counts else ["replaced", "asked"])
        at_once(team, *((pair.other, typed("取消")) for pair in found))
    assert team.rows("SELECT count(*) FROM opinion") == [(ROUNDS * len(BUREAUS),)]
