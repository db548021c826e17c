"""The databases that are measured: bureaus whose contacts are about to answer, alone or beside a million answers."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import select

from bot.clock import day_of
from models import assessments, campaigns, demo, meta, schema
from models.campaign_files import read_campaign, years_ahead
from models.database import open_database
from models.db import Transaction
from models.people import Address, Bureau, Level, Person, Post, Role, Unit, UnitKind
from models.sqlite import TUNING

CHANGED = ("answer", "address", "selfassessment")
"""Tables whose rows a turn changes in place; to all others it only adds."""


@dataclass(frozen=True)
class World:
    """A database in a folder called demo, so that the real program serves it too, and the people who will answer."""

    folder: Path
    stored: int
    """Answers that others have given before."""
    addresses: tuple[str, ...]

    @property
    def place(self) -> Path:
        """The database's file."""
        return self.folder / "assistant.sqlite3"

    @property
    def url(self) -> str:
        """The database's address, as a setting names it."""
        return f"sqlite:///{self.place}"

    @contextmanager
    def bare(self) -> Iterator[sqlite3.Connection]:
        """A connection of the driver's own, tuned as the assistant tunes its writer."""
        with closing(sqlite3.connect(self.place, isolation_level=None, cached_statements=512)) as connection:
            for pragma in TUNING:
                connection.execute(f"PRAGMA {pragma}")
            yield connection

    def reset(self) -> None:
        """Undo what a run has done, so that every run does the same work on the same rows."""
        with self.bare() as connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute("BEGIN IMMEDIATE")
            for table, last in lasts(connection).items():
                connection.execute(f"DELETE FROM {table} WHERE rowid > ?", (last,))
            for table in CHANGED:
                connection.execute(f"REPLACE INTO {table} SELECT * FROM bench_{table}")
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def answered(self) -> int:
        """How many answers are durable that were not there at the last reset."""
        with self.bare() as connection:
            last = (lasts(connection)["answerversion"],)
            return int(connection.execute("SELECT count(*) FROM answerversion WHERE rowid > ?", last).fetchone()[0])


def lasts(connection: sqlite3.Connection) -> dict[str, int]:
    """The last row number of each table in the state that `World.reset` restores."""
    return dict(connection.execute("SELECT name, last FROM bench_last").fetchall())


def make(folder: Path, people: int) -> World:
    """A new world of so many bureaus, each with one contact and a self-assessment in which nothing is answered."""
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob("assistant.sqlite3*"):
        left_over.unlink()
    empty = World(folder, 0, ())
    schema.migrate(empty.url)
    world = World(folder, 0, add_bureaus(empty, people))
    with world.bare() as connection:
        connection.execute("CREATE TABLE bench_last (name TEXT PRIMARY KEY, last INTEGER NOT NULL)")
        for table in CHANGED:
            connection.execute(f"CREATE TABLE bench_{table} AS SELECT * FROM {table}")
    settle(world)
    return world


def settle(world: World) -> None:
    """Make what is stored now the state that `World.reset` restores."""
    with world.bare() as connection:
        for table in schema.METADATA.tables:
            last = connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0]
            connection.execute("REPLACE INTO bench_last VALUES (?, ?)", (table, last))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def add_bureaus(world: World, count: int) -> tuple[str, ...]:
    """More bureaus like those of `make`; the addresses of their contacts."""
    database = open_database(world.url)
    try:
        return database.write(lambda db: _add(db, count)).result()
    finally:
        database.close()


def _add(db: Transaction, count: int) -> tuple[str, ...]:
    now = datetime.now(UTC)
    today = day_of(now)
    campaign, version = _campaign(db, now)
    catalogue = campaigns.catalogue_of(db, version.id, version.sha256)
    begun = len(db.session.exec(select(Bureau.id)).all())
    addresses = []
    for number in range(begun + 1, begun + count + 1):
        bureau = Bureau(name=f"示范{number:04}县人社局", level=Level.COUNTY)
        contact = Person(name="法制科法治联络员", informed_at=now)
        db.session.add_all((bureau, contact))
        db.session.flush()
        unit = Unit(bureau_id=bureau.id, name="法制科", kind=UnitKind.SECTION)
        db.session.add(unit)
        db.session.flush()
        db.session.add(Post(person_id=contact.id, unit_id=unit.id, role=Role.LIAISON, starts_on=today.replace(day=1)))
        db.session.add(Address(person_id=contact.id, channel="web", address=str(contact.id)))
        assessments.begin(db, campaign.id, bureau.id, version.id, catalogue, contact.id, now)
        addresses.append(str(contact.id))
    return tuple(addresses)


def _campaign(db: Transaction, now: datetime) -> tuple[campaigns.Campaign, campaigns.CatalogueVersion]:
    version = campaigns.load_catalogue(db, (demo.CATALOGUE / "indicators-2022.yaml").read_bytes(), now)
    found = db.session.get(campaigns.Campaign, 1)
    if found is None:
        source = (demo.CATALOGUE / "campaign-2022.yaml").read_bytes()
        file = read_campaign(source)
        years = years_ahead(file, day_of(now))
        found = campaigns.Campaign(
            id=1,
            key=file.id,
            title=file.title,
            source=source.decode(),
            sha256=hashlib.sha256(source).hexdigest(),
            years=years,
            catalogue_id=version.id,
        )
        db.session.add_all((found, meta.Meta(key=meta.DEMO, value="1")))
        db.session.flush()
    return found, version
