"""Telegram as a channel: python-telegram-bot is the transport, and nobody else here knows of it.

docs/decisions/0014-telegram.md says why it is used as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from starlette.routing import BaseRoute
from telegram import BotCommand
from telegram.error import BadRequest, TelegramError

from bot.channels import Channel, Door, Pace, Surroundings, Traits, Unset
from bot.channels.telegram import files
from bot.channels.telegram.checking import problems
from bot.channels.telegram.entrance import Entrance, reached
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.outcomes import outcome, trouble
from bot.channels.telegram.polling import Pauses, Sleep, poll
from bot.channels.telegram.reading import NAME
from bot.channels.telegram.sending import Sending
from bot.channels.telegram.settings import TelegramSettings, load, wrong
from bot.channels.telegram.transport import Api
from bot.channels.telegram.webhook import Webhook, look_after, register
from bot.channels.telling import Operator
from bot.clock import Clock
from bot.rows import Sent

__all__ = ["NAME", "TelegramChannel", "TelegramSettings", "from_settings", "problems"]

log = structlog.get_logger()


class TelegramChannel(Channel):
    """Private chats with one bot; an address is the chat's id."""

    name = NAME
    traits = Traits(lists=False, pushes=True, pace=Pace(25, 1), largest_file=files.LARGEST)

    def __init__(self, settings: TelegramSettings, sleep: Sleep = asyncio.sleep) -> None:
        """`sleep`: waits between attempts. Unset: a webhook without its secret, by which anybody could be anybody."""
        if settings.mode == "webhook" and not settings.webhook_secret:
            raise Unset(["TELEGRAM_WEBHOOK_SECRET"])
        pace, vouches = Pace(settings.pace, settings.chat_pace), reached(settings.public_url)
        self.traits = replace(self.traits, pace=pace, vouches=vouches)
        self._settings = settings
        self._clock = Clock()
        self._sleep = sleep
        self._webhook = Webhook(settings.webhook_secret) if settings.mode == "webhook" else None
        self._api: Api
        self._sending: Sending
        self._operator: Operator
        self._surroundings: Surroundings
        self._listening: asyncio.Task[None]

    async def start(self, surroundings: Surroundings) -> None:
        """Begin to listen; where Telegram cannot be reached, that is told and tried again, for as long as it takes."""
        self._surroundings = surroundings
        self._api = Api(self._settings)
        self._sending = Sending(self._api, surroundings, self._settings.public_url if self.traits.vouches else None)
        self._clock = surroundings.clock
        self._operator = Operator(NAME, surroundings.words, surroundings.clock, trouble)
        intake = Intake(self._api, surroundings)
        if self._webhook is not None:
            self._webhook.intake = intake
        self._listening = asyncio.create_task(self._listen(intake))

    async def stop(self) -> None:
        """What was delivered and is not confirmed yet comes again when the channel starts next."""
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening
        await self._api.close()

    def routes(self) -> list[BaseRoute]:
        """What Telegram calls, where it is to."""
        return [] if self._webhook is None else [self._webhook.route()]

    def invitation(self, code: str) -> str | None:
        """A link into the chat that brings the code along; none where the bot's name is not set."""
        return f"https://t.me/{self._settings.name}?start={code}" if self._settings.name else None

    def entrance(self, door: Door) -> list[BaseRoute]:
        """The page that Telegram opens as a Mini App, where it can."""
        if not self.traits.vouches:
            return []
        return list(Entrance(self._settings, door, self._now).routes())

    async def send(self, row: Sent) -> str | None:
        """Bring a message, or the next piece of a long one; the id of what carries its buttons."""
        try:
            return await self._sending.bring(row)
        except TelegramError as error:
            self._operator.met(error)
            raise outcome(error) from None

    def fetch(self, source: dict[str, Any], offset: int) -> AsyncIterator[bytes]:
        """The bytes of a file, from `offset` on."""
        return files.fetch(self._api, source["file_id"], offset)

    def _now(self) -> datetime:
        return self._clock.now()

    async def _listen(self, intake: Intake) -> None:
        pauses = Pauses(self._sleep)
        while True:
            try:
                await self._set_up()
                pauses.over()
                if self._webhook is None:
                    await poll(self._api, intake, self._operator, self._sleep)
                else:
                    await look_after(self._api, self._settings, self._operator, self._surroundings.clock)
            except BadRequest as error:  # of the webhook's address: a name that nobody knows, a wrong certificate
                self._operator.tell("telegram_refused", reason=str(error))
                await pauses.after(error)
            except TelegramError as error:
                self._operator.met(error)
                await pauses.after(error)
            except Exception as error:  # of our own making: listening goes on all the same
                log.error("listening failed", channel=NAME, error=type(error).__name__)
                await pauses.after(error)

    async def _set_up(self) -> None:
        """Tell Telegram how updates are to come, and what stands in the chat's menu."""
        me = await self._api.bot.get_me()
        if self._settings.name and self._settings.name.lower() != (me.username or "").lower():
            self._operator.tell("telegram_other_name", name=me.username)
        if self._webhook is None:
            await self._api.bot.delete_webhook()
        else:
            await register(self._api, self._settings)
        meant = self._surroundings.words.commands(NAME)
        menu = [BotCommand(command, f"{word}：{what}") for command, (word, what) in meant.items()]
        with suppress(BadRequest):  # without a menu all can be typed
            await self._api.bot.set_my_commands(menu)
        self._operator.well()


def from_settings() -> TelegramChannel:
    """The channel as `.env` sets it up. Unset: what is missing or wrong there."""
    settings = load()
    names = [name for _, name in wrong(settings)]
    if names:
        raise Unset(names)
    return TelegramChannel(settings)
