"""Polling: asking Telegram for updates, again and again, and confirming only those that are durable."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from telegram.error import RetryAfter, TelegramError

from bot.channels.telegram.intake import Intake
from bot.channels.telegram.outcomes import seconds_of
from bot.channels.telegram.reading import ALLOWED_UPDATES, chat_of
from bot.channels.telegram.transport import CALL_SECONDS, Api
from bot.channels.telling import Operator
from models.db import DatabaseDown

WAIT_SECONDS = 30
"""How long Telegram holds a call open while there is nothing to tell."""
LONGEST_PAUSE = 60.0

Update = Mapping[str, Any]
Sleep = Callable[[float], Awaitable[object]]


class Pauses:
    """Growing pauses between attempts: 1, 2, 4 ... 60 seconds."""

    def __init__(self, sleep: Sleep) -> None:
        self._sleep = sleep
        self._next = 1.0

    async def after(self, error: Exception) -> None:
        """Wait, for as long as Telegram asks if it does."""
        asked = seconds_of(error) if isinstance(error, RetryAfter) else 0.0
        seconds, self._next = max(asked, self._next), min(self._next * 2, LONGEST_PAUSE)
        await self._sleep(seconds)

    def over(self) -> None:
        """All is well: the next pause is short again."""
        self._next = 1.0


async def poll(api: Api, intake: Intake, operator: Operator, sleep: Sleep) -> None:
    """Take updates in until cancelled.

    An offset confirms everything below it. It is sent once, right after what it confirms: when the ids of updates begin
    anew, as they do after a quiet week, they may be lower, and an old offset would confirm what nobody has seen.
    """
    offset, waits, pauses = 0, WAIT_SECONDS, Pauses(sleep)
    async with asyncio.TaskGroup() as beside:
        while True:
            try:
                updates = await api.call(
                    "getUpdates", seconds=waits + CALL_SECONDS, offset=offset, timeout=waits,
                    allowed_updates=ALLOWED_UPDATES,
                )  # fmt: skip
                operator.well()
                waits = WAIT_SECONDS
                await take_all(intake, updates)
            except TelegramError as error:
                operator.met(error)
                waits = 0  # so that it is known at once when all is well again
                await pauses.after(error)
            except DatabaseDown as error:  # nothing is confirmed: the same updates come again
                await pauses.after(error)
            else:
                pauses.over()
                offset = max((one["update_id"] for one in updates), default=-1) + 1
                for update in updates:
                    if "callback_query" in update:
                        beside.create_task(_acknowledge(api, update["callback_query"]["id"]))


async def take_all(intake: Intake, updates: list[Update]) -> None:
    """Take updates in, those of one chat one after the other. Raises DatabaseDown if any is not durable."""
    chats: defaultdict[int | None, list[Update]] = defaultdict(list)
    for update in updates:
        chats[chat_of(update)].append(update)
    outcomes = await asyncio.gather(*(_in_order(intake, of_chat) for of_chat in chats.values()), return_exceptions=True)
    for failed in (one for one in outcomes if isinstance(one, BaseException)):
        raise failed


async def _in_order(intake: Intake, updates: list[Update]) -> None:
    for update in updates:
        await intake.take(update)


async def _acknowledge(api: Api, query: str) -> None:
    """Let a pressed button stop spinning, as far as that can be done."""
    with suppress(TelegramError):
        await api.bot.answer_callback_query(query)
