"""Files that come in from the page, piece by piece, and go on where they stopped."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import failpoints
from bot.actions import LOOK
from bot.channels.web.calls import Calls, Trouble, delivery_id, read_json, row_id, whole
from bot.channels.web.visitors import Callers, Visitor
from bot.files import StorageFull, TooLarge, WrongOffset
from bot.messages import Inbound, Piece, cleaned

P = ParamSpec("P")
T = TypeVar("T")

CHUNK_BYTES = 1024 * 1024
LONGEST_NAME = 1000
MOST_CAPTION = 500


class Uploads:
    """An upload's id says whose it is and how large: `owner_hex_size`."""

    def __init__(self, calls: Calls, by: Callers | None = None, at: str = "/api/uploads") -> None:
        """`by`: who may bring files, if not those signed in; `at`: where these calls stand."""
        self._calls = calls
        self._store = calls.store
        self._by = by
        self._at = at

    def routes(self) -> list[Route]:
        """Announcing a file, asking how far it is, bringing the next piece, and thinking better of it."""
        one = f"{self._at}/{{upload}}"
        return [
            self._route(self._at, self.announce, "POST"),
            self._route(one, self.offset, "GET"),
            self._route(one, self.append, "PATCH"),
            self._route(one, self.cancel, "DELETE"),
        ]

    async def announce(self, request: Request, visitor: Visitor) -> Response:
        """A file is to come: refused in one sentence before a byte is sent, or given an id.

        Pictures chosen in one go name the same `album`, and all of them are announced before the first byte.
        """
        said = await read_json(request)
        delivery, name, size = delivery_id(said.get("id")), said.get("name"), whole(said.get("size"))
        caption = said.get("caption", "")
        if not isinstance(name, str) or len(name) > LONGEST_NAME or size is None or not isinstance(caption, str):
            raise Trouble(400, "unreadable")
        album = f"{visitor.owner}_{delivery_id(said['album'])}" if said.get("album") is not None else None
        upload = f"{visitor.owner}_{uuid.UUID(delivery).hex}_{size}"
        piece = Piece(name, size, upload, cleaned(caption)[:MOST_CAPTION], album, into=visitor.into)
        said_back = await self._calls.receive(
            Inbound(visitor.channel, visitor.address, delivery, piece=piece, seen=row_id(said.get("seen")))
        )
        place = (visitor.channel, visitor.address)
        answers = (row for row in said_back if row.kind == "message" and (row.channel, row.address) == place)
        refusal = next((row for row in answers if row.body.get("taken") != upload), None)
        if refusal is not None:
            return JSONResponse({"message": refusal.body["parts"][0][1].partition("\n")[0]}, 422)
        await self._on_disk(self._store.begin, upload)
        return JSONResponse({"upload": upload, "offset": await self._on_disk(self._store.offset, upload)})

    async def offset(self, request: Request, visitor: Visitor) -> Response:
        """How many bytes are here."""
        upload, size = _own(request, visitor)
        here = await self._on_disk(self._store.offset, upload)
        if here == size:
            await self._all_here(visitor, upload)
        return JSONResponse({"offset": here})

    async def append(self, request: Request, visitor: Visitor) -> Response:
        """The next piece, from `Upload-Offset` on; 409 with the true offset if that is not where it stopped."""
        upload, size = _own(request, visitor)
        start = whole(request.headers.get("upload-offset"))
        if start is None:
            raise Trouble(400, "unreadable")
        chunk = bytearray()
        async for part in request.stream():
            chunk += part
            if len(chunk) > 2 * CHUNK_BYTES:
                raise Trouble(413, "too_long")
        try:
            here = await self._on_disk(self._store.append, upload, start, bytes(chunk), size)
        except WrongOffset as wrong:
            if wrong.actual == size:
                await self._all_here(visitor, upload)
            return JSONResponse({"offset": wrong.actual}, 409)
        if here == size:
            await self._all_here(visitor, upload)
        return JSONResponse({"offset": here})

    async def cancel(self, request: Request, visitor: Visitor) -> Response:
        """The file is not to come after all: whatever waits for it need not."""
        upload, _ = _own(request, visitor)
        outcome = {"upload": upload, "unfit": {"code": "cancelled", "params": {}}}
        await self._receive(visitor, f"cancel:{upload}", LOOK, outcome)
        await self._on_disk(self._store.discard, upload)
        return JSONResponse({})

    async def _all_here(self, visitor: Visitor, upload: str) -> None:
        failpoints.reach(failpoints.WHOLE)
        outcome = {"upload": upload, "delivery": str(uuid.UUID(upload.split("_")[1]))}
        await self._receive(visitor, f"here:{upload}", "here", outcome)

    async def _receive(self, visitor: Visitor, key: str, kind: str, outcome: dict[str, Any]) -> None:
        await self._calls.receive(Inbound(visitor.channel, visitor.address, key, work=(kind, outcome)))

    def _route(self, path: str, call: Callable[[Request, Any], Awaitable[Response]], method: str) -> Route:
        return Route(path, self._calls.guarded(call, self._by), methods=[method])

    async def _on_disk(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await run_in_threadpool(call, *args, **kwargs)
        except StorageFull:
            raise Trouble(507, "disk_full") from None
        except TooLarge:
            raise Trouble(413, "larger_than_announced") from None
        except (KeyError, ValueError):
            raise Trouble(404, "no_such_upload") from None


def _own(request: Request, visitor: Visitor) -> tuple[str, int]:
    upload: str = request.path_params["upload"]
    owner, _, rest = upload.partition("_")
    size = whole(rest.rpartition("_")[2])
    if owner != visitor.owner or size is None:
        raise Trouble(404, "no_such_upload")
    return upload, size
