"""People with the page open, and just enough of HTTP for them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
import uuid
from contextlib import suppress
from typing import Any

from tests.bench.people import Officer
from tests.bench.turns import ITEMS

PATIENCE = 30.0
"""Seconds within which the program must answer."""


class Caller:
    """One connection that is kept alive, and just enough HTTP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def at(cls, port: int) -> Caller:
        """A connection to this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def call(
        self, method: str, path: str, key: str = "", body: bytes = b"", **headers: object
    ) -> tuple[int, bytes]:
        """Make a call; its status and what came back. `headers`: more of them, _ for -."""
        status, head = await self.begin(method, path, key, body, **headers)
        length = re.search(rb"content-length: (\d+)", head)
        return status, await self._reader.readexactly(int(length[1])) if length else b""

    async def begin(
        self, method: str, path: str, key: str = "", body: bytes = b"", **headers: object
    ) -> tuple[int, bytes]:
        """Make a call; its status and headers."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Key: {key}\r\nContent-Length: {len(body)}\r\n"
        head += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self._writer.write(f"{head}\r\n".encode() + body)
        answered = await self._reader.readuntil(b"\r\n\r\n")
        return int(answered.split()[1]), answered.lower()

    async def line(self) -> bytes:
        """The next line of what comes back."""
        return await self._reader.readline()

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


class Visitor:
    """Someone with the page open: says things, and sees the stream of messages."""

    def __init__(self, port: int, secret: bytes, address: str) -> None:
        self._port = port
        self._officer = Officer(int(address))
        self._key = f"{address}.{hmac.new(secret, address.encode(), hashlib.sha256).hexdigest()}"
        self._calls: Caller
        self._stream: Caller
        self._shown: dict[str, Any] = {}

    async def __aenter__(self) -> Visitor:
        self._calls, self._stream = await Caller.at(self._port), await Caller.at(self._port)
        status, _ = await self._stream.begin("GET", "/api/stream", self._key)
        assert status == 200
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._calls.close()
        await self._stream.close()

    async def open(self) -> None:
        """Have the first question asked."""
        await self.say(self._officer.opening(ITEMS))

    async def answer(self, answers: int) -> list[float]:
        """Give answers one after the other; the seconds that each took, its reply on the stream included."""
        waits = []
        for _ in range(answers):
            answer = self._officer.answer(self._shown)
            assert answer is not None, self._shown
            begun = time.perf_counter()
            await self.say(answer)
            waits.append(time.perf_counter() - begun)
        return waits

    async def say(self, said: dict[str, str]) -> None:
        """Say something, and wait until it is durable and the reply is here."""
        body = json.dumps({"id": str(uuid.uuid4()), **said}).encode()
        status, told = await self._calls.call("POST", "/api/say", self._key, body)
        assert status == 200, told
        self._shown = await asyncio.wait_for(self._next_message(), PATIENCE)

    async def announce(self, name: str, size: int) -> str:
        """Announce a file; where its parts go."""
        body = json.dumps({"id": str(uuid.uuid4()), "name": name, "size": size}).encode()
        status, told = await self._calls.call("POST", "/api/uploads", self._key, body)
        assert status == 200, told
        return f"/api/uploads/{json.loads(told)['upload']}"

    async def append(self, upload: str, offset: int, part: bytes) -> None:
        """Send the part of a file that begins at an offset."""
        status, told = await self._calls.call("PATCH", upload, self._key, part, upload_offset=offset)
        assert status == 200, told

    async def told(self, words: str) -> None:
        """Wait until these words have been said."""
        while all(words not in text for _, text in self._shown.get("parts", ())):
            self._shown = await asyncio.wait_for(self._next_message(), PATIENCE)

    async def _next_message(self) -> dict[str, Any]:
        while True:
            line = await self._stream.line()
            assert line, "the stream ended"
            if line.startswith(b"data: "):
                message = json.loads(line[6:])
                if message["from"] == "assistant":
                    return _as_row(message)


def _as_row(message: dict[str, Any]) -> dict[str, Any]:
    """A message of the stream in the form that rows have."""
    buttons = [[(one["label"], one["press"], False) for one in row] for row in message["buttons"]]
    asks = message["asks"] if message["asks"]["kind"] != "none" else None
    return {"asks": asks, "buttons": buttons, "parts": [(one["kind"], one["text"]) for one in message["parts"]]}
