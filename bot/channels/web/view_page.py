"""Pages about single objects, for whoever is signed in here as the person whose link it is (bot/viewing.py)."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import viewing
from bot.channels.web import NAME
from bot.channels.web.calls import Calls
from bot.channels.web.pages import Pages
from bot.channels.web.visitors import Visitor
from bot.clock import Clock


class ViewPages:
    """Shows them; nothing of an object, not even that it exists, to anybody else."""

    def __init__(self, calls: Calls, pages: Pages, clock: Clock) -> None:
        self._calls = calls
        self._pages = pages
        self._clock = clock

    def routes(self) -> list[Route]:
        """The one address that all of them have."""
        return [Route(f"{viewing.PATH}/{{token}}", self._calls.told(self.page))]

    async def page(self, request: Request) -> Response:
        """What the link is about; or how one signs in, or that it shows nothing (any more)."""
        visitor = await self._calls.visitors.of_call(request)
        if visitor is None:
            return self._pages.page("unseen", status=403, signed_in=False)
        seen = viewing.opened(self._calls.vault, request.path_params["token"], self._clock.now())
        shown = await run_in_threadpool(self._found, visitor, seen) if seen is not None else None
        if seen is None or shown is None:
            return self._pages.page("unseen", status=404, signed_in=True)
        return self._pages.page(seen.kind, query=visitor.query, **shown)

    def _found(self, visitor: Visitor, seen: viewing.Seen) -> dict[str, Any] | None:
        return self._calls.assistant.look(NAME, visitor.address, partial(viewing.shown, seen=seen))
