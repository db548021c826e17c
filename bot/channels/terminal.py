"""The terminal as a channel: the demo's people chat in a shell.

A line is a text; a button's number, where no writing is asked for, presses it; @path sends a file.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bot.app import App
from bot.channels import Channel, Traits
from bot.files import FileStore
from bot.messages import Inbound, Piece
from bot.rows import Sent
from bot.waiting import commit
from models import holders, people
from models.db import Transaction
from models.people import Level
from models.vault import Vault

NAME = "terminal"
FILE_MARK = "@"
"""A line that begins so names a file to send."""


class NoSuchPerson(Exception):
    """The demo has nobody of that name; `names` are those it has."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self.names = names


class TerminalChannel(Channel):
    """Prints what the person is told; remembers the newest buttons, so that their numbers can be typed."""

    name = NAME
    traits = Traits(lists=False, inside=True)

    def __init__(self, console: Console) -> None:
        self._console = console
        self.buttons: list[tuple[str, str]] = []
        self.seen = 0
        self._asks_for_writing = False

    async def send(self, row: Sent) -> str | None:
        """Print a message and the numbered buttons under it."""
        body = row.body
        for kind, text in body["parts"]:
            for line in text.split("\n"):
                self._console.print(("[dim]┃[/dim] " if kind == "quote" else "") + escape(line), soft_wrap=True)
        self.buttons = [(label, token) for line in body.get("buttons", ()) for label, token, _ in line]
        self.seen = row.id
        self._asks_for_writing = (body.get("asks") or {}).get("kind") in ("number", "day", "text")
        labels = [escape(label) for label, _ in self.buttons]
        if self._asks_for_writing:  # a number would be taken for the answer
            shown = "  ".join(f"\\[{label}]" for label in labels)
        else:
            shown = "  ".join(f"[bold]{number}[/bold] {label}" for number, label in enumerate(labels, 1))
        if shown:
            self._console.print(shown, soft_wrap=True)
        return None

    def inbound(self, address: str, line: str) -> Inbound:
        """What a typed line means: a button by its number, else a text."""
        key = uuid.uuid4().hex
        if line.isdecimal() and 1 <= int(line) <= len(self.buttons) and not self._asks_for_writing:
            label, token = self.buttons[int(line) - 1]
            return Inbound(NAME, address, key, press=token, label=label, seen=self.seen)
        return Inbound(NAME, address, key, text=line, seen=self.seen)


def send_file(app: App, address: str, path: Path) -> tuple[Inbound, Inbound]:
    """The two deliveries that bring a local file: it is announced, and it is here."""
    upload = f"{address}_{uuid.uuid4().hex}_{path.stat().st_size}"
    piece = Piece(path.name, path.stat().st_size, upload)
    return (
        Inbound(NAME, address, uuid.uuid4().hex, piece=piece),
        Inbound(NAME, address, f"here:{upload}", work=("here", {"upload": upload})),
    )


async def chat(url: str, folder: Path, called: str, vault: Vault) -> None:
    """Chat as one of the demo's people until end of input. NoSuchPerson: nobody is called so."""
    channel = TerminalChannel(Console(highlight=False))
    app = App(url, folder, {NAME: channel}, vault=vault)
    try:
        address = await commit(app.database, lambda db: address_of(db, called))
        await app.start()
        async for line in _lines():
            await deal_with(app, channel, address, line)
    finally:
        with contextlib.suppress(Exception):
            await app.stop()


async def deal_with(app: App, channel: TerminalChannel, address: str, line: str) -> None:
    """Bring one typed line in and wait until what it leads to has been said."""
    if line.startswith(FILE_MARK):
        await _bring_file(app, address, Path(line.removeprefix(FILE_MARK).strip()))
    else:
        await app.assistant.take(channel.inbound(address, line))
    await app.outbox.settled()


async def _bring_file(app: App, address: str, path: Path) -> None:
    if not path.is_file():
        return
    announced, here = send_file(app, address, path)
    assert announced.piece is not None
    await app.assistant.take(announced)
    await asyncio.to_thread(_copy, app.store, announced.piece.upload, path)
    await app.assistant.take(here)


def _copy(store: FileStore, upload: str, path: Path) -> None:
    store.begin(upload)
    size, offset = path.stat().st_size, 0
    with path.open("rb") as file:
        while chunk := file.read(1024 * 1024):
            offset = store.append(upload, offset, chunk, size)


def address_of(db: Transaction, called: str) -> str:
    """The terminal address of a person, by name (with the bureau in front where needed) or id; made if there is none."""
    rows = holders.everyone(db)
    exact = [row for row in rows if called in (f"{row.bureau}{row.name}", str(row.person_id))]
    # Without a bureau in front, the same name is taken in a county, where the self-assessment is done.
    named = sorted((row for row in rows if row.name == called), key=lambda row: row.level != Level.COUNTY)
    found = next(iter(exact or named), None)
    if found is None:
        raise NoSuchPerson(list(dict.fromkeys(row.name for row in rows)))
    people.have_address(db, found.person_id, NAME, str(found.person_id))
    return str(found.person_id)


async def _lines() -> AsyncIterator[str]:
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip():
            yield line.strip()
