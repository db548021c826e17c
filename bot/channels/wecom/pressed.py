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
        self._codes: OrderedDict[str, list[str]] = OrderedDict()
        """By card, the newest last: somebody may press again before the first press shows."""
        self._instead: OrderedDict[str, str] = OrderedDict()
        """What a changed card is called now: presses on the old one may still be on their way."""
        self._greying: set[asyncio.Task[bool]] = set()

    def comes(self, press: Press) -> None:
        """A press is about to have its turn: the row that draws its card anew may be sent before anybody else hears of it."""
        if press.code:
            self._codes.setdefault(self._named(press.task), []).append(press.code)
            _forget_old(self._codes)

    def came(self, address: str, press: Press, rows: Iterable[Sent]) -> None:
        """It had its turn, from which these rows came: its card is drawn anew by one of them, or shows the choice."""
        rows = list(rows)
        if any("edits" in row.body and (row.channel, row.address) == (NAME, address) for row in rows):
            return
        codes = self._codes.get(self._named(press.task), [])
        if press.code not in codes:
            return
        codes.remove(press.code)
        if press.once and rows:  # else it had its turn before
            task = asyncio.create_task(self._grey(address, press))
            self._greying.add(task)
            task.add_done_callback(self._greying.discard)

    async def replace(self, address: str, before: Reference, card: dict[str, Any]) -> bool:
        """Put a card in the place of another; False: that cannot be done any more."""
        codes = self._codes.pop(before.task, []) or [before.code]
        done = bool(codes[0]) and await self._change(address, codes.pop(0), {"template_card": card})
        if done:
            self._instead[before.task] = card["task_id"]
            _forget_old(self._instead)
            if left := codes + self._codes.pop(before.task, []):
                self._codes[card["task_id"]] = left
        return done

    async def settled(self) -> None:
        """Wait until no card is being changed."""
        while self._greying:
            await asyncio.gather(*self._greying, return_exceptions=True)

    def _named(self, task: str) -> str:
        """What a card is called now."""
        while task in self._instead:
            task = self._instead[task]
        return task

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


def _forget_old(known: OrderedDict[str, Any]) -> None:
    while len(known) > MOST:
        known.popitem(last=False)
