"""Trying things without leaving a trace: each runs as it would, what it changes is noted, and all of it is undone."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot import router
from bot.actions import parse, token
from bot.assistant import Assistant
from bot.hidden import shown
from bot.house import House
from bot.messages import Button, Inbound
from bot.rows import Sent
from models.database import open_database
from models.db import Database, Job, Transaction, Work
from models.sqlite import SqliteDatabase, is_fault
from tests.rights.people import Actor
from tests.rights.world import Made
from tests.world import CHANNELS, SITE, VAULT, FrozenClock, the_words

T = TypeVar("T")


@dataclass(frozen=True)
class Came:
    """What came of a delivery: what was said to whom, and which rows changed."""

    actor: Actor
    rows: list[Sent]
    changed: frozenset[tuple[str, int]]
    """(table, id of the row), the delivery itself and what was said left out."""

    @property
    def text(self) -> str:
        """Everything that was sent, to whomever, as one text: sentences, labels, and names of files."""
        return "\n".join(_read(row) for row in self.rows)

    @property
    def tables(self) -> set[str]:
        return {name for name, _ in self.changed}

    @property
    def beyond_the_sender(self) -> list[Sent]:
        return [row for row in self.rows if row.address != self.actor.address]

    def buttons(self) -> list[Button]:
        """Everything that can be pressed on what was said."""
        found = [
            parse(carried) for row in self.rows for line in row.body.get("buttons", ()) for _, carried, _ in line
        ]  # fmt: skip
        return [button for button in found if button is not None]


class Rehearsal(Database):
    """A database, as an assistant needs it, that takes everything back."""

    def __init__(self, made: Made, folder: Path) -> None:
        place = folder / "rehearsal.sqlite3"
        shutil.copy(made.place, place)
        database = open_database(f"sqlite:///{place}")
        assert isinstance(database, SqliteDatabase)
        self._database = database
        self.db = Transaction(database._engine.connect())
        self.clock = FrozenClock()
        house = House(the_words(), CHANNELS, "rehearsal", frozenset(CHANNELS), VAULT, SITE)
        self.assistant = Assistant(self, house, self.clock, router.dispatch)
        self.db.execute("CREATE TEMP TABLE noted (name TEXT, id INTEGER)")
        tables = self.db._cursor.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in tables:
            for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
                self.db.execute(
                    f"CREATE TEMP TRIGGER {name}_{event} AFTER {event} ON main.{name}"
                    f" BEGIN INSERT INTO noted VALUES ('{name}', {row}.rowid); END"
                )
        self.db.execute("BEGIN IMMEDIATE")

    def enter(self, job: Job, lane: str) -> None:
        job.end(job.outcome(self.db, is_fault))

    def read(self, work: Work[T]) -> T:
        try:
            return work(self.db)
        finally:
            self.db.forget()

    def close(self) -> None:
        self.db.execute("ROLLBACK")
        self.db.close()
        self._database.close()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside has not happened afterwards."""
        self.db.execute("SAVEPOINT rehearsal")
        try:
            yield
        finally:
            self.db.forget()
            self.db.execute("ROLLBACK TO rehearsal")
            self.db.execute("RELEASE rehearsal")

    def deliver(self, actor: Actor, **what: Any) -> Came:
        """Bring a delivery of somebody's in; it stays until what it is tried in is undone."""
        self.db.execute("DELETE FROM noted")
        rows = self.assistant.receive(Inbound("web", actor.address, str(uuid.uuid4()), **what)).result()
        return Came(actor, [_opened(row) for row in rows], self._noted())

    def tried(self, actor: Actor, **what: Any) -> Came:
        """What would come of a delivery."""
        with self.undone():
            return self.deliver(actor, **what)

    def pressed(self, actor: Actor, button: Button) -> Came:
        """What would come of pressing a button."""
        return self.tried(actor, press=token(button), label="")

    def value(self, sql: str) -> Any:
        """One value, looked up as things stand."""
        self.db.flush()
        return self.db._cursor.execute(sql).fetchone()[0]

    def _noted(self) -> frozenset[tuple[str, int]]:
        noted = self.db._cursor.execute("SELECT DISTINCT name, id FROM noted").fetchall()
        return frozenset((name, the_id) for name, the_id in noted if name not in ("delivery", "outgoing"))


def _opened(row: Sent) -> Sent:
    return Sent(row.id, row.kind, row.channel, row.person_id, row.address, shown(row.body, VAULT))


def _read(row: Sent) -> str:
    body = row.body
    said = [text for _, text in body.get("parts", ())]
    labels = [label for line in body.get("buttons", ()) for label, _, _ in line]
    return "\n".join([*said, *labels, str(body.get("file", "")), str(body.get("picture", ""))])


__all__ = ["Came", "Rehearsal"]
