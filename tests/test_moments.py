"""A moment comes back from either database exactly as it was kept: to the microsecond, in UTC, in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from models.database import open_database
from models.db import Database, Prepared, Transaction, UtcDateTime
from tests import postgres

TABLE = sa.Table(
    "moment", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", UtcDateTime, nullable=True)
)
KEEP = Prepared(sa.insert(TABLE), "id", "at")
IN_ORDER_KEPT = Prepared(sa.select(TABLE.c.at).order_by(TABLE.c.id))
LATER_THAN = Prepared(sa.select(TABLE.c.at).where(TABLE.c.at > sa.bindparam("moment")).order_by(TABLE.c.at))
CLEAR = Prepared(sa.delete(TABLE))

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MICROSECONDS = st.integers(-(2**52), 2**52).map(lambda count: timedelta(microseconds=count))
MOMENTS = st.builds(
    lambda since, zone: (datetime(2026, 1, 1, tzinfo=UTC) + since).astimezone(zone), MICROSECONDS, ZONES
)
"""From 1883 to 2168, each written as some zone's clocks show it."""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('moments') / 'moments.sqlite3'}"
    else:
        url = postgres.fresh_copy(request.getfixturevalue("postgres_server"), "moments")
    database = open_database(url)
    database.write(lambda db: db.session.execute(sa.schema.CreateTable(TABLE))).result()
    yield database
    database.close()


def kept(db: Transaction, moments: list[datetime | None]) -> list[datetime | None]:
    db.run(CLEAR)
    db.many(KEEP, [{"id": number, "at": moment} for number, moment in enumerate(moments)])
    return [row.at for row in db.all(IN_ORDER_KEPT)]


@settings(deadline=None)
@given(st.lists(st.none() | MOMENTS, max_size=20))
def test_a_moment_is_kept_exactly(database: Database, moments: list[datetime | None]) -> None:
    read = database.write(lambda db: kept(db, moments)).result()
    assert read == moments
    assert all(moment.tzinfo is UTC for moment in read if moment is not None)


@settings(deadline=None)
@given(st.lists(MOMENTS, min_size=1, max_size=20))
def test_moments_are_compared_as_they_follow_one_another(database: Database, moments: list[datetime]) -> None:
    def later(db: Transaction) -> list[datetime]:
        kept(db, [*moments])
        return [row.at for row in db.all(LATER_THAN, moment=moments[0])]

    assert database.write(later).result() == sorted(one for one in moments if one > moments[0])
