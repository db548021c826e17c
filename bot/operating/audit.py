"""The command audit verify: what it does, and which sentence of templates/commands says what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.operating.catalogue import Sentence, Stopped
from bot.sealing import HEADS_FILE, noted
from models import sealing
from models.db import Database
from models.sealing import Fault, Head


def verify(database: Database, folder: Path) -> Sentence:
    """Compare the whole log with its seals, and these with the heads noted in `folder`. Raises Stopped, DatabaseDown."""
    file = folder / HEADS_FILE
    kept = file.exists()
    lines = noted(file)  # before the database is looked at: what is noted later is of no concern
    unreadable: list[int] = []

    def heads() -> Iterator[Head]:
        for line in lines:
            if isinstance(line, Head):
                yield line
            else:
                unreadable.append(line)

    found = database.read(lambda db: sealing.verify(db, heads()))
    for number in unreadable:
        found.add(Fault("unreadable", number))
    if found.sealed and not kept:
        found.add(Fault("no_heads", 0))
    context: dict[str, Any] = {"found": found, "file": file}
    if found.count:
        raise Stopped("audit_faults", **context)
    return "audit_sound", context
