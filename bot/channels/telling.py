"""What the operator reads in the log when a platform cannot be used, and when it can be again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.channels import Problem
from bot.clock import Clock
from bot.render import Words

SAY_EVERY = timedelta(minutes=1)
log = structlog.get_logger()


class Operator:
    """Tells each trouble of one channel at most once a minute, and once that all is well again.

    `trouble`: what an operator should know of a call that failed; None: nothing to be done.
    """

    def __init__(
        self, channel: str, words: Words, clock: Clock, trouble: Callable[[Any], Problem | None]
    ) -> None:  # fmt: skip
        self._channel = channel
        self._words = words
        self._clock = clock
        self._trouble = trouble
        self._told: dict[tuple[Any, ...], datetime] = {}
        self._troubled = False

    def met(self, error: Exception) -> None:
        """A call failed."""
        found = self._trouble(error)
        if found is not None:
            self._troubled = True
            self.tell(found[0], **found[1])

    def tell(self, code: str, /, **params: Any) -> None:
        """Say something that templates/commands/<channel>.j2 words, unless that was done a moment ago."""
        self._say(log.warning, code, params)

    def well(self) -> None:
        """Something got through."""
        if self._troubled:
            self._troubled = False
            self._say(log.info, f"{self._channel}_well", {})

    def _say(self, how: Callable[[str], object], code: str, params: dict[str, Any]) -> None:
        now, said = self._clock.now(), (code, *params.values())
        if said not in self._told or now - self._told[said] >= SAY_EVERY:
            self._told[said] = now
            how(self._words.text("commands", self._channel, code=code, p=params))
