"""Whatever is sent, pressed, stopped, withdrawn, chased and lost on its way: every notice adds up, and nobody gets it twice.

The same machine on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.lots import LOT
from handlers import notice_chase, notice_recall, notice_sending
from models import outgoing
from models.notices import copies, notices
from models.notices.audience import Audience, Scope
from models.notices.notices import MOST_CHASES, State
from tests import postgres
from tests.dialogue_played import scratch
from tests.notice_board import AUTHOR, Board
from tests.test_concurrency import PostgresWorld
from tests.test_personnel_machine import on_sqlite
from tests.world import Phone, World

SECTION = (AUTHOR, "法制科科长")
READERS = ("就业促进科负责人", "就业促进科法治员", "劳动关系科负责人", "劳动关系科法治员")
CAST = (*SECTION, *READERS)
UNITS = ("就业促进科", "劳动关系科")
MOST_SENT = 3
MOVES = (
    notice_sending.go_out,
    notice_sending.catch_up,
    notice_sending.keep_up,
    notice_recall.take_back,
    notice_chase.go_on,
)
GOES_TO = {
    State.HELD: {State.SCHEDULED, State.SENDING, State.SENT, State.STOPPED, State.WITHDRAWN},
    State.SCHEDULED: {State.SENDING, State.SENT, State.STOPPED, State.WITHDRAWN},
    State.SENDING: {State.SENT, State.STOPPED, State.WITHDRAWN},
    State.SENT: {State.STOPPED, State.WITHDRAWN},
    State.STOPPED: {State.WITHDRAWN},
    State.WITHDRAWN: set(),
}  # fmt: skip
FATES = (
    ("failed", "refused"), ("gone", "blocked"), ("waiting", "unreached"), ("created", None), ("running", None),
)  # fmt: skip
NAMES = count()
CHANCE = st.integers(0, 2**32).map(Random)
FEW = settings(
    deadline=None, stateful_step_count=30, print_blob=True, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)  # fmt: skip


class Notices(RuleBasedStateMachine):
    """People at their phones, in any order, and an outbox that fails now and then."""

    worlds: ClassVar[Callable[[], Any]]
    """Makes a context in which there is a new world."""

    def __init__(self) -> None:
        super().__init__()
        self.context = type(self).worlds()
        self.world: World = self.context.__enter__()
        self.board = Board(self.world)
        self.phones: dict[str, Phone] = {
            one: self.world.phone(one, "telegram" if one.endswith("法治员") else "web") for one in CAST
        }
        self.seen: dict[int, Any] = {}
        self.queued: Counter[int] = Counter()
        self.delivered: list[tuple[Phone, str, str]] = []

    def teardown(self) -> None:
        self.context.__exit__(None, None, None)

    @precondition(lambda self: len(self.seen) < MOST_SENT)
    @rule(receipt=st.booleans(), question=st.booleans(), unit=st.sampled_from((*UNITS, None)), named=st.booleans())
    def sends(self, receipt: bool, question: bool, unit: str | None, named: bool) -> None:
        units = tuple(
            one
            for (one,) in self.rows(f"SELECT id FROM unit WHERE name = '{unit}' AND bureau_id = {self.board.bureau}")
        )
        meant = Audience(Scope.BUREAU, units=units)
        if named:
            meant = Audience(Scope.NAMED, persons=tuple(int(phone.address) for phone in self.phones.values()))
        asked = {"receipt": True, "question": "由谁办理" if question else None} if receipt else {}
        self.board.send(f"第{next(NAMES)}件", audience=meant.stored(), **asked)

    @rule(seconds=st.sampled_from((5, 30, 61, 700, 40_000)), steps=st.integers(0, 12), chance=CHANCE)
    def time_passes(self, seconds: int, steps: int, chance: Random) -> None:
        self.world.clock.pass_(seconds=seconds)
        for _ in range(steps):
            self.world._does(chance.choice(MOVES))

    @precondition(lambda self: self.tokens())
    @rule(who=st.sampled_from(CAST), chance=CHANCE)
    def presses_a_button_of_anybodys(self, who: str, chance: Random) -> None:
        self.press(self.phones[who], chance.choice(self.tokens()))
        if chance.random() < 0.7:
            self.phones[who].say("由法治员办理")

    @rule(who=st.sampled_from(SECTION), chance=CHANCE)
    def looks_and_acts(self, who: str, chance: Random) -> None:
        phone = self.phones[who]
        for text in ("取消", "通知"):
            phone.say(text)
        shown = [label for label in phone.labels() if label.startswith("查看")]
        if shown:
            phone.press(chance.choice(shown))
            offered = [label for label in phone.labels() if label in ("撤回", "停止发送", "催办", "名单", "电话名单")]
            if offered:
                self.press(phone, phone.token(chance.choice(offered)))
                phone.say("会议取消")

    @precondition(lambda self: self.delivered)
    @rule(chance=CHANCE)
    def a_delivery_comes_again(self, chance: Random) -> None:
        phone, key, token = chance.choice(self.delivered)
        before = self.rows("SELECT id, state, version FROM notice ORDER BY id")
        phone.deliver(key, press=token)
        assert self.rows("SELECT id, state, version FROM notice ORDER BY id") == before

    @rule(fate=st.sampled_from(FATES), chance=CHANCE)
    def a_copy_does_not_get_there(self, fate: tuple[str, str | None], chance: Random) -> None:
        sent = self.rows(
            "SELECT o.id FROM outgoing o JOIN receipt r ON r.outgoing_id = o.id WHERE o.state = 'done' ORDER BY o.id"
        )
        if sent:
            state, reference = fate
            said = "NULL" if reference is None else f"'{reference}'"
            [row] = chance.choice(sent)
            self.board.do(lambda db: db.execute(
                f"UPDATE outgoing SET state = '{state}', reference = {said} WHERE id = {row}"))  # fmt: skip

    def press(self, phone: Phone, token: str) -> None:
        key = f"k{len(self.delivered)}"
        self.delivered.append((phone, key, token))
        phone.deliver(key, press=token)

    def tokens(self) -> list[str]:
        """What every button carries that anybody has ever seen about a notice."""
        shown = (row for phone in self.phones.values() for row in phone.seen)
        carried = (token for row in shown for line in row.body.get("buttons", ()) for _, token, _ in line)
        return sorted({token for token in carried if token.startswith("nt.")})

    def rows(self, sql: str) -> list[Any]:
        return self.world.rows(sql)

    @invariant()
    def nothing_broke(self) -> None:
        assert self.rows("SELECT poison FROM delivery WHERE poison IS NOT NULL") == []

    @invariant()
    def every_notice_adds_up(self) -> None:
        def look(db: Any) -> list[Any]:
            rows = notices.of_bureau(db, self.board.bureau, notices.NEWEST, 100)
            return [(row, copies.figures(db, row), copies.all_of(db, row)) for row in rows]

        for row, figures, listed in self.world.database.read(look):
            assert figures.sent + figures.underway + figures.failed + figures.stopped + figures.nowhere == figures.total
            assert copies.counted(listed) == figures
            assert len({one.person_id for one in listed}) == figures.total == len(listed)
            assert row.chases <= MOST_CHASES
            assert all(one.confirmed_at is None or row.receipt for one in listed)
            self._moves_on(row)
            self._queues_no_more_once_stopped(row)

    def _moves_on(self, row: Any) -> None:
        before = self.seen.get(row.id, row)
        assert row.version >= before.version
        assert row.state == before.state or State(row.state) in GOES_TO[State(before.state)]
        assert row.state == before.state or row.version > before.version
        self.seen[row.id] = row

    def _queues_no_more_once_stopped(self, row: Any) -> None:
        [(queued,)] = self.rows(f"SELECT count(*) FROM receipt WHERE notice_id = {row.id} AND queued_at IS NOT NULL")
        if row.state in (State.STOPPED, State.WITHDRAWN) and row.id in self.queued:
            assert queued == self.queued[row.id]
        if row.state in (State.STOPPED, State.WITHDRAWN) or queued:
            self.queued[row.id] = queued

    @invariant()
    def nobody_gets_it_twice_or_is_chased_more_often_than_twice(self) -> None:
        got: Counter[Any] = Counter()
        for (row,) in self.rows("SELECT id FROM outgoing WHERE kind = 'message' AND urgency = 2"):
            found = self.world.database.read(lambda db, row=row: outgoing.row(db, row))
            if LOT in found.body and "edits" not in found.body:
                got[*found.body[LOT], found.person_id, found.channel] += 1
        assert all(times <= (1 if key[0] == "notice" else MOST_CHASES) for key, times in got.items())

    @invariant()
    def only_addressees_confirm(self) -> None:
        confirmed = self.rows("SELECT notice_id, person_id FROM receipt WHERE confirmed_at IS NOT NULL")
        noted = self.rows("SELECT object_id, person_id FROM auditentry WHERE what = 'notice.confirm'")
        assert sorted(map(tuple, confirmed)) == sorted(map(tuple, noted))


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (notice_sending, notice_chase, notice_recall):
        monkeypatch.setattr(module, "MOST", 7)


def test_on_sqlite() -> None:
    class OnSqlite(Notices):
        worlds = staticmethod(on_sqlite)

    run_state_machine_as_test(OnSqlite, settings=settings(FEW, max_examples=12))  # type: ignore[no-untyped-call]


def test_on_postgres(postgres_server: Path) -> None:
    @contextmanager
    def on_postgres() -> Iterator[World]:
        with scratch() as folder:
            world = PostgresWorld(folder, postgres.fresh_copy(postgres_server, f"notices_{next(NAMES)}"))
            try:
                yield world
            finally:
                world.close()

    class OnPostgres(Notices):
        worlds = staticmethod(on_postgres)

    run_state_machine_as_test(OnPostgres, settings=settings(FEW, max_examples=3))  # type: ignore[no-untyped-call]
