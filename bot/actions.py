"""Buttons are actions: a short registered code, an object's id and version, checked when they are pressed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.messages import Button
from models.rights import Place, Right

LONGEST = 64
"""Bytes that the narrowest channel (Telegram's callback data) carries."""

LARGEST_ID = 2**31
"""No row has it, nor a larger one: PostgreSQL takes none for a number of a row's."""

_TOKEN = re.compile(r"([a-z][a-z.]{0,7})-([0-9a-z]{1,13})-([0-9a-z]{1,7})(?:-([A-Za-z0-9_.]{1,44}))?")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


Load = Callable[[Any, int], "Target | None"]
"""(turn, id) finds what a button or an address is about; None: there is none."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a button is about, and where that stands as far as rights go: the router compares the two."""

    value: Any
    place: Place


@dataclass(frozen=True, slots=True)
class Action:
    """What pressing does. `load` finds the object and its place; None: there is none."""

    code: str
    folder: str
    right: Right
    load: Load | None
    run: Callable[..., None]


@dataclass(frozen=True, slots=True)
class Command:
    """What a typed phrase does; the phrases stand in the folder's template."""

    name: str
    folder: str
    right: Right
    run: Callable[..., None]
    ambiguous: bool
    """Whether the word may as well be meant as content, where free text is asked for."""
    instead: str | None = None
    """The command for whoever has no right to this one."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the store that somebody may have: its content's hash, its name and type."""

    sha256: str
    name: str
    mime: str
    private: bool = False
    """Whether a browser is to keep no copy of it."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file made anew whenever somebody asks for it: its content, name and type."""

    content: bytes
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A file made anew of others that are in the store: how, its name and type.

    `compose` is given where the file with a content's hash is (KeyError: it is not kept), once the transaction is over.
    """

    compose: Callable[[Callable[[str], Path]], bytes]
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page about an object, for one person signed in. `show`: what templates/pages/<kind>.html draws on."""

    right: Right
    load: Load
    show: Callable[..., dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Download:
    """Files of a kind: `load` finds one by an id, a `Stored`, `Made` or `Composed` with its place; None: there is none."""

    right: Right
    load: Load


LOOK, DRAW, ROSTER, FETCH = "look", "draw", "roster", "fetch"
"""Kinds of work to be done after a turn (bot/work.py): look into a file, draw a picture, read a roster file, fetch a file
that a channel's platform holds."""

ACTIONS: dict[str, Action] = {}
PAGES: dict[str, Page] = {}
COMMANDS: dict[str, Command] = {}
RESULTS: dict[str, list[Callable[..., None]]] = {}
PICTURES: dict[str, Callable[..., dict[str, Any]]] = {}
DOWNLOADS: dict[str, Download] = {}


def folder_of(function: Callable[..., Any]) -> str:
    """A handler's template folder: its file's own name."""
    return function.__module__.rpartition(".")[2]


def action(
    code: str, *, right: Right, load: Load | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register what a button does: `(turn, object, arg)` with `load`, else `(turn, arg)`. A code is for ever."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        if code in ACTIONS:
            raise ValueError(f"action {code} is registered twice")
        ACTIONS[code] = Action(code, folder_of(function), right, load, function)
        return function

    return register


def command(
    name: str, *, right: Right, ambiguous: bool = True, instead: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register what a typed word does: `(turn, button)`, the button's id being the number typed with it, or 0.

    `instead`: the name of the command that it means to whoever has no right to this one.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        if name in COMMANDS:
            raise ValueError(f"command {name} is registered twice")
        COMMANDS[name] = Command(name, folder_of(function), right, function, ambiguous, instead)
        return function

    return register


def result(kind: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register what happens when work of a kind comes back: `(turn, outcome)`. Of several, each deals with its own."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        RESULTS.setdefault(kind, []).append(function)
        return function

    return register


def picture(name: str) -> Callable[[Callable[..., dict[str, Any]]], Callable[..., dict[str, Any]]]:
    """Register what the picture templates/charts/<name>.svg.j2 shows: (transaction, `subject`, `now`) → its context."""

    def register(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        PICTURES[name] = function
        return function

    return register


def download(kind: str, *, right: Right) -> Callable[[Load], Load]:
    """Register how files of a kind are found: `(turn, id)`, a `Stored` and its place; None if there is none."""

    def register(function: Load) -> Load:
        DOWNLOADS[kind] = Download(right, function)
        return function

    return register


def page(
    kind: str, *, right: Right, load: Load
) -> Callable[[Callable[..., dict[str, Any]]], Callable[..., dict[str, Any]]]:
    """Register what the page templates/pages/<kind>.html shows of an object: `(turn, object)` → its context."""

    def register(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        PAGES[kind] = Page(right, load, function)
        return function

    return register


def token(button: Button) -> str:
    """What a button carries, at most LONGEST bytes. ValueError: it does not fit."""
    text = f"{button.code}-{base36(button.id)}-{base36(button.version)}" + (f"-{button.arg}" if button.arg else "")
    if len(text) > LONGEST or not _TOKEN.fullmatch(text):
        raise ValueError(f"button does not fit: {text}")
    return text


def parse(text: str) -> Button | None:
    """The button behind a token, or None if it is no token of ours."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    object_id = int(found[2], 36)
    return Button(found[1], object_id, int(found[3], 36), found[4] or "") if object_id < LARGEST_ID else None


def from36(text: str) -> int:
    """The number that a button's argument is, as `base36` writes it; 0: it is none that an id can have."""
    number = int(text, 36) if text.isascii() and text.isalnum() else 0
    return number if number < LARGEST_ID else 0


@lru_cache(maxsize=1024)  # the buttons of a message are about the same few objects
def base36(number: int) -> str:
    """A number as buttons carry it; `int(text, 36)` reads it."""
    text = ""
    while number >= 36:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return _DIGITS[number] + text
