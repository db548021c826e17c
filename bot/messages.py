"""What comes in and what goes out, the same for every channel."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

QUOTE_BEGINS, QUOTE_ENDS = "\ufdd0", "\ufdd1"
"""Noncharacters that set official wording off inside a rendered text; they never survive in what people send."""

HIDDEN_BEGINS, HIDDEN_ENDS = "\ufdd2", "\ufdd3"
"""Noncharacters around the name of a code or token that only its reader may see (bot/hidden.py)."""

MOST_TYPED = 20_000
"""Characters of one typed message that are looked at."""

_QUOTE_MARK = re.compile(f"[{QUOTE_BEGINS}{QUOTE_ENDS}]")
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)


def cleaned(text: str) -> str:
    """A typed text without control, direction and marker characters; line ends as \\n."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


UNSAID = -1
"""The size of a piece whose channel does not know it before it is here."""


@dataclass(frozen=True, slots=True)
class Into:
    """What a piece was brought for, where it says so itself: an item, a question of a conversation, or else the box.

    `item`: its answer's id; `conversation`: the conversation's id, with the question's key.
    """

    item: int | None = None
    conversation: int | None = None
    question: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A file that someone announces, or brings: what it is called and how large (or UNSAID), and the upload that carries it."""

    name: str
    size: int
    upload: str
    caption: str = ""
    """What was written beside it."""
    album: str | None = None
    """What the channel calls the pictures that were sent in one go with this one. All are announced before one is here."""
    source: dict[str, Any] | None = None
    """How the channel finds it where the platform holds it: it is fetched after the turn that takes it in."""
    into: Into | None = None
    """What it was brought for: where it comes by an upload link, as that link says; None: whatever is being asked."""

    @property
    def least(self) -> int:
        """Bytes that it has at least."""
        return 1 if self.size == UNSAID else self.size


@dataclass(slots=True)
class Inbound:
    """One delivery of a channel: `key` is what it repeats when it delivers again.

    Nothing changes one; but what is made in every turn is not frozen, which would take four times as long to make.
    """

    channel: str
    address: str
    key: str
    text: str | None = None
    press: str | None = None
    label: str | None = None
    """What the pressed button was called, for the person's own list."""
    piece: Piece | None = None
    work: tuple[str, dict[str, Any]] | None = None
    """The result of finished work: its kind, and what came of it."""
    seen: int | None = None
    """The newest message that the sender had in view, where the channel knows."""
    group: bool = False
    """Whether it was said in a group: the address is the group's then."""
    other: str | None = None
    """What came that nobody can read: voice, sticker, location, edited, or other."""
    message: str | None = None
    """The platform's own id of what the person sent."""


@dataclass(slots=True)
class Button:
    """Something to press: an action's code, the object it is about, and its version. The label is words or data."""

    code: str
    id: int = 0
    version: int = 0
    arg: str = ""
    label: str | None = None
    primary: bool = False


@dataclass(slots=True)
class Message:
    """A message before it is a row: its rendered text, and what may be pressed."""

    text: str
    buttons: list[list[tuple[str, str, bool]]] = field(default_factory=list)
    """Rows of (label, token, whether it is the likely one)."""
    asks: dict[str, Any] | None = None
    """What kind of answer is expected, for the channel's input."""
    of: tuple[int, str] | None = None
    """The conversation and question that it asks."""
    leads: bool = False
    """Something else is said before the question, and must not be lost."""
    edits: int | None = None
    picture: str | None = None
    file: dict[str, Any] | None = None
    leave: bool = False
    """The channel is to leave the group after this."""
    wipes: str | None = None
    """The platform's id of what the person sent, which is to be taken out of the chat where that can be done."""
    taken: str | None = None
    """The upload that is taken in, where this only says that it takes its time; any other answer to a piece turns it down."""
    card: tuple[str, int] | None = None
    """The kind and id of what it is about, where it is to be drawn anew when that changes (bot/cards.py)."""

    def body(self) -> dict[str, Any]:
        """The row's body; parts are (kind, text) with kind text or quote."""
        body: dict[str, Any] = {"parts": parts_of(self.text)}
        body |= {name: value for name, value in zip(_BESIDES, _besides(self), strict=True) if value}
        if HIDDEN_BEGINS in self.text:
            body["hides"] = True
        return body


_BESIDES = ("buttons", "asks", "of", "leads", "edits", "picture", "file", "leave", "wipes", "taken", "card")
"""What a row's body has besides its parts, where there is any."""
_besides = attrgetter(*_BESIDES)


def parts_of(text: str) -> list[tuple[str, str]]:
    """A rendered text as parts: what is ours (text) and what is official wording (quote)."""
    parts: list[tuple[str, str]] = []
    for place, piece in enumerate(_QUOTE_MARK.split(text)):
        piece = piece.strip("\n ")
        if piece:
            parts.append(("quote" if place % 2 else "text", piece))
    return parts
