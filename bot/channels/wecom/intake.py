"""Handing callbacks to the assistant, each by itself: one that cannot be dealt with hinders no other."""

from __future__ import annotations

import structlog

from bot.channels import Surroundings
from bot.channels.telling import Operator
from bot.channels.wecom.pressed import Pressed
from bot.channels.wecom.reading import NAME, WELL, Names, read
from bot.render import Words
from models.db import DatabaseDown

log = structlog.get_logger()


class Intake:
    """Takes in what callbacks say."""

    def __init__(self, surroundings: Surroundings, pressed: Pressed, operator: Operator) -> None:
        self._receive = surroundings.receive
        self._names = names(surroundings.words)
        self._pressed = pressed
        self._operator = operator

    async def take(self, body: bytes) -> None:
        """Returns once what a callback says is durable, or it is clear that nothing can be made of it. Raises DatabaseDown."""
        try:
            came = read(body, self._names)
        except Exception as error:  # whatever shape it has, it must not come again and again
            log.error("callback not readable", error=type(error).__name__)
            return
        if came.alert is not None:
            self._operator.tell("wecom_active" if came.alert in WELL else "wecom_inactive", event=came.alert)
        if came.inbound is None:
            return
        if came.press is not None:
            self._pressed.comes(came.inbound.address, came.press)
        try:
            rows = await self._receive(came.inbound)
        except DatabaseDown:
            raise
        except Exception as error:
            log.error("delivery not taken", channel=NAME, delivery=came.inbound.key, error=type(error).__name__)
            return
        if came.press is not None:
            self._pressed.came(came.inbound.address, came.press, rows)


def names(words: Words) -> Names:
    """The words that reading needs."""
    return Names(*(words.text(NAME, one) for one in ("menu", "photo", "video", "voice", "file")))
