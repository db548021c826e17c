"""Handing updates to the assistant, whichever way they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.channels import Surroundings
from bot.channels.telegram import files
from bot.channels.telegram.reading import NAME, UNKNOWN_SIZE, Names, kinds_of, read
from bot.channels.telegram.transport import Api
from bot.messages import Inbound
from bot.render import Words
from models.db import DatabaseDown

log = structlog.get_logger()


class Intake:
    """Takes updates in, each by itself: one that cannot be dealt with hinders no other."""

    def __init__(self, api: Api, surroundings: Surroundings) -> None:
        self._api = api
        self._receive = surroundings.receive
        self._names = names(surroundings.words)

    async def take(self, update: Mapping[str, Any]) -> None:
        """Returns once what an update says is durable, or it is clear that nothing can be made of it. Raises DatabaseDown."""
        try:
            inbound = read(update, self._names)
        except Exception as error:  # whatever shape it has, it must not come again and again
            log.error("update not readable", kinds=kinds_of(update), error=type(error).__name__)
            return
        if inbound is None:
            return
        if inbound.piece is not None and inbound.piece.size == UNKNOWN_SIZE:
            inbound = await self._sized(inbound)
        try:
            await self._receive(inbound)
        except DatabaseDown:
            raise
        except Exception as error:
            log.error("delivery not taken", channel=NAME, delivery=inbound.key, error=type(error).__name__)

    async def _sized(self, inbound: Inbound) -> Inbound:
        """With the size of its file, which Telegram has not said; where it cannot be asked, too large to be brought here."""
        assert inbound.piece is not None
        assert inbound.piece.source is not None
        try:
            size = await files.size(self._api, inbound.piece.source["file_id"])
        except TelegramError:
            size = files.LARGEST + 1
        return replace(inbound, piece=replace(inbound.piece, size=size))


def names(words: Words) -> Names:
    """The words that reading needs."""
    commands = {command: meant[0] for command, meant in words.commands(NAME).items()}
    return Names(commands, *(words.text(NAME, one) for one in ("photo", "video", "voice", "file")))
