"""Who brings files by an upload link: the browser that has opened it, for a person who talks to us elsewhere.

The cookie says which browser it is, whatever links it has opened; each page's key says which link, and proves that a call
comes from a page of ours in that browser.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web import NAME
from bot.channels.web.calls import row_id
from bot.channels.web.visitors import Callers, Visitor, cookie_name
from bot.clock import Clock, day_of
from bot.messages import Into
from bot.waiting import commit
from models import members, upload_links
from models.db import Database, Transaction
from models.vault import Vault, same

OWNER = "u"
"""With the number of an address behind it, what the ids begin with of files that are brought by its links."""
LONGEST = 100
EXACT = timedelta(minutes=1)
"""How much sooner than promised a link may end, so that not every part of a file has to be written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest(Visitor):
    """Someone with an upload page open; their address is where its link was asked for."""

    link: int
    place: int
    """That address by its number, because what it is called may not fit the id of an upload."""
    purpose: Into
    """What the link is for."""
    until: datetime
    """When the link ends unless something comes by it."""

    @property
    def owner(self) -> str:
        return f"{OWNER}{self.place}"

    @property
    def into(self) -> Into:
        return self.purpose


class Guests(Callers):
    """Tells which link a call comes by, looked up at every call."""

    unknown = "upload_ended"

    def __init__(self, database: Database, vault: Vault, clock: Clock, *, secure: bool) -> None:
        """`secure`: as of SessionVisitors."""
        self._database = database
        self._vault = vault
        self._clock = clock
        self._secure = secure
        self._cookie = cookie_name("upload", secure=secure)

    async def of_call(self, request: Request) -> Guest | None:
        browser, key = self.browser_of(request), request.headers.get("x-key", "")
        link = row_id(key.partition(".")[0])
        if not browser or link is None or not same(self._key(link, browser), key):
            return None
        return await self.of_link(link, browser)

    async def of_link(self, link: int, browser: str) -> Guest | None:
        """The guest that a browser is by a link; None: the link has ended, or belongs to another."""
        now = self._clock.now()
        find = partial(upload_links.of_browser, link=link, browser=self.mark(browser), now=now, today=day_of(now))
        row: Any | None = await run_in_threadpool(self._database.read, find)
        if row is None:
            return None
        return Guest(
            row.address, self._key(link, browser), channel=row.channel, link=link, place=row.address_id,
            purpose=Into(row.answer_id, row.conversation_id, row.question or ""), until=row.expires_at,
        )  # fmt: skip

    async def lasts(self, guest: Guest) -> None:
        """Something has come by a guest's link: it lasts on."""
        now = self._clock.now()
        if guest.until - now < upload_links.LASTS - EXACT:
            await commit(self._database, partial(upload_links.extend, link=guest.link, now=now), lane=guest.address)

    def browser_of(self, request: Request) -> str:
        """The name of the request's browser; empty: it has none yet."""
        return request.cookies.get(self._cookie, "")[:LONGEST]

    def new_browser(self, attempt: str) -> str:
        """A name for a browser. The same attempt gets the same name, so that an answer lost on the way can be had again."""
        return self._vault.token(f"upload browser.{attempt}")

    def mark(self, browser: str) -> str:
        """By what a browser is known in the database."""
        return self._vault.mark("upload browser", browser)

    def let_in(self, response: Response, browser: str) -> None:
        """Give a browser its name."""
        response.set_cookie(self._cookie, browser, httponly=True, secure=self._secure, samesite="lax")

    def _key(self, link: int, browser: str) -> str:
        return f"{link}.{self._vault.mark('upload page', f'{link}.{browser}')}"


def sender_of(db: Transaction, upload: str) -> tuple[str, str] | None:
    """The channel and address of whoever began an upload; None: nobody is there any more."""
    owner = upload.partition("_")[0]
    number = row_id(owner.removeprefix(OWNER)) if owner.startswith(OWNER) else None
    if number is None:
        return NAME, owner
    place = members.place_by_id(db, number)
    return None if place is None else (place.channel, place.address)
