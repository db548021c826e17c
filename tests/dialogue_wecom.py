"""Dialogues through WeCom: what the emulated members saw is what the dialogue says.

Their messages and presses come signed and encrypted by the callback, everything else goes over HTTP to the emulator. The
page and the terminal are beside it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from bot import hidden
from bot.channels import Channel
from bot.channels.wecom import NAME as WECOM
from bot.channels.wecom import WeComChannel
from bot.channels.wecom.keys import key_of, read_key
from bot.channels.wecom.reference import Reference
from bot.channels.wecom.settings import CALLBACK_PATH, UPLOAD_PATH
from bot.render import Words
from models import people
from tests.dialogue_files import Sending
from tests.dialogue_screens import Delivery, Screen, Shown, all_words
from tests.dialogue_site import Site
from tests.dialogue_telegram import Telegram
from tests.emulators.wecom import Callback, Effect, Member, Message, WeComEmulator
from tests.wecom_service import settings
from tests.world import SITE, VAULT

T = TypeVar("T")
PATIENCE = 60
"""Seconds for what takes milliseconds."""
EXPECTED = (60140, 42052, 81013, 42001)
"""What WeCom may refuse while all is well: to change a card once more, to call back what is old, to reach nobody, a token
of before the time passed."""
BAR = "┃ "
UPLOAD_LINK = re.compile(rf"{re.escape(SITE)}/upload#[\w-]+")
VIEW_LINK = re.compile(rf"{re.escape(SITE)}(?:/wecom/enter\?to=%2Fview%2F|/view/)(?=[\w.-]+)")
PIECES = re.compile(r"[\s┃]")


@cache
def ours() -> tuple[dict[str, str], str]:
    """What is said on WeCom only of how files come, with what is said elsewhere; and the button that leads to the upload page."""
    words = all_words()
    where = {"documents_here": False, "most_here": 1, "documents": False, "most": 1}
    here = words.environment.get_template("items/chat.j2").module.ways(where)  # type: ignore[attr-defined]
    there = words.environment.get_template("items/chat.j2").module.ways(  # type: ignore[attr-defined]
        {"documents_here": True, "most_here": None}
    )
    of_matters = words.environment.get_template("matter_files/asked.j2").module.limit(where)  # type: ignore[attr-defined]
    told = {str(here).strip(): str(there).strip(), str(of_matters).strip(): ""}
    return told, words.label("common", "actions", "up.file")


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
        self._chat = Chat(member, stage)
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


class Chat:
    """One chat, read as it grows."""

    def __init__(self, member: Member, stage: WeCom) -> None:
        self._member = member
        self._stage = stage
        self._effects = 0
        self._open: list[Effect] = []
        self._rows: set[int] = set()
        self._shown: list[Shown] = []
        self.offered: dict[str, tuple[Message, str]] = {}
        """Every button that ever was, by token: the message that showed it, and its key."""
        self._texts: dict[str, str] = {}
        """What stands before each card, by the card's message."""
        self.typed: dict[str, str] = {}
        """What is to be typed for a button that was a line of the newest message."""

    def shown(self) -> list[Shown]:
        """Every message so far, oldest first; each carries the number of its row."""
        history = [one for one in self._stage.wecom.ledger.history if one.message.member == self._member.id]
        fresh, self._effects = history[self._effects :], len(history)
        rows, shown = self._references() if fresh else {}, list[Shown]()
        for effect in fresh:
            if effect.how == "message/recall" or effect.message.greyed:
                continue
            pieces = [] if effect.how == "message/update_template_card" else self._open
            pieces.append(effect)
            self.offered |= {read_key(key)[1]: (effect.message, key) for _, key in effect.message.buttons}
            row = rows.get((effect.message.id, effect.message.task))
            if row is not None:
                self._rows.add(row[0])
                shown.append(self._joined(*row, pieces))
                pieces.clear()
        assert not self._open, f"a message that no row tells of: {self._open}"
        # A card that is changed in its place comes before or after what is new: it stands where it stood.
        self._shown += sorted(shown, key=lambda one: one.id)
        return list(self._shown)

    def _above(self, seen: list[Message], updated: bool) -> str:
        """The text that stands before a card which was changed; and where it comes with one, it is remembered."""
        card = seen[-1]
        if updated:
            return self._texts.get(card.id, "")
        self._texts[card.id] = "\n".join(one.words for one in seen[:-1] if one.words)
        return ""

    def _references(self) -> dict[tuple[str, str], tuple[int, dict[str, Any]]]:
        """The rows that none of the messages so far was, by message and card."""
        query = (
            "SELECT id, reference, body FROM outgoing WHERE channel = ? AND address = ? AND state = 'done' ORDER BY id"
        )
        with closing(sqlite3.connect(self._stage.place)) as database:
            found = database.execute(query, (WECOM, self._member.id)).fetchall()
        known = [
            (row, Reference.read(reference or ""), body) for row, reference, body in found if row not in self._rows
        ]
        return {(one.message, one.task): (row, json.loads(body)) for row, one, body in known}

    def _joined(self, row: int, body: dict[str, Any], effects: list[Effect]) -> Shown:
        """What was sent for one row as one message."""
        seen = [effect.message for effect in effects]
        updated = effects[-1].how == "message/update_template_card"
        buttons = [(label, read_key(key)[1]) for one in seen for label, key in one.buttons]
        text = "\n".join(filter(None, (self._above(seen, updated), *map(_read, seen))))
        self.typed = {}
        text, typed = _by_line(text)
        if typed and not buttons:
            tokens = [token for _, token in _different(body["buttons"])]
            self.typed = {token: what for (_, what), token in zip(typed, tokens, strict=True)}
            buttons = [("", token) for token in tokens]
        if typed:  # what a card shows of a longer label is cut off
            buttons = [(label, token) for (label, _), (_, token) in zip(typed, buttons, strict=True)]
        rows = _rows(buttons, body.get("buttons", []))
        meant = hidden.shown(body, VAULT)["parts"]
        parts = tuple((kind, said) for kind, said in meant) if _same(text, meant) else (("text", text),)
        replaces = body.get("edits") if self._stage.as_elsewhere or updated else None
        shown = Shown(row, parts, rows, any(one.kind == "image" for one in seen), replaces)
        return _as_elsewhere(shown) if self._stage.as_elsewhere else _as_here(shown)


def _same(text: str, meant: list[tuple[str, str]]) -> bool:
    """Whether a member could read all that was meant, and nothing else, but for line ends."""
    seen = PIECES.sub("", VIEW_LINK.sub("", text.replace(f"{SITE}{UPLOAD_PATH}", "")))
    wanted = PIECES.sub("", VIEW_LINK.sub("", UPLOAD_LINK.sub("", "".join(said for _, said in meant))))
    return seen == wanted


def _read(message: Message) -> str:
    """What can be read of a message, but for the heading of a card that has none of its own."""
    heading = all_words().text(WECOM, "choose")
    return message.words.removeprefix(heading).lstrip("\n") if message.card is not None else message.words


def _by_line(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A text without the lines that stand for buttons; of each of these its label, and what is to be typed for it."""
    by_number, by_label = (all_words().text(WECOM, name) for name in ("by_number", "by_label"))
    before, numbered, lines = f"\n{text}".partition(f"\n{by_number}\n")
    if numbered:
        return before, [(label, number) for number, _, label in (line.partition(" ") for line in lines.split("\n"))]
    before, labelled, lines = f"\n{text}".partition(f"\n{by_label}\n")
    return (before, [(line, line) for line in lines.split("\n")]) if labelled else (text, [])


def _rows(buttons: list[tuple[str, str]], meant: list[list[Any]]) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Buttons in the rows that were meant, where the same may stand twice."""
    different = _different(meant)
    assert [token for _, token in buttons] == [token for _, token in different], "buttons that nobody can press"
    shown = dict(zip(different, buttons, strict=True))
    return tuple(tuple(shown[label, token] for label, token, _ in row) for row in meant)


def _different(meant: list[list[Any]]) -> list[tuple[str, str]]:
    """The buttons of a row in their order, those that look and do the same once."""
    return list(dict.fromkeys((label, token) for line in meant for label, token, _ in line))


def _as_here(shown: Shown) -> Shown:
    """With the address by which members get to the upload page."""
    return replace(
        shown, parts=tuple((kind, UPLOAD_LINK.sub(f"{SITE}{UPLOAD_PATH}", text)) for kind, text in shown.parts)
    )


def _as_elsewhere(shown: Shown) -> Shown:
    """With what is said elsewhere of how files come."""
    told, label = ours()
    parts = shown.parts
    for here, there in told.items():
        parts = tuple((kind, text.replace(here, there)) for kind, text in parts)
    rows = tuple(tuple(button for button in row if button[0] != label) for row in shown.buttons)
    return replace(shown, parts=parts, buttons=tuple(row for row in rows if row))
