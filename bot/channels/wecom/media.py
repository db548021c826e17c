"""Files: those that WeCom holds come in parts, those that it is to show are brought to it first (path/90253, 90254)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.channels import NotReached, Refused, SlowDown, Unknown
from bot.channels.wecom.api import CALL_SECONDS, CONNECT_SECONDS, Api, judged
from bot.channels.wecom.outcomes import BAD_TOKEN, BUSY, CONFIGURATION, TOO_MANY_AT_ONCE, TOO_OFTEN, ApiError
from bot.clock import Clock

LARGEST_IN = 20 * 1024 * 1024
"""Bytes of a file that is taken in here; a larger one comes by the upload page."""
MOST_PICTURE, MOST_FILE, LEAST = 10 * 1024 * 1024, 20 * 1024 * 1024, 6
PICTURES = ("image/jpeg", "image/png")
PART = 2 * 1024 * 1024
"""Bytes asked for at once: what is larger than 20 MB comes in parts only, and some of it in multiples of 16."""
UPLOAD_SECONDS = 18.0
MOST_KNOWN = 20_000
KEPT_FOR = timedelta(days=3) - timedelta(hours=1)
WHOLE, PARTIAL, ALL_THERE = 200, 206, 416
MEDIA = ("image/", "audio/", "video/")
_TIMEOUT = aiohttp.ClientTimeout(
    total=None, connect=2 * CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=CALL_SECONDS
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture or file to be shown."""

    picture: bool
    name: str
    content: Path | bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def as_file(self) -> Attachment:
        """The same, not to be shown as a picture."""
        return Attachment(False, self.name, self.content)


async def fetch(api: Api, media_id: str, offset: int) -> AsyncIterator[bytes]:
    """The bytes of a file that a member has sent, from `offset` on. Raises NotReached, SlowDown, Refused."""
    while True:
        part, total = await _part(api, media_id, offset)
        if part:
            yield part
        offset += len(part)
        if not part or (total is not None and offset >= total):
            return


async def _part(api: Api, media_id: str, offset: int) -> tuple[bytes, int | None]:
    """The next bytes, and how many there are in all, if that is said."""
    found: list[tuple[bytes, int | None]] = []

    async def ask(token: dict[str, str]) -> dict[str, Any]:
        headers = {"Range": f"bytes={offset}-{offset + PART - 1}"}
        query = token | {"media_id": media_id}
        address = api.address("media/get")
        async with api.session.get(address, params=query, headers=headers, timeout=_TIMEOUT) as answer:
            found.append(await _read(answer, offset))
        return {}

    try:
        await api.with_token(ask)
    except ApiError as error:
        raise _unfetched(error) from None
    except (Unknown, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise NotReached(type(error).__name__) from None
    return found[0]


async def _read(answer: aiohttp.ClientResponse, offset: int) -> tuple[bytes, int | None]:
    if answer.status == ALL_THERE:
        return b"", None
    body = await answer.read()
    # An error comes with 200, as JSON instead of a file.
    named = "attachment" in answer.headers.get("Content-Disposition", "").lower()
    if not named and not answer.content_type.startswith(MEDIA):
        judged(answer.status, body)
        raise Unknown("neither a file nor an error")
    if answer.status == WHOLE:
        return body[offset:], len(body)
    if answer.status != PARTIAL:
        raise Unknown(str(answer.status))
    total = answer.headers.get("Content-Range", "").rpartition("/")[2]
    return body, int(total) if total.isdecimal() else None


def _unfetched(error: ApiError) -> NotReached | SlowDown | Refused:
    later = CONFIGURATION | BAD_TOKEN | {BUSY, TOO_OFTEN, TOO_MANY_AT_ONCE}
    return NotReached(str(error)) if error.code in later else Refused(str(error))


class Uploads:
    """Brings files to WeCom, each once in three days."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._known: OrderedDict[tuple[str, bool], tuple[str, datetime]] = OrderedDict()

    async def media_id(self, attached: Attachment, kept_as: str) -> str:
        """By what WeCom knows an attachment. `kept_as`: what its content is known by. Raises ApiError, NotReached, Unknown."""
        known = self._known.get((kept_as, attached.picture))
        if known is not None and self._clock.now() < known[1]:
            return known[0]
        found = str((await self._api.with_token(lambda token: self._upload(token, attached)))["media_id"])
        self._known[kept_as, attached.picture] = found, self._clock.now() + KEPT_FOR
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return found

    def forget(self, media_id: str) -> None:
        """WeCom does not know it any more."""
        for key in [key for key, known in self._known.items() if known[0] == media_id]:
            del self._known[key]

    async def _upload(self, token: dict[str, str], attached: Attachment) -> dict[str, Any]:
        form = aiohttp.FormData(quote_fields=False)  # names of files in Chinese as they are
        found = attached.content
        content = found if isinstance(found, bytes) else await asyncio.to_thread(found.read_bytes)
        form.add_field("media", content, filename=attached.name, content_type="application/octet-stream")
        query = token | {"type": "image" if attached.picture else "file"}
        try:
            return await self._api.ask("POST", "media/upload", query, UPLOAD_SECONDS, data=form)
        except Unknown as error:  # nobody has been shown anything by it
            raise NotReached(str(error)) from None
