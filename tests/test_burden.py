"""What people have had this week: counted for whatever is no reply, told as the median and the most."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median_high

import pytest

from bot.messages import Message
from bot.turn import Turn
from handlers import notice_sending
from models import burden, erasure, personal_data
from models.burden import Burden, Week, Weight
from models.db import Transaction
from models.notices.notices import State
from models.outgoing import Urgency
from models.people import Person, Post
from tests import postgres
from tests.notice_board import AUTHOR, Board
from tests.test_concurrency import PostgresWorld
from tests.world import BEGINNING, World

TODAY = BEGINNING.date()


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    made: World
    if request.param == "sqlite":
        made = World(tmp_path)
    else:
        server = request.getfixturevalue("postgres_server")
        made = PostgresWorld(tmp_path, postgres.fresh_copy(server, f"b{abs(hash(request.node.name))}"))
    yield made
    made.close()


def weight(world: World, persons: list[int], day: date = TODAY) -> Weight:
    return world.database.read(lambda db: burden.of(db, persons, day))


def test_a_reply_is_not_counted_and_what_others_bring_is(world: World) -> None:
    phone = world.phone("就业促进科负责人")
    phone.say("菜单")
    person = int(phone.address)
    assert weight(world, [person]) == Weight(0, 0)

    def bring(turn: Turn) -> None:
        turn.bring(person, Message("请阅。").body(), Urgency.NOTICE)
        turn.bring(person, Message("请再阅。").body(), Urgency.REMINDER)

    world._by_itself(bring)
    assert weight(world, [person]) == Weight(2, 2)


def test_who_can_be_reached_nowhere_has_had_nothing(world: World) -> None:
    person = world.person("就业促进科负责人")
    world.database.write(lambda db: db.execute(f"DELETE FROM address WHERE person_id = {person}")).result()
    world._by_itself(lambda turn: turn.bring(person, Message("请阅。").body(), Urgency.NOTICE))
    assert weight(world, [person]) == Weight(0, 0)


def test_weeks_begin_on_monday_and_are_counted_apart(world: World) -> None:
    person = world.person("就业促进科负责人")
    sunday = TODAY - timedelta(days=TODAY.weekday() + 1)
    for day in (sunday, sunday + timedelta(days=1), sunday + timedelta(days=7)):
        world.database.write(lambda db, day=day: burden.count(db, person, day)).result()
    assert weight(world, [person], sunday) == Weight(1, 1)
    assert weight(world, [person]) == Weight(2, 2)
    assert weight(world, [person], sunday + timedelta(days=8)) == Weight(0, 0)


def test_the_median_is_that_of_those_who_are_meant(world: World) -> None:
    people = [world.person(f"就业促进科{role}") for role in ("负责人", "法治联络员", "法治员")]
    rows = [
        Burden(person_id=one, week=burden.monday(TODAY), messages=n) for one, n in zip(people, (1, 2, 9), strict=True)
    ]
    world.database.write(lambda db: db.session.add_all(rows)).result()
    assert weight(world, people) == Weight(2, 9)
    assert weight(world, people[:2]) == Weight(2, 2)
    assert weight(world, []) == Weight(0, 0)


def counts(world: World) -> Counter[int]:
    return Counter(dict(world.rows("SELECT person_id, sum(messages) FROM burden GROUP BY person_id")))


def bureau(world: World, name: str = "示范区人社局") -> int:
    return int(world.rows("SELECT id FROM bureau WHERE name = '" + name + "'")[0][0])


def weeks(world: World, of: int, day: date = TODAY) -> list[Week]:
    return world.database.read(lambda db: burden.weeks(db, of, day, 4))


def test_a_message_on_two_channels_is_one_and_changes_of_it_are_none(world: World) -> None:
    """A notice goes to the list and to Telegram; it is confirmed, chased, and at last withdrawn, which changes what is there."""
    board = Board(world)
    phone = world.phone("就业促进科法治员", "telegram")
    person = int(phone.address)
    board.send(receipt=True, receipt_by=TODAY)
    board.passes(seconds=60)
    assert len(world.rows("SELECT id FROM outgoing WHERE person_id = " + phone.address)) == 2
    assert counts(world)[person] == 1
    board.author.say("通知")
    board.author.press("查看1")
    board.author.press("催办")
    board.passes(seconds=60)
    assert counts(world)[person] == 2
    phone.press("收到")
    board.author.press("撤回")
    board.author.press("跳过")
    board.passes(seconds=60)
    assert counts(world)[person] == 2
    assert world.person(AUTHOR) not in counts(world)


def test_what_one_asks_for_oneself_is_a_reply(world: World) -> None:
    phone = world.phone(AUTHOR)
    for text in ("写通知", "例会", "周五开会。", "全局人员"):
        phone.say(text)
    phone.press("先发给自己看")
    assert any("试发" in row.body["parts"][0][1] for row in phone.seen)
    assert not counts(world)


def test_what_is_to_come_next_week_is_counted_there(world: World) -> None:
    person = int(world.phone("就业促进科负责人").address)
    body = Message("请阅。").body()
    world._by_itself(lambda turn: turn.bring(person, body, Urgency.NOTICE, wait=timedelta(days=6)))
    assert world.rows("SELECT messages FROM burden") == [(1,)]
    assert weight(world, [person]) == Weight(0, 0)
    assert weight(world, [person], TODAY + timedelta(days=7)) == Weight(1, 1)


def test_nothing_is_lost_when_many_write_at_once(world: World) -> None:
    people = [world.person("就业促进科负责人"), world.person("就业促进科法治员")]

    def both(db: Transaction, order: list[int]) -> None:
        for one in order:
            burden.count(db, one, TODAY)

    work = [
        world.database.write(lambda db, one=one: burden.count(db, one, TODAY), lane=str(number))
        for number in range(40)
        for one in people
    ]
    work += [world.database.write(lambda db: both(db, people), lane=f"both{number}") for number in range(10)]
    for one in work:
        one.result()
    assert counts(world) == Counter(dict.fromkeys(people, 50))


def test_a_notice_sent_by_several_processes_counts_once_for_each(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_sending, "MOST", 4)
    board = Board(world)
    notice = board.send()
    world.clock.pass_(seconds=60)
    while board.row(notice).state != State.SENT:
        for one in [world.assistant.by_itself("web", notice_sending.go_out) for _ in range(6)]:
            one.result()
    had = counts(world)
    assert len(had) == board.figures(notice).total == 25
    assert set(had.values()) == {1}


def test_a_bureau_sees_its_own_people_and_each_of_them_once(world: World) -> None:
    home, below = bureau(world), bureau(world, "临港县人社局")
    person = world.person("就业促进科法治员")

    def more_posts(db: Transaction) -> None:
        for unit in (
            "SELECT id FROM unit WHERE name = '劳动关系科' AND bureau_id = ?", "SELECT id FROM unit WHERE bureau_id = ? LIMIT 1",
        ):  # fmt: skip
            of = home if "name" in unit else below
            found = db.session.connection().exec_driver_sql(unit.replace("?", str(of))).scalar_one()
            db.session.add(Post(person_id=person, unit_id=found, role="liaison", starts_on=date(2026, 1, 1)))

    world.database.write(more_posts).result()
    for _ in range(3):
        world.database.write(lambda db: burden.count(db, person, TODAY)).result()
    for of in (home, below):
        assert weeks(world, of)[0] == Week(burden.monday(TODAY), Weight(0, 3), 1)
        found = world.database.read(lambda db, of=of: burden.heaviest(db, of, TODAY, 0, 9))
        assert [(row.name, row.messages) for row in found] == [("就业促进科法治员", 3)]
    assert all(week.people == 0 for week in weeks(world, bureau(world, "东江市人社局")))


def test_weeks_are_told_as_if_they_had_been_counted_by_hand(world: World) -> None:
    chance, home = random.Random(1), bureau(world)
    everybody = [
        row[0]
        for row in world.rows(
            "SELECT DISTINCT p.person_id FROM post p JOIN unit u ON u.id = p.unit_id WHERE u.bureau_id = " + str(home)
        )
    ]
    this = burden.monday(TODAY)
    had = {
        (person, this - timedelta(weeks=back)): chance.randint(1, 9)
        for back in range(-1, 6) for person in everybody if chance.random() < 0.15 * back + 0.2
    }  # fmt: skip
    rows = [Burden(person_id=one, week=week, messages=messages) for (one, week), messages in had.items()]
    world.database.write(lambda db: db.session.add_all(rows)).result()
    for told, begins in zip(weeks(world, home), (this - timedelta(weeks=back) for back in range(5)), strict=True):
        each = [had.get((person, begins), 0) for person in everybody]
        assert told == Week(begins, Weight(median_high(each), max(each)), sum(map(bool, each)))
    pages = [
        world.database.read(lambda db, start=start: burden.heaviest(db, home, TODAY, start, 4)) for start in (0, 4)
    ]
    most = sorted((messages for (_, week), messages in had.items() if week == this), reverse=True)
    assert [row.messages for page in pages for row in page] == most[:8]


def test_it_is_exported_and_erased_with_its_person(world: World) -> None:
    person, home = world.person("就业促进科法治员"), bureau(world)
    world.database.write(lambda db: burden.count(db, person, TODAY)).result()
    kept = world.database.read(lambda db: personal_data.collected(db, person)["burden"])
    assert [tuple(row) for row in kept] == [(burden.monday(TODAY), 1)]
    by = erasure.By(world.person(AUTHOR), None, "web")
    world.database.write(lambda db: erasure.erase(db, person, "已删除人员", by, BEGINNING)).result()
    assert not counts(world)
    assert weeks(world, home)[0].people == 0
    world._by_itself(lambda turn: turn.bring(person, Message("请阅。").body(), Urgency.NOTICE))
    assert not counts(world)
    assert world.database.read(lambda db: db.session.get_one(Person, person)).name == "已删除人员"
