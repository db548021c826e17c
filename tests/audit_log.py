"""An audit log to be sealed, tampered with and looked through, on SQLite or PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models import audit, sealing
from models.database import open_database
from models.db import Transaction
from models.sealing import Findings, Head
from tests import postgres
from tests.world import BEGINNING, demo_database

SALT = "00112233445566778899aabbccddeeff"


class Log:
    """The log of one database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = open_database(url)
        self.now = BEGINNING

    def record(self, *entries: dict[str, Any]) -> None:
        """Write entries as one turn does; whatever an entry does not say is the same in all."""
        fixed = {"at": self.now, "person_id": 1, "post_id": 1, "channel": "web", "what": "answer", "object": "answer"}
        values = {"object_id": 1, "before": None, "after": None}
        self.database.write(lambda db: audit.record(db, [fixed | values | entry for entry in entries])).result()

    def fill(self, count: int) -> None:
        """Write so many entries, every third without values."""
        self.record(*({"object_id": n, "after": ["符合", n] if n % 3 else None} for n in range(1, count + 1)))

    def seal(self, holder: str = "one", most: int = 1_000) -> int:
        """Seal what waits; how much was sealed."""
        self.now += timedelta(minutes=1)
        return self.database.write(lambda db: sealing.seal(db, holder, self.now, most)).result()

    def head(self) -> Head:
        """How far the chain reaches."""
        return self.database.read(sealing.head)

    def erase(self, person: int) -> int:
        """Erase a person's values, as an officer of the legal section; how many there were."""

        def work(db: Transaction) -> int:
            return audit.erase_values_of(db, person, at=self.now, by=2, post=None, channel="web")

        return self.database.write(work).result()

    def verify(self, *heads: Head) -> Findings:
        """Look through it all."""
        return self.database.read(lambda db: sealing.verify(db, heads))

    def faults(self, *heads: Head) -> list[tuple[str, int, int]]:
        """What is wrong: code, number, and last number."""
        return [(fault.code, fault.sequence, fault.last) for fault in self.verify(*heads).faults]

    def tamper(self, *statements: str) -> None:
        """Do what somebody with a key to the database can do."""

        def work(db: Transaction) -> None:
            for statement in statements:
                db.execute(statement)

        self.database.write(work).result()

    def numbers(self) -> list[tuple[int | None, int]]:
        """The number and id of every entry, by id."""

        def work(db: Transaction) -> list[tuple[int | None, int]]:
            rows = db.session.connection().exec_driver_sql("SELECT sequence, id FROM auditentry ORDER BY id")
            return [(row[0], row[1]) for row in rows]

        return self.database.read(work)

    def close(self) -> None:
        """Give the database up."""
        self.database.close()


@pytest.fixture(name="log", params=["sqlite", "postgres"])
def a_log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    if request.param == "sqlite":
        shutil.copy(demo_database(), tmp_path / "log.sqlite3")
        url = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    else:
        url = postgres.fresh_copy(request.getfixturevalue("postgres_server"), f"a{abs(hash(request.node.name))}")
    log = Log(url)
    yield log
    log.close()
