"""The access token: one for all processes, fetched by one of them at a time, and never asked for in vain again and again."""

from __future__ import annotations

import asyncio
import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.channels import NotReached, Shared, Unknown
from bot.channels.wecom.outcomes import BAD_SECRET, BUSY, ApiError
from bot.channels.wecom.settings import WeComSettings
from bot.clock import Clock
from models.db import DatabaseDown

NONCE = 12
EARLY = timedelta(minutes=5)
"""So long before its end a token is not used any more."""
FETCHING = timedelta(seconds=8)
LOOK_SECONDS, LOOKS = 0.5, 20
REFUSED_FOR = timedelta(hours=1)
"""So long a wrong secret is not tried again: whoever does is locked out, with all that comes from the same address."""

Fetch = Callable[[], Awaitable[tuple[str, int]]]
"""Fetches a token: itself, and the seconds that it lasts. Raises ApiError, NotReached, Unknown."""
Sleep = Callable[[float], Awaitable[object]]


class Seal:
    """Keeps a token from whoever copies the database: only who has the app's secret can read it."""

    def __init__(self, secret: str) -> None:
        self._key = AESGCM(hashlib.sha256(f"wecom token {secret}".encode()).digest())

    def sealed(self, token: str) -> str:
        """A token as it may be kept."""
        nonce = os.urandom(NONCE)
        return b64encode(nonce + self._key.encrypt(nonce, token.encode(), None)).decode()

    def opened(self, kept: str) -> str:
        """The token that was kept; empty: it was kept with another secret."""
        try:
            data = b64decode(kept, validate=True)
            return self._key.decrypt(data[:NONCE], data[NONCE:], None).decode()
        except (InvalidTag, ValueError):
            return ""


class Tokens:
    """Keeps the token of one app."""

    def __init__(self, settings: WeComSettings, shared: Shared, clock: Clock, fetch: Fetch, sleep: Sleep) -> None:
        app = f"{settings.corp_id}\0{settings.agent_id}\0{settings.secret}"
        self._name = "wecom token " + hashlib.sha256(app.encode()).hexdigest()[:24]
        self._seal = Seal(settings.secret)
        self._shared = shared
        self._clock = clock
        self._fetch = fetch
        self._sleep = sleep
        self._one_at_a_time = asyncio.Lock()
        self._token, self._until = "", clock.now()
        self._dead = ""
        """The token that was refused last."""
        self._refused: tuple[int, datetime] | None = None

    async def get(self) -> str:
        """A token that is good as far as we know. Raises ApiError, NotReached."""
        if self._is_good(self._token, self._until):
            return self._token
        async with self._one_at_a_time:
            if not self._is_good(self._token, self._until):
                try:
                    self._token, self._until = await self._renewed()
                except DatabaseDown as error:
                    raise NotReached(str(error)) from None
        return self._token

    def drop(self, token: str) -> None:
        """A token was refused: it is not used again. Another one that has come meanwhile is."""
        self._dead = token
        if self._token == token:
            self._token = ""

    def _is_good(self, token: str, until: datetime) -> bool:
        return bool(token) and token != self._dead and self._clock.now() < until - EARLY

    async def _renewed(self) -> tuple[str, datetime]:
        """What another process has fetched, or else what we fetch while no other does."""
        for _ in range(LOOKS):
            kept = await self._shared.read(self._name)
            found = None if kept is None else (self._seal.opened(kept[0]), kept[1])
            if found is not None and self._is_good(*found):
                return found
            try:
                if await self._shared.take(self._name, FETCHING):
                    return await self._fetched()
            finally:
                await self._shared.give_up(self._name)
            await self._sleep(LOOK_SECONDS)
        raise NotReached("another process fetches the token")

    async def _fetched(self) -> tuple[str, datetime]:
        if self._refused is not None and self._clock.now() < self._refused[1]:
            raise ApiError(self._refused[0])
        try:
            token, seconds = await self._fetch()
        except Unknown as error:  # whatever came of it, nothing else was asked for yet
            raise NotReached(str(error)) from None
        except ApiError as error:
            if error.code == BUSY:
                raise NotReached(str(error)) from None
            if error.code in BAD_SECRET:
                self._refused = error.code, self._clock.now() + REFUSED_FOR
            raise
        if token == self._dead:  # WeCom gives the same again, so it is good after all: not to be fetched for every call
            self._dead = ""
        until = self._clock.now() + timedelta(seconds=seconds)
        await self._shared.keep(self._name, self._seal.sealed(token), until)
        return token, until
