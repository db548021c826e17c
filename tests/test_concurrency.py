"""Several people at the same items at the same moment, on SQLite and on PostgreSQL: no answer lost, none doubled."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import router, work
from bot.assistant import Assistant
from bot.files import FileStore
from bot.house import House
from models.database import open_database
from models.db import Transaction
from tests import postgres
from tests.sample_files import SAMPLES
from tests.world import CHANNELS, SITE, VAULT, FrozenClock, Phone, World, text_of, the_words


class PostgresWorld(World):
    """The same world on PostgreSQL."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.words = the_words()
        self.clock = FrozenClock()
        self.store = FileStore(folder / "evidence")
        self.phones: list[Phone] = []
        self._open()

    def _open(self) -> None:
        self.database = open_database(self.url)
        house = House(self.words, CHANNELS, "world", frozenset(CHANNELS), VAULT, SITE)
        self.assistant = Assistant(self.database, house, self.clock, router.dispatch)
        self.workers = work.workers(self.store, self.database, self.clock)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        engine = sa.create_engine(self.url, poolclass=sa.pool.NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(sql))]


@pytest.fixture(params=["sqlite", "postgres"])
def crowd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    world: World
    if request.param == "sqlite":
        world = World(tmp_path)
    else:
        folder = request.getfixturevalue("postgres_server")
        name = f"w{abs(hash(request.node.name))}"
        world = PostgresWorld(tmp_path, postgres.fresh_copy(folder, name))
    yield world
    world.close()


def _at_once(*acts: Callable[[], object]) -> None:
    failures: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _assert_sound(world: World) -> None:
    assert world.rows("SELECT poison FROM delivery WHERE poison IS NOT NULL") == []
    wrong = (
        "SELECT a.id FROM answer a WHERE a.version <> (SELECT count(*) FROM answerversion v WHERE v.answer_id = a.id)"
    )
    assert world.rows(wrong) == []
    assert (
        world.rows("SELECT person_id FROM conversation WHERE state = 'open' GROUP BY person_id HAVING count(*) > 1")
        == []
    )
    [(count, last, different)] = world.rows("SELECT count(number), max(number), count(DISTINCT number) FROM evidence")
    assert count == (last or 0) == different


def _wander(phone: Phone, seed: int, steps: int) -> None:
    chance = random.Random(seed)
    phone.say("改1")
    for _ in range(steps):
        labels, dice = phone.labels(), chance.random()
        if dice < 0.1 or not labels:
            phone.say(f"改{chance.randint(1, 4)}")
        elif dice < 0.2:
            phone.say("九成")
        elif dice < 0.25:
            phone.send_file("佐证.pdf", SAMPLES["pdf"])
        else:
            phone.press(chance.choice(labels), of=phone.seen[-1])


@pytest.mark.parametrize("seed", range(3))
def test_three_people_wander_over_the_same_items(crowd: World, seed: int) -> None:
    phones = [crowd.phone(name) for name in ("法制科法治联络员", "法制科经办", "法制科科长")]
    _at_once(*(lambda phone=phone, n=n: _wander(phone, seed * 10 + n, 60) for n, phone in enumerate(phones)))
    _assert_sound(crowd)


def test_two_answers_at_the_same_moment_are_asked_back(crowd: World) -> None:
    one, other = crowd.phone("法制科法治联络员"), crowd.phone("法制科经办")
    for number in range(1, 31):
        one.say(f"改{number}")
        other.say(f"改{number}")
        barrier = threading.Barrier(2)

        def answer(phone: Phone, verdict: str, barrier: threading.Barrier = barrier) -> None:
            token = phone.token(verdict)
            barrier.wait()
            phone.deliver(press=token, label=verdict)

        _at_once(lambda: answer(one, "符合"), lambda: answer(other, "不符合"))
        asked_back = [phone for phone in (one, other) if "用我的替换" in phone.labels()]
        assert len(asked_back) == 1, [text_of(phone.seen[-1]) for phone in (one, other)]
        asked_back[0].press("保留对方的")
        [(versions,)] = crowd.rows(
            "SELECT count(*) FROM answerversion v JOIN answer a ON a.id = v.answer_id JOIN selfassessment s"
            f" ON s.id = a.assessment_id JOIN bureau b ON b.id = s.bureau_id WHERE b.name = '示范区人社局' AND a.item = '{number}'"
        )
        assert versions == 1
    _assert_sound(crowd)


def test_one_person_on_two_channels_at_once_is_dealt_with_in_turn(crowd: World) -> None:
    web, terminal = crowd.phone("法制科法治联络员"), crowd.phone("法制科法治联络员", "terminal")
    web.say("改1")
    _at_once(lambda: _wander(web, 1, 50), lambda: _wander(terminal, 2, 50))
    _assert_sound(crowd)


def test_the_same_delivery_twice_at_the_same_moment_takes_effect_once(crowd: World) -> None:
    phone = crowd.phone("法制科法治联络员")
    for number in range(1, 31):
        phone.say(f"改{number}")
        token = phone.token("符合")
        twice = lambda key=f"twice-{number}", token=token: phone.deliver(key, press=token)  # noqa: E731
        _at_once(twice, twice)
    _assert_sound(crowd)
    assert crowd.rows("SELECT count(*) FROM answerversion") == [(30,)]


def test_work_of_one_lane_keeps_its_order(crowd: World) -> None:
    done: list[int] = []

    def step(number: int) -> Callable[[Transaction], None]:
        def act(db: Transaction) -> None:
            sum(range(50_000 * (number % 3)))  # those that take longer must not be overtaken
            done.append(number)

        return act

    waiting: list[Future[None]] = [crowd.database.write(step(number), lane="one person") for number in range(40)]
    for future in waiting:
        future.result()
    assert done == list(range(40))
