"""The rows of the outbox that a turn writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot import personal
from bot.clock import day_of, off_the_hour
from bot.house import House
from models import cards, outgoing
from models.db import Transaction
from models.outgoing import Urgency

ECHO = "echo"
"""The kind of a row that only shows people what they said or brought themselves."""

_AT_ONCE = timedelta(0)


@dataclass(slots=True)
class Sent:
    """An outgoing row that this turn wrote, ready to be sent once the turn is committed: leased, where we run its channel."""

    id: int
    kind: str
    channel: str
    person_id: int | None
    address: str
    body: dict[str, Any]
    lease: int = 1
    """0: nobody holds it. An echo was done when it was written, and the channel is only told of it; another waits its turn."""
    attempt: int = 0
    repeated: bool = False
    urgency: int = Urgency.REPLY
    until: datetime | None = None
    """When it is past its use."""
    due: datetime | None = None
    """When it was to go out."""
    sender_id: int | None = None
    """Whose doing it is that somebody else is told."""
    again: bool = False
    """Taken up again: it was written some time ago, and is read once more before it is sent."""
    replaces: str | None = None
    """The platform's id of the message that it edits, filled in just before it is sent; None: it is a new one."""


class Rows:
    """Writes the rows of one turn, and knows those that can be sent as soon as it is committed."""

    def __init__(self, db: Transaction, house: House, now: datetime) -> None:
        self.sent: list[Sent] = []
        self._db, self._house, self._now = db, house, now

    def write(
        self,
        kind: str,
        channel: str,
        person: int | None,
        address: str,
        body: dict[str, Any],
        urgency: Urgency,
        wait: timedelta | None,
        until: datetime | None,
        sender: int | None,
    ) -> int:
        """Write a row; its id. `wait`: not before that; `until`: when it is past its use; `sender`: whose doing it is."""
        now, house = self._now, self._house
        if kind == "message":
            body = personal.fit(self._db, body, person, channel, day_of(now))
        if wait is None and urgency is not Urgency.REPLY and (traits := house.traits.get(channel)) is not None:
            wait = off_the_hour(now, traits.spreads, address)
        ours = channel in house.runs and wait is None
        done = kind == ECHO  # the page is told to look at its list, and there is nothing else to do
        # What is no reply waits for its slot in the database, where a channel has a pace: there may be thousands.
        leased = ours and not done and (urgency is Urgency.REPLY or house.traits[channel].pace is None)
        row_id = outgoing.insert(
            self._db, kind=kind, channel=channel, person_id=person, address=address, urgency=int(urgency), body=body,
            state=_state(done=done, leased=leased, waits=wait is not None), holder=house.holder if leased else None,
            lease=int(leased), lease_until=now + (outgoing.LEASE if leased else wait or _AT_ONCE), attempt=0, repeated=False,
            created_at=now, done_at=now if done else None, until=until, sender_id=sender,
            not_before=None if wait is None else now + wait,
        )  # fmt: skip
        if person is not None and (about := body.get("card")):
            cards.add(self._db, row_id, about[0], about[1], person, channel, address)
        if wait is None:
            self.sent.append(
                Sent(
                    row_id, kind, channel, person, address, body, int(leased), urgency=int(urgency), until=until,
                    due=now, sender_id=sender,
                )
            )  # fmt: skip
        return row_id


def _state(*, done: bool, leased: bool, waits: bool) -> str:
    if done:
        return outgoing.FINISHED
    if waits:
        return outgoing.WAITING
    return outgoing.RUNNING if leased else outgoing.CREATED
