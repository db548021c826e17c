"""Ticks, at each of which all is done that is due by now (bot/due.py): late after an outage, but done."""

from __future__ import annotations

import asyncio

import structlog

from bot.assistant import Assistant
from bot.due import DUE, Due
from bot.turn import Turn
from models.db import DatabaseDown

log = structlog.get_logger()

DUE_SECONDS = 20
CHANNEL = "schedule"
"""Where the audit says that it came from."""


class DueWork:
    """Lets things fall due while the process runs; ticks drive it."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._ending = False

    async def tick(self) -> None:
        """Do all that is due by now."""
        for function in DUE:
            await self.do(function)

    async def do(self, function: Due) -> None:
        """Do all that is due by now of one kind."""
        try:
            while not self._ending and await self._some(function):
                pass
        except DatabaseDown as error:
            log.warning("database unavailable", reason=str(error))

    def stop(self) -> None:
        """Begin with nothing more."""
        self._ending = True

    async def _some(self, function: Due) -> bool:
        found = False

        def work(turn: Turn) -> None:
            nonlocal found
            found = function(turn)

        try:
            await asyncio.wrap_future(self._assistant.by_itself(CHANNEL, work))
        except DatabaseDown:
            raise
        except Exception as error:
            # It is tried again with the next tick; what else is due does not wait for it.
            log.error("due work failed", work=function.__name__, error=type(error).__name__)
            return False
        return found
