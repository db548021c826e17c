"""Being signed in on the web: sessions, and the one-time links that open them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models import people
from models.db import Prepared, Transaction, UtcDateTime, table
from models.people import Post
from models.vault import Vault, name_of

LINK, SESSION = "link", "session"
LINK_VALID_FOR = timedelta(minutes=10)
SESSION_LASTS = timedelta(days=30)


class OneTimeLink(SQLModel, table=True):
    """A way into the web page, once. Its token is kept nowhere (models/vault.py)."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    token_mark: str | None = Field(default=None, unique=True)
    made_by: int = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was used, or voided."""


class WebSession(SQLModel, table=True):
    """A browser in which somebody is signed in, known by a mark of its cookie."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    token_mark: str = Field(unique=True)
    device: str
    """What kind of device it is, for the person to know it again: phone or computer."""
    opened_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


_l, _s, _post = table(OneTimeLink), table(WebSession), table(Post)
_LIVE = [_s.c.ended_at.is_(None), _s.c.expires_at > sa.bindparam("now", type_=UtcDateTime)]
_IN_OFFICE = sa.exists().where(
    _post.c.person_id == _s.c.person_id,
    _post.c.starts_on <= sa.bindparam("today"),
    sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
)
_HOLDER = Prepared(sa.select(_s.c.person_id).where(_s.c.token_mark == sa.bindparam("mark"), *_LIVE, _IN_OFFICE))
_MINE = Prepared(
    sa.select(_s.c.id, _s.c.device, _s.c.opened_at, _s.c.expires_at)
    .where(_s.c.person_id == sa.bindparam("person"), *_LIVE)
    .order_by(_s.c.id.desc())
)
_END = [_s.c.person_id == sa.bindparam("person"), _s.c.ended_at.is_(None)]
_END_ONE = Prepared(sa.update(_s).where(*_END, _s.c.id == sa.bindparam("the_id")), "ended_at")
_END_ALL = Prepared(sa.update(_s).where(*_END), "ended_at")
_END_MARKED = Prepared(
    sa.update(_s).where(_s.c.token_mark == sa.bindparam("mark"), _s.c.ended_at.is_(None)), "ended_at"
)
_UNUSED = [_l.c.used_at.is_(None), _l.c.expires_at > sa.bindparam("now", type_=UtcDateTime)]
_LINK = Prepared(sa.select(_l.c.id, _l.c.person_id).where(_l.c.token_mark == sa.bindparam("mark"), *_UNUSED))
_USE_LINK = Prepared(sa.update(_l).where(_l.c.id == sa.bindparam("the_id"), _l.c.used_at.is_(None)), "used_at")
_VOID_LINKS = Prepared(sa.update(_l).where(_l.c.person_id == sa.bindparam("person"), _l.c.used_at.is_(None)), "used_at")


def make_link(db: Transaction, vault: Vault, person: int, by: int, now: datetime) -> str:
    """Make a one-time link for a person, unused ones voided; its token's name, from which `vault.token` shows it."""
    people.lock(db, person)
    void_links(db, person, now)
    link = OneTimeLink(person_id=person, made_by=by, made_at=now, expires_at=now + LINK_VALID_FOR)
    db.session.add(link)
    db.session.flush()
    name = name_of(LINK, link.id, now)
    link.token_mark = vault.mark(LINK, vault.token(name))
    return name


def link_of(db: Transaction, vault: Vault, token: str, now: datetime) -> Any | None:
    """The link (id, person_id) that a token opens now; None: it opens none, or none any more."""
    return db.one(_LINK, mark=vault.mark(LINK, token), now=now)


def use_link(db: Transaction, link: int, now: datetime) -> bool:
    """Use a link up; False: somebody was quicker."""
    return db.run(_USE_LINK, the_id=link, used_at=now) == 1


def void_links(db: Transaction, person: int, now: datetime) -> None:
    """Make a person's unused links good for nothing."""
    db.run(_VOID_LINKS, person=person, used_at=now)


def start(db: Transaction, person: int, mark: str, device: str, now: datetime) -> int:
    """Sign a person in in the browser whose cookie has this mark; the session's id."""
    session = WebSession(
        person_id=person, token_mark=mark, device=device, opened_at=now, expires_at=now + SESSION_LASTS
    )
    db.session.add(session)
    db.session.flush()
    return session.id


def holder(db: Transaction, mark: str, now: datetime, today: date) -> int | None:
    """Whose session has this mark; None: no live one has, or its person holds no post today."""
    row = db.one(_HOLDER, mark=mark, now=now, today=today)
    return None if row is None else int(row.person_id)


def opened_lately(db: Transaction, mark: str, since: datetime) -> bool:
    """Whether the live session with this mark was opened after a moment."""
    found = select(WebSession.id).where(
        WebSession.token_mark == mark, col(WebSession.ended_at).is_(None), WebSession.opened_at >= since
    )
    return db.session.exec(found).first() is not None


def of_person(db: Transaction, person: int, now: datetime) -> list[Any]:
    """A person's live sessions (id, device, opened_at, expires_at), the newest first."""
    return db.all(_MINE, person=person, now=now)


def end(db: Transaction, person: int, session: int, now: datetime) -> bool:
    """End one of a person's sessions; False: it had ended, or is none of theirs."""
    return db.run(_END_ONE, person=person, the_id=session, ended_at=now) == 1


def end_all(db: Transaction, person: int, now: datetime) -> int:
    """End a person's sessions; how many there were."""
    return db.run(_END_ALL, person=person, ended_at=now)


def end_marked(db: Transaction, mark: str, now: datetime) -> None:
    """End the session with this mark, if there is one."""
    db.run(_END_MARKED, mark=mark, ended_at=now)
