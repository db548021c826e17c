"""Bringing one message to a member: as text, as a card, in place of an older card, with a picture or a file."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog

from bot import viewing
from bot.actions import Made, Stored
from bot.channels import More, NotReached, Surroundings
from bot.channels.wecom.api import Api
from bot.channels.wecom.cards import Drawn, Words, drawn, noticed
from bot.channels.wecom.media import LEAST, MOST_FILE, MOST_PICTURE, PICTURES, Attachment, Uploads
from bot.channels.wecom.outcomes import BAD_CARD, BAD_TASK, NO_MEDIA, UNFIT_MEDIA, ApiError, Unlicensed
from bot.channels.wecom.pressed import Asking, Pressed, forget_oldest
from bot.channels.wecom.reference import Reference, mark_of
from bot.channels.wecom.settings import ENTER_PATH, UPLOAD_PATH, WeComSettings
from bot.channels.wecom.writing import texts, whole
from bot.rows import Sent
from models.db import DatabaseDown
from models.outgoing import Urgency

log = structlog.get_logger()

ATTACHED = -1
"""The number of the step that brings a picture or file; those that bring text are counted from 0, and the card is last."""
WRITTEN = ("text", "number", "day")
"""Kinds of answers that are written."""
CHECKED = timedelta(hours=1)
"""For so long WeCom is to take no second copy of the same call, at least: longer than the outbox goes on trying."""
MOST_LONGER = 3 * 3600
"""Seconds: WeCom checks four hours at most."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of several that it takes to bring a row; its number is the same at every attempt."""

    number: int
    take: Callable[[], Awaitable[Reference]]


class Sending:
    """What it takes to bring rows, those of several pieces one piece at a time."""

    def __init__(
        self, api: Api, settings: WeComSettings, surroundings: Surroundings, pressed: Pressed, words: Words
    ) -> None:
        self._api = api
        self._settings = settings
        self._surroundings = surroundings
        self._pressed = pressed
        self._words = words
        self._uploads = Uploads(api, surroundings.clock)
        self._upload_link = re.compile(re.escape(settings.site) + r"/upload#[\w-]+")
        self._view_link = re.compile(re.escape(settings.site) + rf"({viewing.PATH}/[\w.-]+)")
        self._done: OrderedDict[int, dict[int, str]] = OrderedDict()
        """Of rows that are not complete yet, the steps that are not to be taken again, and the messages they brought."""

    async def bring(self, row: Sent) -> str | None:
        """Bring a row, or the next piece of it; by what its card, or else its last text, can be changed or called back.

        Raises More, ApiError, Unlicensed, NotReached, Unknown, Refused.
        """
        done = self._done.get(row.id, {})
        if not done and (changed := await self._in_place(row)) is not None:
            return str(changed)
        left = [step for step in await self._steps(row) if step.number not in done]
        found = await left[0].take() if left else None
        if found is not None and len(left) > 1:
            self._done[row.id] = done | {left[0].number: found.message}
            forget_oldest(self._done)
            raise More
        self._done.pop(row.id, None)
        if row.replaces is not None:
            self._pressed.take_back(row.address, Reference.read(row.replaces))
        return None if found is None else str(replace(found, besides=tuple(done.values())))

    async def _steps(self, row: Sent) -> list[Step]:
        body = row.body
        url = body.get("picture") or body.get("file", {}).get("url")
        text = self._led(whole(body["parts"]))
        steps = []
        if url is not None:
            attached = await self._attachment(row, url)
            if attached is not None:
                steps.append(Step(ATTACHED, partial(self._show, row, url, *attached)))
            elif "file" in body:
                text = f"{text}\n{self._by_link(url)}".strip()
        meant = self._drawn(row, text)
        pieces = texts(meant.text)
        if meant.card is not None:
            steps += [Step(number, partial(self._say, row, piece)) for number, piece in enumerate(pieces)]
            return [*steps, Step(len(pieces), partial(self._put, row, len(pieces), meant, meant.card))]
        return steps + [Step(number, partial(self._say, row, piece)) for number, piece in enumerate(pieces)]

    def _drawn(self, row: Sent, text: str) -> Drawn:
        body = row.body
        return drawn(text, body.get("buttons", ()), self._words, asks="of" in body, writes=_writes(body))

    async def _in_place(self, row: Sent) -> Reference | None:
        """Change the card that a row replaces, where the text before it stays as it is; None: that cannot be done."""
        if row.replaces is None or row.body.keys() & {"picture", "file"}:
            return None
        before, text = Reference.read(row.replaces), self._led(whole(row.body["parts"]))
        ways = [self._drawn(row, text)] if row.body.get("buttons") else noticed(text, self._page("/"))
        card = next((one.card for one in ways if one.card is not None and mark_of(one.text) == before.above), None)
        if card is None or not before.task:
            return None
        task = f"{_task(row, 0)}-c"
        changed = await self._pressed.replace(row.address, before, card | {"task_id": task})
        return replace(before, task=task, code="") if changed else None

    async def _say(self, row: Sent, text: str) -> Reference:
        sent = await self._send(row, {"msgtype": "text", "text": {"content": text}})
        return Reference(sent.get("msgid", ""))

    async def _put(self, row: Sent, number: int, meant: Drawn, card: dict[str, Any]) -> Reference:
        """Show a card, or the same as a text, where it is not taken."""
        card = card | {"task_id": _task(row, number)}
        try:
            sent = await self._send(row, {"msgtype": "template_card", "template_card": card})
        except ApiError as error:
            if error.code == BAD_TASK and row.repeated and row.urgency != Urgency.REPLY:
                return Reference("", card["task_id"], above=mark_of(meant.text))  # it is there since an attempt before
            if error.code not in BAD_CARD:
                raise
            log.warning("card not taken", row=row.id, code=error.code)
            return await self._say(row, meant.plain) if meant.plain else Reference("")
        if "of" in row.body:
            self._pressed.asks(row.address, Asking(card["task_id"], sent.get("response_code", ""), row.body["of"][0]))
        return Reference(sent.get("msgid", ""), card["task_id"], sent.get("response_code", ""), mark_of(meant.text))

    async def _show(self, row: Sent, url: str, attached: Attachment, kept_as: str) -> Reference:
        """Show a picture or file; a picture that is not taken as a file, and that not as a way to the page."""
        try:
            return await self._shown(row, attached, kept_as)
        except ApiError as error:
            if error.code not in UNFIT_MEDIA:
                raise
            log.warning("media not taken", row=row.id, code=error.code)
        if attached.picture:
            return await self._show(row, url, attached.as_file(), kept_as)
        return await self._say(row, self._by_link(url))

    async def _shown(self, row: Sent, attached: Attachment, kept_as: str) -> Reference:
        """Show it; what has gone from WeCom meanwhile is brought there once more."""
        kind = "image" if attached.picture else "file"
        media_id = await self._uploads.media_id(attached, kept_as)
        try:
            sent = await self._send(row, {"msgtype": kind, kind: {"media_id": media_id}})
        except ApiError as error:
            if error.code not in NO_MEDIA:
                raise
            self._uploads.forget(media_id)
            media_id = await self._uploads.media_id(attached, kept_as)
            sent = await self._send(row, {"msgtype": kind, kind: {"media_id": media_id}})
        return Reference(sent.get("msgid", ""))

    async def _send(self, row: Sent, what: dict[str, Any]) -> dict[str, Any]:
        """Send something to a row's member. What is no reply carries the same words at every attempt, and comes once."""
        call = {"touser": row.address, "agentid": self._settings.agent_id} | what
        if row.urgency != Urgency.REPLY:
            # Another row that says the same is no copy: it asks for another time, so that it is another call.
            checked = int(CHECKED.total_seconds()) + row.id % MOST_LONGER
            call |= {"enable_duplicate_check": 1, "duplicate_check_interval": checked}
        sent = await self._api.call("message/send", call)
        if row.address.lower() in _listed(sent, "unlicenseduser"):
            raise Unlicensed
        if row.address.lower() in _listed(sent, "invaliduser"):
            raise ApiError(81013)
        return sent

    async def _attachment(self, row: Sent, url: str) -> tuple[Attachment, str] | None:
        """What stands under an address, if it is its reader's and not too large; and what its content is known by."""
        try:
            found = await self._surroundings.file(row.address, url)
        except DatabaseDown as error:
            raise NotReached(str(error)) from None
        content = None if found is None else self._content(found)
        if found is None or content is None:
            return None
        made = Attachment(
            "picture" in row.body, row.body["file"]["name"] if "file" in row.body else found.name, content
        )
        if made.picture and (found.mime not in PICTURES or made.size > MOST_PICTURE):
            made = made.as_file()
        if not LEAST <= made.size <= MOST_FILE:
            return None
        return made, found.sha256 + made.name if isinstance(found, Stored) else f"row {row.id}"

    def _content(self, found: Stored | Made) -> Path | bytes | None:
        try:
            return found.content if isinstance(found, Made) else self._surroundings.store.path(found.sha256)
        except KeyError:
            return None

    def _led(self, text: str) -> str:
        """A text whose links to our pages lead by WeCom, which says who opens them."""
        text = self._upload_link.sub(f"{self._settings.site}{UPLOAD_PATH}", text)
        return self._view_link.sub(lambda found: self._page(found[1]), text)

    def _by_link(self, url: str) -> str:
        return self._surroundings.words.text("wecom", "by_link", link=self._page(url))

    def _page(self, url: str) -> str:
        """Where something can be had on the page, by whoever may."""
        return f"{self._settings.site}{ENTER_PATH}?to={quote(url, safe='')}"


def _task(row: Sent, number: int) -> str:
    """What a card is called: unique in the app for ever. A reply that is sent again is another card."""
    due = f"{row.due.timestamp():.6f}".replace(".", "") if row.due is not None else "0"
    again = f"-{row.lease}-{row.attempt}" if row.urgency == Urgency.REPLY else ""
    return f"{row.id}-{number}-{due}{again}"


def _writes(body: dict[str, Any]) -> bool:
    """Whether the answer to a message is written."""
    return (body.get("asks") or {}).get("kind") in WRITTEN


def _listed(sent: dict[str, Any], name: str) -> list[str]:
    return str(sent.get(name) or "").lower().split("|")
