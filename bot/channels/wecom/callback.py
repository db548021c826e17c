"""The callback: WeCom calls us with each message and event, and has an answer once what it says is durable (path/90930)."""

from __future__ import annotations

from datetime import datetime, timedelta
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.wecom.crypto import Crypto, Forged
from bot.channels.wecom.intake import Intake
from bot.channels.wecom.settings import CALLBACK_PATH
from bot.clock import Clock
from models.db import DatabaseDown

MOST_BYTES = 256 * 1024
WINDOW = timedelta(minutes=10)
"""How far from our own time the time of a callback may be. Within it, repetitions are known by their keys."""


class Callback:
    """What WeCom calls. `intake` takes in what it says once the channel has started, and `clock` is there by then."""

    def __init__(self, crypto: Crypto) -> None:
        self._crypto = crypto
        self.intake: Intake | None = None
        self.clock = Clock()

    def route(self) -> Route:
        """The one route, for the check of the address, and for messages and events."""
        return Route(CALLBACK_PATH, self._called, methods=["GET", "POST"])

    async def _called(self, request: Request) -> Response:
        """200: it is durable, or nothing can be made of it. 503: not yet. 403, whatever is wrong: it is not from WeCom."""
        try:
            if request.method != "POST":
                echo = self._opened(request, request.query_params.get("echostr", ""))
                if echo.lstrip().startswith(b"<"):  # a message that somebody has caught, and would like to read
                    raise Forged
                return PlainTextResponse(echo)
            said = self._opened(request, _encrypted(await _body(request)))
        except Forged:
            return Response(status_code=403)
        if self.intake is None:
            return Response(status_code=503)
        try:
            await self.intake.take(said)
        except DatabaseDown:
            return Response(status_code=503)
        return Response()

    def _opened(self, request: Request, encrypted: str) -> bytes:
        """What was encrypted; a proxy may have made spaces of its plus signs. Raises Forged."""
        signature, timestamp, nonce = (
            request.query_params.get(name, "") for name in ("msg_signature", "timestamp", "nonce")
        )
        said = self._crypto.opened(signature, timestamp, nonce, encrypted.replace(" ", "+"))
        if not self._is_of_now(timestamp):
            raise Forged
        return said

    def _is_of_now(self, timestamp: str) -> bool:
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 11):
            return False
        now = self.clock.now()
        return abs(datetime.fromtimestamp(int(timestamp), now.tzinfo) - now) <= WINDOW


def _encrypted(body: bytes) -> str:
    """What stands encrypted in the body of a callback. Raises Forged."""
    try:
        return fromstring(body, forbid_dtd=True).findtext("Encrypt") or ""
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Forged from None


async def _body(request: Request) -> bytes:
    """The body. Raises Forged: it is larger than any callback, or broken off."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                raise Forged
    except ClientDisconnect:
        raise Forged from None
    return bytes(body)
