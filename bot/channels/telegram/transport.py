"""The way to Telegram: python-telegram-bot's requests over one aiohttp session, and the calls that go around its objects."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from pydantic_core import from_json, to_json
from telegram import Bot
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram.settings import TelegramSettings

# How long to wait is a timedelta, as it will be in the library's next version; else it warns of that.
os.environ.setdefault("PTB_TIMEDELTA", "1")

CONNECT_SECONDS = 5.0
CALL_SECONDS = 15.0
"""Shorter than the outbox waits for an answer."""
AT_ONCE = 100
"""Connections."""
NOT_CONNECTED = (
    aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError, aiohttp.InvalidURL,
)  # fmt: skip


class NotConnected(NetworkError):
    """No connection was made: nothing of the call was sent."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Parameters as they are, where the library would have made objects of them."""

    parameters: dict[str, Any]
    contains_files: bool = False


class Network(BaseRequest):
    """The library's requests. The session is whoever's made it, and outlives them."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @property
    def read_timeout(self) -> float | None:
        """Seconds that a call may take."""
        return CALL_SECONDS

    async def initialize(self) -> None:
        """Nothing to be done."""

    async def shutdown(self) -> None:
        """Nothing to be done."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE, write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE, pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:  # fmt: skip
        """Status and body of the answer. NotConnected: certainly not sent; other errors: it may have been."""
        seconds = CALL_SECONDS if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        try:
            async with self._session.request(method, url, timeout=_within(seconds), **_content(request_data)) as answer:
                return answer.status, await answer.read()
        # What these errors say holds the address, and that the token.
        except NOT_CONNECTED as error:
            raise NotConnected(type(error).__name__) from None
        except TimeoutError as error:
            raise TimedOut(type(error).__name__) from None
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """What an answer says. TelegramError: it is none of Telegram's. (The library's own would log it whole.)"""
        try:
            found = from_json(payload)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise TelegramError("not an answer of Telegram")
        return found


class Api:
    """The Bot API of one bot."""

    def __init__(self, settings: TelegramSettings) -> None:
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=AT_ONCE), cookie_jar=aiohttp.DummyCookieJar(),
            proxy=_proxy(settings.api),
        )  # fmt: skip
        self._network = Network(self.session)
        base = settings.api.rstrip("/")
        self.bot = Bot(
            settings.token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot",
            request=self._network, get_updates_request=self._network,
        )  # fmt: skip

    async def call(self, method: str, *, seconds: float = CALL_SECONDS, **parameters: Any) -> Any:
        """Call a method with plain parameters; its plain result. Raises TelegramError as the library's own calls do."""
        data = cast(RequestData, Plain(parameters))
        try:
            return await self._network.post(f"{self.bot.base_url}/{method}", data, read_timeout=seconds)
        except (KeyError, TypeError):
            raise TelegramError("not an answer of Telegram") from None

    async def close(self) -> None:
        """Close every connection."""
        await self.session.close()


@cache
def _within(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, connect=2 * CONNECT_SECONDS, sock_connect=CONNECT_SECONDS)


def _content(data: RequestData | None) -> dict[str, Any]:
    if data is None:
        return {}
    if not data.contains_files:
        return {"data": to_json(data.parameters), "headers": {"Content-Type": "application/json"}}
    form = aiohttp.FormData(quote_fields=False)  # names of files in Chinese as they are
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return {"data": form}


def _proxy(api: str) -> str | None:
    """The proxy that the environment names (HTTPS_PROXY and the like) for an address, if any."""
    address = urlsplit(api)
    return None if proxy_bypass(address.hostname or "") else getproxies().get(address.scheme)
