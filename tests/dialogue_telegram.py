"""Dialogues through Telegram: what the emulated chats showed is what the dialogue says.

Updates come by the webhook, everything else goes over HTTP to the emulator. The page and the terminal are beside it.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from bot.channels import Channel
from bot.channels.telegram import NAME as TELEGRAM
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.settings import TelegramSettings
from bot.render import Words
from handlers.evidence_arrival import ALBUM_GATHERS_IN
from models import people
from tests.dialogue_chat import Chat
from tests.dialogue_files import Sending
from tests.dialogue_screens import Delivery, Screen, Shown
from tests.dialogue_site import Site
from tests.emulators.telegram import TOKEN, Message, Person, TelegramEmulator
from tests.emulators.telegram.faults import RESET
from tests.world import SITE

T = TypeVar("T")
CHATS, STRANGERS = 500_000, 600_000
"""Added to a person's number, or a stranger's, they make the number of the chat."""
SECRET = "a-secret-of-the-tests"
FAST = 100_000
"""Messages a second: dialogues do not wait."""
PATIENCE = 60
"""Seconds for what takes milliseconds."""
EXPECTED = ("query is too old", "message is not modified", "user is deactivated")
"""What Telegram may refuse while all is well: to acknowledge a press that came twice, to change nothing, to reach nobody."""


class Telegram(Site):
    """The whole server, with Telegram's webhook on it. `as_elsewhere`: what is said on Telegram only is left out."""

    def __init__(self, folder: Path, words: Words | None = None, *, as_elsewhere: bool = False) -> None:
        self.as_elsewhere = as_elsewhere
        self._emulator: TelegramEmulator | None = None
        super().__init__(folder, words)

    @property
    def telegram(self) -> TelegramEmulator:
        """Telegram itself, which outlives every restart of the server."""
        if self._emulator is None:
            self._emulator = TelegramEmulator(self.clock, overall=None, post=self._post)
            self._runner.run(self._emulator.__aenter__())
        return self._emulator

    def screen(self, person: int, channel: str) -> Screen:
        if channel != TELEGRAM:
            return super().screen(person, channel)
        chat = CHATS + person if person > 0 else STRANGERS - person
        if person > 0:
            self.database.write(lambda db: people.have_address(db, person, TELEGRAM, str(chat))).result()
        someone = self.telegram.person(chat)
        someone.chat.opened = person > 0
        return _ChatScreen(self, someone)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def until_it_is_quiet() -> T:
            result = await work
            await self.telegram.quiet(PATIENCE)
            return result

        return super().run(until_it_is_quiet())

    def stop_telegram(self, person: int, *, again: bool = False) -> bool:
        someone = self.telegram.person(CHATS + person)
        self.run(someone.unblock() if again else someone.block())
        return True

    def cut_telegram(self, person: int) -> bool:
        self.telegram.faults.fail(RESET, "sendMessage", chat_id=CHATS + person)
        return True

    def leave_telegram(self, person: int) -> bool:
        self.run(self.telegram.person(CHATS + person).deactivate())
        return True

    def close(self) -> None:
        refused = [why for _, _, why in self.telegram.refusals if not any(one in why for one in EXPECTED)]
        super().close()
        assert not refused

    def _end(self) -> None:
        self._runner.run(self.telegram.__aexit__())
        super()._end()

    def _channels(self) -> dict[str, Channel]:
        settings = TelegramSettings(
            _env_file=None, token=TOKEN, api=self.telegram.url, mode="webhook", webhook_secret=SECRET,
            public_url=SITE, pace=FAST, chat_pace=FAST,
        )  # type: ignore[call-arg]  # fmt: skip
        return super()._channels() | {TELEGRAM: TelegramChannel(settings)}

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        answer = await self.http.post(urlsplit(url).path, content=body, headers=dict(headers))
        return answer.status_code, answer.headers, answer.content


class _ChatScreen(Screen):
    """Somebody's chat with the assistant."""

    def __init__(self, stage: Telegram, someone: Person) -> None:
        self._stage = stage
        self._someone = someone
        self._chat = Chat(someone, stage)
        self._came: dict[str, int] = {}
        self._said: Message

    def deliver(self, delivery: Delivery) -> None:
        if delivery.key in self._came:
            self._stage.run(self._again(self._came[delivery.key]))
        elif delivery.press is not None:
            data = delivery.press[0]
            press = self._stage.run(self._someone.press_data(data, self._chat.showing(data)))
            self._came[delivery.key] = press.update_id
            assert press.answered, "the button keeps spinning"
        elif delivery.other == "edited":
            self._came[delivery.key] = self._stage.run(self._someone.edit(self._said, delivery.text or ""))
        else:
            self._said = self._stage.run(self._write(delivery))
            self._came[delivery.key] = self._said.update_id

    def send(self, files: list[Sending]) -> None:
        album = str(uuid4()) if len(files) > 1 else None

        async def send() -> None:
            for file in files:
                await self._bring(file, album)

        self._stage.run(send())
        if album is not None:  # it is taken as one once no other picture of it can come
            self._stage.clock.pass_(seconds=ALBUM_GATHERS_IN.total_seconds())
            self._stage.sweep()

    def messages(self) -> list[Shown]:
        return self._chat.shown()

    async def _again(self, update: int) -> None:
        self._stage.telegram.redeliver(update)

    async def _write(self, delivery: Delivery) -> Message:
        someone = self._someone
        others = {
            "voice": someone.send_voice, "sticker": someone.send_sticker, "location": someone.send_location,
            "other": someone.send_contact,
        }  # fmt: skip
        return await (others[delivery.other]() if delivery.other else someone.say(delivery.text or ""))

    async def _bring(self, file: Sending, album: str | None) -> None:
        if file.photo:
            await self._someone.send_photo(file.data, file.caption, album)
        else:
            data = file.data[: file.size // 2] if file.breaks_off else file.data
            await self._someone.send_document(file.name, data, file.caption, album, file.size)
