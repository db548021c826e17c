"""What a member of the emulated WeCom saw, put back into the messages that dialogues write down."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from bot import hidden
from bot.channels.wecom import NAME as WECOM
from bot.channels.wecom.keys import read_key
from bot.channels.wecom.reference import Reference
from bot.channels.wecom.settings import UPLOAD_PATH
from tests.dialogue_screens import Shown, all_words
from tests.emulators.wecom import Effect, Member, Message
from tests.emulators.wecom.ledger import Ledger
from tests.world import SITE, VAULT

UPLOAD_LINK = re.compile(rf"{re.escape(SITE)}/upload#[\w-]+")
VIEW_LINK = re.compile(rf"{re.escape(SITE)}(?:/wecom/enter\?to=%2Fview%2F|/view/)(?=[\w.-]+)")
PIECES = re.compile(r"[\s┃\u200b]")


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
    of_rosters = words.environment.get_template("roster_import/chat.j2").module.on_page(where)  # type: ignore[attr-defined]
    told = {str(here).strip(): str(there).strip(), str(of_matters).strip(): "", str(of_rosters).strip(): ""}
    return told, words.label("common", "actions", "up.file")


class Chat:
    """One chat, read as it grows."""

    def __init__(self, member: Member, ledger: Ledger, place: Path, *, as_elsewhere: bool) -> None:
        """`place`: the database of the server. `as_elsewhere`: as of WeCom."""
        self._member = member
        self._ledger = ledger
        self._place = place
        self._as_elsewhere = as_elsewhere
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
        history = [one for one in self._ledger.history if one.message.member == self._member.id]
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
        with closing(sqlite3.connect(self._place)) as database:
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
        replaces = body.get("edits") if self._as_elsewhere or updated else None
        shown = Shown(row, parts, rows, any(one.kind == "image" for one in seen), replaces)
        return _as_elsewhere(shown) if self._as_elsewhere else _as_here(shown)


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
