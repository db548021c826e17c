"""Reading a roster file that came in by chat, and comparing it with what is stored: slow work, done after a commit."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from bot.clock import day_of
from bot.files import FileStore, Stored, Unfit
from models.db import Database
from models.roster import imports, planning
from models.roster.rows import BUREAUS, PEOPLE, Parsed

MOST_ROWS = 3_000
"""Of a file sent in chat: what comes of it is written in a turn, during which everybody else waits."""


_SHEETS = "xl/workbook.xml"
_MOST_SHEETS = 1 << 20


def is_roster(store: FileStore, stored: Stored) -> bool:
    """Whether a file that is kept is a workbook with both sheets of a roster."""
    if stored.kind != "xlsx":
        return False
    with suppress(BadZipFile, KeyError), ZipFile(store.path(stored.sha256)) as archive, archive.open(_SHEETS) as sheets:
        named = sheets.read(_MOST_SHEETS).decode("utf-8", "replace")
        return all(f'name="{name}"' in named for name in (BUREAUS, PEOPLE))
    return False


def read(store: FileStore, database: Database, body: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What a file says and would do, as JSON; or why nothing of it can be read (`unfit`, `unreadable`).

    `body`: the upload, or the hash of a file that is kept; its name; the bureau (id) that it may be about. Raises
    DatabaseDown.
    """
    from models.roster import files  # noqa: PLC0415  (a start should not wait for its library)

    today = day_of(now)

    def act(path: Path) -> Parsed:
        return files.read(path, today, MOST_ROWS)

    try:
        kept = body.get("sha256")
        parsed = act(store.path(kept)) if kept else store.look_into(body["upload"], body["name"], act)
    except Unfit as unfit:
        store.discard(body["upload"])
        return {"unfit": {"code": unfit.code, "params": unfit.params}}
    except KeyError:
        return {"unfit": {"code": "interrupted", "params": {}}}
    except files.Unreadable as unreadable:
        return {"unreadable": {"code": unreadable.code, "params": unreadable.params}}
    plan = database.read(partial(planning.plan, parsed=parsed, scope=body["bureau"], today=today))
    return {"parsed": imports.as_json(parsed), "summary": plan.summary()}
