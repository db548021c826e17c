"""Dialogues through WeCom: what the emulated members saw is what the dialogue says.

Their messages and presses come signed and encrypted by the callback, everything else goes over HTTP to the emulator. The
page and the terminal are beside it.
"""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch
from urllib.parse import urlsplit

from bot.channels import Channel
from bot.channels.wecom import NAME as WECOM
from bot.channels.wecom import WeComChannel
from bot.channels.wecom.keys import key_of, read_key
from bot.channels.wecom.settings import CALLBACK_PATH
from bot.render import Words
from models import people
from tests.dialogue_files import Sending
from tests.dialogue_screens import Delivery, Screen, Shown
from tests.dialogue_site import Site
from tests.dialogue_telegram import Telegram
from tests.dialogue_wecom_chat import Chat
from tests.emulators.wecom import Callback, Member, WeComEmulator
from tests.platform_service import FAST
from tests.wecom_service import settings
from tests.world import SITE

T = TypeVar("T")
PATIENCE = 60
"""Seconds for what takes milliseconds."""
EXPECTED = (60140, 42052, 81013, 42001)
"""What WeCom may refuse while all is well: to change a card once more, to call back what is old, to reach nobody, a token
of before the time passed."""


class WeCom(Site):
    """The whole server, with WeCom's callback on it. `as_elsewhere`: what is said on WeCom only is put as it is elsewhere."""

    def __init__(self, folder: Path, words: Words | None = None, *, as_elsewhere: bool = False) -> None:
        self.as_elsewhere = as_elsewhere
        self._wecom: WeComEmulator | None = None
        self._wecom_channel: WeComChannel
        super().__init__(folder, words)

    @property
    def wecom(self) -> WeComEmulator:
        """WeCom itself, which outlives every restart of the server."""
        if self._wecom is None:
            self._wecom = WeComEmulator(self.clock, windows=(), post=self._post_wecom)
            self._wecom.callbacks.url = SITE + CALLBACK_PATH
            self._wecom.callbacks.retries = 0
            self._runner.run(self._wecom.__aenter__())
        return self._wecom

    def screen(self, person: int, channel: str) -> Screen:
        if channel != WECOM:
            return super().screen(person, channel)
        userid = f"member{person}" if person > 0 else f"stranger{-person}"
        if person > 0:
            self.database.write(lambda db: people.have_address(db, person, WECOM, userid)).result()
        return _ChatScreen(self, self.wecom.member(userid))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def until_it_is_quiet() -> T:
            result = await work
            await self.wecom.quiet(PATIENCE)
            await self.app.outbox.settled()
            await self._wecom_channel._pressed.settled()
            return result

        return super().run(until_it_is_quiet())

    def leave_wecom(self, person: int, *, again: bool = False) -> bool:
        member = self.wecom.member(f"member{person}")

        async def leave() -> None:
            if again:
                member.subscribe()
            else:
                member.unsubscribe()

        self.run(leave())
        return True

    def close(self) -> None:
        refused = [one for one in self.wecom.refusals if one[1] not in EXPECTED]
        super().close()
        assert refused == [], refused
        assert not self.wecom.ledger.dropped

    def _end(self) -> None:
        self._runner.run(self.wecom.__aexit__())
        super()._end()

    def _channels(self) -> dict[str, Channel]:
        with patch(
            "bot.channels.wecom.TO_ONE_AT_ONCE", FAST
        ):  # time stands still, and nobody waits for the next second
            self._wecom_channel = WeComChannel(settings(self.wecom.url))
        return super()._channels() | {WECOM: self._wecom_channel}

    async def _post_wecom(self, method: str, url: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(url)
        answer = await self.http.request(method, f"{parts.path}?{parts.query}", content=body)
        return answer.status_code, answer.content


class Everywhere(WeCom, Telegram):
    """WeCom and Telegram beside the page."""


class _ChatScreen(Screen):
    """Somebody's chat with the app."""

    def __init__(self, stage: WeCom, member: Member) -> None:
        self._stage = stage
        self._member = member
        self._chat = Chat(member, stage.wecom.ledger, stage.place, as_elsewhere=stage.as_elsewhere)
        self._came: dict[str, Callback] = {}

    def deliver(self, delivery: Delivery) -> None:
        async def come() -> None:
            if delivery.key in self._came:
                self._stage.wecom.callbacks.again(self._came[delivery.key])
            elif delivery.press is not None:
                self._came[delivery.key] = self._press(*delivery.press)
            else:
                self._came[delivery.key] = self._say(delivery)

        self._stage.run(come())
        assert self._came[delivery.key].taken

    def send(self, files: list[Sending]) -> None:
        async def send() -> None:
            for file in files:
                if file.photo:
                    self._member.send_image(file.data)
                else:
                    data = file.data[: file.size // 2] if file.breaks_off else file.data
                    self._member.send_file(file.name, data, file.size)

        self._stage.run(send())

    def messages(self) -> list[Shown]:
        return self._chat.shown()

    def _say(self, delivery: Delivery) -> Callback:
        others = {"voice": self._member.send_voice, "location": self._member.send_location}
        if delivery.other in others:
            return others[delivery.other]()
        return self._member.say(delivery.text or "") if delivery.other is None else self._member.message("other")

    def _press(self, token: str, label: str | None) -> Callback:
        """A button that stands in the chat, be its card changed meanwhile; or one that never did."""
        for message in reversed(self._member.account.messages):
            for _, key in message.buttons:
                if read_key(key)[1] == token:
                    return self._member.press_key(message, key)
        if token in self._chat.typed:
            return self._member.say(self._chat.typed[token])
        if token in self._chat.offered:
            return self._member.press_key(*self._chat.offered[token])
        key = key_of(label or "", token, once=True)
        code = self._stage.wecom.ledger.next("none-")
        return self._member.event("template_card_event", EventKey=key, TaskId="none", ResponseCode=code)
