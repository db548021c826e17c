"""Whatever somebody with a key to the database does to the sealed log, what it was is named."""

from __future__ import annotations

from typing import Any

import pytest

from models import sealing
from models.db import Transaction
from tests.audit_log import Log, a_log  # noqa: F401  (a fixture)

TAMPERED = {
    "UPDATE auditentry SET person_id = 2 WHERE sequence = 4": [("edited", 4, 0)],
    "UPDATE auditentry SET at = at + 1 WHERE sequence = 4": [("edited", 4, 0)],
    "UPDATE auditentry SET what = 'answer ' WHERE sequence = 1": [("edited", 1, 0)],
    "UPDATE auditentry SET post_id = NULL WHERE sequence = 9": [("edited", 9, 0)],
    "UPDATE auditentry SET hash = 'x' WHERE sequence = 4": [("edited", 4, 0)],
    "UPDATE auditentry SET digest = NULL WHERE sequence = 4": [("edited", 4, 0), ("value_added", 4, 0)],
    "UPDATE auditvalues SET after = '[]' WHERE entry_id = 4": [("value_edited", 4, 0)],
    "UPDATE auditvalues SET after = after || ' ' WHERE entry_id = 4": [("value_edited", 4, 0)],
    "UPDATE auditvalues SET before = 'null' WHERE entry_id = 4": [("value_edited", 4, 0)],
    "UPDATE auditvalues SET salt = '' WHERE entry_id = 4": [("value_edited", 4, 0)],
    "DELETE FROM auditvalues WHERE entry_id = 4": [("value_missing", 4, 0)],
    "INSERT INTO auditvalues (entry_id, salt) VALUES (3, '')": [("value_added", 3, 0)],
    "DELETE FROM auditentry WHERE sequence = 6": [("missing", 6, 6)],
    "DELETE FROM auditvalues WHERE entry_id < 4; DELETE FROM auditentry WHERE sequence < 4": [("missing", 1, 3)],
    "UPDATE auditentry SET sequence = NULL WHERE sequence = 4": [("missing", 4, 4)],
    "UPDATE auditentry SET sequence = -4 WHERE sequence = 4": [("edited", -4, 0), ("missing", 4, 4)],
    "DELETE FROM auditvalues WHERE entry_id > 7; DELETE FROM auditentry WHERE sequence > 7": [("cut", 8, 9)],
}


@pytest.mark.parametrize("statements", TAMPERED)
def test_what_was_tampered_with_is_named(log: Log, statements: str) -> None:
    log.fill(9)
    log.seal()
    noted = log.head()
    log.tamper(*statements.split("; "))
    found = log.faults(noted)
    assert [fault for fault in found if fault[0] != "rewritten"] == TAMPERED[statements]
    log.fill(3)
    log.seal()
    assert log.faults(noted), "what is sealed afterwards must not cover it up"


def test_a_last_entry_without_its_seal_is_missed_until_it_is_sealed_as_it_was(log: Log) -> None:
    log.fill(9)
    log.seal()
    noted = log.head()
    log.tamper("UPDATE auditentry SET sequence = NULL, hash = NULL WHERE sequence = 9")
    assert log.faults(noted) == [("cut", 9, 9)]
    log.seal()
    assert log.faults(noted) == []


def test_a_chain_written_anew_is_found_by_the_heads_noted_outside(log: Log) -> None:
    heads = []
    for _ in range(3):
        log.fill(3)
        log.seal()
        heads.append(log.head())
    log.tamper(
        "UPDATE auditentry SET what = 'other' WHERE sequence = 5",
        "UPDATE auditentry SET sequence = NULL WHERE sequence > 4",
    )
    assert log.seal() == 5
    assert log.faults() == []
    assert log.faults(*heads) == [("rewritten", 6, 0)]
    assert log.faults(*reversed(heads)) == [("rewritten", 6, 0)]


def test_only_so_many_faults_are_kept_and_all_are_counted(log: Log) -> None:
    log.fill(150)
    log.seal()
    log.tamper("UPDATE auditentry SET object_id = -1")
    found = log.verify()
    assert (found.count, len(found.faults)) == (150, sealing.MOST_FAULTS)


def test_no_more_than_a_page_of_entries_is_held_at_a_time(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.fill(25)
    log.seal()
    monkeypatch.setattr(sealing, "PAGE", 10)
    pages = []
    whole = Transaction.all

    def counted(db: Transaction, *arguments: Any, **params: Any) -> list[Any]:
        pages.append(len(rows := whole(db, *arguments, **params)))
        return rows

    monkeypatch.setattr(Transaction, "all", counted)
    assert log.verify().sealed == 25
    assert pages == [10, 10, 5, 0]
