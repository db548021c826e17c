"""The webhook: Telegram calls us with each update, and calls again until we say that it is durable."""

from __future__ import annotations

import asyncio
import hmac
from datetime import timedelta

import structlog
from pydantic_core import from_json, to_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from telegram.error import TelegramError

from bot.channels.telegram.intake import Intake
from bot.channels.telegram.reading import ALLOWED_UPDATES
from bot.channels.telegram.settings import WEBHOOK_PATH, TelegramSettings
from bot.channels.telegram.transport import Api
from bot.channels.telling import Operator
from bot.clock import Clock
from models.db import DatabaseDown

log = structlog.get_logger()

MOST_BYTES = 1024 * 1024
RETRY_AFTER = {"Retry-After": "2"}
"""Seconds; Telegram's own pauses grow to minutes."""
LOOK_EVERY_SECONDS = 300.0


class Webhook:
    """What Telegram calls. `intake` takes updates in once the channel has started."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self.intake: Intake | None = None

    def route(self) -> Route:
        """The one route."""
        return Route(WEBHOOK_PATH, self._called, methods=["POST"])

    async def _called(self, request: Request) -> Response:
        """200: it is durable, or nothing can be made of it. Anything else: not yet, or it is not from Telegram."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode(), self._secret):
            return Response(status_code=401)
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        try:
            update = from_json(body)
        except ValueError:
            update = None
        if not isinstance(update, dict):
            log.error("update not readable", kinds=[])
            return Response()
        if self.intake is None:
            return Response(status_code=503, headers=RETRY_AFTER)
        try:
            await self.intake.take(update)
        except DatabaseDown:
            return Response(status_code=503, headers=RETRY_AFTER)
        return _answer(update)


async def register(api: Api, settings: TelegramSettings) -> None:
    """Ask Telegram to call us."""
    await api.bot.set_webhook(
        settings.webhook, secret_token=settings.webhook_secret, allowed_updates=ALLOWED_UPDATES
    )  # fmt: skip


async def look_after(api: Api, settings: TelegramSettings, operator: Operator, clock: Clock) -> None:
    """Look now and then whether Telegram still calls us, and gets through; until cancelled."""
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        try:
            await look(api, settings, operator, clock)
        except TelegramError as error:
            operator.met(error)


async def look(api: Api, settings: TelegramSettings, operator: Operator, clock: Clock) -> None:
    """Register anew where somebody else has; say why where Telegram's last calls failed. Raises TelegramError."""
    info = await api.bot.get_webhook_info()
    operator.well()
    if info.url != settings.webhook:
        operator.tell("telegram_moved")
        await register(api, settings)
    failed_at = info.last_error_date
    if failed_at is not None and clock.now() - failed_at < timedelta(seconds=LOOK_EVERY_SECONDS):
        operator.tell("telegram_not_through", reason=info.last_error_message)


def _answer(update: dict[str, object]) -> Response:
    """Nothing; or, to a press, that its button may stop spinning, which saves a call of its own."""
    query = update.get("callback_query")
    if not isinstance(query, dict) or "id" not in query:
        return Response()
    answer = to_json({"method": "answerCallbackQuery", "callback_query_id": query["id"]})
    return Response(answer, media_type="application/json")


async def _body(request: Request) -> bytes | None:
    """The body; None: it is larger than any update, or broken off."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)
