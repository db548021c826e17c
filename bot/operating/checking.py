"""python3 run.py check: what is wrong with an installation, as codes that templates/commands puts into words."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.channels import Problem
from bot.channels import problems as problems_of_channel
from bot.clock import day_of
from bot.settings import Settings
from models import deliveries, schema
from models.database import POSTGRES, SQLITE, open_database
from models.db import DatabaseDown
from models.vault import LEAST_SECRET_BYTES

RELEASED = date(2026, 8, 1)
"""No clock that is right shows an earlier day."""
LEAST_FREE_BYTES = 1024**3
"""Room for five of the largest pieces of evidence."""
WAIT_SECONDS = 5


def problems(settings: Settings, now: datetime) -> list[Problem]:
    """Everything that is wrong: a code, and what its wording draws on. Makes the data folder, and changes nothing else."""
    folder = list(_folder(settings))
    return [*_settings(settings), *_clock(now), *folder, *([] if folder else _database(settings))]


def _settings(settings: Settings) -> Iterator[Problem]:
    if settings.database_url and not settings.database_url.startswith((SQLITE, POSTGRES)):
        yield "setting", {"name": "DATABASE_URL"}
    address = urlsplit(settings.public_url)
    if settings.public_url and (address.scheme not in ("http", "https") or not address.netloc):
        yield "setting", {"name": "PUBLIC_URL"}
    if settings.secret_key and len(settings.secret_key.encode()) < LEAST_SECRET_BYTES:
        yield "setting", {"name": "SECRET_KEY"}
    for name in settings.channel_names():
        try:
            yield from problems_of_channel(name)
        except KeyError:
            yield "setting", {"name": "CHANNELS"}


def _clock(now: datetime) -> Iterator[Problem]:
    if day_of(now) < RELEASED:
        yield "clock", {"now": day_of(now)}


def _folder(settings: Settings) -> Iterator[Problem]:
    folder = settings.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0")
        secret = folder / "secret"
        empty_secret = secret.exists() and len(secret.read_bytes()) < LEAST_SECRET_BYTES
        free = shutil.disk_usage(folder).free
    except OSError:
        yield "folder", {"folder": folder}
        return
    if empty_secret:
        yield "secret", {"file": secret}
    if free < LEAST_FREE_BYTES:
        yield "space", {"free": free}


def _database(settings: Settings) -> list[Problem]:
    url = settings.url(settings.data_dir)
    if not url.startswith((SQLITE, POSTGRES)):
        return []  # said of the setting
    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).exists():
        return []  # the first start makes it
    try:
        standing = _standing(url)
        if standing is None:
            return []  # the first start fills it
        if standing != schema.head():
            return [("behind" if standing < schema.head() else "newer", {})]
        database = open_database(url)
        try:
            broken = len(database.read(deliveries.poisoned))
        finally:
            database.close()
    except (SQLAlchemyError, DatabaseDown, ValueError, ImportError):
        return [("database", {})]
    return [("poison", {"count": broken})] if broken else []


def _standing(url: str) -> str | None:
    wait = {"timeout": WAIT_SECONDS} if url.startswith(SQLITE) else {"connect_timeout": WAIT_SECONDS}
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args=wait)
    with engine.connect() as connection:
        return schema.stands_at(connection)
