"""Joining: invitation codes, and the chats and networks from which somebody tries to use one.

Starting values: single use, 7 days (the rules of joining); MOST_TRIES wrong ones lock the place they came from, and nothing
and nobody else; MOST_WRONG_DIGITS void the code. docs/decisions/0010-signing-in.md says why.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel, col, select

from models import people
from models.db import Prepared, Transaction, UtcDateTime, table
from models.vault import Vault, name_of

CODE = "code"
VALID_FOR = timedelta(days=7)
MOST_TRIES = 5
LOCKED_FOR = timedelta(hours=1)
"""Also: after so long, tries that did not lock are forgotten."""
MOST_WRONG_DIGITS = 10
"""One in a thousand: the chance to guess the four figures with a code that is not one's own."""


class Standing(StrEnum):
    """What a code is good for."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    VOID = "void"
    """Withdrawn, or guessed at too often."""


class Invitation(SQLModel, table=True):
    """A code for one person. The code itself is kept nowhere (models/vault.py)."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    code_mark: str | None = Field(default=None, unique=True)
    issued_by: int | None = Field(default=None, foreign_key="person.id")
    """None: by the operator's command."""
    issued_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    wrong_digits: int = 0
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    used_channel: str | None = None
    used_address: str | None = None


class Newcomer(SQLModel, table=True):
    """A place from which somebody unknown writes: a chat, or (as a mark of it) a network from which a page is used."""

    channel: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    tries: int = 0
    """Wrong ones since `tried_at`."""
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was last told how one is invited, or that it is locked."""
    invitation_id: int | None = Field(default=None, foreign_key="invitation.id")
    """The code that was accepted here, the last four figures still being asked."""


_i, _n = table(Invitation), table(Newcomer)
_PLACE = [_n.c.channel == sa.bindparam("the_channel"), _n.c.address == sa.bindparam("the_address")]
_CHANGING = ("tries", "tried_at", "locked_until", "told_at", "invitation_id")

# PostgreSQL's construct: its ON CONFLICT clause compiles to the same words on SQLite.
_MEET = Prepared(insert(_n).on_conflict_do_nothing(), "channel", "address", "tries")
_NEWCOMER = Prepared(sa.select(_n).where(*_PLACE))
_NEWCOMER_ALONE = Prepared(_NEWCOMER.statement.with_for_update())
_KEEP = Prepared(sa.update(_n).where(*_PLACE), *_CHANGING)
_BY_MARK = Prepared(sa.select(_i).where(_i.c.code_mark == sa.bindparam("mark")))
_BY_ID = Prepared(sa.select(_i).where(_i.c.id == sa.bindparam("the_id")))
_GUESSED = Prepared(
    sa.update(_i)
    .where(_i.c.id == sa.bindparam("the_id"))
    .values(wrong_digits=_i.c.wrong_digits + 1)
    .returning(_i.c.wrong_digits)
)
_CLAIM = Prepared(
    sa.update(_i).where(_i.c.id == sa.bindparam("the_id"), _i.c.used_at.is_(None), _i.c.withdrawn_at.is_(None)),
    "used_at", "used_channel", "used_address",
)  # fmt: skip
_WITHDRAW = Prepared(
    sa.update(_i).where(_i.c.person_id == sa.bindparam("person"), _i.c.used_at.is_(None), _i.c.withdrawn_at.is_(None)),
    "withdrawn_at",
)
_LATER_USE = Prepared(
    sa.select(sa.func.max(_i.c.id).label("id")).where(
        _i.c.used_channel == sa.bindparam("the_channel"), _i.c.used_address == sa.bindparam("the_address")
    )
)


def issue(db: Transaction, vault: Vault, person: int, by: int | None, now: datetime) -> str:
    """Make a code for a person, open ones withdrawn; its name, from which `vault.code` shows it."""
    people.lock(db, person)
    withdraw(db, person, now)
    invitation = Invitation(person_id=person, issued_by=by, issued_at=now, expires_at=now + VALID_FOR)
    db.session.add(invitation)
    db.session.flush()
    name = name_of(CODE, invitation.id, now)
    invitation.code_mark = vault.mark(CODE, vault.code(name).replace("-", ""))
    return name


def withdraw(db: Transaction, person: int, now: datetime) -> None:
    """Void whatever codes of a person are open."""
    db.run(_WITHDRAW, person=person, withdrawn_at=now)


def by_code(db: Transaction, vault: Vault, code: str) -> Any | None:
    """The invitation of a code (12 signs, without dashes), whatever it is good for; None: there is none."""
    return db.one(_BY_MARK, mark=vault.mark(CODE, code))


def by_id(db: Transaction, the_id: int) -> Any | None:
    """An invitation; None: there is none."""
    return db.one(_BY_ID, the_id=the_id)


def person_of(db: Transaction, the_id: int) -> int:
    """Whom an invitation is for. KeyError: there is none."""
    invitation = by_id(db, the_id)
    if invitation is None:
        raise KeyError(the_id)
    return int(invitation.person_id)


def standing(invitation: Any, now: datetime) -> Standing:
    """What an invitation is good for."""
    if invitation.used_at is not None:
        return Standing.USED
    if invitation.withdrawn_at is not None or invitation.wrong_digits >= MOST_WRONG_DIGITS:
        return Standing.VOID
    return Standing.EXPIRED if invitation.expires_at <= now else Standing.OPEN


def open_for(db: Transaction, persons: Collection[int], now: datetime) -> dict[int, datetime]:
    """Until when each of these people has an open code; those without one are left out."""
    found = db.session.execute(
        sa.select(_i.c.person_id, _i.c.expires_at).where(_i.c.person_id.in_(persons), *_open(now))
    )
    return {row.person_id: row.expires_at for row in found}


def has_open(person: sa.ColumnElement[int], now: datetime) -> sa.ColumnElement[bool]:
    """The condition that a person has an open code, for queries about people."""
    return sa.exists().where(_i.c.person_id == person, *_open(now))


def ever_used(db: Transaction, person: int) -> bool:
    """Whether a person has ever joined by a code."""
    used = select(Invitation.id).where(Invitation.person_id == person, col(Invitation.used_at).is_not(None))
    return db.session.exec(used.limit(1)).first() is not None


def _open(now: datetime) -> list[sa.ColumnElement[bool]]:
    return [
        _i.c.used_at.is_(None), _i.c.withdrawn_at.is_(None), _i.c.wrong_digits < MOST_WRONG_DIGITS,
        _i.c.expires_at > now,
    ]  # fmt: skip


def claim(db: Transaction, invitation: int, channel: str, address: str, now: datetime) -> bool:
    """Use an open code at an address; False: somebody was quicker."""
    return db.run(_CLAIM, the_id=invitation, used_at=now, used_channel=channel, used_address=address) == 1


def is_latest_use(db: Transaction, invitation: Any) -> bool:
    """Whether nobody has joined at the same address by another code since."""
    found = db.one(_LATER_USE, the_channel=invitation.used_channel, the_address=invitation.used_address)
    return found is not None and found.id == invitation.id


def note_wrong_digits(db: Transaction, invitation: int) -> int:
    """Count a wrong guess of the figures behind a code; how many there have been."""
    return int(db.one(_GUESSED, the_id=invitation).wrong_digits)  # type: ignore[union-attr]


def meet(db: Transaction, channel: str, address: str) -> Any:
    """The row of a newcomer's place, made if it is new, and held until the transaction ends."""
    db.run(_MEET, channel=channel, address=address, tries=0)
    return db.one(_NEWCOMER_ALONE, the_channel=channel, the_address=address)


def locked_until(newcomer: Any | None, now: datetime) -> datetime | None:
    """When a place may try again; None: it may now."""
    until: datetime | None = newcomer.locked_until if newcomer is not None else None
    return until if until is not None and until > now else None


def locked_at(db: Transaction, channel: str, address: str, now: datetime) -> datetime | None:
    """As `locked_until`, for a place that need not have been met."""
    return locked_until(db.one(_NEWCOMER, the_channel=channel, the_address=address), now)


def note_wrong_try(db: Transaction, newcomer: Any, now: datetime) -> int:
    """Count a wrong try; how many are left. 0: the place is locked from now on."""
    lately = newcomer.tried_at is not None and now - newcomer.tried_at < LOCKED_FOR
    tries = newcomer.tries + 1 if lately else 1
    if tries < MOST_TRIES:
        keep(db, newcomer, tries=tries, tried_at=newcomer.tried_at if lately else now)
    else:
        keep(db, newcomer, tries=0, tried_at=None, locked_until=now + LOCKED_FOR, told_at=now, invitation_id=None)
    return MOST_TRIES - tries


def keep(db: Transaction, newcomer: Any, **changes: Any) -> None:
    """Write what has changed at a newcomer's place."""
    kept = {name: getattr(newcomer, name) for name in _CHANGING}
    db.run(_KEEP, the_channel=newcomer.channel, the_address=newcomer.address, **kept | changes)
