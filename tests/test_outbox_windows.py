"""Where a platform counts by the minute and the hour, too: no such time of its ever sees more than it lets through."""

from __future__ import annotations

import random
from collections import defaultdict
from heapq import heappop, heappush

from bot.channels import Pace
from bot.outbox.lanes import Lane
from bot.outbox.pacing import Pacer
from bot.rows import Sent
from models.outgoing import Urgency

PACE = Pace(50, 4, ((30, 60.0), (100, 600.0)))


def lane(address: str, count: int, urgency: int = Urgency.REPLY) -> Lane:
    made = Lane(address, urgency)
    made.rows.extend(Sent(number, "message", "x", 1, address, {}) for number in range(count))
    return made


def simulated(lanes: list[Lane], chance: random.Random) -> dict[str, list[float]]:
    """When the platform saw what goes to each address: anywhere between a request and its answer."""
    pacer, now, answers = Pacer(PACE), 0.0, list[tuple[float, float, Lane]]()
    seen: defaultdict[str, list[float]] = defaultdict(list)
    for one in lanes:
        one.active = True
        pacer.wants(one)
    while True:
        while (going := pacer.next(now)) is not None:
            going.rows.popleft()
            takes = chance.uniform(0.001, 0.4)
            seen[going.address].append(now + chance.uniform(0, takes))
            heappush(answers, (now + takes, chance.random(), going))
        times = [at for at in (answers[0][0] if answers else None, pacer.wakes_at(now)) if at is not None]
        if not times:
            return seen
        now = max(now, min(times))
        while answers and answers[0][0] <= now:
            _, _, back = heappop(answers)
            pacer.answered(back.address, now)
            if back.rows:
                pacer.wants(back)


def most_within(times: list[float], seconds: float) -> int:
    ordered = sorted(times)
    return max(sum(begin <= at < begin + seconds for at in ordered) for begin in ordered)


def test_no_minute_and_no_longer_time_sees_more_than_it_lets_through() -> None:
    found = simulated([lane("busy", 130), lane("calm", 20)], random.Random(3))
    assert {name: len(times) for name, times in found.items()} == {"busy": 130, "calm": 20}
    for times in found.values():
        assert most_within(times, 1.0) <= PACE.address
        assert most_within(times, 60.0) <= 30
        assert most_within(times, 600.0) <= 100
    assert max(found["calm"]) < 10, "nobody waits for another's minute"
    assert max(found["busy"]) < 700
