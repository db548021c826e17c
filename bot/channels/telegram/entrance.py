"""How people get onto the page out of Telegram: as a Mini App, to which Telegram says, signed, who has opened it.

What it says stands behind the # of the address, which no server gets to see; the page posts it as JSON, as every page here does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import viewing
from bot.channels import Door
from bot.channels.telegram.reading import NAME
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.signature import signer

PATH = "/telegram/enter"
LONGEST_BODY = 16_384
_VIEW = re.compile(rf"{viewing.PATH}/[\w.-]+")


class Entrance:
    """The routes: the page that is opened, and what it posts. `now`: what time it is."""

    def __init__(self, settings: TelegramSettings, door: Door, now: Callable[[], datetime]) -> None:
        self._token = settings.token
        self._door = door
        self._now = now

    def routes(self) -> list[Route]:
        """Both at the address that names the page to which it leads."""
        where = f"{PATH}{{to:path}}"
        return [Route(where, self.opened), Route(where, self.enter, methods=["POST"])]

    async def opened(self, request: Request) -> Response:
        """The page that posts what Telegram has told it."""
        page: Response = self._door.page("telegram")
        return page

    async def enter(self, request: Request) -> Response:
        """Whoever Telegram says it is goes on to the page, signed in; nobody else."""
        said = await _told(request)
        address = signer(said, self._token, self._now()) if said else None
        to = request.path_params["to"]
        answer: Response
        if address is None or not _VIEW.fullmatch(to):
            answer = self._door.turned_away(told=True)
        else:
            answer = await self._door.let_in(request, NAME, address, to, told=True)
        return answer


def reached(site: str) -> bool:
    """Whether Telegram opens pages of a site: by https alone."""
    address = urlsplit(site)
    return address.scheme == "https" and bool(address.hostname)


async def _told(request: Request) -> str:
    """What Telegram has told the page; empty: nothing that can be read."""
    size = request.headers.get("content-length", "")
    if not request.headers.get("content-type", "").startswith("application/json") or not size.isdecimal():
        return ""
    if int(size) > LONGEST_BODY:
        return ""
    try:
        fragment: str = json.loads(await request.body())["told"]
        return parse_qs(fragment, keep_blank_values=True, max_num_fields=50)["tgWebAppData"][0]
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""
