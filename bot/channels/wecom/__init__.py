"""WeCom (企业微信) as a channel: a self-built app of one corp, whose members the roster knows by their userids.

docs/decisions/0024-wecom.md says why it is used as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import structlog
from starlette.routing import BaseRoute

from bot.channels import Channel, Door, NotReached, Pace, Surroundings, Traits, Unknown, Unset
from bot.channels.telling import Operator
from bot.channels.wecom import media
from bot.channels.wecom.api import Api
from bot.channels.wecom.callback import Callback
from bot.channels.wecom.cards import MOST_OPTIONS, OPTION_SIGNS, Words
from bot.channels.wecom.checking import problems
from bot.channels.wecom.crypto import Crypto
from bot.channels.wecom.entrance import Entrance
from bot.channels.wecom.intake import Intake
from bot.channels.wecom.menu import menu
from bot.channels.wecom.outcomes import ApiError, Pauses, Unlicensed, outcome, trouble
from bot.channels.wecom.pressed import Pressed
from bot.channels.wecom.reading import NAME
from bot.channels.wecom.reference import Reference
from bot.channels.wecom.sending import CHECKED, Sending
from bot.channels.wecom.settings import WeComSettings, load, wrong
from bot.channels.wecom.tokens import Sleep
from bot.rows import Sent

__all__ = ["NAME", "WeComChannel", "WeComSettings", "from_settings", "problems"]

log = structlog.get_logger()

AN_HOUR = (1000, 3600.0)
"""Messages to one member, and seconds. What is more is dropped without a word, as by the minute (path/90312)."""
ON_CARDS = tuple(field.name for field in fields(Words))
TO_ONE_AT_ONCE = 4
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 600.0


class WeComChannel(Channel):
    """One member each; an address is a userid in small letters, since WeCom makes no difference."""

    name = NAME
    traits = Traits(
        lists=False, pushes=True, largest_file=media.LARGEST_IN, documents=False, identifies=True, vouches=True,
        room=(MOST_OPTIONS, OPTION_SIGNS), remembers=CHECKED,
    )  # fmt: skip

    def __init__(self, settings: WeComSettings, sleep: Sleep = asyncio.sleep) -> None:
        """`sleep`: waits between attempts."""
        pace = Pace(settings.pace, TO_ONE_AT_ONCE, ((settings.member_pace, 60.0), AN_HOUR))
        self.traits = replace(self.traits, pace=pace, spreads=timedelta(minutes=settings.spread))
        self._settings = settings
        self._sleep = sleep
        self._callback = Callback(Crypto(settings.token, settings.aes_key, settings.corp_id))
        self._entrance: Entrance | None = None
        self._pauses: Pauses
        self._api: Api
        self._sending: Sending
        self._pressed: Pressed
        self._operator: Operator
        self._setting_up: asyncio.Task[None]

    async def start(self, surroundings: Surroundings) -> None:
        """Begin to listen. What WeCom is to be told is told when it can be reached."""
        words = surroundings.words
        self._api = Api(self._settings, surroundings.clock, surroundings.shared, self._sleep)
        self._pressed = Pressed(self._api, self._settings, words)
        on_cards = Words(**{name: words.text(NAME, name) for name in ON_CARDS})
        self._sending = Sending(self._api, self._settings, surroundings, self._pressed, on_cards)
        self._operator = Operator(NAME, words, surroundings.clock, trouble)
        self._pauses = Pauses(surroundings.clock)
        if self._entrance is not None:
            self._entrance.api, self._entrance.operator = self._api, self._operator
        self._callback.clock = surroundings.clock
        self._callback.intake = Intake(surroundings, self._pressed, self._operator)
        self._setting_up = asyncio.create_task(self._set_up(menu(words, self._settings.site)))

    async def stop(self) -> None:
        """What is not confirmed by then, WeCom brings once more, and no more."""
        self._callback.intake = None
        self._setting_up.cancel()
        with suppress(asyncio.CancelledError):
            await self._setting_up
        await self._pressed.settled()
        await self._api.close()

    def routes(self) -> list[BaseRoute]:
        """What WeCom calls."""
        return [self._callback.route()]

    def entrance(self, door: Door) -> list[BaseRoute]:
        """How members get onto the page inside WeCom."""
        self._entrance = Entrance(self._settings, door)
        return list(self._entrance.routes())

    async def send(self, row: Sent) -> str | None:
        """Bring a message, or the next piece of a long one; by what it can be changed or called back."""
        try:
            reference = await self._sending.bring(row)
        except (ApiError, Unlicensed) as error:
            self._operator.met(error)
            raise outcome(error, self._pauses) from None
        except (NotReached, Unknown) as error:
            self._operator.met(error)
            raise
        self._pauses.over()
        self._operator.well()
        return reference

    def messages(self, reference: str) -> int:
        """How many messages it took to bring a row."""
        return len(Reference.read(reference).messages)

    def fetch(self, source: dict[str, Any], offset: int) -> AsyncIterator[bytes]:
        """The bytes of a file, from `offset` on."""
        return media.fetch(self._api, source["media_id"], offset)

    async def _set_up(self, shown: dict[str, Any]) -> None:
        """Put the menu into the app; without it all can be typed."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self._api.call("menu/create", shown, agentid=self._settings.agent_id)
            except (ApiError, NotReached, Unknown) as error:
                self._operator.met(error)
            except Exception as error:  # of our own making: members are heard all the same
                log.error("menu not set", channel=NAME, error=type(error).__name__)
            else:
                self._operator.well()
                return
            await self._sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def from_settings() -> WeComChannel:
    """The channel as `.env` sets it up. Unset: what is missing or wrong there."""
    settings = load()
    names = [name for _, name in wrong(settings)]
    if names:
        raise Unset(names)
    return WeComChannel(settings)
