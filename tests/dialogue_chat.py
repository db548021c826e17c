"""What a Telegram chat showed, as the messages that the assistant meant: split ones joined, changed ones told again.

Rows of buttons that a phone had no room for stand on several lines there: they are put together again.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import cache
from itertools import accumulate, groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tests.dialogue_screens import Shown, all_words
from tests.emulators.telegram import Effect, Message, Person, TelegramEmulator
from tests.emulators.telegram.limits import cut, units

LARGEST = 20 << 20
"""Bytes of the largest file that comes in by Telegram."""
CHANGED = "editMessageText"
SHOWING = ("sendMessage", "sendPhoto", "sendDocument", CHANGED)


@cache
def larger() -> tuple[str, str]:
    """What is said of files that are too large for Telegram, and the button that leads to the upload page."""
    words = all_words()
    return words.text("items", "limit", most=LARGEST), words.label("common", "actions", "up")


class Row(NamedTuple):
    """An outgoing row."""

    id: int
    reference: str | None
    """Telegram's number of what was sent for it."""
    body: str


class Behind(Protocol):
    """Where to look up which message is whose row."""

    @property
    def as_elsewhere(self) -> bool:
        """Whether what is said on Telegram only, of its limit of files, is left out."""

    @property
    def telegram(self) -> TelegramEmulator: ...

    place: Path


class Chat:
    """One chat, read as it grows."""

    def __init__(self, someone: Person, behind: Behind) -> None:
        self._someone = someone
        self._behind = behind
        self._effects = 0
        self._open: list[Effect] = []
        self._rows: set[int] = set()
        self._shown: list[Shown] = []
        self._holding: dict[str, int] = {}

    def shown(self) -> list[Shown]:
        """Every message so far, oldest first; each carries the number of its row."""
        effects = [one for one in self._behind.telegram.effects(chat_id=self._someone.id) if one.method in SHOWING]
        fresh, self._effects = effects[self._effects :], len(effects)
        rows = self._references() if fresh else []
        for effect in fresh:
            self._open.append(effect)
            self._holding |= {data: effect.message_id for row in effect.message.buttons for _, data in row}
            found = next((row for row in rows if row.reference == str(effect.message_id)), None)
            if found is not None:
                rows = [row for row in rows if row.id != found.id]
                self._rows.add(found.id)
                shown = _joined(found, self._open)
                self._shown.append(_as_elsewhere(shown) if self._behind.as_elsewhere else shown)
                self._open = []
        assert not self._open, "a message that no row tells of"
        return list(self._shown)

    def showing(self, data: str) -> Message | None:
        """The message that shows, or last showed, a button that carries this; None: there never was one."""
        number = self._holding.get(data)
        return next((one for one in self._someone.chat.messages if one.id == number), None)

    def _references(self) -> list[Row]:
        """The rows that none of the messages so far was."""
        query = "SELECT id, reference, body FROM outgoing WHERE channel = ? AND address = ? AND kind = ? ORDER BY id"
        with closing(sqlite3.connect(self._behind.place)) as database:
            found = database.execute(query, ("telegram", str(self._someone.id), "message")).fetchall()
        return [row for row in map(Row._make, found) if row.id not in self._rows]


def _joined(row: Row, effects: list[Effect]) -> Shown:
    """What was sent for one row as one message."""
    parts = [part for effect in effects for part in _parts(effect.message)]
    told = [(kind, "\n".join(text for _, text in run)) for kind, run in groupby(parts, key=lambda part: part[0])]
    buttons = [line for effect in effects for line in effect.message.buttons]
    changed = [effect.message_id for effect in effects if effect.method == CHANGED]
    return Shown(
        row.id, tuple(told), _rows(buttons, json.loads(row.body).get("buttons", [])), any(one.message.photo for one in effects),
        changed[0] if changed else None,
    )  # fmt: skip


def _rows(lines: list[list[tuple[str, str]]], meant: list[list[Any]]) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Lines of buttons in the rows that were meant, each of which begins a line. Buttons that open addresses are none."""
    ends = list(accumulate(len(row) for row in meant))
    pressed = [[button for button in line if not button[1].startswith("http")] for line in lines]
    shown = [button for line in pressed for button in line]
    assert len(shown) == (ends or [0])[-1]
    assert set(ends) <= set(accumulate(map(len, pressed)))
    return tuple(tuple(shown[begin:end]) for begin, end in pairwise([0, *ends]))


def _as_elsewhere(shown: Shown) -> Shown:
    """Without what is said of large files."""
    hint, label = larger()
    parts = tuple((kind, text.replace(hint, "")) for kind, text in shown.parts)
    rows = tuple(tuple(button for button in row if button[0] != label) for row in shown.buttons)
    return replace(shown, parts=parts, buttons=tuple(row for row in rows if row))


def _parts(message: Message) -> list[tuple[str, str]]:
    """A text by what is ours and what is official wording, which is set off as a quotation."""
    quotes = [(one["offset"], one["offset"] + one["length"]) for one in message.entities if one["type"] == "blockquote"]
    parts, place = [], 0
    for begins, ends in [*sorted(quotes), (units(message.text), units(message.text))]:
        parts.append(("text", cut(message.text, place, begins - place)))
        parts.append(("quote", cut(message.text, begins, ends - begins)))
        place = ends
    return [(kind, text.strip("\n ")) for kind, text in parts if text.strip("\n ")]
