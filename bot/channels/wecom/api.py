"""The way to WeCom: its calls over one aiohttp session, each with the token, which stands in no log and no error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from pydantic_core import from_json, to_json

from bot.channels import NotReached, Shared, Unknown
from bot.channels.wecom.outcomes import BAD_TOKEN, ApiError
from bot.channels.wecom.settings import WeComSettings
from bot.channels.wecom.tokens import Tokens
from bot.clock import Clock

CONNECT_SECONDS, TOKEN_SECONDS, CALL_SECONDS = 5.0, 6.0, 15.0
"""Shorter than the outbox waits for an answer."""
AT_ONCE = 64
"""Connections."""
NOT_CONNECTED = (
    aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError, aiohttp.InvalidURL,
)  # fmt: skip


class Alone:
    """As `Shared`, where there is no other process, and nothing to be kept for one."""

    async def read(self, name: str) -> tuple[str, datetime] | None:
        """Nothing."""
        return None

    async def keep(self, name: str, value: str, until: datetime) -> None:
        """Nothing is kept."""

    async def take(self, name: str, span: timedelta) -> bool:
        """Always."""
        return True

    async def give_up(self, name: str) -> None:
        """Nothing to be done."""


class Api:
    """WeCom's interface, as one app. Every call raises ApiError, NotReached (certainly without effect) or Unknown."""

    def __init__(
        self, settings: WeComSettings, clock: Clock, shared: Shared, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:  # fmt: skip
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=AT_ONCE), cookie_jar=aiohttp.DummyCookieJar(), trust_env=True
        )
        self._settings = settings
        self._base = settings.api.rstrip("/") + "/cgi-bin/"
        self._tokens = Tokens(settings, shared, clock, self._fetch_token, sleep)

    async def call(self, path: str, body: Any = None, *, seconds: float = CALL_SECONDS, **query: Any) -> dict[str, Any]:
        """Call a method: POST with a body, else GET; what it answers."""
        what = {} if body is None else {"data": to_json(body), "headers": {"Content-Type": "application/json"}}
        method = "POST" if what else "GET"
        return await self.with_token(lambda token: self.ask(method, path, query | token, seconds, **what))

    async def with_token(self, act: Callable[[dict[str, str]], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """Do something that needs a token; once more with another, where it is not taken any more."""
        token = await self._tokens.get()
        try:
            return await act({"access_token": token})
        except ApiError as error:
            if error.code not in BAD_TOKEN:
                raise
        self._tokens.drop(token)
        token = await self._tokens.get()
        try:
            return await act({"access_token": token})
        except ApiError as error:
            if error.code in BAD_TOKEN:
                self._tokens.drop(token)
            raise

    async def ask(
        self, method: str, path: str, query: dict[str, Any], seconds: float = CALL_SECONDS, **what: Any
    ) -> dict[str, Any]:
        """One request, whose answer is looked at."""
        timeout = aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS)
        try:
            async with self.session.request(
                method, self._base + path, params=query, timeout=timeout, allow_redirects=False, **what
            ) as answer:
                return judged(answer.status, await answer.read())
        # What these errors say holds the address, and that the token.
        except NOT_CONNECTED as error:
            raise NotReached(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unknown(type(error).__name__) from None

    def address(self, path: str) -> str:
        """The whole address of a method."""
        return self._base + path

    async def close(self) -> None:
        """Close every connection."""
        await self.session.close()

    async def _fetch_token(self) -> tuple[str, int]:
        who = {"corpid": self._settings.corp_id, "corpsecret": self._settings.secret}
        found = await self.ask("GET", "gettoken", who, TOKEN_SECONDS)
        try:
            return str(found["access_token"]), int(found["expires_in"])
        except (KeyError, TypeError, ValueError):
            raise Unknown("not a token") from None


def judged(status: int, payload: bytes) -> dict[str, Any]:
    """What an answer says. Raises ApiError, and Unknown where it is none of WeCom's."""
    try:
        found = from_json(payload)
    except ValueError:
        found = None
    if status != 200 or not isinstance(found, dict) or not isinstance(found.get("errcode", 0), int):
        raise Unknown(str(status))
    if found.get("errcode", 0) != 0:
        raise ApiError(found["errcode"], str(found.get("errmsg", "")))
    return found
