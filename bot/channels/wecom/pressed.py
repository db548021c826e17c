"""What has been shown is changed: cards, by codes that are good for one change in three days, and messages called back for a day."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from bot.channels import NotReached, Unknown
from bot.channels.wecom.api import Api
from bot.channels.wecom.outcomes import ApiError
from bot.channels.wecom.reading import NAME, Press
from bot.channels.wecom.reference import Reference
from bot.channels.wecom.settings import WeComSettings
from bot.render import Words
from bot.rows import Sent

MOST = 20_000
"""Codes that are remembered. One that is forgotten, as all are when the process ends, costs a card of its own."""
LABEL_SIGNS = 8


@dataclass(frozen=True, slots=True)
class Asking:
    """A card with a question: its name, the code of its sending (empty: none), and the conversation that asks."""

    task: str
    code: str
    conversation: int


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
        self._chosen: OrderedDict[str, str] = OrderedDict()
        """What was pressed first on a card whose question that answered: another press on it changes no answer."""
        self._asks: OrderedDict[str, Asking] = OrderedDict()
        """By address, the newest card with a question: an older one may have been answered otherwise, such as by typing."""
        self._under_way: set[asyncio.Task[object]] = set()

    def asks(self, address: str, now: Asking) -> None:
        """A card with a question is on show: the one before of its conversation, if nobody pressed it, can be pressed no more."""
        before = self._asks.get(address)
        self._asks[address] = now
        self._asks.move_to_end(address)
        forget_oldest(self._asks)
        if before is None or not before.code or before.conversation != now.conversation:
            return
        if self._named(before.task) not in self._chosen:
            self._start(self._grey(address, before.code, self._words.text(NAME, "elsewhere")))

    def comes(self, address: str, press: Press) -> None:
        """A press is about to have its turn: the rows that follow from it may be sent before anybody else hears of it."""
        newest = self._asks.get(address)
        if press.once and (newest is None or self._named(newest.task) == self._named(press.task)):
            self._chosen.setdefault(press.task, press.label)
            forget_oldest(self._chosen)
        if press.code:
            self._codes.setdefault(self._named(press.task), []).append(press.code)
            forget_oldest(self._codes)

    def came(self, address: str, press: Press, rows: Iterable[Sent]) -> None:
        """It had its turn, from which these rows came: its card is drawn anew by one of them, or shows the choice."""
        rows = list(rows)
        if any("edits" in row.body and (row.channel, row.address) == (NAME, address) for row in rows):
            self._chosen.pop(press.task, None)
            return
        codes = self._codes.get(self._named(press.task), [])
        if press.code not in codes:
            return
        codes.remove(press.code)
        if press.once and rows:  # else it had its turn before
            self._start(self._grey(address, press.code, self._chose(press)))

    def _chose(self, press: Press) -> str:
        """What the card of a question shows that was pressed."""
        first = self._chosen.get(press.task)
        if first is None:
            return self._words.text(NAME, "elsewhere")
        return self._words.text(
            NAME, "chosen", label=first if len(first) <= LABEL_SIGNS else f"{first[: LABEL_SIGNS - 1]}…"
        )

    async def replace(self, address: str, before: Reference, card: dict[str, Any]) -> bool:
        """Put a card in the place of another; False: that cannot be done any more."""
        codes = self._codes.pop(before.task, []) or [before.code]
        done = bool(codes[0]) and await self._change(address, codes.pop(0), {"template_card": card})
        if done:
            self._instead[before.task] = card["task_id"]
            forget_oldest(self._instead)
            if left := codes + self._codes.pop(before.task, []):
                self._codes[card["task_id"]] = left
        return done

    def take_back(self, address: str, before: Reference) -> None:
        """Something else has been shown in the place of a message: it is called back, or its buttons say so."""
        self._start(self._taken_back(address, before))

    async def settled(self) -> None:
        """Wait until nothing is being changed."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    def _start(self, work: Coroutine[object, object, object]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _named(self, task: str) -> str:
        """What a card is called now."""
        while task in self._instead:
            task = self._instead[task]
        return task

    async def _taken_back(self, address: str, before: Reference) -> None:
        codes = self._codes.pop(self._named(before.task), []) or [before.code]
        gone = [await self._recalled(message) for message in before.messages]
        if before.task and codes[-1] and not any(gone[:1]):
            await self._grey(address, codes[-1], self._words.text(NAME, "elsewhere"))

    async def _recalled(self, message: str) -> bool:
        try:
            await self._api.call("message/recall", {"msgid": message})
        except (ApiError, NotReached, Unknown):
            return False
        return True

    async def _grey(self, address: str, code: str, shown: str) -> bool:
        """Let a card's buttons show something instead, so that nobody can press them."""
        return await self._change(address, code, {"button": {"replace_name": shown}})

    async def _change(self, address: str, code: str, how: dict[str, Any]) -> bool:
        call = {"userids": [address], "agentid": self._settings.agent_id, "response_code": code}
        try:
            await self._api.call("message/update_template_card", call | how)
        except (ApiError, NotReached):
            return False
        except Unknown:  # it shows the one or the other: another card is worth more than none
            return False
        return True


def forget_oldest(known: OrderedDict[Any, Any]) -> None:
    """Keep no more than can be worth something."""
    while len(known) > MOST:
        known.popitem(last=False)
