"""Who is at the other end of a web request."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web import NAME
from bot.clock import Clock, day_of
from bot.messages import Into
from models import sessions
from models.db import Database
from models.vault import Vault, same

READING = frozenset({"GET", "HEAD"})
"""Methods that change nothing, so that a cookie alone may use them: a browser fetches pictures without headers."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone signed in: their address, and the proof that their page sends with each request."""

    address: str
    key: str
    query: str = ""
    """What has to stand behind the address of a picture, which a browser fetches without headers."""
    channel: str = NAME
    """The channel that the address is on: what comes from the page is answered there."""

    @property
    def owner(self) -> str:
        """What the ids of the files that they bring begin with."""
        return self.address

    @property
    def into(self) -> Into | None:
        """What these files are for, as `Piece.into` says."""
        return None


class Callers(Protocol):
    """Tells who calls from a page."""

    unknown: str
    """The sentence for whoever it does not know."""

    async def of_call(self, request: Request) -> Visitor | None:
        """Who calls, the page's proof checked; None: nobody who is let in."""


class Visitors(Callers, Protocol):
    """Tells who a request comes from."""

    unknown: str = "not_signed_in"

    async def of_page(self, request: Request) -> Visitor | None:
        """Who opens a page; None: nobody who is signed in."""


def cookie_name(name: str, *, secure: bool) -> str:
    """What a cookie is called: so that browsers take it from this very host only, not from a neighbour in its domain."""
    return f"__Host-{name}" if secure else name


class DemoVisitors(Visitors):
    """Demo mode: a role belongs to the tab. The page carries `person.signature`, which each of its calls sends back."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    async def of_page(self, request: Request) -> Visitor | None:
        address = request.query_params.get("as", "")
        return self._visitor(address) if address.isdecimal() and len(address) < 12 else None

    async def of_call(self, request: Request) -> Visitor | None:
        key = request.headers.get("x-key") or request.query_params.get("key", "")
        address = key.partition(".")[0]
        return self._visitor(address) if hmac.compare_digest(self.key(address).encode(), key.encode()) else None

    def _visitor(self, address: str) -> Visitor:
        key = self.key(address)
        return Visitor(address, key, f"?key={key}")

    def key(self, address: str) -> str:
        """The proof that a demo page carries for an address."""
        return f"{address}.{hmac.new(self._secret, address.encode(), hashlib.sha256).hexdigest()}"


class SessionVisitors(Visitors):
    """Real work: a cookie says who it is, looked up at every request.

    A page's key follows from its cookie, and shows that a call which changes something comes from a page of ours.
    """

    def __init__(self, database: Database, vault: Vault, clock: Clock, *, secure: bool) -> None:
        """`secure`: browsers reach this server by https, and are to send the cookie no other way."""
        self._database = database
        self._vault = vault
        self._clock = clock
        self.secure = secure
        self._cookie = cookie_name("session", secure=secure)

    async def of_page(self, request: Request) -> Visitor | None:
        token = request.cookies.get(self._cookie, "")
        if not token:
            return None
        now = self._clock.now()
        found = partial(sessions.holder, mark=self.mark(token), now=now, today=day_of(now))
        person = await run_in_threadpool(self._database.read, found)
        return None if person is None else Visitor(str(person), self._vault.mark("page", token))

    async def of_call(self, request: Request) -> Visitor | None:
        visitor = await self.of_page(request)
        if visitor is None or request.method in READING:
            return visitor
        return visitor if same(visitor.key, request.headers.get("x-key", "")) else None

    def mark(self, token: str) -> str:
        """By what the session of a cookie is known in the database."""
        return self._vault.mark(sessions.SESSION, token)

    def mark_of(self, request: Request) -> str | None:
        """The mark of the request's cookie; None: it has none."""
        token = request.cookies.get(self._cookie)
        return self.mark(token) if token else None

    def let_in(self, response: Response, token: str) -> None:
        """Give the browser the cookie of its session."""
        response.set_cookie(
            self._cookie, token, max_age=int(sessions.SESSION_LASTS.total_seconds()), httponly=True,
            secure=self.secure, samesite="lax",
        )  # fmt: skip

    def let_out(self, response: Response) -> None:
        """Take it back."""
        response.delete_cookie(self._cookie, httponly=True, secure=self.secure, samesite="lax")
