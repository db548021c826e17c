"""Signing in on the web: joining by a code, coming back by a one-time link, and leaving.

The pages read the code or token from behind the # of their address, which no server and no preview gets to see, and POST
it as JSON, which no form of another site can. Nothing happens on a GET.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.web import NAME
from bot.channels.web.calls import Calls, Trouble, delivery_id, read_json
from bot.channels.web.pages import Pages
from bot.channels.web.visitors import SessionVisitors, Visitor
from bot.clock import Clock
from bot.messages import Inbound
from models import joining, sessions
from models.db import Transaction

LONGEST = 200
REPEATED_WITHIN = timedelta(minutes=10)
"""So long a browser that did not hear the answer may ask again and get the cookie it was to have."""
HOME = "/"


JOIN, ENTER, VOUCHED = "join", "enter", "vouched"
"""The kinds of work as which an attempt enters."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Somebody at a page: what is said, from which network, and the session that it may open."""

    proof: dict[str, Any]
    network: str
    key: str
    token: str
    mark: str


class SigningIn:
    """What somebody says here enters as a turn of the network it comes from, which is nobody's address."""

    def __init__(self, calls: Calls, visitors: SessionVisitors, pages: Pages, clock: Clock) -> None:
        self._calls = calls
        self._visitors = visitors
        self._pages = pages
        self._clock = clock

    def routes(self) -> list[Route]:
        """The pages, and what they post."""
        return [
            Route("/join", self._page("join")),
            Route("/join", self._calls.told(self.join), methods=["POST"]),
            Route("/enter", self._page("enter")),
            Route("/enter", self._calls.told(self.enter), methods=["POST"]),
            Route("/leave", self._calls.told(self.leaving)),
            Route("/leave", self._calls.guarded(self.leave), methods=["POST"]),
        ]

    async def join(self, request: Request) -> Response:
        """A code, and the last four figures of the mobile on file."""
        return await self._let_in(request, JOIN, "code", "digits")

    async def enter(self, request: Request) -> Response:
        """A one-time link's token."""
        return await self._let_in(request, ENTER, "token")

    async def vouched(self, request: Request, channel: str, address: str) -> str | None:
        """The token of a session of whoever has an address, of which their platform vouches; None: nobody may be let in."""
        vault = self._calls.vault
        token = vault.token(f"{sessions.SESSION}.{uuid4()}")
        said = {
            "channel": channel, "address": address, "session": self._visitors.mark(token), "device": _device(request),
            "replaces": self._visitors.mark_of(request),
        }  # fmt: skip
        attempt = _Attempt({}, self._network(request), str(uuid4()), token, self._visitors.mark(token))
        await self._calls.receive(Inbound(NAME, attempt.network, attempt.key, work=(VOUCHED, said)))
        return token if await self._database(partial(self._has_opened, attempt=attempt)) else None

    async def leaving(self, request: Request) -> Response:
        """Asks whether to leave."""
        visitor = await self._visitors.of_page(request)
        if visitor is None:
            return self._pages.page("closed", status=403, joins=True)
        return self._pages.page("leave", key=visitor.key)

    async def leave(self, request: Request, visitor: Visitor) -> Response:
        """The session of this browser ends."""
        said = await read_json(request)
        outcome = {"session": self._visitors.mark_of(request)}
        await self._calls.receive(Inbound(NAME, visitor.address, delivery_id(said.get("id")), work=("leave", outcome)))
        response = JSONResponse({"to": HOME})
        self._visitors.let_out(response)
        return response

    def _page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            return self._pages.page(name)

        return page

    async def _let_in(self, request: Request, kind: str, *fields: str) -> Response:
        """The cookie of a session, if what is said in these fields opens one; else why not."""
        attempt = await self._attempt(request, fields)
        if not await self._database(partial(self._begin, kind=kind, attempt=attempt)):
            browser = {"session": attempt.mark, "device": _device(request), "replaces": self._visitors.mark_of(request)}
            work = (kind, attempt.proof | browser)
            rows = await self._calls.receive(Inbound(NAME, attempt.network, attempt.key, work=work))
            if not await self._database(partial(self._has_opened, attempt=attempt)):
                told = [text for row in rows for _, text in row.body["parts"]]
                if not told:
                    raise Trouble(409, "again")
                return JSONResponse({"message": "\n".join(told)}, 403)
        response = JSONResponse({"to": HOME})
        self._visitors.let_in(response, attempt.token)
        return response

    async def _attempt(self, request: Request, fields: tuple[str, ...]) -> _Attempt:
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise Trouble(400, "unreadable")
        said = await read_json(request)
        proof = {field: said.get(field) for field in fields}
        if not all(isinstance(value, str) and len(value) <= LONGEST for value in proof.values()):
            raise Trouble(400, "unreadable")
        # The same delivery gets the same cookie, so that an answer lost on the way can be had again. With its id one
        # could ask for that cookie: what is kept of it is a mark.
        vault, delivery = self._calls.vault, delivery_id(said.get("id"))
        token = vault.token(f"{sessions.SESSION}.{delivery}")
        return _Attempt(
            proof, self._network(request), vault.mark("delivery", delivery), token, self._visitors.mark(token)
        )

    def _begin(self, db: Transaction, kind: str, attempt: _Attempt) -> bool:
        """Whether this very attempt has been let in already. Trouble: no turn needs to be made of it, it is in vain."""
        if self._has_opened(db, attempt):
            return True
        now = self._clock.now()
        if kind == JOIN and (until := joining.locked_at(db, NAME, attempt.network, now)) is not None:
            raise Trouble(429, "locked", until=until)
        if kind == ENTER and sessions.link_of(db, self._calls.vault, attempt.proof["token"], now) is None:
            raise Trouble(403, "link_gone")
        return False

    def _has_opened(self, db: Transaction, attempt: _Attempt) -> bool:
        return sessions.opened_lately(db, attempt.mark, self._clock.now() - REPEATED_WITHIN)

    async def _database(self, query: Callable[[Transaction], bool]) -> bool:
        return await run_in_threadpool(self._calls.database.read, query)

    def _network(self, request: Request) -> str:
        """A mark of the network that a request comes from: of an IPv6 address its first 64 bits, which one line holds."""
        host = request.client.host if request.client is not None else ""
        with suppress(ValueError):  # a socket of this machine has no address
            address = ipaddress.ip_address(host)
            if isinstance(address, ipaddress.IPv6Address):
                mapped = address.ipv4_mapped
                host = str(mapped or ipaddress.ip_network((address, 64), strict=False))
        return "n" + self._calls.vault.mark("network", host)[:24]


def _device(request: Request) -> str:
    """What kind of device a browser says it is on."""
    browser = request.headers.get("user-agent", "")
    return "phone" if any(word in browser for word in ("Mobile", "Android", "iPhone")) else "computer"
