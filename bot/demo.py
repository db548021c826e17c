"""Demo mode: made-up bureaus in a database of their own, and roles to choose from. Fenced off from anything real."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from bot.clock import day_of
from bot.render import Words
from bot.settings import Settings
from models import assessments, demo, holders, meta, schema
from models.database import open_database
from models.db import Database, Transaction
from models.people import Level


class Fenced(Exception):
    """Demo mode and real work do not mix; the name says which sentence explains it."""


CHANNEL_SETTINGS = ("TELEGRAM_", "WECOM_")
"""How the names of settings of channels to the outside begin."""


def prepare(settings: Settings, now: datetime) -> tuple[str, Path]:
    """The demo database's address and folder, made and filled if need be. Raises Fenced."""
    if settings.database_url:
        raise Fenced("real_database")
    named = {name for name, value in (os.environ | dotenv_values(".env")).items() if value}
    if settings.channels != "web" or any(name.upper().startswith(CHANNEL_SETTINGS) for name in named):
        raise Fenced("real_channels")
    folder = settings.data_dir / "demo"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = settings.url(folder)
    schema.migrate(url)
    database = open_database(url)
    try:
        database.write(lambda db: _fill_or_refuse(db, now)).result()
    finally:
        database.close()
    return url, folder


def _fill_or_refuse(db: Transaction, now: datetime) -> None:
    if meta.is_demo(db):
        return
    if not meta.is_empty(db):
        raise Fenced("real_database")
    demo.fill(db, now, day_of(now))


def roles(database: Database, words: Words) -> list[dict[str, Any]]:
    """The people to choose from, bureau by bureau, those with most to do first."""
    listed, contacts = database.read(lambda db: (holders.everyone(db), assessments.contacts(db)))
    bureaus: dict[str, dict[str, Any]] = {}
    for row in listed:
        contact = row.person_id in contacts
        bureau = bureaus.setdefault(
            row.bureau,
            {
                "name": row.bureau,
                "level": words.label("demo", "levels", row.level),
                "rank": Level(row.level),
                "people": [],
            },
        )
        bureau["people"].append(
            {
                "id": f"person-{row.person_id}",
                "label": f"{row.unit} {row.name.removeprefix(row.unit)}",
                "href": f"/chat?as={row.person_id}",
                "hint": words.label("demo", "hints", "contact" if contact else row.role),
                "first": contact,
            }
        )
    for bureau in bureaus.values():
        bureau["people"].sort(key=lambda person: not person["first"])
    listed_first = [Level.COUNTY, Level.CITY, Level.PROVINCE]  # where the self-assessment is mostly done
    return sorted(bureaus.values(), key=lambda bureau: listed_first.index(bureau["rank"]))
