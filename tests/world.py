"""A small world for tests: the demo bureaus in a database of their own, a clock, and people who act."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from bot import hidden, reminding, router, work
from bot.app import discover
from bot.assistant import Assistant
from bot.channels import Traits
from bot.channels.terminal import TerminalChannel
from bot.channels.web import WebChannel
from bot.clock import Clock, day_of
from bot.due import DUE, Due
from bot.files import FileStore
from bot.house import House
from bot.messages import Inbound, Piece
from bot.reminders import CHANNEL
from bot.render import Words
from bot.rows import Sent
from bot.turn import Turn
from models import demo, holders, outgoing, people, reminders, schema
from models.database import open_database
from models.db import Database, Transaction
from models.outgoing import Urgency
from models.vault import Vault

BEGINNING = datetime(2026, 8, 19, 1, 0, tzinfo=UTC)
"""A Wednesday, 09:00 in Shanghai; the demo's 9 September lies three weeks ahead."""

VAULT = Vault(b"the secret of every test: 32 bytes or more")
SITE = "https://fz.example.gov.cn"

CHANNELS: dict[str, Traits] = {
    "web": WebChannel.traits,
    "terminal": TerminalChannel.traits,
    "telegram": Traits(lists=False, pushes=True, largest_file=20 * 1024 * 1024, vouches=True),
}


class FrozenClock(Clock):
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = BEGINNING) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def pass_(self, **span: float) -> None:
        """Let time pass: days=30, minutes=5, ..."""
        self._now += timedelta(**span)


@cache
def the_words() -> Words:
    """The words, read once for all tests of a process, every handler known."""
    discover()
    return Words()


@cache
def demo_database() -> Path:
    """A demo database, made once for all tests of a process, to be copied."""
    place = Path(mkdtemp(prefix="world-")) / "template.sqlite3"
    schema.migrate(f"sqlite:///{place}")
    database = open_database(f"sqlite:///{place}")
    database.write(lambda db: demo.fill(db, BEGINNING, day_of(BEGINNING))).result()
    database.close()
    return place


class World:
    """The assistant on a fresh copy of the demo database, its deliveries dealt with one by one, its work at once."""

    def __init__(self, folder: Path, words: Words | None = None) -> None:
        self.folder = folder
        self.words = words or the_words()
        self.clock = FrozenClock()
        self.place = folder / "world.sqlite3"
        shutil.copy(demo_database(), self.place)
        self.store = FileStore(folder / "evidence")
        self.phones: list[Phone] = []
        self._open()

    def _open(self) -> None:
        self.database: Database = open_database(f"sqlite:///{self.place}")
        house = House(self.words, CHANNELS, "world", frozenset(CHANNELS), VAULT, SITE)
        self.assistant = Assistant(self.database, house, self.clock, router.dispatch)
        self.workers = work.workers(self.store, self.database, self.clock)

    def restart(self) -> None:
        """Another process takes over: everything that is not in the database or on the disk is forgotten."""
        self.database.close()
        self._open()

    def close(self) -> None:
        self.database.close()

    def person(self, called: str, bureau: str = "示范区人社局") -> int:
        """The id of a demo person, e.g. 法制科法治联络员 (the bureau's contact), 法制科经办, 就业促进科负责人."""
        rows = self.database.read(holders.everyone)
        return next(int(row.person_id) for row in rows if row.name == called and row.bureau == bureau)

    def phone(self, called: str, channel: str = "web", bureau: str = "示范区人社局") -> Phone:
        """A person's phone on a channel."""
        person = self.person(called, bureau)
        self.database.write(lambda db: people.have_address(db, person, channel, str(person))).result()
        return Phone(self, channel, str(person))

    def receive(self, inbound: Inbound) -> list[Sent]:
        """One delivery and all the work that follows from it; every row that came of it, shown on the phones."""
        rows = self._dealt_with(inbound)
        self._show(rows)
        return rows

    def sweep(self) -> None:
        """Show what another process wrote and left to be sent."""
        now = self.clock.now()
        for channel in CHANNELS:
            due = self.database.read(partial(outgoing.due, channel=channel, now=now, most=1_000_000))
            left = [row for row in due if row.state == outgoing.CREATED]
            taken = self.database.write(partial(outgoing.take_all, rows=left, holder="world", now=now)).result()
            self._show([Sent(row.id, row.kind, row.channel, row.person_id, row.address, row.body) for row in taken])

    def tick(self) -> None:
        """Let fall due what is due by now, planned anew before; nothing does so of its own accord here."""
        for function in DUE:
            while self._does(function):
                pass
        self._by_itself(reminding.replan)
        while who := self.database.read(partial(reminders.who_is_due, now=self.clock.now(), most=reminding.MOST)):
            self._by_itself(partial(reminding.fall_due, who=who))

    def _does(self, function: Due) -> bool:
        found: list[bool] = []
        self._by_itself(lambda turn: found.append(function(turn)))
        return found[0]

    def _by_itself(self, work: Callable[[Turn], object]) -> None:
        self._show(self.assistant.by_itself(CHANNEL, work).result())

    def _show(self, rows: list[Sent]) -> None:
        if notices := [row for row in rows if row.kind == "message" and row.urgency == Urgency.NOTICE]:
            self.database.write(partial(_arrived, rows=notices, now=self.clock.now())).result()
        for row in [row for row in rows if row.kind == "message"]:
            for phone in self.phones:
                if (row.channel, row.address) == (phone.channel, phone.address):
                    phone.seen.append(replace(row, body=hidden.shown(row.body, VAULT)))

    def _dealt_with(self, inbound: Inbound) -> list[Sent]:
        rows = self.assistant.receive(inbound).result()
        for row in [row for row in rows if row.kind in self.workers]:
            outcome = asyncio.run(self._work(row))
            rows = rows + self._dealt_with(
                Inbound(row.channel, row.address, f"work:{row.id}", work=(row.body.get("result", row.kind), outcome))
            )
        return rows

    async def _work(self, row: Sent) -> dict[str, Any]:
        return await self.workers[row.kind](row.body)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Look straight into the database."""
        with closing(sqlite3.connect(self.place)) as connection:
            return connection.execute(sql, values).fetchall()


def _arrived(db: Transaction, rows: list[Sent], now: datetime) -> None:
    """Of these, senders read how many have arrived."""
    outgoing.mark(db, [
        {
            "the_id": row.id, "the_holder": "world", "the_lease": row.lease, "state": outgoing.FINISHED, "lease_until": None,
            "attempt": 1, "repeated": False, "reference": None, "done_at": now,
        }
        for row in rows
    ])  # fmt: skip


class Phone:
    """One person on one channel: says and presses things, and sees what that channel shows."""

    def __init__(self, world: World, channel: str, address: str) -> None:
        self.world = world
        self.channel = channel
        self.address = address
        self.seen: list[Sent] = []
        """The messages shown here, oldest first, those included that somebody else's doing brought."""
        world.phones.append(self)

    def say(self, text: str, *, seen: int | None = None) -> Sent | None:
        """Type a text; the last message that came back here. `seen`: the newest message in view, if not the last."""
        newest = self.seen[-1].id if self.seen else 0
        return self.deliver(text=text, seen=newest if seen is None else seen)

    def press(self, label: str, *, of: Sent | None = None) -> Sent | None:
        """Press the button so labelled, of the newest message that has one (or of a given one)."""
        return self.deliver(press=self.token(label, of=of), label=label)

    def token(self, label: str, *, of: Sent | None = None) -> str:
        """What the button so labelled carries. AssertionError: no message shows it."""
        for message in [of] if of is not None else reversed(self.seen):
            for row in message.body.get("buttons", ()):
                for shown, token, _primary in row:
                    if shown == label:
                        return str(token)
        raise AssertionError(f"no button {label!r}; the last message shows {self.labels()}")

    def labels(self) -> list[str]:
        """The labels on the last message."""
        return [label for row in self.seen[-1].body.get("buttons", ()) for label, _, _ in row] if self.seen else []

    def send_file(self, name: str, data: bytes) -> Sent | None:
        """Send a file, whole."""
        upload = self.announce(name, len(data))
        return self.seen[-1] if upload is None else self.bring(upload, data)

    def bring(self, upload: str, data: bytes) -> Sent | None:
        """Bring all bytes of an upload that was announced."""
        self.world.store.begin(upload)
        for start in range(0, len(data), 1 << 20):
            self.world.store.append(upload, start, data[start : start + (1 << 20)], len(data))
        return self.all_here(upload)

    def announce(self, name: str, size: int, album: str | None = None, caption: str = "") -> str | None:
        """Announce a file (of an album); the upload's id, or None if it was refused (the refusal is the last message)."""
        upload = f"{self.address}_{uuid.uuid4().hex}_{size}"
        before = len(self.seen)
        self.deliver(piece=Piece(name, size, upload, caption, album))
        return None if any(row.body.get("taken") != upload for row in self.seen[before:]) else upload

    def all_here(self, upload: str) -> Sent | None:
        """The last byte of an upload is here."""
        return self.deliver(f"here:{upload}", work=("here", {"upload": upload}))

    def deliver(self, key: str | None = None, **what: Any) -> Sent | None:
        """Bring in any delivery; the last message that came back here."""
        before = len(self.seen)
        self.world.receive(Inbound(self.channel, self.address, key or str(uuid.uuid4()), **what))
        return self.seen[-1] if len(self.seen) > before else None


def text_of(message: Sent | None) -> str:
    """A message as plain text, official wording with a bar before it."""
    if message is None:
        return ""
    return "\n".join(f"┃ {text}" if kind == "quote" else text for kind, text in message.body["parts"])
