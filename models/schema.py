"""Bringing a database up to date: every table is known here, every change of them is a migration."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlmodel import SQLModel

from models import (  # noqa: F401  (their tables)
    acceptance,
    assessments,
    audit,
    burden,
    bureau_settings,
    calendar,
    calls,
    campaigns,
    cards,
    conversations,
    deliveries,
    evidence,
    joining,
    leases,
    ledger,
    mergers,
    meta,
    outgoing,
    people,
    personal_data,
    pictures,
    quotas,
    reminders,
    sessions,
    shared_values,
    upload_links,
    yearly,
)
from models.matters import (  # noqa: F401  (their tables)
    assignments,
    drafts,
    extensions,
    files,
    matter_calls,
    matters,
    numbers,
    opinions,
    records,
    suspensions,
)
from models.notices import notices, receipts  # noqa: F401  (their tables)
from models.personnel import changes, corrections, exports, handovers  # noqa: F401  (their tables)
from models.roster import imports  # noqa: F401  (its table)

MIGRATIONS = Path(__file__).parent / "migrations"
METADATA = SQLModel.metadata


def head() -> str:
    """The newest migration's name. Migrations are numbered files, so that knowing it costs nothing at a start."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def migrate(url: str) -> bool:
    """Bring the database at `url` up to date; whether there was anything to do.

    ValueError: it belongs to a newer program.
    """
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        at = stands_at(connection)
        if at == head():
            return False
        if at is not None and at > head():
            raise ValueError(f"the database is at {at}, newer than this program's {head()}")
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def stands_at(connection: sa.Connection) -> str | None:
    """The migration that a database stands at, None if it has none of our tables."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
