"""Taking deliveries in: each is one turn in one transaction, and what it says goes out only once that is committed."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import structlog

from bot import failpoints, guard
from bot.clock import Clock
from bot.house import House
from bot.messages import Inbound
from bot.rows import Sent
from bot.turn import Turn
from bot.waiting import commit
from models import deliveries
from models.db import Database, Rescue, Transaction, Work

T = TypeVar("T")
log = structlog.get_logger()


class Assistant:
    """Runs turns on a database. `after_commit` gets the rows to send, in the database's own thread."""

    def __init__(
        self, database: Database, house: House, clock: Clock, dispatch: Callable[[Turn], None],
        after_commit: Callable[[list[Sent]], None] = lambda rows: None,
    ) -> None:  # fmt: skip
        self._database = database
        self._house = house
        self._clock = clock
        self._dispatch = dispatch
        self._after_commit = after_commit

    def receive(self, inbound: Inbound) -> Future[list[Sent]]:
        """Deal with a delivery; the future resolves when all of it is durable, and raises DatabaseDown if nothing is.

        A delivery that was dealt with before has no effect. One whose turn fails is kept as poison and answered politely.
        """
        work, rescue = self._delivered(inbound)
        return self._database.write(work, rescue, inbound.address, self._hand_over)

    async def take(self, inbound: Inbound) -> list[Sent]:
        """As `receive`, for whoever runs in an event loop."""
        work, rescue = self._delivered(inbound)
        return await commit(self._database, work, rescue, inbound.address, self._hand_over)

    def by_itself(self, channel: str, function: Callable[[Turn], object]) -> Future[list[Sent]]:
        """Run a function on a turn that nobody sent, such as one in which reminders fall due; as `receive` otherwise.

        `channel`: where the audit says that it came from.
        """
        now = self._clock.now()

        def work(db: Transaction) -> list[Sent]:
            turn = Turn(db, self._house, Inbound(channel, "", ""), now)
            function(turn)
            return _written(turn)

        return self._database.write(work, after=self._hand_over)

    def look(self, channel: str, address: str, function: Callable[[Turn], T]) -> T | None:
        """Run a function on a turn that only reads; None for a stranger. Blocks; not for an event loop."""

        def work(db: Transaction) -> T | None:
            turn = self.reading(db, channel, address)
            return function(turn) if turn.recognise() else None

        return self._database.read(work)

    def look_alone(self, function: Callable[[Turn], T]) -> T:
        """Run a function on a turn of nobody that only reads. Blocks; not for an event loop."""

        def work(db: Transaction) -> T:
            return function(Turn(db, self._house, Inbound("", "", ""), self._clock.now(), reads=True))

        return self._database.read(work)

    def reading(self, db: Transaction, channel: str, address: str) -> Turn:
        """A turn that only reads, of whoever is at an address, who has yet to be recognised."""
        return Turn(db, self._house, Inbound(channel, address, ""), self._clock.now(), reads=True)

    def _delivered(self, inbound: Inbound) -> tuple[Work[list[Sent]], Rescue[list[Sent]]]:
        """The turn of a delivery, and what is done instead if it fails."""
        failpoints.reach(failpoints.RECEIVED)
        now = self._clock.now()

        def work(db: Transaction) -> list[Sent]:
            turn = Turn(db, self._house, inbound, now)
            if not deliveries.first_time(db, inbound.channel, inbound.address, inbound.key, now):
                return []
            if not inbound.group:  # in a group nobody is looked up
                turn.recognise()
            self._dispatch(turn)
            return _written(turn)

        def rescue(db: Transaction, error: Exception) -> list[Sent]:
            told = "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
            log.error("turn failed", channel=inbound.channel, delivery=inbound.key, error=type(error).__name__)
            turn = Turn(db, self._house, inbound, now)
            deliveries.first_time(db, inbound.channel, inbound.address, inbound.key, now, poison=told)
            if not inbound.group and turn.recognise():
                turn.echo(guard.shows(turn))
            turn.say("fault")
            return turn.finish()

        return work, rescue

    def _hand_over(self, rows: list[Sent]) -> None:
        failpoints.reach(failpoints.COMMITTED)
        if ours := [row for row in rows if row.channel in self._house.runs]:
            self._after_commit(ours)


def _written(turn: Turn) -> list[Sent]:
    rows = turn.finish()
    failpoints.reach(failpoints.WRITTEN)
    return rows
