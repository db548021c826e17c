"""When a channel rests: for as long as its platform asks, or longer and longer while nothing gets through to it."""

from __future__ import annotations

from models.outgoing import Why

ENOUGH_FAILURES = 3
"""So many rows one after the other: then it is the channel, and not a row."""
FIRST_REST, LONGEST_REST = 1.0, 60.0


class Rest:
    """Whether a channel rests. Times are seconds of a clock that only goes forward."""

    def __init__(self) -> None:
        self._until = 0.0
        self._failed: set[int] = set()
        self._seconds = 0.0
        """How long the last rest of this outage was."""
        self.why = Why.SLOW

    def left(self, now: float) -> float:
        """Seconds that it still rests."""
        return max(0.0, self._until - now)

    @property
    def probing(self) -> bool:
        """Whether, after a rest, one row is to find out if the platform can be reached again."""
        return len(self._failed) >= ENOUGH_FAILURES

    def slow_down(self, now: float, seconds: float) -> None:
        """The platform asks for a pause."""
        self.why, self._until = Why.SLOW, max(self._until, now + seconds)

    def failed(self, row: int, now: float) -> bool:
        """A row did not get through; whether the channel rests from now on. What was on its way before does not count."""
        self._failed.add(row)
        if not self.probing or now < self._until:
            return False
        self._seconds = min(2 * self._seconds, LONGEST_REST) or FIRST_REST
        self.why, self._until = Why.UNREACHED, now + self._seconds
        return True

    def reached(self) -> bool:
        """The platform has answered; whether that ends an outage."""
        ended = self.probing
        self._failed.clear()
        self._seconds = 0.0
        return ended
