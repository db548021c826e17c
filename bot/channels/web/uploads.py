"""Files that come in from the page, piece by piece, and go on where they stopped."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.actions import LOOK
from bot.channels.web import NAME
from bot.channels.web.calls import Calls, Trouble, delivery_id, read_json, whole
from bot.channels.web.visitors import Visitor
from bot.files import StorageFull, TooLarge, WrongOffset
from bot.messages import Inbound, Piece, cleaned

P = ParamSpec("P")
T = TypeVar("T")

CHUNK_BYTES = 1024 * 1024
LONGEST_NAME = 1000
MOST_CAPTION = 500


class Uploads:
    """An upload's id says whose it is and how large: `address_hex_size`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._store = calls.store

    def routes(self) -> list[Route]:
        """Announcing a file, asking how far it is, bringing the next piece, and thinking better of it."""
        guarded = self._calls.guarded
        return [
            Route("/api/uploads", guarded(self.announce), methods=["POST"]),
            Route("/api/uploads/{upload}", guarded(self.offset), methods=["GET"]),
            Route("/api/uploads/{upload}", guarded(self.append), methods=["PATCH"]),
            Route("/api/uploads/{upload}", guarded(self.cancel), methods=["DELETE"]),
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
        album = f"{visitor.address}_{delivery_id(said['album'])}" if said.get("album") is not None else None
        upload = f"{visitor.address}_{uuid.UUID(delivery).hex}_{size}"
        piece = Piece(name, size, upload, cleaned(caption)[:MOST_CAPTION], album)
        said_back = await self._calls.receive(
            Inbound(NAME, visitor.address, delivery, piece=piece, seen=whole(said.get("seen")))
        )
        refusal = next((row for row in said_back if row.kind == "message" and row.body.get("taken") != upload), None)
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
        await self._calls.receive(Inbound(NAME, visitor.address, f"cancel:{upload}", work=(LOOK, outcome)))
        await self._on_disk(self._store.discard, upload)
        return JSONResponse({})

    async def _all_here(self, visitor: Visitor, upload: str) -> None:
        outcome = {"upload": upload, "delivery": str(uuid.UUID(upload.split("_")[1]))}
        await self._calls.receive(Inbound(NAME, visitor.address, f"here:{upload}", work=("here", outcome)))

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
    address, _, rest = upload.partition("_")
    size = whole(rest.rpartition("_")[2])
    if address != visitor.address or size is None:
        raise Trouble(404, "no_such_upload")
    return upload, size
