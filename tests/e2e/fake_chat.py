"""A chat server in memory, for the browser tests of the page: it keeps the HTTP contract and fails when told to."""

import asyncio
import hashlib
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

TEMPLATES = Path(__file__).parents[2] / "templates"
KEY = "k-7QF2"
AT = "2026-09-06T09:12:00+08:00"
Message = dict[str, Any]


@dataclass
class FakeChat:
    """What the server holds, what it was asked, and how it shall misbehave next."""

    messages: list[Message] = field(default_factory=list)
    said: list[Message] = field(default_factory=list)
    """Every body that reached /api/say, retries too."""
    uploads: dict[str, bytearray] = field(default_factory=dict)
    opened: list[Message] = field(default_factory=list)
    """Every body that opened an upload, retries too."""
    cancelled: list[str] = field(default_factory=list)
    """The uploads that were said not to come after all."""
    streams: int = 0
    """How many streams were ever opened."""
    failing: int = 0
    """So many of the next says get 503 and are not taken."""
    losing: int = 0
    """So many of the next says are taken, but answered 503."""
    refusal: str = ""
    """Says are refused with this sentence."""
    down: bool = False
    """Everything under /api gets 503, and streams end."""
    ended: bool = False
    """Everything under /api gets 401, and streams end."""
    breaking_at: int | None = None
    """An upload that reaches this many bytes keeps them, gets 503, and `holding` begins."""
    holding: bool = False
    """Pieces of uploads get 503 and nothing of them is kept."""
    max_bytes: int = 200 * 1024 * 1024
    chunk_bytes: int = 64 * 1024

    def speak(self, *parts: str, buttons: list[str] | None = None, asks: str = "none", **more: Any) -> int:
        """Let the assistant say something; a part that begins with ┃ is official wording. Returns the message's id."""
        shown = [
            {"kind": "quote", "text": part[1:]} if part.startswith("┃") else {"kind": "text", "text": part}
            for part in parts
        ]
        wants = {"kind": asks, "limit": more.pop("limit", None)}
        number = len(self.messages) + 1
        rows = [[choice(number, label)] for label in buttons or []]
        return self.put({"from": "assistant", "parts": shown, "buttons": rows, "asks": wants, **more})

    def put(self, message: Message) -> int:
        """Add a message as the server would send it, what is not given left empty. Returns its id."""
        number = len(self.messages) + 1
        empty: Message = {"at": AT, "buttons": [], "picture": None, "file": None, "edits": None, "delivery": None}
        asks = {"kind": "none", "limit": None}
        self.messages.append({**empty, "asks": asks, **message, "id": number})
        return number

    def take(self, body: Message) -> None:
        """Take what was said, once for each id, and echo it."""
        if not any(body["id"] == message["delivery"] for message in self.messages):
            text = body.get("text") or body["label"]
            self.put({"from": "me", "parts": [{"kind": "text", "text": text}], "delivery": body["id"]})

    def heard(self) -> list[str]:
        """What the reader said, as the conversation has it."""
        return [message["parts"][0]["text"] for message in self.messages if message["from"] == "me"]

    def digests(self) -> dict[str, str]:
        """SHA-256 of every upload by its name."""
        names = {body["id"]: body["name"] for body in self.opened}
        return {names[key]: hashlib.sha256(held).hexdigest() for key, held in self.uploads.items()}


def choice(number: int, label: str) -> Message:
    """A button of message `number`; a label that begins with * is the likely answer."""
    return {
        "label": label.lstrip("*"),
        "press": f"a.{number}.{label.lstrip('*')}",
        "style": "primary" if label.startswith("*") else "plain",
    }


def application(fake: FakeChat) -> Starlette:
    """The routes of the contract over `fake`."""

    async def say(request: Request) -> Response:
        body = await request.json()
        fake.said.append(body)
        if fake.refusal:
            return JSONResponse({"message": fake.refusal}, 422)
        if fake.failing:
            fake.failing -= 1
            return Response(status_code=503)
        fake.take(body)
        if fake.losing:
            fake.losing -= 1
            return Response(status_code=503)
        return JSONResponse({})

    async def messages(request: Request) -> Response:
        before = int(request.query_params.get("before", 10**9))
        limit = int(request.query_params["limit"])
        older = [message for message in fake.messages if message["id"] < before]
        return JSONResponse({"messages": older[-limit:], "more": len(older) > limit})

    async def stream(request: Request) -> Response:
        fake.streams += 1
        return StreamingResponse(events(fake, int(request.query_params["after"])), media_type="text/event-stream")

    return Starlette(
        routes=[
            pages(fake),
            Route("/api/say", guarded(fake, say), methods=["POST"]),
            Route("/api/messages", guarded(fake, messages)),
            Route("/api/stream", guarded(fake, stream)),
            *upload_routes(fake),
            Mount("/static", StaticFiles(directory=TEMPLATES / "pages" / "static")),
        ]
    )


def pages(fake: FakeChat) -> Route:
    """The three pages, rendered as in the demonstration."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape())

    async def page(request: Request) -> Response:
        values = {"max_bytes": fake.max_bytes, "chunk_bytes": fake.chunk_bytes, "accept": ".pdf,.docx,.txt,.jpg,.png"}
        person = {"key": KEY, "who": "就业促进科 法治联络员", "bureau": "示范区人社局", "demo": True, **SHOWN}
        html = environment.get_template(f"pages/{request.path_params['name']}.html").render(**values, **person)
        return HTMLResponse(html, headers={"Content-Security-Policy": "default-src 'self'"})

    return Route("/{name:str}", page)


def upload_routes(fake: FakeChat) -> list[Route]:
    """Opening an upload, sending pieces, asking how far it got."""

    async def opening(request: Request) -> Response:
        body = await request.json()
        fake.opened.append(body)
        held = fake.uploads.setdefault(body["id"], bytearray())
        return JSONResponse({"upload": body["id"], "offset": len(held)})

    async def piece(request: Request) -> Response:
        held = fake.uploads[request.path_params["upload"]]
        if request.method == "DELETE":
            fake.cancelled.append(request.path_params["upload"])
            return JSONResponse({})
        if request.method == "GET":
            return JSONResponse({"offset": len(held)})
        if fake.holding:
            return Response(status_code=503)
        if int(request.headers["Upload-Offset"]) != len(held):
            return JSONResponse({"offset": len(held)}, 409)
        body = await request.body()
        if fake.breaking_at is not None and len(held) + len(body) > fake.breaking_at:
            held += body[: fake.breaking_at - len(held)]
            fake.breaking_at, fake.holding = None, True
            return Response(status_code=503)
        held += body
        return JSONResponse({"offset": len(held)})

    return [
        Route("/api/uploads", guarded(fake, opening), methods=["POST"]),
        Route("/api/uploads/{upload}", guarded(fake, piece), methods=["GET", "PATCH", "DELETE"]),
    ]


def guarded(fake: FakeChat, endpoint: Any) -> Any:
    """The endpoint behind its key, and behind the faults that hit everything."""

    async def checked(request: Request) -> Response:
        if fake.ended or request.headers.get("X-Key") != KEY:
            return JSONResponse({}, 401)
        return Response(status_code=503) if fake.down else await endpoint(request)

    return checked


async def events(fake: FakeChat, after: int) -> AsyncIterator[str]:
    """Everything after a message, as it comes."""
    yield ": begin\n\n"
    while not (fake.down or fake.ended):
        for message in fake.messages[after:]:
            after = message["id"]
            yield f"id: {after}\nevent: message\ndata: {json.dumps(message, ensure_ascii=False)}\n\n"
        await asyncio.sleep(0.01)


@contextmanager
def serving(fake: FakeChat) -> Iterator[str]:
    """The base address of a server over `fake`, on a free port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(fake), log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        fake.ended = server.should_exit = True
        thread.join()


SHOWN: dict[str, Any] = {
    "bureaus": [
        {
            "name": "示范区人力资源和社会保障局",
            "level": "县区局",
            "people": [
                {
                    "id": "p1",
                    "label": "法制科",
                    "href": "/chat",
                    "hint": "查看汇总，备案人员变动，退回或采纳自评答复。",
                },
                {
                    "id": "p2",
                    "label": "就业促进科 法治联络员",
                    "href": "/chat",
                    "hint": "发送“继续”，接着做指标自评；或发送“人员变动”。",
                },
            ],
        }
    ]
}
