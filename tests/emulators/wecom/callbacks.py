"""WeCom calling us: each message and event signed and encrypted, within five seconds, with three retries (path/90930)."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from tests.emulators.wecom.crypto import Sealer
from tests.emulators.wecom.ledger import Clock

ANSWERED_WITHIN, CHECKED_WITHIN, RETRIES = 5.0, 1.0, 3

Post = Callable[[str, str, bytes], Awaitable[tuple[int, bytes]]]
"""(method, address, body): status and body of the answer. OSError: no answer."""


@dataclass
class Callback:
    """One message or event on its way."""

    number: int
    member: str
    xml: bytes
    attempts: list[int | str] = field(default_factory=list)
    """Status, or name of the error, of each attempt."""

    @property
    def taken(self) -> bool:
        return bool(self.attempts) and self.attempts[-1] == 200


def xml_of(fields: Mapping[str, Any]) -> bytes:
    """Fields as WeCom writes them: texts in CDATA, numbers bare, what is nested or ready-made as it is."""

    def one(name: str, value: Any) -> str:
        if isinstance(value, Mapping):
            return f"<{name}>{''.join(one(*item) for item in value.items())}</{name}>"
        if isinstance(value, list):
            return "".join(one(name, each) for each in value)
        if isinstance(value, int | float):
            return f"<{name}>{value}</{name}>"
        return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"

    return f"<xml>{''.join(one(*item) for item in fields.items())}</xml>".encode()


class Callbacks:
    """What is on its way to the app, each member's in order."""

    def __init__(
        self, clock: Clock, sealer: Sealer, post: Post, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self.clock = clock
        self.sealer = sealer
        self.post = post
        self.sleep = sleep
        self.url = ""
        self.history: list[Callback] = []
        self.lost: list[Callback] = []
        """Those that were not taken after all attempts."""
        self.retries = RETRIES
        self._lanes: defaultdict[str, deque[Callback]] = defaultdict(deque)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._nonce = 0

    def put(self, member: str, fields: Mapping[str, Any]) -> Callback:
        """Let a message or event come."""
        found = Callback(len(self.history), member, xml_of(fields))
        self.history.append(found)
        return self.again(found)

    def again(self, callback: Callback) -> Callback:
        """Let it come, or come once more."""
        self._lanes[callback.member].append(callback)
        if callback.member not in self._running:
            self._running[callback.member] = asyncio.create_task(self._drain(callback.member))
        return callback

    async def quiet(self, seconds: float = 10) -> None:
        """Wait until nothing is on its way. TimeoutError."""
        async with asyncio.timeout(seconds):
            while self._running:
                await asyncio.wait(list(self._running.values()))
                await asyncio.sleep(0)

    def end(self) -> None:
        for task in self._running.values():
            task.cancel()

    def request(self, text: bytes, **other: Any) -> tuple[str, bytes]:
        """The address and body of a call; `other`: a receiver, timestamp, signature or sealed text of one's own."""
        sealed = other.get("sealed") or self.sealer.seal(text, other.get("receiver"))
        body = (
            f"<xml><ToUserName><![CDATA[{escape(self.sealer.receiver)}]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID>"
            f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        )
        return f"{self.url}?{self.query(sealed, **other)}", body.encode()

    def query(self, sealed: str, **other: Any) -> str:
        """The signed query of a call."""
        self._nonce += 1
        timestamp = str(other.get("timestamp") or int(self.clock.now().timestamp()))
        nonce = other.get("nonce") or f"nonce{self._nonce}"
        signature = other.get("signature") or self.sealer.sign(timestamp, nonce, sealed)
        return urlencode({"msg_signature": signature, "timestamp": timestamp, "nonce": nonce} | other.get("more", {}))

    async def check_address(self, echo: str = "1616140317555161061") -> tuple[int, bytes]:
        """The check of the address, as when the console saves it. TimeoutError after a second."""
        sealed = self.sealer.seal(echo.encode())
        address = f"{self.url}?{self.query(sealed, more={'echostr': sealed})}"
        async with asyncio.timeout(CHECKED_WITHIN):
            return await self.post("GET", address, b"")

    async def _drain(self, member: str) -> None:
        lane = self._lanes[member]
        while lane:
            callback = lane.popleft()
            for attempt in range(1 + self.retries):
                callback.attempts.append(await self._attempt(callback))
                if callback.taken:
                    break
                if attempt < self.retries:
                    await self.sleep(1.0)
            else:
                self.lost.append(callback)
        del self._running[member]

    async def _attempt(self, callback: Callback) -> int | str:
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                status, body = await self.post("POST", *self.request(callback.xml))
        except (OSError, TimeoutError) as error:
            return type(error).__name__
        assert not body or status != 200, "nothing is to be answered but that it was taken"
        return status
