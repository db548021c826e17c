"""The pace of a channel: what the platform sees in any second, and who goes first where slots are scarce."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count, pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import More, Pace, SlowDown, Traits
from bot.outbox.lanes import Lane
from bot.outbox.line import AHEAD_SECONDS
from bot.outbox.pacing import Pacer
from bot.rows import Sent
from models import outgoing
from models.outgoing import Urgency
from tests.office import PACED, PUSHING, FakeChannel, Office, text_in
from tests.world import World

CLASSES = [int(urgency) for urgency in Urgency]


# A platform that answers after a while, and a time that passes only there


@dataclass
class Platform:
    """What is sent by a pacer, and when the platform saw it: somewhere between the request and its answer."""

    pacer: Pacer
    now: float = 0.0
    seen: list[tuple[float, str, Sent]] = field(default_factory=list)
    began: dict[int, float] = field(default_factory=dict)
    """By row: when its request was made."""
    _lanes: dict[tuple[str, int], Lane] = field(default_factory=dict)
    _events: list[tuple[float, int, str, Any]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _looks_at: float = -1.0

    def comes(self, at: float, row: Sent) -> None:
        """A row is to be sent from a moment on."""
        self._at(at, "comes", row)

    def run(self, latencies: Iterator[tuple[float, float, bool]]) -> None:
        """Until nothing is left. `latencies`: of each request, to when it is seen, and from then to the answer; unless unsent."""
        self._at(0.0, "look", None)
        while self._events:
            self.now, _, what, about = heappop(self._events)
            if what == "comes":
                self._enter(about)
            elif what == "answer":
                lane, asked = about
                self.pacer.answered(lane.address, self.now, asked=asked)
                self._next_of(lane)
            self._pump(latencies)

    def _pump(self, latencies: Iterator[tuple[float, float, bool]]) -> None:
        while (lane := self.pacer.next(self.now)) is not None:
            row = lane.rows.popleft()
            there, back, asked = next(latencies)
            self.began[row.id] = self.now
            if asked:
                self.seen.append((self.now + there, row.address, row))
            self._at(self.now + there + back, "answer", (lane, asked))
        at = self.pacer.wakes_at(self.now)
        if at is not None and not self.now < self._looks_at <= at:
            self._looks_at = at
            self._at(at, "look", None)

    def _enter(self, row: Sent) -> None:
        lane = self._lanes.setdefault((row.address, row.urgency), Lane(row.address, row.urgency))
        lane.rows.append(row)
        if not lane.active:
            lane.active = True
            self.pacer.wants(lane)

    def _next_of(self, lane: Lane) -> None:
        if lane.rows:
            self.pacer.wants(lane)
        else:
            lane.active = False

    def _at(self, at: float, what: str, about: Any) -> None:
        heappush(self._events, (at, next(self._numbers), what, about))


def row(number: int, address: str, urgency: int = Urgency.REPLY) -> Sent:
    return Sent(number, "message", PUSHING, None, address, {"parts": []}, urgency=urgency)


def most_in_a_second(moments: list[float]) -> int:
    """The most that any half-open second holds."""
    moments = sorted(moments)
    most, first = 0, 0
    for place, moment in enumerate(moments):
        while moments[first] <= moment - 1.0:
            first += 1
        most = max(most, place - first + 1)
    return most


latency = st.tuples(st.floats(0, 3), st.floats(0, 3), st.sampled_from([True, True, True, False]))
arrival = st.tuples(st.floats(0, 5), st.sampled_from("甲乙丙丁"), st.sampled_from(CLASSES))


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 6), st.integers(1, 3), st.lists(arrival, min_size=1, max_size=40),
    st.lists(latency, min_size=40, max_size=40),
)  # fmt: skip
def test_no_second_holds_more_than_the_pace_whatever_the_platform_takes_to_answer(
    overall: int, address: int, arrivals: list[tuple[float, str, int]], latencies: list[tuple[float, float, bool]]
) -> None:
    platform = Platform(Pacer(Pace(overall, address)))
    rows = [row(number, whom, urgency) for number, (_, whom, urgency) in enumerate(arrivals)]
    for one, (at, _, _) in zip(rows, arrivals, strict=True):
        platform.comes(at, one)
    platform.run(iter(latencies))
    assert platform.began.keys() == {one.id for one in rows}
    assert most_in_a_second([at for at, _, _ in platform.seen]) <= overall
    for whom in "甲乙丙丁":
        assert most_in_a_second([at for at, to, _ in platform.seen if to == whom]) <= address
    for whom, urgency in Counter((one.address, one.urgency) for one in rows):
        came = sorted((at, number) for number, (at, to, of) in enumerate(arrivals) if (to, of) == (whom, urgency))
        begun = [platform.began[number] for _, number in came]
        assert begun == sorted(begun)


def steady(seconds: float) -> Iterator[tuple[float, float, bool]]:
    while True:
        yield seconds / 2, seconds / 2, True


def test_the_pace_is_used_up() -> None:
    platform = Platform(Pacer(Pace(300, 1)))
    for number in range(5000):
        platform.comes(0.0, row(number, str(number), Urgency.NOTICE))
    platform.run(steady(0.03))
    assert max(at for at, _, _ in platform.seen) <= 1.1 * 5000 / 300
    assert most_in_a_second([at for at, _, _ in platform.seen]) <= 300


def test_replies_hardly_wait_while_notices_go_out() -> None:
    platform = Platform(Pacer(Pace(300, 1)))
    for number in range(5000):
        platform.comes(0.0, row(number, str(number), Urgency.NOTICE))
    replies = {10_000 + number: 0.5 + number / 10 for number in range(150)}
    for number, at in replies.items():
        platform.comes(at, row(number, str(number)))
    platform.run(steady(0.03))
    waits = sorted(platform.began[number] - at for number, at in replies.items())
    assert waits[-1] < 0.1


def test_the_more_urgent_go_first_and_of_those_the_first_to_come() -> None:
    platform = Platform(Pacer(Pace(1, 1)))
    for number, urgency in enumerate([2, 1, 0, 2, 1, 0]):
        platform.comes(number / 100, row(number, str(number), urgency))
    platform.run(steady(0.1))
    assert [one.id for _, _, one in platform.seen] == [0, 2, 5, 1, 4, 3]


def test_nobody_waits_for_somebody_elses_address() -> None:
    platform = Platform(Pacer(Pace(10, 1)))
    for number in range(20):
        platform.comes(0.0, row(number, "甲"))
    for number in range(20, 25):
        platform.comes(0.1, row(number, str(number), Urgency.NOTICE))
    platform.run(steady(0.01))
    assert max(platform.began[number] for number in range(20, 25)) < 1
    gaps = [after - before for (before, _, _), (after, _, _) in pairwise(platform.seen[-10:])]
    assert all(1 <= gap < 1.1 for gap in gaps)


def test_what_was_never_sent_takes_no_slot() -> None:
    platform = Platform(Pacer(Pace(1, 1)))
    for number in range(50):
        platform.comes(0.0, row(number, "甲", Urgency.REPLY))
    platform.run(iter([(0.0, 0.001, False)] * 50))
    assert max(platform.began.values()) < 0.1


# Whole rows


def test_a_channel_sends_no_more_than_its_pace(paced: Office) -> None:
    people = [paced.somebody(called) for called in ("法制科经办", "法制科科长", "就业促进科负责人")]
    for number in range(6):
        for phone in people:
            paced.row(f"{number}", phone)
    sent = []
    for _ in range(20):
        paced.passes(1.1, every=1.1)
        sent.append(len(paced.channel.sent))
    assert sent[:4] == [3, 6, 9, 12]
    assert sent[-1] == 18
    for phone in people:
        assert [text_in(one) for one in paced.channel.sent if one.address == phone.address] == list("012345")


def test_rows_are_taken_up_in_portions_and_nobody_fills_them_alone(paced: Office) -> None:
    """Whoever has a thousand messages waiting is sent one a second, and everybody else is sent theirs meanwhile."""
    for number in range(60):
        paced.row(f"甲{number}", urgency=2)
    others = [paced.somebody(called) for called in ("法制科经办", "法制科科长", "就业促进科负责人")]
    for phone in others:
        paced.row("通知", phone, urgency=2)
    paced.passes(2, every=0.1)
    assert paced.channel.texts.count("通知") == 3
    held = paced.world.rows("SELECT count(*) FROM outgoing WHERE state = 'running'")[0][0]
    assert held <= AHEAD_SECONDS * 5
    paced.passes(80, every=1.1)
    assert [text for text in paced.channel.texts if text != "通知"] == [f"甲{number}" for number in range(60)]


def test_a_reply_does_not_wait_for_a_broadcast(world: World) -> None:
    office = Office(world, FakeChannel(PUSHING, Traits(lists=False, pushes=True, pace=Pace(3, 1))))
    people = [
        office.somebody(called) for called in ("法制科经办", "法制科科长", "就业促进科负责人", "就业促进科法治员")
    ]
    for _ in range(10):
        for phone in people:
            office.row("通知", phone, urgency=2)
    office.sweep()
    office.passes(2.2, every=1.1)
    before = office.channel.tries
    office.row("答复")
    office.passes(1.1, every=1.1)
    assert "答复" in office.channel.texts[before : before + 3]
    office.close()


def test_slowing_down_gives_up_what_is_held_and_counts_as_no_attempt(paced: Office) -> None:
    people = [paced.somebody(called) for called in ("法制科经办", "法制科科长", "就业促进科负责人")]
    rows = [paced.row(str(number), phone) for number in range(2) for phone in people]
    paced.channel.outcomes["0"] = [SlowDown(60)]
    paced.passes(1)
    waiting = [paced.look(one) for one in rows if paced.look(one).state == outgoing.WAITING]
    assert {(one.attempt, one.repeated) for one in waiting} == {(0, False)}
    assert {one.reference for one in waiting} <= {"slow", "behind"}
    tries = paced.channel.tries
    paced.passes(50)
    assert paced.channel.tries == tries
    paced.passes(20)
    assert sorted(paced.channel.texts) == ["0"] * 3 + ["1"] * 3
    assert not any(one.repeated for one in paced.channel.sent)


def test_a_message_of_several_pieces_takes_a_slot_for_each(paced: Office) -> None:
    paced.row("长")
    paced.row("后")
    paced.channel.outcomes["长"] = [More(), More()]
    paced.passes(1.1, every=1.1)
    assert (paced.channel.tries, paced.channel.texts) == (1, [])
    paced.passes(1.1, every=1.1)
    assert (paced.channel.tries, paced.channel.texts) == (2, [])
    paced.passes(2.2, every=1.1)
    assert (paced.channel.tries, paced.channel.texts) == (4, ["长", "后"])


def test_what_waits_for_a_slot_when_a_process_ends_is_the_next_ones_at_once(paced: Office) -> None:
    for number in range(4):
        paced.row(str(number))
    paced.sweep()
    assert paced.channel.texts == ["0"]
    paced.run(paced.outbox.stop)
    channel = FakeChannel(PUSHING, PACED)
    other = paced.process("second", channel)

    async def goes_on() -> None:
        await paced.start(other, "second")
        for _ in range(8):
            paced.world.clock.pass_(seconds=1.1)
            other.pump()
            await other.sweep()
            await other.settled()
        await other.stop()

    paced.run(goes_on)
    assert [text_in(one) for one in channel.sent] == ["1", "2", "3"]
    assert not any(one.repeated for one in channel.sent)


def test_a_channel_is_swept_by_one_process_at_a_time(paced: Office) -> None:
    """So that what two processes take up cannot exceed the pace together; if one ends, the other takes over."""
    channel = FakeChannel(PUSHING, PACED)
    other = paced.process("second", channel)
    people = [paced.somebody(called) for called in ("法制科经办", "法制科科长", "就业促进科负责人")]

    async def both() -> None:
        await paced.start(other, "second")
        for _ in range(3):
            await asyncio.gather(paced.outbox.sweep(), other.sweep())
        await other.settled()

    for phone in people:
        paced.row("一", phone)
    paced.run(both)
    assert sorted([len(paced.channel.sent), len(channel.sent)]) == [0, 3]

    async def the_other_alone() -> None:
        alone = other if paced.channel.sent else paced.outbox
        for _ in range(30):
            paced.world.clock.pass_(seconds=1)
            alone.pump()
            await alone.sweep()
            await alone.settled()
        await other.stop()

    for phone in people:
        paced.row("二", phone)
    paced.run(the_other_alone)
    assert [len(paced.channel.sent), len(channel.sent)] == [3, 3]
