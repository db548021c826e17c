"""The audit log: what is written, how it is sealed, and what of it can be erased."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from models import leases, schema, sealing
from models.db import Transaction
from models.sealing import Head
from tests import postgres
from tests.audit_log import SALT, Log, a_log  # noqa: F401  (a fixture)
from tests.receiving import CONTACT, traced
from tests.world import BEGINNING, World

ROOT = Path(__file__).parents[1]
FORM = "2d389c5632f08a82e4a01aa8913d53d2a3dff5e036a5dde2c9fea7a930de2baa"
"""Worked out by hand from the form that docs/decisions/0008-audit.md describes."""


# Writing


def test_a_turn_pays_one_statement_for_its_entry_and_one_for_its_values(world: World) -> None:
    phone = world.phone(CONTACT)
    phone.say("改1")
    statements = traced(world)
    phone.press("不涉及")
    phone.say("没有这类事项")
    inserts = [one.split()[2] for one in statements if one.startswith("INSERT INTO audit")]
    assert inserts == ["auditentry", "auditvalues"] * 2
    statements.clear()
    phone.say("目录")
    assert not [one for one in statements if "audit" in one]


def test_values_stand_beside_and_only_where_there_are_any(log: Log) -> None:
    log.record({"object_id": 7}, {"object_id": 8, "before": "未答", "after": {"答": [1, None, 2.5]}}, {"after": False})
    values = "SELECT object_id, before, after FROM auditvalues JOIN auditentry ON id = entry_id ORDER BY id"

    def read(db: Transaction) -> list[Any]:
        return [tuple(row) for row in db.session.connection().exec_driver_sql(values)]

    assert log.database.read(read) == [(8, '"未答"', '{"答":[1,null,2.5]}'), (1, None, "false")]


# The chain


def test_the_form_of_the_chain_is_for_ever(log: Log) -> None:
    log.tamper(
        "INSERT INTO auditentry (id, at, person_id, post_id, channel, what, object, object_id)"
        " VALUES (41, 1700000000000001, 1, NULL, 'web', 'answer', '自评', 7), (42, 2, NULL, 1, 'web', 'x', 'y', 0)",
        f"INSERT INTO auditvalues VALUES (41, '{SALT}', NULL, '{{\"答\":[1,2.50]}}')",
    )
    assert log.seal() == 2
    assert log.head() == Head(2, FORM)


def test_entries_are_chained_in_order_whatever_is_sealed_at_once(log: Log) -> None:
    log.fill(5)
    assert [log.seal(most=2) for _ in range(4)] == [2, 2, 1, 0]
    log.fill(3)
    assert log.seal() == 3
    assert [number for number, _ in log.numbers()] == list(range(1, 9))
    found = log.verify(Head(0, ""), log.head())
    assert (found.sealed, found.waiting, found.erased, found.faults) == (8, 0, 0, [])


def test_what_is_not_sealed_yet_is_counted_and_no_fault(log: Log) -> None:
    log.fill(2)
    assert (log.verify().waiting, log.faults()) == (2, [])
    log.seal()
    log.fill(1)
    assert (log.verify().waiting, log.verify().sealed, log.faults()) == (1, 2, [])


def test_an_entry_committed_late_is_sealed_late(postgres_server: Path) -> None:
    log = Log(postgres.fresh_copy(postgres_server, "late"))
    late = "INSERT INTO auditentry (at, channel, what, object, object_id) VALUES (5, 'web', 'late', 'answer', 1)"
    with psycopg.connect(log.url.replace("+psycopg", "")) as slow:
        slow.execute(late)  # takes its id, and is not committed
        log.fill(3)
        assert log.seal() == 3
        slow.commit()
    assert log.seal() == 1
    assert [number for number, _ in log.numbers()] == [4, 1, 2, 3]
    assert log.faults(log.head()) == []
    log.close()


def test_two_at_once_seal_everything_once(log: Log) -> None:
    log.fill(300)
    other = Log(log.url)
    barrier, failures = threading.Barrier(2), []

    def work(mine: Log, holder: str) -> None:
        def give_up(db: Transaction) -> None:
            leases.give_up(db, sealing.WORK, holder)

        try:
            barrier.wait()
            while mine.verify().waiting:
                mine.seal(holder, most=7)
                mine.database.write(give_up).result()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=each) for each in ((log, "one"), (other, "other"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert failures == []
    assert sorted(number or 0 for number, _ in log.numbers()) == list(range(1, 301))
    assert log.faults(log.head()) == []


def test_whoever_holds_no_lease_seals_nothing(log: Log) -> None:
    log.fill(3)
    assert log.seal("one", most=1) == 1
    log.now -= timedelta(minutes=1)  # the lease has not run out
    assert log.seal("other") == 0
    log.now += sealing.SPAN
    assert log.seal("other") == 2


KILLED = """
import os, sys
from datetime import timedelta
from models import sealing
from tests.audit_log import Log
log = Log(sys.argv[1])
def work(db):
    assert sealing.seal(db, "killed", log.now + timedelta(hours=1), 3) == 3
    os._exit(9)
log.database.write(work).result()
"""


def test_killed_in_the_middle_nothing_of_it_has_happened(log: Log) -> None:
    log.fill(5)
    log.seal(most=1)
    done = subprocess.run([sys.executable, "-c", KILLED, log.url], cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 9
    assert log.verify().waiting == 4
    assert log.seal() == 4
    assert log.faults(log.head()) == []


# Erasing


def test_a_persons_values_can_be_erased_and_the_chain_stays_sound(log: Log) -> None:
    mine = {"person_id": 3, "before": "13800000000", "after": "13900000000"}
    about_me = mine | {"person_id": 1, "object": "person", "object_id": 3}
    other = mine | {"person_id": 1, "object": "person", "object_id": 1}
    log.record(mine, about_me, other, {"person_id": 3})
    log.seal()
    noted = log.head()
    log.record(mine)  # not sealed yet
    assert log.erase(3) == 3
    assert log.erase(3) == 0
    log.seal()
    found = log.verify(noted, log.head())
    assert (found.faults, found.erased, found.sealed) == ([], 3, 8)

    def left(db: Transaction) -> list[Any]:
        return list(db.session.connection().exec_driver_sql("SELECT entry_id FROM auditvalues").scalars())

    assert log.database.read(left) == [3]


def test_values_made_away_with_beside_an_erasure_are_still_a_fault(log: Log) -> None:
    log.record({"person_id": 3, "after": "x"}, {"person_id": 1, "after": "y"})
    log.seal()
    log.erase(3)
    log.seal()
    log.tamper("DELETE FROM auditvalues")
    assert log.faults() == [("value_missing", 2, 0)]


# What was there before the seal


def test_the_values_of_older_databases_are_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for after in ("null", '{"答":"符合"}'):
            values = f"VALUES (1, 'web', 'answer', 'answer', 1, 'null', '{after}')"
            connection.exec_driver_sql(
                f"INSERT INTO auditentry (at, channel, what, object, object_id, before, after) {values}"
            )
    schema.migrate(url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT entry_id, length(salt), before, after FROM auditvalues").fetchall()
    assert [tuple(row) for row in rows] == [(2, 32, None, '{"答":"符合"}')]
    log = Log(url)
    assert log.seal() == 2
    assert log.faults(log.head()) == []
    log.close()


# Leases


def test_a_lease_is_held_renewed_given_up_and_runs_out(log: Log) -> None:
    def take(holder: str, after: int) -> bool:
        now, span = BEGINNING + timedelta(seconds=after), timedelta(seconds=30)
        return log.database.write(lambda db: leases.take(db, "work", holder, now, span)).result()

    assert [take("one", 0), take("other", 29), take("one", 29), take("other", 58), take("other", 59)] == [
        True, False, True, False, True,
    ]  # fmt: skip
    log.database.write(lambda db: leases.give_up(db, "work", "one")).result()  # it is not theirs any more
    assert not take("one", 60)
    log.database.write(lambda db: leases.give_up(db, "work", "other")).result()
    assert take("one", 60)
