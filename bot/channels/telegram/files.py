"""Files that Telegram holds: how large they are, and their bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
from telegram.error import TelegramError

from bot.channels import Gone, NotReached, Refused, SlowDown
from bot.channels.telegram.outcomes import is_about, outcome
from bot.channels.telegram.transport import CALL_SECONDS, CONNECT_SECONDS, Api

LARGEST = 20 * 1024 * 1024
"""Bytes that Telegram gives a bot."""
PIECE = 64 * 1024
TIMEOUT = aiohttp.ClientTimeout(
    total=None, connect=2 * CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=CALL_SECONDS
)
PARTIAL, EXPIRED, ALL_THERE = 206, (404, 410), 416


class _Expired(Exception):
    """The link to a file is too old."""


async def size(api: Api, file_id: str) -> int:
    """How large a file is, in bytes; one that Telegram will not give is larger than LARGEST. Raises TelegramError."""
    try:
        return (await api.bot.get_file(file_id)).file_size or 0
    except TelegramError as error:
        if is_about(error, "file is too big"):
            return LARGEST + 1
        raise


async def fetch(api: Api, file_id: str, offset: int) -> AsyncIterator[bytes]:
    """The bytes of a file from `offset` on. Raises NotReached, SlowDown, Refused."""
    try:
        async for piece in _from_link(api, await _link(api, file_id), offset):
            yield piece
    except _Expired:  # right after it was made: a clock jumped, or the server moved
        try:
            async for piece in _from_link(api, await _link(api, file_id), offset):
                yield piece
        except _Expired:
            raise NotReached("link expired") from None


async def _link(api: Api, file_id: str) -> str:
    try:
        link = (await api.bot.get_file(file_id)).file_path
    except TelegramError as error:
        if is_about(error, "temporarily unavailable"):
            raise NotReached(str(error)) from None
        meant = outcome(error)
        if isinstance(meant, Refused | SlowDown):
            raise meant from None
        raise (Refused("gone") if isinstance(meant, Gone) else NotReached(str(meant))) from None
    if link is None:
        raise NotReached("no link")
    return link


async def _from_link(api: Api, link: str, offset: int) -> AsyncIterator[bytes]:
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    try:
        async with api.session.get(link, headers=headers, timeout=TIMEOUT) as answer:
            if answer.status in EXPIRED:
                raise _Expired
            if answer.status == ALL_THERE:
                return
            if answer.status >= 300:
                raise NotReached(str(answer.status))
            unwanted = 0 if answer.status == PARTIAL else offset
            async for piece in answer.content.iter_chunked(PIECE):
                wanted = piece[unwanted:]
                unwanted = max(0, unwanted - len(piece))
                if wanted:
                    yield wanted
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise NotReached(type(error).__name__) from None
