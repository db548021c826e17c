"""What the operator reads in the log when Telegram cannot be used, and when it can be again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.channels.telegram.outcomes import trouble
from bot.clock import Clock
from bot.render import Words

SAY_EVERY = timedelta(minutes=1)
log = structlog.get_logger()


class Operator:
    """Tells each trouble at most once a minute, and once that all is well again."""

    def __init__(self, words: Words, clock: Clock) -> None:
        self._words = words
        self._clock = clock
        self._told: dict[str, datetime] = {}
        self._troubled = False

    def met(self, error: TelegramError) -> None:
        """A call failed."""
        code = trouble(error)
        if code is not None:
            self._troubled = True
            self.tell(code)

    def tell(self, code: str, **params: Any) -> None:
        """Say something that templates/commands/telegram.j2 words, unless that was done a moment ago."""
        self._say(log.warning, code, params)

    def well(self) -> None:
        """A call that listens succeeded."""
        if self._troubled:
            self._troubled = False
            self._say(log.info, "telegram_well", {})

    def _say(self, how: Callable[[str], object], code: str, params: dict[str, Any]) -> None:
        now = self._clock.now()
        if code not in self._told or now - self._told[code] >= SAY_EVERY:
            self._told[code] = now
            how(self._words.text("commands", "telegram", code=code, p=params))
