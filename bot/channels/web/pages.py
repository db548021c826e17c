"""The pages: the chat, the choice of roles in demo mode, and their files; with the headers that keep them safe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.web.uploads import CHUNK_BYTES
from bot.channels.web.visitors import Visitor, Visitors
from bot.files import accept_attribute
from bot.render import TEMPLATES, Words
from bot.turn import Turn
from models import bureau_settings

_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)


@dataclass(frozen=True)
class PageNeeds:
    """What the pages draw on. `look` runs a function on a turn of the visitor that only reads."""

    words: Words
    visitors: Visitors
    look: Callable[[str, Callable[[Turn], Any]], Any]
    roles: Callable[[], list[dict[str, Any]]] | None
    """Demo mode: the people to choose from; None otherwise."""


class Pages:
    """Renders them, with everything escaped."""

    def __init__(self, needs: PageNeeds) -> None:
        self._needs = needs
        self._environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
        self._environment.filters |= needs.words.environment.filters
        self._environment.globals |= needs.words.environment.globals

    def routes(self) -> list[BaseRoute]:
        """The pages and their files."""
        return [
            Route("/", self.home),
            Route("/chat", self.chat),
            Mount("/static", _Static(directory=TEMPLATES / "pages" / "static")),
        ]

    async def home(self, request: Request) -> Response:
        """Demo: the choice of roles. Otherwise the chat."""
        if self._needs.roles is None:
            return await self.chat(request)
        return self.page("demo", bureaus=await run_in_threadpool(self._needs.roles))

    async def chat(self, request: Request) -> Response:
        """The chat of whoever opens it; or how one is invited."""
        visitor = await self._needs.visitors.of_page(request)
        shown = await run_in_threadpool(self._shown, visitor) if visitor is not None else None
        if visitor is None or shown is None:
            return self.page("closed", status=403, joins=self._needs.roles is None)
        return self.page(
            "chat", key=visitor.key, demo=self._needs.roles is not None, max_bytes=shown[2] * 1024 * 1024,
            accept=accept_attribute(), chunk_bytes=CHUNK_BYTES, who=shown[0], bureau=shown[1],
        )  # fmt: skip

    def _shown(self, visitor: Visitor) -> tuple[str, str, int] | None:
        def of_turn(turn: Turn) -> tuple[str, str, int] | None:
            if not turn.actor.posts:
                return None
            post = turn.actor.posts[0]
            return (
                f"{post.unit} {turn.actor.name.removeprefix(post.unit)}",
                post.bureau,
                bureau_settings.value_of(turn.db, post.bureau_id, "page_megabytes"),
            )

        found: tuple[str, str, int] | None = self._needs.look(visitor.address, of_turn)
        return found

    def page(self, name: str, status: int = 200, **context: Any) -> Response:
        """A page, never to be kept by anyone on the way."""
        html = self._environment.get_template(f"pages/{name}.html").render(**context)
        return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


class _Static(StaticFiles):
    """The pages' files, asked for anew each time (they have no version in their address), sent only if changed."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


class SafeHeaders:
    """Puts the safe headers on every answer, the stream's included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class KnownHosts:
    """Answers only by the names by which this server is to be called (None: any), so that no other site can borrow it."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str] | None, refused: Response) -> None:
        self._app = app
        self._hosts = hosts
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._hosts is not None:
            host = Headers(scope=scope).get("host", "").rpartition(":")[0] or Headers(scope=scope).get("host", "")
            if host not in self._hosts:
                await self._refused(scope, receive, send)
                return
        await self._app(scope, receive, send)


def middleware(hosts: Sequence[str] | None, words: Words) -> list[Middleware]:
    """Safe headers, and only the hosts by which this server is to be called."""
    refused = PlainTextResponse(words.text("web", "wrong_host"), 400)
    return [Middleware(SafeHeaders), Middleware(KnownHosts, hosts=hosts, refused=refused)]


def errors(words: Words) -> dict[Any, Any]:
    """What is said where there is no page, or a page broke."""

    def told(status: int, sentence: str) -> Callable[[Request, Exception], Response]:
        return lambda request, error: JSONResponse({"message": words.text("web", sentence)}, status)

    return {404: told(404, "no_page"), 405: told(405, "no_page"), 500: told(500, "broken")}
