"""Opening the database that a setting names."""

from __future__ import annotations

from models.db import Database
from models.sqlite import SqliteDatabase

SQLITE, POSTGRES = "sqlite:///", "postgresql+psycopg://"


def open_database(url: str) -> Database:
    """The database at `url` (sqlite:///path or postgresql+psycopg://...), which the caller has brought up to date.

    ValueError: another kind.
    """
    if url.startswith(SQLITE):
        return SqliteDatabase(url.removeprefix(SQLITE))
    if url.startswith(POSTGRES):
        from models.postgres import PostgresDatabase  # noqa: PLC0415  (its driver is loaded only where it is used)

        return PostgresDatabase(url)
    raise ValueError(url)
