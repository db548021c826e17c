"""The command invite: what it does, and which sentence of templates/commands says what came of it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import select

from bot.clock import day_of
from bot.operating.catalogue import Sentence, Stopped
from models import audit, joining, members
from models.db import Database, Transaction
from models.members import Member
from models.moving import CHANNEL
from models.people import Bureau, Role
from models.vault import Vault

MOST = 20


def invite(database: Database, vault: Vault, site: str | None, bureau: str, name: str, now: datetime) -> Sentence:
    """Make codes for those of a bureau so named, or for the people of its legal section who have not joined yet.

    Raises Stopped, DatabaseDown.
    """

    def work(db: Transaction) -> Sentence:
        chosen = _chosen(db, bureau, name, now)
        callable_ = [one for one in chosen if one.has_mobile]
        if not callable_:
            raise Stopped("no_mobile", people=chosen)
        made = []
        for one in callable_:
            code = vault.code(joining.issue(db, vault, one.id, None, now))
            made.append((one, code, f"{site}/join#{code}" if site is not None else None))
        audit.record(db, [_noted(one, now) for one in callable_])
        left = [one for one in chosen if not one.has_mobile]
        return "invited", {"made": made, "until": now + joining.VALID_FOR, "unchanged": left}

    return database.write(work).result()


def _chosen(db: Transaction, bureau: str, name: str, now: datetime) -> list[Member]:
    found = db.session.exec(select(Bureau.id).where(Bureau.name == bureau)).first()
    if found is None:
        raise Stopped("no_such_bureau", bureau=bureau, names=db.session.exec(select(Bureau.name)).all())
    today = day_of(now)
    if name:
        chosen = [one for one in members.named(db, found, today, name, MOST) if one.name == name]
    else:
        chosen = members.unjoined(db, found, today, MOST, role=Role.LEGAL_SECTION)
    if not chosen:
        raise Stopped("nobody_to_invite", bureau=bureau, called=name)
    return chosen


def _noted(person: Member, now: datetime) -> dict[str, object]:
    return {
        "at": now, "person_id": None, "post_id": None, "channel": CHANNEL, "what": "invite", "object": "person",
        "object_id": person.id, "before": None, "after": None,
    }  # fmt: skip
