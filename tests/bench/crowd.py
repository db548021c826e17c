"""Telegram, and people on it who answer as fast as they are asked: python -m tests.bench.crowd, a process of its own.

It does as little as it can, lest it be what is measured; tests/emulators/telegram is the one that is strict. Orders come in
as lines of JSON and are answered by one: first, unasked, the port of the Bot API; then to {"people": [chat ids],
"answers": n} what that took, as a Told. Everybody is asked a question before the time is taken.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import from_json, to_json

from tests.bench import plain_http
from tests.bench.people import Officer, looked_at
from tests.bench.turns import ITEMS, loop_factory

CONNECTIONS = 40
"""To the webhook, as Telegram makes them unless it is asked for another number."""
PATIENCE = 30.0
"""Seconds within which there must be an answer."""
NOT_COUNTED = 3
"""Answers that everybody gives before the time is taken."""
BOT = {"id": 1, "is_bot": True, "first_name": "法治助手", "username": "bench_bot"}
BROUGHT = ("sendMessage", "editMessageText")


@dataclass
class Told:
    """What a run took."""

    answers: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    """Seconds of CPU of this process."""
    waits: list[float] = field(default_factory=list)
    """Seconds from each answer to its reply."""


class Telegram:
    """The Bot API and the webhook's caller."""

    def __init__(self) -> None:
        self.replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        """By chat, whoever waits."""
        self.registered = asyncio.Event()
        self._idle: asyncio.LifoQueue[plain_http.Asking] = asyncio.LifoQueue()
        self._head = b""
        self._messages, self._updates = count(1), count(time.time_ns() // 1_000_000)

    async def called(self, path: str, body: bytes) -> bytes:
        """A call of the Bot API."""
        method = path.rpartition("/")[2]
        said = from_json(body) if body.startswith(b"{") else {}
        result: Any = True
        if method in BROUGHT:
            result = self._bring(said)
        elif method == "getMe":
            result = BOT
        elif method == "setWebhook":
            await self._register(said)
        return to_json({"ok": True, "result": result})

    async def deliver(self, what: dict[str, Any]) -> None:
        """Bring an update to the webhook."""
        body = to_json({"update_id": next(self._updates), **what})
        connection = await self._idle.get()
        status = await connection.call(self._head, body)
        self._idle.put_nowait(connection)
        assert status == 200, status

    def message(self, chat: int, sender: dict[str, Any], **content: Any) -> dict[str, Any]:
        """A message as the Bot API has it."""
        told = {"message_id": next(self._messages), "date": int(time.time()), "from": sender, "chat": _chat(chat)}
        return told | content

    def _bring(self, said: dict[str, Any]) -> dict[str, Any]:
        shown = {name: said[name] for name in ("text", "entities", "reply_markup") if name in said}
        message = self.message(int(said["chat_id"]), BOT, **shown)
        if "message_id" in said:
            message["message_id"] = said["message_id"]
        if (waiting := self.replies.pop(message["chat"]["id"], None)) is not None:
            waiting.set_result(message)
        return message

    async def _register(self, said: dict[str, Any]) -> None:
        address = urlsplit(said["url"])
        self._head = (
            f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {said.get('secret_token', '')}"
        ).encode()
        self._idle = asyncio.LifoQueue()
        for _ in range(CONNECTIONS):
            self._idle.put_nowait(await plain_http.connect(address.port or 80))
        self.registered.set()


class Someone:
    """One person with a chat."""

    def __init__(self, telegram: Telegram, chat: int) -> None:
        self._telegram, self._chat = telegram, chat
        self._user = {"id": chat, "is_bot": False, "first_name": "某人", "language_code": "zh-hans"}
        self._officer = Officer(chat)
        self._shown: dict[str, Any] = {}

    async def open(self) -> None:
        """Have the first question asked."""
        await self._say(self._officer.opening(ITEMS))

    async def answer(self, answers: int) -> list[float]:
        """Give answers one after the other; the seconds that each took."""
        waits = []
        for _ in range(answers):
            said = self._officer.answer(looked_at(self._shown))
            assert said is not None, self._shown
            begun = time.perf_counter()
            await self._say(said)
            waits.append(time.perf_counter() - begun)
        return waits

    async def _say(self, said: dict[str, str]) -> None:
        reply = self._telegram.replies[self._chat] = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(PATIENCE):
            await self._telegram.deliver(self._update(said))
            self._shown = await reply

    def _update(self, said: dict[str, str]) -> dict[str, Any]:
        if "press" not in said:
            return {"message": self._telegram.message(self._chat, self._user, text=said["text"])}
        query = {"id": f"{time.monotonic_ns()}", "from": self._user, "chat_instance": str(self._chat)}
        return {"callback_query": query | {"data": said["press"], "message": self._shown}}


async def run(telegram: Telegram, chats: list[int], answers: int) -> Told:
    """Let people answer, all at once."""
    async with asyncio.timeout(PATIENCE):
        await telegram.registered.wait()
    people = [Someone(telegram, chat) for chat in chats]
    await asyncio.gather(*(one.open() for one in people))
    await asyncio.gather(*(one.answer(NOT_COUNTED) for one in people))
    print("begun", flush=True)
    begun, cpu = time.perf_counter(), time.process_time()
    waits = await asyncio.gather(*(one.answer(answers) for one in people))
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return Told(len(chats) * answers, seconds, cpu, [wait for one in waits for wait in one])


async def main() -> None:
    """Serve until the input ends."""
    telegram = Telegram()
    print(await plain_http.serve(telegram.called), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        print(json.dumps(asdict(await run(telegram, order["people"], order["answers"]))), flush=True)


def _chat(number: int) -> dict[str, Any]:
    return {"id": number, "type": "private", "first_name": "某人"}


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main())
