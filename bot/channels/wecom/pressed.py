"""Cards that were pressed, and can be changed by it: each press brings a code that is good for one change, for three days."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from bot.channels import NotReached, Unknown
from bot.channels.wecom.api import Api
from bot.channels.wecom.outcomes import ApiError
from bot.channels.wecom.reading import NAME, Press
from bot.channels.wecom.reference import Reference
from bot.channels.wecom.settings import WeComSettings
from bot.render import Words
from bot.turn import Sent

MOST = 20_000
"""Codes that are remembered. One that is forgotten, as all are when the process ends, costs a card of its own."""
LABEL_SIGNS = 8


class Pressed:
    """Changes cards. What cannot be changed any more is none of anybody's concern: a new card does as well."""

    def __init__(self, api: Api, settings: WeComSettings, words: Words) -> None:
        self._api = api
        self._settings = settings
        self._words = words
        self._codes: OrderedDict[str, str] = OrderedDict()
        """By card."""
        self._greying: set[asyncio.Task[bool]] = set()

    def came(self, address: str, press: Press, rows: Iterable[Sent]) -> None:
        """A press had its turn, from which these rows came: its card is drawn anew by one of them, or shows the choice."""
        rows = list(rows)
        if not press.code or not rows:  # it had its turn before
            return
        if any("edits" in row.body and (row.channel, row.address) == (NAME, address) for row in rows):
            self._codes[press.task] = press.code
            self._codes.move_to_end(press.task)
            while len(self._codes) > MOST:
                self._codes.popitem(last=False)
        elif press.once:
            task = asyncio.create_task(self._grey(address, press))
            self._greying.add(task)
            task.add_done_callback(self._greying.discard)

    async def replace(self, address: str, before: Reference, card: dict[str, Any]) -> bool:
        """Put a card in the place of another; False: that cannot be done any more."""
        code = self._codes.pop(before.task, before.code)
        return bool(code) and await self._change(address, code, {"template_card": card})

    async def settled(self) -> None:
        """Wait until no card is being changed."""
        while self._greying:
            await asyncio.gather(*self._greying, return_exceptions=True)

    async def _grey(self, address: str, press: Press) -> bool:
        label = press.label if len(press.label) <= LABEL_SIGNS else f"{press.label[: LABEL_SIGNS - 1]}…"
        chosen = self._words.text(NAME, "chosen", label=label)
        return await self._change(address, press.code, {"button": {"replace_name": chosen}})

    async def _change(self, address: str, code: str, how: dict[str, Any]) -> bool:
        call = {"userids": [address], "agentid": self._settings.agent_id, "response_code": code}
        try:
            await self._api.call("message/update_template_card", call | how)
        except (ApiError, NotReached):
            return False
        except Unknown:  # it shows the one or the other: another card is worth more than none
            return False
        return True
