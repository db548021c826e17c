"""Letting people onto the page whom a platform vouches for: they are who it says, and need no link of their own."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.channels.web.calls import Calls
from bot.channels.web.pages import Pages
from bot.channels.web.signing_in import SigningIn
from bot.channels.web.visitors import SessionVisitors
from bot.clock import Clock, day_of
from models import upload_links

NOT_KEPT = {"Cache-Control": "no-store"}


class Door:
    """As `bot.channels.Door` promises."""

    def __init__(
        self, calls: Calls, visitors: SessionVisitors, pages: Pages, signing_in: SigningIn, clock: Clock
    ) -> None:
        self._calls = calls
        self._visitors = visitors
        self._pages = pages
        self._signing_in = signing_in
        self._clock = clock

    def page(self, name: str) -> Response:
        """One of our pages."""
        return self._pages.page(name)

    async def let_in(self, request: Request, channel: str, address: str, to: str, *, told: bool = False) -> Response:
        """Signed in anew, and led to a path of ours, or told of it."""
        token = await self._signing_in.vouched(request, channel, address)
        if token is None:
            return self.turned_away(told=told)
        response = JSONResponse({"to": to}, headers=NOT_KEPT) if told else RedirectResponse(to, 303, NOT_KEPT)
        self._visitors.let_in(response, token)
        return response

    async def upload(self, request: Request, channel: str, address: str) -> Response:
        """Led to the upload page by the link that was asked for last at an address: its token stands in this answer alone."""
        now = self._clock.now()
        find = partial(upload_links.asked_last, channel=channel, address=address, now=now, today=day_of(now))
        link: Any | None = await run_in_threadpool(self._calls.database.read, find)
        token = "none" if link is None else self._calls.vault.token(upload_links.token_name(link))
        return RedirectResponse(f"/upload#{token}", 303, NOT_KEPT)

    def turned_away(self, *, told: bool = False) -> Response:
        """Nobody we know, or nobody has said who it is."""
        if told:
            return JSONResponse({"message": self._calls.words.text("web", "not_vouched")}, 403)
        return self._pages.page("closed", status=403, joins=True)
