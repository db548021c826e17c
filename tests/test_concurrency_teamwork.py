"""Two people doing the same at the same moment in team work, 200 times each, on SQLite and on PostgreSQL.

Whatever somebody was told is done stands in the database, once; whoever came second is told what has become of the thing.
The bureaus of the demo are at it side by side, a pair of people in each, whose turns run in different threads.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any
from zlib import crc32

import pytest
import sqlalchemy as sa
from pydantic_core import from_json
from sqlmodel import col

from bot.actions import base36
from bot.messages import Inbound
from models.assessments import Answer, State
from models.catalogues import read_catalogue
from models.db import Transaction
from models.demo import CATALOGUE
from models.postgres import PostgresDatabase
from tests import dialogue_teamwork
from tests.receiving import BUREAUS, CONTACT
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.world import Phone, World, text_of

ROUNDS = 40
"""In each of the five bureaus."""
PATIENCE = 60
TOLD = "SELECT body FROM reminder WHERE body IS NOT NULL"
"""What somebody was told in passing, whether it has gone out or waits for a digest."""
OFFICERS = ("法制科经办", "法制科科长")
Act = tuple[Phone, dict[str, Any]]


@dataclass(frozen=True)
class Pair:
    """A bureau, and two of its people who never wait for one another."""

    bureau: str
    id: int
    assessment: int
    first: int
    """The id of its item 1; the others follow."""
    one: Phone
    other: Phone

    def item(self, number: int) -> int:
        return self.first + number - 1


def pairs(world: World, *called: str) -> list[Pair]:
    """A pair in each bureau, of those so called."""
    return [_pair(world, bureau, called) for bureau in BUREAUS]


def _pair(world: World, bureau: str, called: tuple[str, ...]) -> Pair:
    phones = [world.phone(one, bureau=bureau) for one in called]
    one = phones[0]
    other = next((phone for phone in phones[1:] if _thread(phone) != _thread(one)), None)
    if other is None:  # the same person elsewhere is in another thread
        other = world.phone(called[1], "terminal", bureau)
        other = Phone(world, "terminal", _moved(world, other, one))
    [(the_id, assessment, first)] = world.rows(
        "SELECT b.id, s.id, min(a.id) FROM bureau b JOIN selfassessment s ON s.bureau_id = b.id"
        f" JOIN answer a ON a.assessment_id = s.id WHERE b.name = '{bureau}' GROUP BY b.id, s.id"
    )
    return Pair(bureau, the_id, assessment, first, one, other)


def _thread(phone: Phone) -> int:
    return crc32(phone.address.encode()) % PostgresDatabase.THREADS


def _moved(world: World, phone: Phone, away_from: Phone) -> str:
    """Let the person be reached at an address whose turns run in another thread; that address."""
    address = next(
        found for found in (f"{phone.address}-{number}" for number in range(100))
        if crc32(found.encode()) % PostgresDatabase.THREADS != _thread(away_from)
    )  # fmt: skip
    change = f"UPDATE address SET address = '{address}' WHERE channel = 'terminal' AND address = '{phone.address}'"
    world.database.write(lambda db: db.execute(change)).result(PATIENCE)
    return address


def at_once(world: World, *acts: Act) -> list[str]:
    """Bring all of it in at the same moment; what each was answered."""
    waiting = [
        world.assistant.receive(Inbound(phone.channel, phone.address, str(uuid.uuid4()), **what)) for phone, what in acts
    ]  # fmt: skip
    answers = []
    for (phone, _), future in zip(acts, waiting, strict=True):
        rows = future.result(PATIENCE)
        world._show(rows)
        said = [row for row in rows if row.kind == "message" and row.address == phone.address]
        answers.append("\n".join(text_of(row) for row in said))
    return answers


def press(code: str, the_id: int, version: int = 0, arg: str = "") -> dict[str, Any]:
    return {"press": f"{code}-{base36(the_id)}-{base36(version)}" + (f"-{arg}" if arg else ""), "label": ""}


def typed(text: str) -> dict[str, Any]:
    return {"text": text}


def token_of(phone: Phone, ending: str) -> str:
    """What the newest message's button for a choice carries."""
    buttons = [carried for line in phone.seen[-1].body["buttons"] for _, carried, _ in line]
    return next(carried for carried in buttons if carried.endswith(ending))


@cache
def plain_items() -> list[int]:
    """Indicators whose wording names no figure, so that a finished answer to one is changed in one step."""
    catalogue = read_catalogue((CATALOGUE / "indicators-2022.yaml").read_bytes())
    return [one.number for one in catalogue.indicators if not one.measures][:ROUNDS]


def make_ready(world: World, accepted: bool = True) -> None:
    """Everything answered in every bureau, by its contact, and accepted or not."""
    for bureau in BUREAUS:
        dialogue_teamwork.happen(world, dialogue_teamwork.READY, bureau)  # type: ignore[arg-type]
    if not accepted:
        world.database.write(lambda db: db.execute("UPDATE answer SET accepted = NULL")).result(PATIENCE)


def answer_row(world: World, the_id: int) -> Any:
    def look(db: Transaction) -> Any:
        found = db.session.get(Answer, the_id)
        assert found is not None
        return found.model_copy()

    return world.database.read(look)


def audited(world: World, what: str) -> Counter[int]:
    """How often each object had this happen to it."""
    return Counter(the_id for (the_id,) in world.rows(f"SELECT object_id FROM auditentry WHERE what = '{what}'"))


@pytest.fixture
def team(crowd: World) -> Iterator[World]:  # noqa: F811
    """A crowd; in the end nothing broke in it, and no version of an answer is missing or doubled."""
    if crowd.__class__ is not World:
        _break_deadlocks_quickly(crowd)
    yield crowd
    assert crowd.rows("SELECT poison FROM delivery WHERE poison IS NOT NULL") == []
    gaps = crowd.rows(
        "SELECT answer_id FROM answerversion GROUP BY answer_id HAVING max(version) - min(version) + 1 <> count(*)"
    )
    assert gaps == []
    newest = "SELECT max(v.version) FROM answerversion v WHERE v.answer_id = answer.id"
    assert crowd.rows(f"SELECT id FROM answer WHERE version > 1 AND version <> coalesce(({newest}), 0)") == []


def _break_deadlocks_quickly(world: World) -> None:
    """They are broken and the turn run again in any case: here after 20 ms, not a second."""

    def set_it(db: Transaction) -> None:
        name = db.session.execute(sa.text("SELECT current_database()")).scalar_one()
        db.session.execute(sa.text(f'ALTER DATABASE "{name}" SET deadlock_timeout = 20'))

    world.database.write(set_it).result(PATIENCE)
    world.restart()


def test_two_people_answer_one_item(team: World) -> None:
    """One answer is taken, the other asked back; either way the item ends as whoever decided last was told."""
    found = pairs(team, CONTACT, *OFFICERS)
    wanted: dict[int, tuple[int, str]] = {}
    for number in range(1, ROUNDS + 1):
        at_once(team, *((phone, typed(f"改{number}")) for pair in found for phone in (pair.one, pair.other)))
        given = [(pair.one, "符合") for pair in found] + [(pair.other, "不符合") for pair in found]
        tokens = {"符合": ".met", "不符合": ".unmet"}
        acts = [(phone, {"press": token_of(phone, tokens[label]), "label": label}) for phone, label in given]
        told = at_once(team, *(acts if number % 2 else acts[::-1]))
        told = told if number % 2 else told[::-1]
        settle = []
        for place, pair in enumerate(found):
            first, second = told[place], told[place + len(found)]
            asked_back = ["刚刚也答了" in answer for answer in (first, second)]
            assert sorted(asked_back) == [False, True], (first, second)
            beaten = pair.one if asked_back[0] else pair.other
            keeps = "theirs" if number % 3 else "mine"
            won = (beaten is pair.other) == (keeps == "theirs")
            wanted[pair.item(number)] = (1 if keeps == "theirs" else 2, "met" if won else "unmet")
            settle.append((beaten, {"press": token_of(beaten, f".{keeps}"), "label": ""}))
        at_once(team, *settle)
    stands = {the_id: (version, verdict) for the_id, version, verdict in team.rows(
        "SELECT id, version, verdict FROM answer WHERE version > 0")}  # fmt: skip
    assert stands == wanted
    assert Counter(dict(team.rows("SELECT answer_id, count(*) FROM answerversion GROUP BY answer_id"))) == Counter(
        {the_id: version for the_id, (version, _) in wanted.items()}
    )


def test_two_of_the_legal_section_decide_on_the_same_answer(team: World) -> None:
    """Accepting twice is accepting once; of two comments one goes out; what is returned is not accepted."""
    make_ready(team, accepted=False)
    found = pairs(team, *OFFICERS)
    told: dict[tuple[int, int], list[str]] = {}
    for begin in range(1, ROUNDS + 1, 4):
        acts: list[Act] = []
        about: list[tuple[int, int]] = []
        for pair in found:
            for number in range(begin, begin + 4):
                the_id = pair.item(number)
                for side, phone in enumerate((pair.one, pair.other)):
                    returns = number % 3 + side > 1
                    steps = (
                        [press("sb", the_id), typed(f"请补充材料{the_id}号{side}")]
                        if returns
                        else [press("ok", the_id, 1)]
                    )
                    acts += [(phone, step) for step in steps]
                    about += [(the_id, side)] * len(steps)
        for (the_id, side), answer in zip(about, at_once(team, *acts), strict=True):
            told.setdefault((the_id, side), []).append(answer)
    accepts, returns = audited(team, "accept"), audited(team, "send_back")
    told_answerer = Counter(_returned_in(row) for (row,) in team.rows(TOLD))
    for pair in found:
        for number in range(1, ROUNDS + 1):
            the_id, kind = pair.item(number), number % 3
            answer = answer_row(team, the_id)
            confirmed = ["采纳" in "".join(told[the_id, side]) for side in (0, 1)]
            if kind == 0:
                assert (answer.state, answer.accepted, accepts[the_id], returns[the_id]) == (State.COMPLETE, 1, 1, 0)
                assert confirmed == [True, True]
                continue
            said = [side for side in (0, 1) if f"请补充材料{the_id}号{side}" == answer.comment]
            assert (answer.state, answer.accepted, returns[the_id]) == (State.RETURNED, None, 1)
            assert told_answerer[answer.comment] == 1
            assert len(said) == 1
            if kind == 1:
                assert accepts[the_id] == int(f"第 {number} 项已采纳" in told[the_id, 0][0])
            else:
                assert accepts[the_id] == 0
                assert re.search("已经退回，不用再退回|已退回：", "".join(told[the_id, 1 - said[0]]))


def _returned_in(body: Any) -> str:
    """The comment in a message that an item was returned."""
    parts = (from_json(body) if isinstance(body, str) else body)["parts"]
    text = "".join(said for _, said in parts)
    return text.partition("被法制科退回：")[2].partition("。")[0]


def test_deciding_against_a_new_answer(team: World) -> None:
    """An answer is accepted or returned only as it was shown; a new one waits for its own decision."""
    make_ready(team, accepted=False)
    found = pairs(team, CONTACT, *OFFICERS)
    accepts: Counter[int] = Counter()
    returns: Counter[int] = Counter()
    for turn, number in enumerate(plain_items()):
        _change_statement(team, found, number)
        sends_back = turn % 2
        if sends_back:
            at_once(team, *((pair.other, press("sb", pair.item(number))) for pair in found))
        decided = typed("请写明数据") if sends_back else None
        acts = [(pair.one, typed(f"新的做法{number}")) for pair in found]
        acts += [(pair.other, decided or press("ok", pair.item(number), 1)) for pair in found]
        told = at_once(team, *(acts if turn % 4 < 2 else acts[::-1]))
        told = told if turn % 4 < 2 else told[::-1]
        for place, pair in enumerate(found):
            answer, reply = answer_row(team, pair.item(number)), told[place + len(found)]
            done = f"第 {number} 项已{'退回' if sends_back else '采纳'}" in reply
            assert done or f"第 {number} 项刚有改动" in reply, reply
            (returns if sends_back else accepts)[answer.id] += done
            assert (answer.version, answer.values["statement"]) == (2, f"新的做法{number}")
            assert answer.state == State.COMPLETE
            assert answer.accepted == (1 if done and not sends_back else None)
    assert audited(team, "accept") == +accepts
    assert audited(team, "send_back") == +returns
    assert sum(accepts.values()) + sum(returns.values()) > 0


def _change_statement(team: World, found: list[Pair], number: int) -> None:
    """The first of each pair is asked for another statement of a finished item."""
    at_once(team, *((pair.one, typed(f"改{number}")) for pair in found))
    at_once(team, *((pair.one, {"press": token_of(pair.one, "change.statement"), "label": ""}) for pair in found))


def test_two_give_the_same_items_to_two_units(team: World) -> None:
    """The items end in one of the two; the record of who had them has no break."""
    found = pairs(team, *OFFICERS)
    units = {pair.id: [the_id for (the_id,) in team.rows(
        f"SELECT id FROM unit WHERE bureau_id = {pair.id} AND name IN ('就业促进科', '劳动关系科') ORDER BY id")]
        for pair in found}  # fmt: skip
    for begin in range(1, ROUNDS + 1, 8):
        for step in ("指标分解", "按序号", f"{begin}-{begin + 7}"):
            at_once(team, *((phone, typed(step)) for pair in found for phone in (pair.one, pair.other)))
        at_once(team, *((pair.one, typed("就业促进科")) for pair in found),
                *((pair.other, typed("劳动关系科")) for pair in found))  # fmt: skip
        told = at_once(team, *((phone, typed("确认分解")) for pair in found for phone in (pair.one, pair.other)))
        assert all("已分解" in one for one in told), told
    history: dict[int, list[tuple[int | None, int | None]]] = {}
    for the_id, before, after in team.rows(
        "SELECT e.object_id, v.before, v.after FROM auditentry e LEFT JOIN auditvalues v ON v.entry_id = e.id"
        " WHERE e.what = 'share' ORDER BY e.id"
    ):
        history.setdefault(the_id, []).append((_number(before), _number(after)))
    for pair in found:
        for number in range(1, ROUNDS + 1):
            moves = history[pair.item(number)]
            chained = sorted(moves, key=lambda move: move[0] is not None)
            assert chained[0][0] is None, moves
            assert all(one[1] == other[0] for one, other in pairwise(chained)), moves
            assert {after for _, after in moves} == set(units[pair.id]), moves
            assert answer_row(team, pair.item(number)).unit_id == chained[-1][1]


def _number(stored: str | None) -> int | None:
    return None if stored is None else from_json(stored)


def test_two_submit_and_two_take_back(team: World) -> None:
    """It goes up once and comes back once; the bureau above hears of each once."""
    make_ready(team)
    found = pairs(team, *OFFICERS)
    rounds = ROUNDS // 2
    for _ in range(rounds):
        for code, first, late in (("sub", "自评已提交上级：", "自评已于"), ("tb", "已撤回提交", "自评没有在上级")):
            told = at_once(
                team, *((phone, press(code, pair.assessment)) for pair in found for phone in (pair.one, pair.other))
            )
            for one, other in zip(told[::2], told[1::2], strict=True):
                assert sorted((one.startswith(first), other.startswith(first))) == [False, True], (one, other)
                assert (other if one.startswith(first) else one).startswith(late)
    for what in ("submit", "take_back"):
        assert audited(team, what) == Counter({pair.assessment: rounds for pair in found})
    news = Counter(_bureau_in(body) for (body,) in team.rows(TOLD))
    holders = 2  # of the legal section, in each bureau
    assert {bureau: count for bureau, count in news.items() if bureau} == {
        pair.bureau: 2 * rounds * holders for pair in found
    }


def _bureau_in(body: Any) -> str:
    parts = (from_json(body) if isinstance(body, str) else body)["parts"]
    text = "".join(said for _, said in parts)
    return next((bureau for bureau in BUREAUS if text.startswith((f"{bureau}已提交", f"{bureau}撤回了"))), "")


def test_submitting_against_an_answer_being_given(team: World) -> None:
    """What has gone up was accepted to the last answer; an answer is taken before that, or not any more."""
    make_ready(team)
    found = pairs(team, CONTACT, *OFFICERS)
    gone_up = 0
    for turn, number in enumerate(plain_items()):
        _change_statement(team, found, number)
        acts = [(pair.one, typed(f"新的做法{number}")) for pair in found]
        acts += [(pair.other, press("sub", pair.assessment)) for pair in found]
        told = at_once(team, *(acts if turn % 2 else acts[::-1]))
        told = told if turn % 2 else told[::-1]
        for place, pair in enumerate(found):
            given, submitted = told[place], told[place + len(found)]
            answer = answer_row(team, pair.item(number))
            if submitted.startswith("自评已提交上级："):
                gone_up += 1
                assert answer.version == answer.accepted == 1
                assert "自评已提交上级，不能再改" in given, given
            else:
                assert "待审核" in submitted, submitted
                assert (answer.version, answer.accepted) == (2, 1)
        team.database.write(_start_over).result(PATIENCE)
    assert 0 < gone_up < ROUNDS * len(found)


def _start_over(db: Transaction) -> None:
    db.execute("UPDATE selfassessment SET submitted_at = NULL")
    db.session.execute(sa.update(Answer).where(col(Answer.version) > 1).values(accepted=Answer.version))
