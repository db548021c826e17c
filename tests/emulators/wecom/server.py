"""The emulator itself: the HTTP server, and everything it is made of."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp import web

from tests.emulators.serving import Server, cut_off
from tests.emulators.wecom import limits
from tests.emulators.wecom.callbacks import Callbacks, Post
from tests.emulators.wecom.crypto import Sealer
from tests.emulators.wecom.faults import CUT, ERROR, HANG, Faults, WeComError
from tests.emulators.wecom.ledger import Account, Clock, Ledger, RealClock
from tests.emulators.wecom.messages import Messages
from tests.emulators.wecom.people import Member

CORP, AGENT, SECRET = "wx5823bf96d3bd56c7", 1000002, "secret-of-the-emulated-app"
TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
TOKEN_LASTS, OAUTH_LASTS = timedelta(seconds=7200), timedelta(minutes=5)
STATE = re.compile("[a-zA-Z0-9]{0,128}")
UPLOADS = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}
MOST_AT_ONCE = 20 << 20


class WeComEmulator(Server):
    """WeCom, for one corp and one app. `ticks`: seconds by which each member's minutes and hours are counted.

    `quota`: person-times a day. `windows`: how many messages a member gets in which times. `post`: calls the app in
    another way than over HTTP. `domain`: the app's trusted domain.
    """

    def __init__(
        self, clock: Clock | None = None, *, port: int = 0, quota: int = 1_000_000, post: Post | None = None,
        windows: tuple[tuple[int, float], ...] = (limits.A_MINUTE, limits.AN_HOUR), domain: str = "fz.example.gov.cn",
        ticks: Callable[[], float] = time.monotonic, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        super().__init__(port)
        self.corp, self.agent, self.secret = CORP, AGENT, SECRET
        self.domain = domain
        self.trusted = True
        """Whether calls come from an address in 企业可信IP."""
        self.faults = Faults()
        self.flood = limits.Flood(ticks, windows)
        self.calls: Counter[str] = Counter()
        self.refusals: list[tuple[str, int, str]] = []
        """(path, errcode, why) of every call that was refused."""
        self.menu: dict[str, Any] = {}
        self.names_media = True
        """Whether what is fetched comes with its name, or with its type alone."""
        self.ledger = Ledger(clock or RealClock())
        self.messages = Messages(self.ledger, self.flood, AGENT, quota)
        self.callbacks = Callbacks(self.ledger.clock, Sealer(TOKEN, AES_KEY, CORP), post or self._post, sleep)
        self._token, self._token_until = "", self.ledger.clock.now()
        self._dead: set[str] = set()
        self._oauth: dict[str, tuple[str, datetime, bool]] = {}

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/cgi-bin/{path:.+}", self._called)

    def end(self) -> None:
        self.callbacks.end()
        self.faults.stop()

    # The other end

    def member(self, userid: str) -> Member:
        """A member of the corp, who may see the app."""
        account = self.ledger.members.setdefault(userid.lower(), Account(userid.lower()))
        return Member(self, account, userid)

    def invalidate(self) -> None:
        """The token is not good any more, before its time."""
        self._dead.add(self._token)
        self._token = ""

    def alert(self, name: str) -> None:
        """Tell the app something that no member does."""
        fields = {"ToUserName": self.corp, "FromUserName": "sys", "CreateTime": int(self._now().timestamp())}
        more = {"MsgType": "event", "Event": name, "EffectTime": int(self._now().timestamp()) + 86_400}
        self.callbacks.put("sys", fields | more | {"AgentID": self.agent})

    def authorize(self, query: dict[str, str], userid: str) -> str:
        """Where a member is sent back to. WeComError: the page says so instead."""
        there = urlsplit(query["redirect_uri"])
        if there.netloc != self.domain:
            raise WeComError(50001, "redirect domain")
        if STATE.fullmatch(query.get("state", "")) is None:
            raise WeComError(84025, "state")
        assert (query["appid"], query["response_type"], query["scope"]) == (self.corp, "code", "snsapi_base")
        code = self.ledger.next("oauth-")
        self._oauth[code] = userid, self._now(), False
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    async def quiet(self, seconds: float = 10) -> None:
        """Wait until every callback was taken, or given up."""
        await self.callbacks.quiet(seconds)

    def _now(self) -> datetime:
        return self.ledger.clock.now()

    # The server

    async def _called(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.calls[path] += 1
        body: dict[str, Any] = {}
        if request.method == "POST" and request.content_type == "application/json":
            raw = (await request.read()).decode()
            try:
                body = json.loads(raw)
            except ValueError:
                return self._refused(path, WeComError(40035, "Warning: wrong json format"))
            if "\\u" in raw:
                return self._refused(path, WeComError(40033, "no \\uxxxx"))
        fault = self.faults.next(path, str(body.get("touser", "")).lower())
        if fault is None:
            return await self._answered(path, request, body)
        if isinstance(fault.how, int):
            return self._refused(path, WeComError(fault.how, "scripted"))
        if fault.how == ERROR:
            return web.Response(status=502, text="Bad Gateway")
        if fault.how == HANG:
            await fault.released.wait()
        if fault.how in (CUT, HANG):
            answer = await self._answered(path, request, body)
        return answer if fault.how == HANG else cut_off(request)

    async def _answered(self, path: str, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        try:
            answer = await self._perform(path, request, body)
        except WeComError as error:
            return self._refused(path, error)
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.json_response({"errcode": 0, "errmsg": "ok"} | answer)

    def _refused(self, path: str, error: WeComError) -> web.Response:
        self.refusals.append((path, error.code, error.what))
        return web.json_response(error.body)

    async def _perform(self, path: str, request: web.Request, body: dict[str, Any]) -> Any:
        if path == "gettoken":
            return self._new_token(request)
        self._check_token(request, body)
        if not self.trusted:
            raise WeComError(60020, "not allow to access from your ip")
        if path == "media/upload":
            return await self._uploaded(request)
        if path == "media/get":
            return self._media(request)
        calls: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "message/send": self.messages.send, "message/recall": self.messages.recall,
            "message/update_template_card": self.messages.update,
            "menu/create": self._set_menu, "menu/get": lambda _: self.menu,
            "getcallbackip": lambda _: {"ip_list": ["203.0.113.9"]},
        }  # fmt: skip
        perform = calls.get(path)
        if path.startswith("menu/") and request.query.get("agentid") != str(self.agent):
            raise WeComError(301002, "agentid of another app")
        if path == "auth/getuserinfo":
            return self._who(request.query.get("code", ""))
        if perform is None:
            raise WeComError(48002, "no such interface")
        return perform(body)

    def _new_token(self, request: web.Request) -> dict[str, Any]:
        if request.query.get("corpid") != self.corp:
            raise WeComError(40013, "invalid corpid")
        if request.query.get("corpsecret") != self.secret:
            raise WeComError(40001, "invalid credential")
        if not self._token or self._now() >= self._token_until:
            self._token, self._token_until = self.ledger.next("access-token-"), self._now() + TOKEN_LASTS
        left = int((self._token_until - self._now()).total_seconds())
        return {"access_token": self._token, "expires_in": left}

    def _check_token(self, request: web.Request, body: dict[str, Any]) -> None:
        given = request.query.get("access_token", "")
        if not given or "access_token" in body:
            raise WeComError(41001, "access_token missing")
        if given != self._token:
            raise WeComError(
                42001 if given in self._dead or given.startswith("access-token-") else 40014, "access_token"
            )
        if self._now() >= self._token_until:
            raise WeComError(42001, "access_token expired")

    def _set_menu(self, body: dict[str, Any]) -> dict[str, Any]:
        limits.check_menu(body)
        self.menu = body
        return {}

    def _who(self, code: str) -> dict[str, Any]:
        userid, at, used = self._oauth.get(code, ("", self._now(), False))
        if not userid:
            raise WeComError(40029, "invalid code")
        if used:
            raise WeComError(42022, "code used")
        if self._now() - at > OAUTH_LASTS:
            raise WeComError(42003, "code expired")
        self._oauth[code] = userid, at, True
        known = userid.lower() in self.ledger.members
        return {"userid": userid} if known else {"openid": "o-stranger"}

    async def _uploaded(self, request: web.Request) -> dict[str, Any]:
        kind = request.query.get("type", "")
        part = (await request.post()).get("media")
        if not isinstance(part, web.FileField) or kind not in UPLOADS:
            raise WeComError(41005, "media data missing")
        data = part.file.read()
        if len(data) <= 5 or len(data) > UPLOADS[kind]:
            raise WeComError(45001, "media size out of limit")
        held = self.ledger.keep(kind, part.filename, data)
        return {"type": kind, "media_id": held.id, "created_at": str(int(self._now().timestamp()))}

    def _media(self, request: web.Request) -> web.StreamResponse:
        held = self.ledger.media.get(request.query.get("media_id", ""))
        if held is None or self._now() >= held.until:
            raise WeComError(40007 if held is None else 40145, "invalid media_id")
        asked = request.http_range
        headers = {"Content-Disposition": f'attachment; filename="{held.name}"'}
        headers = headers if self.names_media else {"Content-Type": f"{held.kind.replace('voice', 'audio')}/x"}
        start, stop = asked.start or 0, min(asked.stop or len(held.data), len(held.data))
        if "Range" not in request.headers:
            if len(held.data) > MOST_AT_ONCE:
                raise WeComError(830002, "range needed")
            return web.Response(body=held.data, headers=headers)
        if start >= len(held.data):
            return web.Response(status=416) if start >= held.size else cut_off(request)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{held.size}"
        return web.Response(status=206, body=held.data[start:stop], headers=headers)

    async def _post(self, method: str, url: str, body: bytes) -> tuple[int, bytes]:
        try:
            async with self.session().request(method, url, data=body, headers={"Content-Type": "text/xml"}) as answer:
                return answer.status, await answer.read()
        except aiohttp.ClientError as error:
            raise ConnectionError(type(error).__name__) from error
