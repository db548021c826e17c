"""What holds of reminders whatever happens (DOMAIN 6): every message is noted as it is sent, and held against the rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from bot import reminding
from bot.clock import day_of, local
from bot.rows import Sent
from bot.turn import Turn
from models.calendar import Calendar
from tests.chores import Process, text_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
COLUMNS = (
    "id", "kind", "object_id", "rung", "person_id", "due_at", "not_before", "deadline", "until", "urgent",
    "asked", "body", "state", "reason", "told_in", "done_at",
)  # fmt: skip
MOMENTS = {"due_at", "not_before", "deadline", "until", "done_at"}


@dataclass
class Row:
    """A reminder as it stands in the end."""

    id: int
    kind: str
    object_id: int
    rung: str
    person_id: int
    due_at: datetime
    not_before: datetime
    deadline: datetime | None
    until: datetime | None
    urgent: bool
    asked: bool
    body: str | None
    state: str
    reason: str | None
    told_in: int | None
    done_at: datetime | None

    @property
    def told(self) -> bool:
        return self.body is not None and self.urgent and not self.asked

    @property
    def overdue(self) -> bool:
        return self.deadline is not None and self.due_at >= self.deadline and not self.asked and self.body is None


@dataclass(repr=False)
class Message:
    """A message that somebody got, and the reminders that went out in it."""

    at: datetime
    person: int
    text: str
    rows: list[Row]

    @property
    def is_digest(self) -> bool:
        return self.text.startswith("今天（")

    @property
    def asked(self) -> bool:
        """Whether its reader asked for every line of it."""
        lines: dict[tuple[str, int, int], bool] = defaultdict(bool)
        for row in self.rows:
            lines[row.kind, row.object_id, 0 if row.body is None else row.id] |= bool(row.asked)
        return all(lines.values())

    @property
    def presses(self) -> bool:
        """Whether it is an urgent message."""
        return not self.is_digest and not self.asked

    @property
    def counts(self) -> bool:
        """Whether a planned rung gave the occasion, and not what was just assigned or returned, or asked for."""
        planned = any(row.state == "sent" and not row.asked for row in self.rows)
        return self.presses and planned and not any(row.told for row in self.rows)

    def __repr__(self) -> str:
        return f"{local(self.at):%m-%d %H:%M} {self.text!r} {[(row.rung, row.state) for row in self.rows]}"


class Witness:
    """Sees every message as it is sent."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.sent: list[tuple[datetime, Sent]] = []

    def see(self, rows: Iterable[Sent]) -> None:
        """Note messages, each of which must be about something that is owed now."""
        for row in rows:
            self.sent.append((self.process.world.clock.now(), row))
            owed = self.process.assistant.look(row.channel, row.address, partial(self._owed, row=row))
            assert owed, f"{text_of(row)}: nothing of it is owed"

    def _owed(self, turn: Turn, row: Sent) -> bool:
        return reminding.still(turn, row.body) is not False

    def messages(self) -> list[Message]:
        """All of them, with their reminders."""
        by_leader: dict[int, list[Row]] = defaultdict(list)
        for one in self.rows():
            if one.told_in is not None:
                by_leader[one.told_in].append(one)
        assert sorted(by_leader) == sorted(leader_of(row) for _, row in self.sent), (
            "a message for each, and each in one"
        )
        return [Message(at, row.person_id or 0, text_of(row), by_leader[leader_of(row)]) for at, row in self.sent]

    def rows(self) -> list[Row]:
        """Every reminder."""
        stored = self.process.world.rows(f"SELECT {', '.join(COLUMNS)} FROM reminder ORDER BY id")
        return [Row(*(_value(name, value) for name, value in zip(COLUMNS, one, strict=True))) for one in stored]


def leader_of(row: Sent) -> int:
    """The reminder that leads a message: its button 稍后提醒 carries it."""
    token = next(token for line in row.body["buttons"] for label, token, _ in line if label == "稍后提醒")
    return int(token.split("-")[1], 36)


def _value(name: str, stored: Any) -> Any:
    return datetime.fromtimestamp(stored / 1_000_000, UTC) if name in MOMENTS and stored is not None else stored


def check(messages: list[Message], rows: list[Row], calendar: Calendar, now: datetime) -> None:
    """Hold a history against every rule."""
    of_person: dict[int, list[Message]] = defaultdict(list)
    for message in messages:
        of_person[message.person].append(message)
        _check_hour(message, calendar)
        assert {(row.person_id, row.done_at) for row in message.rows} == {(message.person, message.at)}, message
        assert all(row.person_id == message.person and row.due_at <= message.at for row in message.rows)
        assert all(row.until is None or message.at < row.until for row in message.rows)
    for mine in of_person.values():
        _check_limits(mine)
        _check_overdue(mine)
    for row in rows:
        _check_end(row, now)


def _check_hour(message: Message, calendar: Calendar) -> None:
    if not calendar.is_quiet(message.at):
        return
    assert not message.is_digest, message
    night = not time(8) <= local(message.at).time() < time(21)
    for row in message.rows:
        if row.deadline is not None:
            assert row.deadline - DAY <= message.at < row.deadline, message
        else:
            assert row.told, message
            assert row.kind, "without an object there is no deadline"
        assert row.told or not night, message


def _check_limits(mine: list[Message]) -> None:
    digests = Counter(day_of(one.at) for one in mine if one.is_digest)
    assert max(digests.values(), default=0) <= 1
    for day in {day_of(one.at) for one in mine}:
        urgent = [one for one in mine if one.counts and day_of(one.at) == day]
        deadlines = {day_of(row.deadline) for one in urgent for row in one.rows if row.deadline is not None}
        assert len(urgent) <= (2 if day in deadlines else 1), urgent
    pressing = [one.at for one in mine if one.presses]
    close = [before for before, after in pairwise(pressing) if after - before < HOUR]
    assert close == [], [one for one in mine if day_of(one.at) == day_of(close[0])]


def _check_overdue(mine: list[Message]) -> None:
    own = Counter(
        about for one in mine for about in {(row.kind, row.object_id, row.deadline) for row in one.rows if row.overdue}
    )
    assert max(own.values(), default=0) <= 2


def _check_end(row: Row, now: datetime) -> None:
    if row.state == "pending":
        assert row.not_before > now, row
        assert row.due_at > now - 15 * DAY, row
    else:
        assert row.done_at is not None
        assert (row.state in ("sent", "merged")) == (row.told_in is not None), row
        assert (row.state in ("void", "missed")) <= (row.reason is not None), row
