"""Bringing one message to a chat: as a new one, in place of an older one, with a picture or a file."""

from __future__ import annotations

import io
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from telegram import InputFile
from telegram.error import BadRequest, NetworkError, TelegramError

from bot import viewing
from bot.actions import Made, Stored
from bot.channels import More, NotReached, Surroundings
from bot.channels.telegram.entrance import PATH
from bot.channels.telegram.outcomes import is_about
from bot.channels.telegram.reading import NAME
from bot.channels.telegram.transport import Api, NotConnected
from bot.channels.telegram.writing import MOST_CAPTION_UNITS, Text, keyboard, texts, units
from bot.rows import Sent
from models.db import DatabaseDown

MOST_PICTURE, MOST_FILE = 10 * 1024 * 1024, 20 * 1024 * 1024
"""Bytes. Telegram takes files of 50 MB, but an answer is waited for only so long."""
UPLOAD_SECONDS = 18.0
PICTURES = ("image/jpeg", "image/png")
NO_PREVIEW = {"is_disabled": True}
"""Nobody but their reader is to open links."""

ATTACHED = -1
"""The number of the step that brings a picture or file; those that bring text are counted from 0."""
Markup = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture or file to be sent."""

    picture: bool
    name: str
    content: Path | bytes

    def open(self) -> IO[bytes]:
        """Its bytes."""
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


@dataclass(frozen=True, slots=True)
class Step:
    """One call of several that it takes to bring a row; its number is the same at every attempt."""

    number: int
    take: Callable[[], Awaitable[str | None]]


class Sending:
    """What it takes to bring rows, those of several pieces one piece at a time."""

    def __init__(self, api: Api, surroundings: Surroundings, site: str | None = None) -> None:
        """`site`: where our pages are, if Telegram opens them; None: it does not."""
        self._api = api
        self._surroundings = surroundings
        self._view_link = (
            None if site is None else re.compile(re.escape(site.rstrip("/")) + rf"({viewing.PATH}/[\w.-]+)")
        )
        self._done: dict[int, set[int]] = {}
        """Of rows that are not complete yet, the steps that are not to be taken again."""

    async def bring(self, row: Sent) -> str | None:
        """Bring a row, or the next piece of it; the id of the message that carries its buttons.

        Raises More, TelegramError, Refused, NotReached.
        """
        chat, done = int(row.address), self._done.get(row.id, set())
        if "wipes" in row.body and not done:
            await self._at_best(self._api.bot.delete_message(chat, int(row.body["wipes"])))
        left = [step for step in await self._steps(chat, row, done) if step.number not in done]
        reference = None
        if left:
            try:
                reference = await left[0].take()
            except NetworkError as error:
                if left[0].number == ATTACHED and not isinstance(error, NotConnected):
                    self._done[row.id] = {ATTACHED}  # too large for the way there, perhaps: next time without it
                raise
        if len(left) > 1:
            self._done[row.id] = done | {left[0].number}
            raise More
        self._done.pop(row.id, None)
        if row.body.get("leave"):
            await self._at_best(self._api.bot.leave_chat(chat))
        return reference

    async def _steps(self, chat: int, row: Sent, done: set[int]) -> list[Step]:
        pieces, markup = texts(row.body["parts"]), keyboard(row.body.get("buttons", ()), self._opening(row))
        url = _url(row)
        attached = None if url is None or ATTACHED in done else await self._attachment(row, url)
        if attached is not None and sum(units(piece.text) for piece in pieces) <= MOST_CAPTION_UNITS:
            return [Step(ATTACHED, partial(self._show, chat, attached, next(iter(pieces), None), markup))]
        if url is None and row.replaces is not None and len(pieces) == 1:
            return [Step(0, partial(self._replace, chat, row.replaces, pieces[0], markup))]
        before = [] if attached is None else [Step(ATTACHED, partial(self._show, chat, attached, None, None))]
        last = len(pieces) - 1
        return before + [
            Step(number, partial(self._say, chat, piece, markup if number == last else None))
            for number, piece in enumerate(pieces)
        ]

    def _opening(self, row: Sent) -> list[dict[str, Any]]:
        """The button that opens a page of ours about an object, where a message holds the link to one."""
        if self._view_link is None:
            return []
        links = (self._view_link.search(text) for _, text in row.body["parts"])
        found = next((link for link in links if link is not None), None)
        if found is None:
            return []
        url = found[0].replace(found[1], f"{PATH}{found[1]}")
        return [{"text": self._surroundings.words.text(NAME, "open_page"), "web_app": {"url": url}}]

    async def _say(self, chat: int, piece: Text, markup: Markup) -> str:
        sent = await self._api.call("sendMessage", **_text(chat, piece, markup))
        return str(sent["message_id"])

    async def _replace(self, chat: int, reference: str, piece: Text, markup: Markup) -> str:
        """Change a message; where that cannot be done any more, another one says it."""
        try:
            await self._api.call("editMessageText", message_id=int(reference), **_text(chat, piece, markup))
        except BadRequest as error:
            if not is_about(error, "message is not modified"):
                return await self._say(chat, piece, markup)
        return reference

    async def _show(self, chat: int, attached: Attachment, piece: Text | None, markup: Markup) -> str | None:
        """Send a picture or file with what is said of it; where Telegram will not have it, what is said alone."""
        said = {} if piece is None else {"caption": piece.text, "caption_entities": piece.entities}
        more = said if markup is None else said | {"reply_markup": markup}
        try:
            with attached.open() as content:
                file = InputFile(content, attached.name, read_file_handle=False)
                send = self._api.bot.send_photo if attached.picture else self._api.bot.send_document
                return str((await send(chat, file, api_kwargs=more, read_timeout=UPLOAD_SECONDS)).message_id)
        except BadRequest:
            if attached.picture:  # its shape, perhaps: as a file it can be looked at all the same
                return await self._show(chat, replace(attached, picture=False), piece, markup)
            return None if piece is None else await self._say(chat, piece, markup)

    async def _attachment(self, row: Sent, url: str) -> Attachment | None:
        """What stands under an address, if it is its reader's and not too large."""
        found = await self._find(row.address, url)
        content = None if found is None else self._content(found)
        if found is None or content is None:
            return None
        fits = "picture" in row.body and found.mime in PICTURES and _size(content) <= MOST_PICTURE
        return Attachment(fits, row.body["file"]["name"] if "file" in row.body else found.name, content)

    async def _find(self, address: str, url: str) -> Stored | Made | None:
        try:
            return await self._surroundings.file(address, url)
        except DatabaseDown as error:
            raise NotReached(str(error)) from None

    def _content(self, found: Stored | Made) -> Path | bytes | None:
        """Where the bytes are; None: they are gone, or more than Telegram takes."""
        try:
            content = found.content if isinstance(found, Made) else self._surroundings.store.path(found.sha256)
        except KeyError:
            return None
        return content if _size(content) <= MOST_FILE else None

    async def _at_best(self, call: Awaitable[Any]) -> None:
        with suppress(TelegramError):
            await call


def _url(row: Sent) -> str | None:
    """Where the picture that a row shows is to be had, or else its file."""
    url: str | None = row.body.get("picture") or row.body.get("file", {}).get("url")
    return url


def _size(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _text(chat: int, piece: Text, markup: Markup) -> dict[str, Any]:
    call: dict[str, Any] = {"chat_id": chat, "text": piece.text, "link_preview_options": NO_PREVIEW}
    if piece.entities:
        call["entities"] = piece.entities
    if markup is not None:
        call["reply_markup"] = markup
    return call
