"""Pace: which lane of a channel goes next and when, so that the platform never sees more than it allows in a second."""

from __future__ import annotations

from collections import defaultdict, deque
from heapq import heappop, heappush
from itertools import count

from bot.channels import Pace
from bot.outbox.lanes import Lane
from models.outgoing import Urgency

SECOND = 1.001
"""A thousandth more than the second that platforms count in, whose clocks are not ours."""
CATCHES_UP = 0.05
"""Seconds that a late start may be made up for."""


class Slots:
    """So many messages at most in any second: each has a slot from before its request until a second after the answer.

    When between the two the platform sees it does not matter, then. `span`: another time than a second.
    """

    __slots__ = ("_ends", "_most", "_span", "_under_way")

    def __init__(self, most: int, span: float = SECOND) -> None:
        self._most = most
        self._span = span
        self._under_way = 0
        self._ends: deque[float] = deque()

    def free_at(self, now: float) -> float | None:
        """From when on there is a free one (`now` if there is); None: only an answer can tell."""
        while self._ends and self._ends[0] <= now:
            self._ends.popleft()
        if self._under_way + len(self._ends) < self._most:
            return now
        return self._ends[0] if self._ends else None

    def take(self) -> None:
        """Take one that is free."""
        self._under_way += 1

    def answered(self, now: float, asked: bool) -> None:
        """The request was answered, or (not `asked`) never made."""
        self._under_way -= 1
        if asked:
            self._ends.append(now + self._span)

    def went_out(self, now: float, ago: float) -> None:
        """One was taken before we began, and its request answered so many seconds ago; they come oldest first."""
        if ago < self._span:
            self._ends.append(now - ago + self._span)

    def idle(self, now: float) -> bool:
        """Whether all are free."""
        return not self._under_way and (not self._ends or self._ends[-1] <= now)


class Windows:
    """The slots of one address: in any second, and in whatever longer times the platform counts."""

    __slots__ = ("_all",)

    def __init__(self, pace: Pace) -> None:
        self._all = [Slots(pace.address), *(Slots(most, seconds * SECOND) for most, seconds in pace.windows)]

    def free_at(self, now: float) -> float | None:
        """As of Slots: from when on one is free in each of them."""
        times = [slots.free_at(now) for slots in self._all]
        return None if None in times else max(at for at in times if at is not None)

    def take(self) -> None:
        """Take one of each."""
        for slots in self._all:
            slots.take()

    def answered(self, now: float, asked: bool) -> None:
        """As of Slots."""
        for slots in self._all:
            slots.answered(now, asked)

    def went_out(self, now: float, ago: float) -> None:
        """As of Slots, in the longer times: a process takes more than a second to begin."""
        for slots in self._all[1:]:
            slots.went_out(now, ago)

    def idle(self, now: float) -> bool:
        """Whether all are free."""
        return all(slots.idle(now) for slots in self._all)


class Pacer:
    """Hands out a channel's slots: to the most urgent lane, of these to the one that has waited longest.

    No lane waits for another's address. Times are seconds of any clock that only goes forward.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._overall = Slots(pace.overall)
        self._addresses: dict[str, Windows] = {}
        self._longest = max([SECOND, *(seconds * SECOND for _, seconds in pace.windows)])
        self._cooling: deque[tuple[float, str]] = deque()
        self._turns = count()
        self._ready: list[tuple[int, int, Lane]] = []
        self._asleep: list[tuple[float, int, int, Lane]] = []
        self._answers: defaultdict[str, list[tuple[int, int, Lane]]] = defaultdict(list)
        """By address: lanes that cannot know when they may go before an answer has come."""
        self._evenly = 0.0
        """What is no reply is spread over the second, so that a slot for a reply comes free at any moment."""

    def wants(self, lane: Lane) -> None:
        """A lane has a row to send."""
        heappush(self._ready, (lane.urgency, next(self._turns), lane))

    def next(self, now: float) -> Lane | None:
        """The lane whose first row is to go now, its slots taken; None: none may."""
        self._wake(now)
        while self._ready and self._opens_at(now) == now:
            urgency, turn, lane = heappop(self._ready)
            if not lane.rows:
                lane.active = False
                continue
            if (slots := self._addresses.get(lane.address)) is None:
                slots = self._addresses[lane.address] = Windows(self._pace)
            free = slots.free_at(now)
            if free is None:
                self._answers[lane.address].append((urgency, turn, lane))
            elif free > now:
                heappush(self._asleep, (free, urgency, turn, lane))
            else:
                slots.take()
                self._overall.take()
                if urgency != Urgency.REPLY:
                    self._evenly = max(self._evenly, now - CATCHES_UP) + SECOND / self._pace.overall
                return lane
        return None

    def wakes_at(self, now: float) -> float | None:
        """When to ask for the next lane again; None: not before an answer, or before somebody wants to go."""
        times = [self._asleep[0][0]] if self._asleep else []
        if self._ready and (opens := self._opens_at(now)) is not None:
            times.append(opens)
        return min(times, default=None)

    def answered(self, address: str, now: float, *, asked: bool = True) -> None:
        """What went to an address was answered, or (not `asked`) nothing was sent after all."""
        slots = self._addresses[address]
        self._overall.answered(now, asked)
        slots.answered(now, asked)
        self._cooling.append((now + self._longest, address))
        for urgency, turn, lane in self._answers.pop(address, ()):
            heappush(self._asleep, (slots.free_at(now) or now, urgency, turn, lane))

    def went_out(self, address: str, now: float, ago: float) -> None:
        """Something went to an address before we began, so many seconds ago; it comes oldest first."""
        if (slots := self._addresses.get(address)) is None:
            slots = self._addresses[address] = Windows(self._pace)
        slots.went_out(now, ago)
        self._cooling.append((now + self._longest, address))

    def _opens_at(self, now: float) -> float | None:
        free = self._overall.free_at(now)
        if free is None or self._ready[0][0] == Urgency.REPLY:
            return free
        return max(free, self._evenly)

    def _wake(self, now: float) -> None:
        while self._asleep and self._asleep[0][0] <= now:
            _, urgency, turn, lane = heappop(self._asleep)
            heappush(self._ready, (urgency, turn, lane))
        while self._cooling and self._cooling[0][0] <= now:
            address = self._cooling.popleft()[1]
            if (slots := self._addresses.get(address)) is not None and slots.idle(now):
                del self._addresses[address]
