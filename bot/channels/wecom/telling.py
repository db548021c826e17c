"""What the operator reads in the log when WeCom cannot be used, and when it can be again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.channels import NotReached, Unknown
from bot.channels.wecom.outcomes import ApiError, Unlicensed, trouble
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

    def met(self, error: ApiError | Unlicensed | NotReached | Unknown) -> None:
        """A call failed."""
        code = trouble(error)
        if code is not None:
            self._troubled = True
            self.tell(code, code=error.code if isinstance(error, ApiError) else 0)

    def tell(self, code: str, /, **params: Any) -> None:
        """Say something that templates/commands/wecom.j2 words, unless that was done a moment ago."""
        self._say(log.warning, code, params)

    def well(self) -> None:
        """Something got through."""
        if self._troubled:
            self._troubled = False
            self._say(log.info, "wecom_well", {})

    def _say(self, how: Callable[[str], object], code: str, params: dict[str, Any]) -> None:
        now = self._clock.now()
        if code not in self._told or now - self._told[code] >= SAY_EVERY:
            self._told[code] = now
            how(self._words.text("commands", "wecom", code=code, p=params))
