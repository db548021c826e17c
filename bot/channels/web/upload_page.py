"""The upload page: files that are too large for a channel, brought by a one-time link that was asked for there.

The page reads the link's token from behind the # of its address, which no server and no preview gets to see, and POSTs it
as JSON; the link belongs to the browser that does so first. Nothing happens on a GET.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.assistant import Assistant
from bot.channels.web.calls import Calls, Trouble, delivery_id, read_json
from bot.channels.web.guests import Guest, Guests
from bot.channels.web.pages import Pages
from bot.channels.web.uploads import CHUNK_BYTES, Uploads
from bot.clock import Clock, day_of
from bot.files import accept_attribute
from bot.messages import Inbound
from bot.turn import Turn
from models import answering, bureau_settings, upload_links
from models.db import Transaction
from models.rights import Right

LONGEST = 200
OPENED, CLOSED = "upload_opened", "upload_closed"
"""The kinds of work as which it enters that a link is opened, and done with."""
CALLS = "/api/link"


class UploadPage:
    """What happens here enters as a turn of the link's person, at the address where the link was asked for."""

    def __init__(self, calls: Calls, pages: Pages, guests: Guests, assistant: Assistant, clock: Clock) -> None:
        self._calls = calls
        self._pages = pages
        self._guests = guests
        self._assistant = assistant
        self._clock = clock

    def routes(self) -> list[Route]:
        """The page, and what it calls."""
        guarded = partial(self._calls.guarded, by=self._guests)
        return [
            Route("/upload", self.page),
            Route("/upload", self._calls.told(self.open), methods=["POST"]),
            Route(CALLS, guarded(self.shown)),
            Route(f"{CALLS}/done", guarded(self.done), methods=["POST"]),
            *_LinkUploads(self._calls, self._guests).routes(),
        ]

    async def page(self, request: Request) -> Response:
        """The page, the same for everybody: who opens it is known only by what it posts."""
        return self._pages.page("upload", accept=accept_attribute(), chunk_bytes=CHUNK_BYTES, calls=f"{CALLS}/uploads")

    async def open(self, request: Request) -> Response:
        """A link's token, from the browser that the link belongs to from here on, or belongs to already."""
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise Trouble(400, "unreadable")
        said = await read_json(request)
        token, attempt = said.get("token"), delivery_id(said.get("id"))
        if not isinstance(token, str) or len(token) > LONGEST:
            raise Trouble(400, "unreadable")
        link = await run_in_threadpool(self._calls.database.read, partial(self._opened_by, token=token))
        if link is None:
            raise Trouble(403, "upload_gone")
        browser = self._guests.browser_of(request) or self._guests.new_browser(attempt)
        if link.browser_mark is None:
            mark = self._guests.mark(browser)
            work = (OPENED, {"link": link.id, "browser": mark})
            await self._calls.receive(Inbound(link.channel, link.address, f"open:{link.id}:{mark}", work=work))
        guest = await self._guests.of_link(link.id, browser)
        if guest is None:
            raise Trouble(403, "upload_elsewhere")
        response = await self.shown(request, guest)
        self._guests.let_in(response, browser)
        return response

    async def shown(self, request: Request, guest: Guest) -> Response:
        """What the page shows and needs: what the files are for, how large they may be, and its key."""
        purpose, most = await run_in_threadpool(self._purpose, guest)
        # Under this the page keeps what it has not finished: another link of the same person here goes on with it.
        remembers = self._calls.vault.mark("uploads", guest.owner)[:16]
        return JSONResponse({"key": guest.key, "purpose": purpose, "most": most, "remembers": remembers})

    async def done(self, request: Request, guest: Guest) -> Response:
        """完成: the link ends."""
        work = (CLOSED, {"link": guest.link})
        await self._calls.receive(Inbound(guest.channel, guest.address, f"done:{guest.link}", work=work))
        return JSONResponse({})

    def _opened_by(self, db: Transaction, token: str) -> Any | None:
        now = self._clock.now()
        return upload_links.by_token(db, self._calls.vault, token, now, day_of(now))

    def _purpose(self, guest: Guest) -> tuple[str, int]:
        def of_turn(turn: Turn) -> tuple[str, int]:
            into = guest.into
            item = answering.item(turn.db, into.item) if into.item is not None else None
            post = turn.acts(Right.ANSWER) or turn.actor.posts[0]
            bureau = item.bureau_id if item is not None else post.bureau_id
            most = bureau_settings.value_of(turn.db, bureau, "page_megabytes") * 1024 * 1024
            asked = into.conversation is not None
            return self._calls.words.text("web", "upload_for", row=item, asked=asked), most

        found = self._assistant.look(guest.channel, guest.address, of_turn)
        if found is None:
            raise Trouble(401, self._guests.unknown)
        return found


class _LinkUploads(Uploads):
    """Files that come by a link; each part of one makes the link last on."""

    def __init__(self, calls: Calls, guests: Guests) -> None:
        super().__init__(calls, guests, f"{CALLS}/uploads")
        self._guests = guests

    async def append(self, request: Request, visitor: Guest) -> Response:  # type: ignore[override]
        response = await super().append(request, visitor)
        await self._guests.lasts(visitor)
        return response
