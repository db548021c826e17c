"""The links of the upload page: what somebody may bring by them, where that is answered, and whose browser each belongs to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Prepared, Transaction, UtcDateTime, table
from models.people import Address, Post
from models.vault import Vault, name_of

LINK = "upload"
LASTS = timedelta(minutes=10)
"""From when it was made, then from when it was opened, then from the last part of a file that came by it."""


class UploadLink(SQLModel, table=True):
    """A way to bring files, for the browser that opens it first. Its token is kept nowhere (models/vault.py)."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    channel: str
    address: str
    """Where it was asked for: there the files are answered."""
    answer_id: int | None = Field(default=None, foreign_key="answer.id")
    """The item that the files are for; None: a question, or the bureau's box."""
    conversation_id: int | None = Field(default=None, foreign_key="conversation.id")
    question: str | None = None
    """The question, by its key, of the conversation that the files are for."""
    token_mark: str | None = Field(default=None, unique=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    browser_mark: str | None = None
    """A mark of the browser that it belongs to; None: nobody has opened it yet."""
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


_l, _a, _post = (table(one) for one in (UploadLink, Address, Post))
_open = _l.c.ended_at.is_(None)
_in_office = sa.exists().where(
    _post.c.person_id == _l.c.person_id,
    _post.c.starts_on <= sa.bindparam("today"),
    sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
)
_here = sa.and_(_a.c.channel == _l.c.channel, _a.c.address == _l.c.address, _a.c.person_id == _l.c.person_id)
_live = (
    sa.select(
        _l.c.id, _l.c.person_id, _l.c.channel, _l.c.address, _l.c.answer_id, _l.c.conversation_id, _l.c.question,
        _l.c.browser_mark, _l.c.expires_at, _a.c.id.label("address_id"),
    )
    .join(_a, _here)
    .where(_open, _l.c.expires_at > sa.bindparam("now", type_=UtcDateTime), _in_office)
)  # fmt: skip
_ASKED_LAST = Prepared(
    _live.add_columns(_l.c.made_at)
    .where(_l.c.channel == sa.bindparam("the_channel"), _l.c.address == sa.bindparam("the_address"))
    .order_by(_l.c.id.desc())
    .limit(1)
)
_BY_TOKEN = Prepared(_live.where(_l.c.token_mark == sa.bindparam("mark")))
_OF_BROWSER = Prepared(_live.where(_l.c.id == sa.bindparam("the_id"), _l.c.browser_mark == sa.bindparam("browser")))
_CLAIM = Prepared(
    sa.update(_l).where(_l.c.id == sa.bindparam("the_id"), _l.c.browser_mark.is_(None), _open),
    "browser_mark", "opened_at", "expires_at",
)  # fmt: skip
_EXTEND = Prepared(sa.update(_l).where(_l.c.id == sa.bindparam("the_id"), _open), "expires_at")
_END = Prepared(
    sa.update(_l).where(_l.c.id == sa.bindparam("the_id"), _l.c.person_id == sa.bindparam("person"), _open), "ended_at"
)
_END_ALL = Prepared(sa.update(_l).where(_l.c.person_id == sa.bindparam("person"), _open), "ended_at")


def make(
    db: Transaction, vault: Vault, person: int, channel: str, address: str, now: datetime, *, answer: int | None = None,
    question: tuple[int, str] | None = None,
) -> tuple[int, str]:  # fmt: skip
    """Make a link for a person at an address; its id, and its token's name, from which `vault.token` shows it.

    `answer`: the item, or `question`: the conversation and its question, that the files are for; neither: the box.
    """
    conversation, key = question or (None, None)
    link = UploadLink(
        person_id=person, channel=channel, address=address, answer_id=answer, conversation_id=conversation, question=key,
        made_at=now, expires_at=now + LASTS,
    )  # fmt: skip
    db.session.add(link)
    db.session.flush()
    name = name_of(LINK, link.id, now)
    link.token_mark = vault.mark(LINK, vault.token(name))
    return link.id, name


def by_token(db: Transaction, vault: Vault, token: str, now: datetime, today: date) -> Any | None:
    """The link that a token opens; None: none, or none any more, or its person has left or is not at its address now."""
    return db.one(_BY_TOKEN, mark=vault.mark(LINK, token), now=now, today=today)


def asked_last(db: Transaction, channel: str, address: str, now: datetime, today: date) -> Any | None:
    """As `by_token`, the link that was asked for last at an address, with when it was made."""
    return db.one(_ASKED_LAST, the_channel=channel, the_address=address, now=now, today=today)


def token_name(link: Any) -> str:
    """The name of a link's token, from which `vault.token` shows it."""
    return name_of(LINK, link.id, link.made_at)


def of_browser(db: Transaction, link: int, browser: str, now: datetime, today: date) -> Any | None:
    """As `by_token`, a link by its id, for the browser with this mark that it belongs to."""
    return db.one(_OF_BROWSER, the_id=link, browser=browser, now=now, today=today)


def claim(db: Transaction, link: int, browser: str, now: datetime) -> bool:
    """Let a link belong to a browser; False: it belongs to one already, or has ended."""
    return db.run(_CLAIM, the_id=link, browser_mark=browser, opened_at=now, expires_at=now + LASTS) == 1


def extend(db: Transaction, link: int, now: datetime) -> None:
    """Let a link last on from now."""
    db.run(_EXTEND, the_id=link, expires_at=now + LASTS)


def end(db: Transaction, link: int, person: int, now: datetime) -> None:
    """End one of a person's links."""
    db.run(_END, the_id=link, person=person, ended_at=now)


def end_all(db: Transaction, person: int, now: datetime) -> None:
    """End every link of a person."""
    db.run(_END_ALL, person=person, ended_at=now)
