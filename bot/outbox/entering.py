"""What comes of rows and matters to people enters as a turn, like anything else that is delivered, and takes effect once."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from bot.assistant import Assistant
from bot.delivery import UNDELIVERED
from bot.messages import Inbound
from bot.router import LEFT
from bot.rows import Sent
from models import people
from models.db import Database
from models.outgoing import Why


class Entering:
    """Brings results in. Every method raises DatabaseDown if nothing was kept."""

    def __init__(self, database: Database, assistant: Assistant) -> None:
        self._database = database
        self._assistant = assistant

    async def worked(self, row: Sent, outcome: dict[str, Any]) -> None:
        """Work has come to something."""
        await self._enter(row.channel, row.address, f"work:{row.id}", row.body.get("result", row.kind), outcome)

    async def left(self, row: Sent) -> None:
        """The person of a row has left its channel."""
        if row.person_id is not None:
            await self._enter(row.channel, row.address, f"left:{row.id}", LEFT, {})

    async def undelivered(self, row: Sent, why: Why) -> None:
        """A row has not arrived and will not: whoever had it sent learns of it, if they can be reached."""
        if row.sender_id is None or row.person_id is None or row.sender_id == row.person_id:
            return
        places = await asyncio.to_thread(self._database.read, partial(people.addresses_of, person=row.sender_id))
        if places:
            outcome = {"person": row.person_id, "why": str(why)}
            await self._enter(places[0].channel, places[0].address, f"undelivered:{row.id}", UNDELIVERED, outcome)

    async def _enter(self, channel: str, address: str, key: str, kind: str, outcome: dict[str, Any]) -> None:
        await self._assistant.take(Inbound(channel, address, key, work=(kind, outcome)))
