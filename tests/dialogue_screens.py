"""What people look at while a dialogue is played, and the assistant behind it.

A stage is the assistant with all its screens. `Direct` hands deliveries to `Assistant.receive`; `Site`
(tests/dialogue_site.py) goes through the web server's own calls, `Telegram` (tests/dialogue_telegram.py) through
Telegram's. What all of them show must be the same.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from bot.assistant import Assistant
from bot.channels.web import NAME as WEB
from bot.files import FileStore
from bot.messages import Inbound
from bot.render import Words
from bot.rows import Sent
from bot.turn import Turn
from models import people
from models.db import Database
from tests import sample_flow
from tests.dialogue_files import Sending
from tests.world import FrozenClock, Phone, World


@cache
def all_words() -> Words:
    """The words of everything, the sample conversation's too, read once for all tests of a process."""
    return sample_flow.words()


@dataclass(frozen=True)
class Shown:
    """A message as somebody sees it: parts of (kind, text), rows of (label, token)."""

    id: int
    parts: tuple[tuple[str, str], ...]
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    picture: bool = False
    replaces: int | None = None

    @classmethod
    def of_row(cls, row: Sent) -> Shown:
        rows = tuple(tuple((label, token) for label, token, _ in line) for line in row.body.get("buttons", ()))
        parts = tuple((kind, text) for kind, text in row.body["parts"])
        return cls(row.id, parts, rows, "picture" in row.body, row.body.get("edits"))

    @classmethod
    def of_page(cls, told: dict[str, Any]) -> Shown:
        rows = tuple(tuple((button["label"], button["press"]) for button in line) for line in told["buttons"])
        parts = tuple((part["kind"], part["text"]) for part in told["parts"])
        return cls(told["id"], parts, rows, told["picture"] is not None, told["edits"])

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.parts)

    def token(self, label: str) -> str | None:
        """What the button so labelled carries, or None."""
        return next((token for row in self.buttons for shown, token in row if shown == label), None)


@dataclass
class Delivery:
    """Something that a person does: a text, or a press of (token, label), with the newest message then in view."""

    text: str | None = None
    press: tuple[str, str | None] | None = None
    other: str | None = None
    """What of it cannot be read, as `Inbound.other` says; edited: the text is the new one of what was said last."""
    seen: int = 0
    key: str = field(default_factory=lambda: str(uuid.uuid4()))


class Screen(Protocol):
    """One person on one channel."""

    def deliver(self, delivery: Delivery) -> None: ...

    def send(self, files: list[Sending]) -> None:
        """Send files in one go: several are an album."""

    def messages(self) -> list[Shown]:
        """Every message shown so far, oldest first."""


class Stage(Protocol):
    """The assistant with its clock, database and screens."""

    clock: FrozenClock
    place: Path

    @property
    def database(self) -> Database: ...

    @property
    def store(self) -> FileStore: ...

    def screen(self, person: int, channel: str) -> Screen:
        """What a person sees on a channel; a stranger, where the number is none of a person's."""

    def receive(self, inbound: Inbound) -> None:
        """Let a delivery come that no screen makes."""

    def restart(self) -> None:
        """Forget everything that is not in the database or on the disk."""

    def give_up_uploads(self) -> None:
        """What broke off half an hour ago is given up."""

    def sweep(self) -> None:
        """Bring what another process left to be sent."""

    def due(self) -> None:
        """Let fall due what is due by now, reminders and digests: they come at no other time."""

    def break_next(self) -> None:
        """The next turn meets a fault in its own code."""

    def stop_telegram(self, person: int, *, again: bool = False) -> bool:
        """A person stops the assistant on Telegram, or lets it write `again`; False: there is no Telegram here."""
        return False

    def cut_telegram(self, person: int) -> bool:
        """The next message to a person on Telegram does not get there; False: there is no Telegram here."""
        return False

    def leave_telegram(self, person: int) -> bool:
        """A person's account on Telegram is given up, of which nobody is told; False: there is no Telegram here."""
        return False

    def leave_wecom(self, person: int, *, again: bool = False) -> bool:
        """A person may not see the app in WeCom any more, or may `again`; False: there is no WeCom here."""
        return False

    def close(self) -> None: ...


class Direct(Stage):
    """Deliveries straight to the assistant."""

    def __init__(self, folder: Path, words: Words | None = None) -> None:
        self._world = World(folder, words or all_words())
        self.clock, self.place = self._world.clock, self._world.place
        self.broken_off: list[str] = []

    @property
    def database(self) -> Database:
        return self._world.database

    @property
    def store(self) -> FileStore:
        return self._world.store

    def screen(self, person: int, channel: str) -> Screen:
        if person > 0:
            self.database.write(lambda db: people.have_address(db, person, channel, str(person))).result()
        return _PhoneScreen(self, Phone(self._world, channel, str(person)))

    def receive(self, inbound: Inbound) -> None:
        self._world.receive(inbound)

    def restart(self) -> None:
        self._world.restart()

    def give_up_uploads(self) -> None:
        for upload in self.broken_off:
            outcome = {"upload": upload, "unfit": {"code": "interrupted", "params": {}}}
            self._world.receive(Inbound(WEB, upload.partition("_")[0], f"stale:{upload}", work=("look", outcome)))
        self.broken_off.clear()

    def sweep(self) -> None:
        self._world.sweep()

    def due(self) -> None:
        self._world.tick()

    def break_next(self) -> None:
        fail_once(self._world.assistant)

    def close(self) -> None:
        self._world.close()

    def begin_upload(self, upload: str, data: bytes) -> None:
        self.broken_off.append(upload)
        self._world.store.begin(upload)
        self._world.store.append(upload, 0, data, len(data) * 2)


class _PhoneScreen(Screen):
    def __init__(self, stage: Direct, phone: Phone) -> None:
        self._stage = stage
        self._phone = phone
        self._shown: list[Shown] = []

    def deliver(self, delivery: Delivery) -> None:
        press, label = delivery.press or (None, None)
        text = delivery.text if delivery.other is None else None
        self._phone.deliver(
            delivery.key, text=text, press=press, label=label, other=delivery.other, seen=delivery.seen
        )  # fmt: skip

    def send(self, files: list[Sending]) -> None:
        album = str(uuid.uuid4()) if len(files) > 1 else None
        uploads = [self._phone.announce(file.name, file.size, album, file.caption) for file in files]
        for file, upload in zip(files, uploads, strict=True):
            if upload is not None and (file.breaks_off or not file.data):
                self._stage.begin_upload(upload, file.data[: file.size // 2])
            elif upload is not None:
                self._phone.bring(upload, file.data)

    def messages(self) -> list[Shown]:
        self._shown += map(Shown.of_row, self._phone.seen[len(self._shown) :])
        return list(self._shown)


def fail(turn: Turn) -> None:
    """A fault in a turn's own code."""
    raise RuntimeError


def fail_once(assistant: Assistant) -> None:
    """The next turn meets such a fault, and none after it."""
    dispatch = assistant._dispatch

    def failing(turn: Turn) -> None:
        assistant._dispatch = dispatch
        fail(turn)

    assistant._dispatch = failing
