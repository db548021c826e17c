"""The emulator itself: the HTTP server, and everything it is made of."""

from __future__ import annotations

import asyncio
import hmac
import inspect
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from tests.emulators.serving import Server, cut_off
from tests.emulators.telegram import calls, control, methods
from tests.emulators.telegram.calls import ApiError, Call
from tests.emulators.telegram.deliveries import Deliveries, Lane, Post
from tests.emulators.telegram.faults import CUT, ERROR, HANG, RESET, Faults
from tests.emulators.telegram.ledger import Chat, Clock, Effect, Ledger, RealClock, StoredFile
from tests.emulators.telegram.limits import Flood
from tests.emulators.telegram.people import Group, Person

TOKEN = "700000001:TEST-TOKEN-OF-THE-EMULATOR"
NOT_IN_AN_ANSWER = ("get", "setwebhook", "deletewebhook", "close", "logout")
DELIVERY_TAKES_AT_MOST = aiohttp.ClientTimeout(total=60)
PIECE = 1 << 16


class TelegramEmulator(Server):
    """Telegram, for one bot. `clock`: what time its messages carry, and by which updates and presses expire.

    `overall`, `per_chat`: messages let through in any second of `ticks` (429 above). `sleep`: waits between attempts
    on a webhook. `post`: brings updates to the webhook in another way than over HTTP.
    """

    def __init__(
        self, clock: Clock | None = None, *, token: str = TOKEN, port: int = 0, overall: int | None = 30,
        per_chat: int | None = None, ticks: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep, post: Post | None = None,
    ) -> None:  # fmt: skip
        super().__init__(port)
        self.token = token
        self.faults = Faults()
        self.flood = Flood(overall, per_chat, ticks)
        self.calls: Counter[str] = Counter()
        """Calls by method."""
        self.refusals: list[tuple[str, int, str]] = []
        """(method, status, description) of every call that was refused."""
        self.ledger = Ledger(clock or RealClock())
        self.deliveries = Deliveries(self.ledger.clock, post or self._post, self._answered, sleep)
        self.methods = methods.Methods(self.ledger, self.deliveries, self.flood)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/bot{token}/{method}", self._called)
        app.router.add_routes(control.routes(self))
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)

    def end(self) -> None:
        self.deliveries.end()
        self.faults.stop()

    def revoke(self) -> None:
        """The token is no longer good."""
        self.faults.revoked = True

    # The other end

    def person(self, chat_id: int, name: str = "某人") -> Person:
        """Somebody with Telegram, who has not pressed Start unless met before."""
        chat = self.ledger.chats.setdefault(chat_id, Chat(chat_id, "private", name))
        return Person(self.ledger, self.deliveries, self.methods.presses, chat)

    def group(self, chat_id: int, title: str = "工作群") -> Group:
        """A group without the bot; its id is negative."""
        chat = self.ledger.chats.setdefault(chat_id, Chat(chat_id, "group", title))
        return Group(self.ledger, self.deliveries, chat)

    def update(self, kind: str, body: dict[str, Any], lane: Lane = ("chat", 0)) -> int:
        """Let any update come; its id."""
        return self.deliveries.put(kind, body, lane)

    def redeliver(self, update_id: int) -> None:
        """Deliver an update once more."""
        self.deliveries.redeliver(update_id)

    def jump_ids(self, to: int = 50_000_001) -> None:
        """Go on with other update ids, as after a quiet week; they may be lower."""
        self.deliveries.next_id = to

    async def quiet(self, seconds: float = 10) -> None:
        """Wait until every update was taken: answered with 2xx, or confirmed by getUpdates. TimeoutError."""
        await self.deliveries.quiet(seconds)

    def effects(self, method: str | None = None, chat_id: int | None = None) -> list[Effect]:
        """Everything that the bot did, oldest first, whatever became of it later."""
        found = [one for one in self.ledger.history if method is None or one.method.lower() == method.lower()]
        return [one for one in found if chat_id is None or one.chat_id == chat_id]

    # The server

    async def _called(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check(request)
            call = await calls.read(request)
            self.calls[call.method] += 1
            return await self._with_faults(request, call)
        except ApiError as error:
            name = request.match_info["method"]
            self.refusals.append((name, error.status, error.description))
            return web.json_response(error.body, status=error.status)

    def _check(self, request: web.Request) -> None:
        good = hmac.compare_digest(request.match_info["token"].encode(), self.token.encode())
        if self.faults.revoked or not good:
            raise ApiError(401, "Unauthorized")

    async def _with_faults(self, request: web.Request, call: Call) -> web.StreamResponse:
        fault = self.faults.next(call)
        if fault is not None and isinstance(fault.how, ApiError):
            raise fault.how
        if fault is not None and fault.how == ERROR:
            return web.Response(status=500, text="Internal Server Error")
        if fault is not None and fault.how == RESET:
            return cut_off(request)
        if fault is not None and fault.how == HANG:
            await fault.released.wait()
        result = await self._perform(call, "call")
        if fault is not None and fault.how == CUT:
            return cut_off(request)
        return web.json_response({"ok": True, "result": result})

    async def _perform(self, call: Call, via: str) -> Any:
        found = methods.find(call.method)
        if found is None:
            raise ApiError(404, "Not Found")
        result = found(self.methods, call, via)
        return await result if inspect.isawaitable(result) else result

    async def _download(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check(request)
            file = self.ledger.linked(request.match_info["path"])
            if file is None:
                raise ApiError(404, "Not Found")
        except ApiError as error:
            return web.json_response(error.body, status=error.status)
        self.calls["file"] += 1
        fault = self.faults.next(Call("file", {}))
        if fault is not None and fault.how == ERROR:
            return web.Response(status=500)
        if fault is not None and fault.how == HANG:
            await fault.released.wait()
        return await _stream(request, file, broken=fault is not None and fault.how in (RESET, CUT))

    # The other direction

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        session = self.session(timeout=DELIVERY_TAKES_AT_MOST, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                told = {name.lower(): value for name, value in answer.headers.items()}
                return answer.status, told, await answer.read()
        except aiohttp.ClientError as error:
            raise ConnectionError(type(error).__name__) from error

    async def _answered(self, body: bytes, content_type: str) -> None:
        """Carry out the method that stands in an answer; nobody learns what came of it."""
        try:
            told = json.loads(body) if "json" in content_type else dict(parse_qsl(body.decode()))
            name = told.pop("method")
        except (ValueError, KeyError, AttributeError):
            return
        if name.lower().startswith(NOT_IN_AN_ANSWER):
            return
        self.calls[name] += 1
        try:
            await self._perform(Call(name, told), "webhook")
        except ApiError as error:
            self.refusals.append((name, error.status, error.description))


async def _stream(request: web.Request, file: StoredFile, *, broken: bool) -> web.StreamResponse:
    """A file's bytes from where they are asked for; up to the middle, or to where there is no data, if that breaks off."""
    start = request.http_range.start or 0
    if start >= file.size > 0:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{file.size}"})
    headers = {"Content-Length": str(file.size - start)}
    if start:
        headers["Content-Range"] = f"bytes {start}-{file.size - 1}/{file.size}"
    response = web.StreamResponse(status=206 if start else 200, headers=headers)
    await response.prepare(request)
    end = start + (len(file.data) - start) // 2 if broken else len(file.data)
    for place in range(start, end, PIECE):
        await response.write(file.data[place : min(place + PIECE, end)])
    return cut_off(request) if end < file.size else response
