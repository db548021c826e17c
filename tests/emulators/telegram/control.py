"""Driving an emulator that runs as a process of its own, over the same port.

POST /people/501/say   {"text": "菜单"}       also start {"payload"}, press {"label_or_data"}, block, unblock, send_voice...
GET  /people/501       what stands in that chat: [{"id", "text", "buttons", "edits", "document", "photo"}]
GET  /effects          everything that the bot did: [{"method", "chat_id", "message_id", "text", "via"}]
GET  /counters         {"calls", "refused_by_pace", "waiting"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.emulators.telegram.ledger import Message

if TYPE_CHECKING:
    from tests.emulators.telegram.server import TelegramEmulator

DOINGS = frozenset({"say", "start", "press", "block", "unblock", "send_voice", "send_sticker", "send_location"})


def routes(telegram: TelegramEmulator) -> list[web.RouteDef]:
    """The addresses under which a process elsewhere acts as people, and looks at what they saw."""

    async def do(request: web.Request) -> web.Response:
        person, what = telegram.person(int(request.match_info["person"])), request.match_info["what"]
        if what not in DOINGS:
            raise web.HTTPNotFound
        done = await getattr(person, what)(**(await request.json() if request.can_read_body else {}))
        return web.json_response({"update_id": getattr(done, "update_id", None)})

    async def seen(request: web.Request) -> web.Response:
        return web.json_response([_told(one) for one in telegram.person(int(request.match_info["person"])).seen])

    async def effects(_: web.Request) -> web.Response:
        names = ("method", "chat_id", "message_id", "text", "via")
        return web.json_response([{name: getattr(one, name) for name in names} for one in telegram.effects()])

    async def counters(_: web.Request) -> web.Response:
        waiting = len(telegram.deliveries.pending)
        return web.json_response(
            {"calls": telegram.calls, "refused_by_pace": telegram.flood.refused, "waiting": waiting}
        )

    return [
        web.post("/people/{person}/{what}", do), web.get("/people/{person}", seen), web.get("/effects", effects),
        web.get("/counters", counters),
    ]  # fmt: skip


def _told(message: Message) -> dict[str, Any]:
    return {
        "id": message.id, "text": message.text, "buttons": message.buttons, "edits": message.edits,
        "document": message.document and message.document.name, "photo": message.photo is not None,
    }  # fmt: skip
