"""Opening the database that a setting names."""

from __future__ import annotations

from models.db import Database
from models.sqlite import SqliteDatabase

SQLITE = "sqlite:///"


def open_database(url: str) -> Database:
    """The database at `url` (sqlite:///path), which the caller has brought up to date. ValueError: another kind."""
    if not url.startswith(SQLITE):
        raise ValueError(url)
    return SqliteDatabase(url.removeprefix(SQLITE))
