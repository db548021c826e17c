"""Whatever is edited, deleted, cut or chained anew in a sealed log is found; where nothing is, nothing is."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models import schema
from models.sealing import Head
from tests.audit_log import Log

ENTRIES = 12
NOTED = (4, 9, ENTRIES)
"""How far the chain had come each time that its head was noted."""
COLUMNS = {"at": 1, "person_id": 2, "post_id": 1, "channel": "x", "what": "", "object": "y", "object_id": 99, "digest": "0",
           "hash": "0", "sequence": -3}  # fmt: skip
VALUES: dict[str, Any] = {"salt": "0", "before": "1", "after": None}

Tampering = Callable[[sqlite3.Connection], object]


@cache
def sealed() -> tuple[Path, tuple[Head, ...]]:
    """A sealed log, made once, to be copied; and the heads noted meanwhile."""
    place = Path(mkdtemp(prefix="sealed-")) / "log.sqlite3"
    schema.migrate(f"sqlite:///{place}")
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("INSERT INTO person (id, name, title) VALUES (1, '', ''), (2, '', '')")
        connection.commit()
    log = Log(f"sqlite:///{place}")
    heads = []
    for before, until in zip((0, *NOTED), NOTED, strict=False):
        entries = ({"object_id": n, "post_id": None, "after": n if n % 3 else None} for n in range(before, until))
        log.record(*entries)
        log.seal()
        heads.append(log.head())
    log.close()
    return place, tuple(heads)


def edit(entry: int, column: str) -> Tampering:
    sql = f"UPDATE auditentry SET {column} = ? WHERE id = ?"
    return lambda connection: connection.execute(sql, (COLUMNS[column], entry))


def edit_value(entry: int, column: str) -> Tampering:
    sql = f"UPDATE auditvalues SET {column} = ? WHERE entry_id = ?"
    return lambda connection: connection.execute(sql, (VALUES[column], entry))


def delete_values(entry: int) -> Tampering:
    return lambda connection: connection.execute("DELETE FROM auditvalues WHERE entry_id = ?", (entry,))


def delete(entry: int) -> Tampering:
    def act(connection: sqlite3.Connection) -> None:
        delete_values(entry)(connection)
        connection.execute("DELETE FROM auditentry WHERE id = ?", (entry,))

    return act


def cut(entry: int) -> Tampering:
    def act(connection: sqlite3.Connection) -> None:
        for each in range(entry, ENTRIES + 1):
            delete(each)(connection)

    return act


def exchange(entry: int, other: int) -> Tampering:
    """Two entries change places in the chain."""

    def act(connection: sqlite3.Connection) -> None:
        read = "SELECT sequence FROM auditentry WHERE id = ? AND sequence IS NOT NULL"
        numbers = [connection.execute(read, (each,)).fetchone() for each in (entry, other)]
        if None not in numbers:
            write = "UPDATE auditentry SET sequence = ? WHERE id = ?"
            connection.executemany(write, [(None, entry), (*numbers[0], other), (*numbers[1], entry)])

    return act


def unseal(entry: int) -> Tampering:
    """The chain from an entry on is taken off, so that the assistant itself writes it anew."""
    sql = "UPDATE auditentry SET sequence = NULL, digest = NULL, hash = NULL WHERE id >= ?"
    return lambda connection: connection.execute(sql, (entry,))


def stored(place: Path) -> list[Any]:
    """All that the log holds."""
    with closing(sqlite3.connect(place)) as connection:
        tables = (connection.execute(f"SELECT * FROM {name} ORDER BY 1") for name in ("auditentry", "auditvalues"))
        return [rows.fetchall() for rows in tables]


ids = st.integers(1, ENTRIES)
tamperings = st.one_of(
    st.builds(edit, ids, st.sampled_from(sorted(COLUMNS))),
    st.builds(edit_value, ids, st.sampled_from(sorted(VALUES))),
    st.builds(delete_values, ids),
    st.builds(delete, ids),
    st.builds(cut, ids),
    st.builds(exchange, ids, ids),
    st.builds(unseal, ids),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(tamperings, max_size=4))
def test_there_are_faults_exactly_where_something_is_not_as_it_was_sealed(done: list[Tampering]) -> None:
    original, heads = sealed()
    with TemporaryDirectory() as folder:
        place = Path(folder) / "log.sqlite3"
        shutil.copy(original, place)
        with closing(sqlite3.connect(place)) as connection:
            for each in done:
                with suppress(sqlite3.IntegrityError):
                    each(connection)
            connection.commit()
        log = Log(f"sqlite:///{place}")
        log.seal("another")
        found = log.verify(*heads)
        log.close()
        assert bool(found.faults) == (stored(place) != stored(original))
