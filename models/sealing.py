"""The seal of the audit log: committed entries are numbered and chained, so that whatever is changed later shows.

The form of the chain is for ever (docs/decisions/0008-audit.md): SHA-256 over JSON lists of whole numbers and texts, in ASCII.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from models import leases
from models.audit import ENTRY, ERASED, AuditEntry, AuditValues
from models.db import Prepared, Transaction, table

WORK = "audit"
"""The lease under which processes take turns at sealing."""
SPAN = timedelta(seconds=30)
PAGE = 1_000
"""Entries that are held in memory at a time."""
MOST_FAULTS = 100

_encoded = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=repr).encode


@dataclass(frozen=True, slots=True)
class Head:
    """How far the chain reached at some time, as it is noted outside the database."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and with which number.

    `edited`, `value_edited`, `value_missing`, `value_added`: with a sealed entry. `missing`: there are no entries numbered
    `sequence` to `last`. `cut`: nor these, behind the last one, though a head noted them. `rewritten`: the chain is sound in
    itself, but a head has another hash at this number. The command adds what is wrong with the heads themselves.
    """

    code: str
    sequence: int
    last: int = 0
    entry: int = 0
    """The id of its row, where there is one."""


@dataclass(slots=True)
class Findings:
    """What looking through the whole log came to."""

    sealed: int = 0
    waiting: int = 0
    """Entries not sealed yet."""
    erased: int = 0
    """Entries whose values were erased as it should be done."""
    faults: list[Fault] = field(default_factory=list)
    """The first of them, in the order of the chain."""
    count: int = 0
    """How many there are in all."""

    def add(self, fault: Fault) -> None:
        """Count a fault; keep it if it is among the first."""
        self.count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)


_e, _v = table(AuditEntry), table(AuditValues)
_FIXED = (
    _e.c.id, sa.type_coerce(_e.c.at, sa.BigInteger).label("at"), _e.c.person_id, _e.c.post_id, _e.c.channel, _e.c.what,
    _e.c.object, _e.c.object_id,
)  # fmt: skip
_WHOLE = sa.select(*_FIXED, _e.c.sequence, _e.c.digest, _e.c.hash, _v.c.salt, _v.c.before, _v.c.after).outerjoin(
    _v, _v.c.entry_id == _e.c.id
)
_UNSEALED = _e.c.sequence.is_(None)
_WAITING = Prepared(_WHOLE.where(_UNSEALED).order_by(_e.c.id).limit(sa.bindparam("most")))
_COUNT = Prepared(sa.select(sa.func.count().label("waiting")).select_from(_e).where(_UNSEALED))
_SEAL = Prepared(sa.update(_e).where(_e.c.id == sa.bindparam("the_id"), _UNSEALED), "sequence", "digest", "hash")
_HEAD = Prepared(
    sa.select(_e.c.sequence, _e.c.hash).where(_e.c.sequence.is_not(None)).order_by(_e.c.sequence.desc()).limit(1)
)
_HASH = Prepared(sa.select(_e.c.hash).where(_e.c.sequence == sa.bindparam("the_sequence")))
_CHAIN = Prepared(
    _WHOLE.where(_e.c.sequence > sa.bindparam("after")).order_by(_e.c.sequence).limit(sa.bindparam("most"))
)
_ERASURE = Prepared(
    sa.select(_e.c.id)
    .where(_e.c.object == ENTRY, _e.c.object_id == sa.bindparam("entry"), _e.c.what == ERASED)
    .limit(1)
)


def waits(db: Transaction) -> bool:
    """Whether there is anything to seal."""
    return bool(db.all(_WAITING, most=1))


def head(db: Transaction) -> Head:
    """The last sealed entry's number and hash; 0 and nothing if none is sealed."""
    row = db.one(_HEAD)
    return Head(0, "") if row is None else Head(row.sequence, row.hash)


def seal(db: Transaction, holder: str, now: datetime, most: int) -> int:
    """Chain at most so many committed entries, in the order of their ids; how many. 0 too if another process is at it.

    An entry that was committed late is sealed later than those after it. All in one transaction: killed half-way, nothing
    of it has happened.
    """
    if not leases.take(db, WORK, holder, now, SPAN):
        return 0
    last = head(db)
    seals = []
    for row in db.all(_WAITING, most=most):
        digest = None if row.salt is None else _digest(row)
        sequence = last.sequence + 1
        last = Head(sequence, _link(last.hash, sequence, row, digest))
        seals.append({"the_id": row.id, "sequence": sequence, "digest": digest, "hash": last.hash})
    db.many(_SEAL, seals)
    return len(seals)


def verify(db: Transaction, heads: Iterable[Head]) -> Findings:
    """Look through the whole chain, and compare it with the heads that were noted outside before this was begun."""
    found = Findings(waiting=db.one(_COUNT).waiting)  # type: ignore[union-attr]
    expected = 1
    links: tuple[str, ...] = ("",)
    """What may stand as the hash before: as it is written, or as it should be. Empty: nobody knows."""
    for row in _chain(db):
        found.sealed += 1
        found.erased += (row.object, row.what) == (ENTRY, ERASED)
        if row.sequence > expected:
            found.add(Fault("missing", expected, row.sequence - 1))
            links = ()
        right = [_link(before, row.sequence, row, row.digest) for before in links]
        sound = row.hash in right or not links
        if not sound or row.sequence < expected:
            found.add(Fault("edited", row.sequence, entry=row.id))
        if (code := _values_fault(db, row)) is not None:
            found.add(Fault(code, row.sequence, entry=row.id))
        if row.sequence >= expected:
            links = (row.hash,) if sound else (row.hash, right[0])
            expected = row.sequence + 1
    _compare(db, heads, expected - 1, found)
    return found


def _chain(db: Transaction) -> Iterator[Any]:
    """The sealed entries in the order of their numbers, a page in memory at a time."""
    after = -(2**31)  # numbers below 1 are nobody's, and are found too
    while page := db.all(_CHAIN, after=after, most=PAGE):
        yield from page
        after = page[-1].sequence


def _values_fault(db: Transaction, row: Any) -> str | None:
    if row.digest is None:
        return None if row.salt is None else "value_added"
    if row.salt is None:
        return None if db.one(_ERASURE, entry=row.id) is not None else "value_missing"
    return None if _digest(row) == row.digest else "value_edited"


def _compare(db: Transaction, heads: Iterable[Head], last: int, found: Findings) -> None:
    cut, rewritten = last, 0
    for one in heads:
        row = db.one(_HASH, the_sequence=one.sequence)
        if row is None:
            cut = max(cut, one.sequence)
        elif row.hash != one.hash and (not rewritten or one.sequence < rewritten):
            rewritten = one.sequence
    if rewritten:
        found.add(Fault("rewritten", rewritten))
    if cut > last:
        found.add(Fault("cut", last + 1, cut))


def _digest(row: Any) -> str:
    """The salted hash of an entry's values, as the characters that are stored."""
    return _hashed([row.salt, row.before, row.after])


def _link(before: str, sequence: int, row: Any, digest: str | None) -> str:
    """The hash of an entry, of its values' hash, and of the hash before it."""
    parts = [
        before,
        sequence,
        row.id,
        row.at,
        row.person_id,
        row.post_id,
        row.channel,
        row.what,
        row.object,
        row.object_id,
    ]
    return _hashed([*parts, digest])


def _hashed(parts: list[int | str | None]) -> str:
    return sha256(_encoded(parts).encode("ascii")).hexdigest()
