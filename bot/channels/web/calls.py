"""What the chat page calls: saying something, the list of messages, and the stream of new ones."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot import downloads
from bot.actions import Made
from bot.assistant import Assistant
from bot.channels.web import NAME, WebChannel, as_json
from bot.channels.web.visitors import Callers, Visitor, Visitors
from bot.files import FileStore
from bot.hidden import shown
from bot.messages import MOST_TYPED, Inbound
from bot.render import Words
from models import message_list, outgoing, people
from models.db import Database, DatabaseDown
from models.vault import Vault

LARGEST = 2**62
MOST_BODY = 128 * 1024
HEARTBEAT_SECONDS = 15
MOST_LISTED = 100


class Trouble(Exception):
    """A call that cannot be answered with 200: the status, and the name of the sentence that says why."""

    def __init__(self, status: int, sentence: str, **params: Any) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.params = params


class Calls:
    """The page's calls, each made by someone signed in."""

    def __init__(
        self,
        assistant: Assistant,
        database: Database,
        channel: WebChannel,
        visitors: Visitors,
        words: Words,
        store: FileStore,
        vault: Vault,
    ) -> None:
        self.assistant = assistant
        self.database = database
        self.channel = channel
        self.visitors = visitors
        self.words = words
        self.store = store
        self.vault = vault
        self.closing = asyncio.Event()

    def routes(self) -> list[Route]:
        """Every call, as a route."""
        return [
            Route("/api/say", self.guarded(self.say), methods=["POST"]),
            Route("/api/messages", self.guarded(self.messages)),
            Route("/api/stream", self.guarded(self.stream)),
            Route("/api/files/{kind}/{id}", self.guarded(self.download)),
        ]

    def guarded(
        self, call: Callable[[Request, Any], Awaitable[Response]], by: Callers | None = None
    ) -> Callable[[Request], Awaitable[Response]]:
        """A call as an endpoint: only for someone signed in, or known to `by`; and trouble told in one sentence."""
        callers = by or self.visitors

        async def known(request: Request) -> Response:
            visitor = await callers.of_call(request)
            if visitor is None:
                raise Trouble(401, callers.unknown)
            return await call(request, visitor)

        return self.told(known)

    def told(self, call: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """A call as an endpoint, for anyone, its trouble told in one sentence."""

        async def endpoint(request: Request) -> Response:
            try:
                return await call(request)
            except DatabaseDown:
                return self._told(503, "busy")
            except Trouble as trouble:
                return self._told(trouble.status, trouble.sentence, **trouble.params)

        return endpoint

    async def receive(self, inbound: Inbound) -> list[Any]:
        """One delivery through the assistant; what it said is returned once all of it is durable."""
        return await self.assistant.take(inbound)

    async def say(self, request: Request, visitor: Visitor) -> Response:
        """A typed text or a pressed button. 200 means that it is durable."""
        said = await read_json(request)
        delivery, text, press, label = said.get("id"), said.get("text"), said.get("press"), said.get("label", "")
        strings = isinstance(text, str) != isinstance(press, str) and isinstance(label, str)
        if not strings:
            raise Trouble(400, "unreadable")
        if isinstance(text, str) and len(text) > 2 * MOST_TYPED:
            raise Trouble(413, "too_long")
        await self.receive(
            Inbound(
                NAME,
                visitor.address,
                delivery_id(delivery),
                text=text,
                press=press,
                label=label,
                seen=row_id(said.get("seen")),
            )
        )
        return JSONResponse({})

    async def messages(self, request: Request, visitor: Visitor) -> Response:
        """A page of the list: the newest, or those before a given one."""
        before = row_id(request.query_params.get("before")) or outgoing.LARGEST_ID
        most = min(whole(request.query_params.get("limit")) or 50, MOST_LISTED)
        query = partial(message_list.before, channel=NAME, row=before, most=most + 1)
        rows = await run_in_threadpool(self._listed, visitor, query)
        more = len(rows) > most
        return JSONResponse({"messages": [as_json(row, visitor.query) for row in rows[-most:]], "more": more})

    async def stream(self, request: Request, visitor: Visitor) -> Response:
        """New messages as they come (server-sent events), from the one behind `after`."""
        after = row_id(request.headers.get("last-event-id")) or row_id(request.query_params.get("after")) or 0
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(request, visitor, after), media_type="text/event-stream", headers=headers)

    async def download(self, request: Request, visitor: Visitor) -> Response:
        """A file that the visitor may see, as its own handler decides now."""
        kind, object_id = request.path_params["kind"], row_id(request.path_params["id"]) or 0
        found = await run_in_threadpool(
            downloads.find, self.assistant, self.store, NAME, visitor.address, kind, object_id
        )
        if found is None:
            raise Trouble(404, "not_there")
        if isinstance(found, Made):
            return Response(found.content, media_type=found.mime, headers=_as_attachment(found.name))
        safe = found.mime in ("image/jpeg", "image/png")
        return FileResponse(
            self.store.path(found.sha256),
            media_type=found.mime if safe else "application/octet-stream",
            filename=found.name,
            content_disposition_type="inline" if safe else "attachment",
            headers={"Cache-Control": "no-store" if found.private else "private, max-age=3600"},
        )

    async def _events(self, request: Request, visitor: Visitor, after: int) -> AsyncIterator[str]:
        watcher = self.channel.watch(visitor.address)
        try:
            yield ": here\n\n"
            while not self.closing.is_set():
                watcher.clear()
                if await self.visitors.of_call(request) != visitor:  # signed out meanwhile, or out of office
                    return
                query = partial(message_list.after, channel=NAME, row=after)
                rows = await run_in_threadpool(self._listed, visitor, query)
                for row in rows:
                    after = row.id
                    yield f"event: message\nid: {row.id}\ndata: {json.dumps(as_json(row, visitor.query), ensure_ascii=False)}\n\n"
                try:
                    await asyncio.wait_for(watcher.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
        except DatabaseDown:
            return
        finally:
            self.channel.unwatch(visitor.address, watcher)

    def _listed(self, visitor: Visitor, query: Callable[[Any, int], list[Any]]) -> list[Any]:
        def work(db: Any) -> list[Any]:
            known = people.who(db, NAME, visitor.address)
            return [] if known is None else query(db, known)

        rows = self.database.read(work)
        return [row._replace(body=shown(row.body, self.vault)) if "hides" in row.body else row for row in rows]

    def _told(self, status: int, sentence: str, **params: Any) -> Response:
        return JSONResponse({"message": self.words.text(NAME, sentence, **params)}, status)


def _as_attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object in a request's body. Trouble: none, or too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            raise Trouble(413, "too_long")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Trouble(400, "unreadable") from None
    if not isinstance(said, dict):
        raise Trouble(400, "unreadable")
    return said


def whole(value: Any) -> int | None:
    """A whole number that fits the database, or None."""
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.isdecimal():
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < LARGEST else None


def row_id(value: Any) -> int | None:
    """A number that a row can have, or None."""
    number = whole(value)
    return number if number is not None and number <= outgoing.LARGEST_ID else None


def delivery_id(value: Any) -> str:
    """The id that a page gives a delivery, in one spelling. Trouble: it is none."""
    try:
        return str(uuid.UUID(value))
    except (ValueError, AttributeError, TypeError):
        raise Trouble(400, "unreadable") from None
