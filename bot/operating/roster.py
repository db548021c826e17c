"""import-roster: what the command does, and which sentence of templates/commands says what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.clock import day_of
from bot.documents import roster_sheets
from bot.files import Unfit, inspect
from bot.operating.catalogue import Sentence, Stopped
from bot.render import Words
from models.db import Database, Transaction
from models.roster import files, planning, writing
from models.roster.plans import Plan
from models.roster.rows import Choice, Parsed

CHANNEL = "command"


def load(
    database: Database, file: Path, now: datetime, *, only: Sequence[str] = (), dry_run: bool = False,
    skip_wrong: bool = False,
) -> Sentence:  # fmt: skip
    """Import a roster file: all of it or the bureaus and units (局, 局/部门) in `only`; every bureau may be in it.

    Nothing is imported as long as a row is wrong, unless `skip_wrong` leaves those out. Raises Stopped, DatabaseDown.
    """
    parsed = _only(_read(file, now), only)

    def work(db: Transaction) -> Sentence:
        writing.hold(db)
        plan = planning.plan(db, parsed, None, day_of(now))
        told = _told(plan)
        if plan.faults and not skip_wrong:
            raise Stopped("roster_wrong", **told)
        if not dry_run:
            writing.apply(db, plan, now, writing.By(None, None, CHANNEL), skip_wrong=skip_wrong)
        return ("roster_dry" if dry_run else "roster_imported"), told

    return database.write(work).result()


def write_template(file: Path) -> Sentence:
    """Write the template. Raises Stopped: there is a file already, or it cannot be written."""
    made = roster_sheets.template_xlsx(Words())
    try:
        with file.open("xb") as opened:
            opened.write(made)
    except FileExistsError:
        raise Stopped("file_exists", file=file) from None
    except OSError:
        raise Stopped("not_written", file=file) from None
    return "template_written", {"file": file}


def _read(file: Path, now: datetime) -> Parsed:
    try:
        if file.stat().st_size <= files.MOST_BYTES:
            inspect(file, file.name)
        return files.read(file, day_of(now))
    except OSError:
        raise Stopped("no_file", file=file) from None
    except Unfit as unfit:
        raise Stopped("roster_unfit", code=unfit.code, params=unfit.params) from None
    except files.Unreadable as unreadable:
        raise Stopped("roster_unreadable", code=unreadable.code, params=unreadable.params) from None


def _only(parsed: Parsed, only: Sequence[str]) -> Parsed:
    if not only:
        return parsed
    try:
        return parsed.only([Choice(bureau, unit) for bureau, _, unit in (one.partition("/") for one in only)])
    except KeyError as missing:
        choice: Choice = missing.args[0]
        raise Stopped("roster_without", bureau=choice.bureau, unit=choice.unit) from None


def _told(plan: Plan) -> dict[str, Any]:
    return {"s": plan.summary(), "faults": plan.faults, "warnings": plan.warnings}
