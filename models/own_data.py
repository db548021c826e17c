"""What is kept of a person as such: seen and corrected by oneself; and what one was told and has said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models.db import Prepared, Transaction, table
from models.people import Person

CORRECTABLE = ("name", "title", "mobile", "qualification", "education")
"""The columns of a person that the person can correct."""

_p = table(Person)
_PERSON: sa.BindParameter[int] = sa.bindparam("person")
_THEIRS = _p.c.id == _PERSON
_DETAILS = Prepared(sa.select(*(_p.c[name] for name in CORRECTABLE)).where(_THEIRS))
_WITH_MOBILE = Prepared(sa.select(_p.c.id).where(_p.c.mobile == sa.bindparam("the_mobile")))
_CORRECT = {name: Prepared(sa.update(_p).where(_THEIRS), name) for name in CORRECTABLE}
_INFORM = Prepared(sa.update(_p).where(_THEIRS), "informed_at")
_VOUCH = Prepared(sa.update(_p).where(_THEIRS), "vouched_until")
_VOUCHED = Prepared(sa.select(_p.c.vouched_until).where(_THEIRS))


def details(db: Transaction, person: int) -> Any:
    """What can be corrected of a person: name, title, mobile, qualification, education. KeyError: no such person."""
    row = db.one(_DETAILS, person=person)
    if row is None:
        raise KeyError(person)
    return row


def correct(db: Transaction, person: int, column: str, value: str | None) -> None:
    """Correct one of the CORRECTABLE columns of a person. The caller has seen to it that a mobile is nobody else's."""
    db.run(_CORRECT[column], person=person, **{column: value})


def has_mobile(db: Transaction, mobile: str) -> int | None:
    """Whose a mobile number is; None: nobody's here."""
    row = db.one(_WITH_MOBILE, the_mobile=mobile)
    return None if row is None else int(row.id)


def inform(db: Transaction, person: int, now: datetime) -> None:
    """Note that a person has been told what is kept of people, and why."""
    db.run(_INFORM, person=person, informed_at=now)


def vouch(db: Transaction, person: int, until: datetime | None) -> None:
    """A person says that words like 机密, in what is sent until then, are about no secret; None: no longer."""
    db.run(_VOUCH, person=person, vouched_until=until)


def vouches(db: Transaction, person: int, now: datetime) -> bool:
    """Whether a person's word on that still stands."""
    row = db.one(_VOUCHED, person=person)
    return row is not None and row.vouched_until is not None and row.vouched_until > now
