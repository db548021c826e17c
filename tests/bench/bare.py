"""The least that could answer: python -m tests.bench.bare FOLDER API_PORT, a process of its own.

A webhook on asyncio, one commit of SQLite for each answer, aiohttp for what goes out; no conversation, no rows but one.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path
from typing import Any

import aiohttp
from pydantic_core import from_json, to_json

from models.sqlite import TUNING
from tests.bench import plain_http
from tests.bench.people import VERDICTS
from tests.bench.turns import loop_factory

QUESTION = (
    "已记“符合”。\n第 12/60 项 · 二、依法行政制度体系完善\n"
    "全面推行重大行政决策公众参与、专家论证、风险评估、合法性审查、集体讨论决定的法定程序，决策过程记录完整，按规定归档。\n本单位情况？"
)
BUTTONS = [[{"text": one, "callback_data": f"it-{number}-0-verdict"} for number, one in enumerate(VERDICTS)]]
BUTTONS += [[{"text": one, "callback_data": "menu-0-0"} for one in ("返回", "目录")]]
JSON = {"Content-Type": "application/json"}


class Responder:
    """Answers whatever comes with the same question."""

    def __init__(self, api: str, place: Path) -> None:
        self._api = api
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        self._database = sqlite3.connect(place, isolation_level=None)
        for pragma in TUNING:
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE answer (update_id INTEGER PRIMARY KEY, chat INTEGER, said TEXT)")
        self._sending: set[asyncio.Task[None]] = set()

    async def called(self, path: str, body: bytes) -> bytes:
        """An update: it is durable when this returns."""
        update = from_json(body)
        query = update.get("callback_query")
        message = query["message"] if query else update["message"]
        said = query["data"] if query else message["text"]
        chat = message["chat"]["id"]
        self._database.execute("INSERT INTO answer VALUES (?, ?, ?)", (update["update_id"], chat, said))
        task = asyncio.create_task(self._reply(chat, message["message_id"] if query else None))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return to_json({"method": "answerCallbackQuery", "callback_query_id": query["id"]}) if query else b""

    async def register(self, port: int) -> None:
        """Ask to be called."""
        await self._call("setWebhook", {"url": f"http://127.0.0.1:{port}/webhook"})

    async def _reply(self, chat: int, edits: int | None) -> None:
        what = {"chat_id": chat, "text": QUESTION, "reply_markup": {"inline_keyboard": BUTTONS}}
        if edits is None:
            await self._call("sendMessage", what)
        else:
            await self._call("editMessageText", what | {"message_id": edits})

    async def _call(self, method: str, what: dict[str, Any]) -> None:
        async with self._session.post(f"{self._api}/bot1:bench/{method}", data=to_json(what), headers=JSON) as answer:
            from_json(await answer.read())


async def main(folder: Path, api_port: int) -> None:
    """Serve until the process is ended."""
    responder = Responder(f"http://127.0.0.1:{api_port}", folder / "bare.sqlite3")
    await responder.register(await plain_http.serve(responder.called))
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main(Path(sys.argv[1]), int(sys.argv[2])))
