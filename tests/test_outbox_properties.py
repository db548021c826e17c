"""The outbox under anything: rows, outcomes, pauses and killed processes in any order leave nothing behind, and keep their promises."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels import Gone, More, NotReached, Pace, Refused, SlowDown, Traits, Unknown
from bot.outbox.lanes import HOLDS_BACK_SECONDS
from bot.rows import Sent
from models import outgoing
from models.outgoing import LEASE, Why
from tests.office import PUSHING, FakeChannel, Office
from tests.test_outbox_pace import most_in_a_second
from tests.world import World

PACE = Pace(4, 2)
PEOPLE = ("法制科法治联络员", "法制科经办", "法制科科长")
OUTCOMES: dict[str, Callable[[], Exception]] = {
    "not reached": lambda: NotReached("忙"), "unknown": lambda: Unknown("中断"), "slow": lambda: SlowDown(3),
    "refused": lambda: Refused("过长"), "broken": lambda: KeyError("出错"), "more": More, "gone": Gone,
}  # fmt: skip
FAILURES = ("not reached", "unknown", "broken")


@dataclass
class Platform(FakeChannel):
    """Keeps a ledger of what it was asked, and hangs while a process is being killed."""

    clock: Any = None
    asked: list[tuple[float, int, str, str]] = field(default_factory=list)
    """When, which row, whose address, and what it came to."""
    hangs: bool = False

    def __post_init__(self) -> None:
        super().__init__(PUSHING, Traits(lists=False, pushes=True, pace=PACE))

    async def send(self, row: Sent) -> str | None:
        place = len(self.asked)
        self.asked.append((self.clock.now().timestamp(), row.id, row.address, "ok"))
        if self.hangs:
            self.asked[place] = (*self.asked[place][:3], "hangs")
            self.sent.append(row)
            await asyncio.Event().wait()
        try:
            return await super().send(row)
        except Exception as error:
            kind = next(kind for kind, make in OUTCOMES.items() if type(make()) is type(error))
            self.asked[place] = (*self.asked[place][:3], kind)
            raise


class Trial:
    """One office, put through something."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.platform = Platform(clock=self.world.clock)
        self.office = Office(self.world, self.platform)
        self.people = [self.office.somebody(called) for called in PEOPLE]
        self.rows: list[tuple[int, str, int]] = []
        """Each row's id, address and class."""
        self.lives = 1
        self.killed: list[tuple[float, set[int]]] = []
        """When a process was killed, and what it held."""

    def add(self, whom: int, urgency: int, outcomes: list[str], asks: bool) -> None:
        more = {"of": [1, str(len(self.rows))]} if asks else {}
        phone = self.people[whom]
        row = self.office.row(f"第{len(self.rows)}条", phone, urgency=urgency, more=more)
        self.platform.outcomes[f"第{len(self.rows)}条"] = [OUTCOMES[one]() for one in outcomes]
        self.rows.append((row, phone.address, urgency))

    def passes(self, seconds: float) -> None:
        self.office.passes(seconds, every=seconds)

    def kill(self) -> None:
        """The process ends in the middle of whatever it does, and another one begins."""

        async def dies() -> None:
            outbox = self.office.outbox
            self.platform.hangs = True
            await outbox.sweep()
            await asyncio.sleep(0.002)
            while tasks := outbox._tasks():
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            self.platform.hangs = False

        self.office._runner.run(dies())
        held = {row for (row,) in self.world.rows("SELECT id FROM outgoing WHERE state = 'running'")}
        self.killed.append((self.world.clock.now().timestamp(), held))
        self.world.clock.pass_(seconds=2)
        self.lives += 1
        holder = f"life {self.lives}"
        self.office.outbox = self.office.process(holder, self.platform)
        self.office.assistant = self.office.run(partial(self.office.start, self.office.outbox, holder))

    def close(self) -> None:
        self.office.close()
        self.world.close()


add = st.tuples(
    st.just("add"), st.integers(0, len(PEOPLE) - 1), st.sampled_from([0, 0, 1, 2]),
    st.lists(st.sampled_from([*OUTCOMES, *FAILURES]), max_size=6).map(lambda all_: [one for one in all_ if one != "gone"]),
    st.booleans(),
)  # fmt: skip
leaves = st.tuples(st.just("add"), st.integers(0, len(PEOPLE) - 1), st.just(2), st.just(["gone"]), st.just(False))
passes = st.tuples(st.just("passes"), st.sampled_from([0.3, 1.0, 1.1, 4.0, 30.0]))
kill = st.tuples(st.just("kill"))
steps = st.lists(st.one_of(add, add, add, passes, passes, kill, leaves), min_size=3, max_size=25)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
def test_whatever_happens_every_row_comes_to_an_end_in_order_and_at_the_right_pace(taken: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        trial = Trial(Path(folder))
        try:
            for what, *about in taken:
                getattr(trial, what)(*about)
            trial.platform.outcomes.clear()
            for seconds in (LEASE.total_seconds() + 1, *[1.1] * 30, 70, 1900, *[1.1] * 30, 1900, *[1.1] * 30):
                trial.passes(seconds)
            everything_has_come_to_an_end(trial)
            what_went_out_is_marked_as_it_was(trial)
            nobody_was_overtaken(trial)
            the_pace_was_kept(trial)
        finally:
            trial.close()


def everything_has_come_to_an_end(trial: Trial) -> None:
    for row, _, _ in trial.rows:
        stands = trial.office.look(row)
        assert stands.state in (outgoing.FINISHED, outgoing.GONE, outgoing.FAILED), (
            row,
            stands.state,
            stands.reference,
        )
        if stands.state == outgoing.FINISHED:
            assert stands.reference == f"platform-{row}"
        else:
            assert stands.reference in [str(why) for why in Why]


def what_went_out_is_marked_as_it_was(trial: Trial) -> None:
    """What is done went out; a second copy stands only behind one whose fate nobody knew, and says so."""
    copies = Counter(row.id for row in trial.platform.sent)
    for row, _, _ in trial.rows:
        stands = trial.office.look(row)
        assert copies[row] > 0 or stands.state != outgoing.FINISHED
        unsure = [
            kind for _, one, _, kind in trial.platform.asked if one == row and kind in ("unknown", "broken", "hangs")
        ]
        taken_over = sum(row in held for _, held in trial.killed)
        assert copies[row] <= 1 + len(unsure) + taken_over
        assert not stands.repeated or unsure or taken_over
        sent = [one for one in trial.platform.sent if one.id == row]
        assert all(one.repeated for one in sent[1:])


def nobody_was_overtaken(trial: Trial) -> None:
    """Of one class to one address, nobody goes first who came later, unless the other failed for ten seconds or was taken over."""
    moments: dict[int, list[tuple[float, str]]] = {}
    for at, row, _, kind in trial.platform.asked:
        moments.setdefault(row, []).append((at, kind))
    held = {row for _, rows in trial.killed for row in rows}
    begun = {row: place for place, (_, row, _, _) in reversed(list(enumerate(trial.platform.asked)))}
    for place, (first, address, urgency) in enumerate(trial.rows):
        for later, whose, of in trial.rows[place + 1 :]:
            if (address, urgency) != (whose, of) or first not in begun or later not in begun:
                continue
            if begun[later] > begun[first] or held & {first, later} or trial.lives > 1:
                continue
            raise AssertionError(f"{later} began before {first}: {moments[first]}, {moments[later]}")
    if trial.lives > 1:
        return
    sent = {
        row: (at, place)
        for place, (at, row, _, kind) in reversed(list(enumerate(trial.platform.asked)))
        if kind == "ok"
    }
    for place, (first, address, urgency) in enumerate(trial.rows):
        for later, whose, of in trial.rows[place + 1 :]:
            if (
                (address, urgency) == (whose, of)
                and first in sent
                and later in sent
                and sent[later][1] < sent[first][1]
            ):
                failed_at = min(at for at, kind in moments[first] if kind in FAILURES)
                assert sent[later][0] >= failed_at + HOLDS_BACK_SECONDS


def the_pace_was_kept(trial: Trial) -> None:
    asked = trial.platform.asked
    assert most_in_a_second([at for at, *_ in asked]) <= PACE.overall
    for phone in trial.people:
        assert most_in_a_second([at for at, _, whose, _ in asked if whose == phone.address]) <= PACE.address
