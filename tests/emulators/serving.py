"""The HTTP server of an emulated platform: it listens, goes away and comes back on the same port, and cuts connections."""

from __future__ import annotations

import socket
import struct
from typing import Any, Self

import aiohttp
from aiohttp import web


class Server:
    """Runs as long as it is entered. What a platform answers to which calls, its own class adds."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner
        self._site: web.TCPSite | None = None

    def add_routes(self, app: web.Application) -> None:
        """What is answered."""
        raise NotImplementedError

    def end(self) -> None:
        """Nothing more is delivered, and no call kept waiting."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=80 << 20)
        self.add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.online()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.end()
        await self.offline()
        await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    @property
    def url(self) -> str:
        """The base address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    async def offline(self) -> None:
        """Cut every connection and refuse new ones."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()

    async def online(self) -> None:
        """Listen, on the same port as before."""
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await self._site.start()
        self.port = self._runner.addresses[0][1]

    def session(self, **more: Any) -> aiohttp.ClientSession:
        """With which the platform calls; made with these settings when it does so first."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), **more)
        return self._session


def cut_off(request: web.Request) -> web.Response:
    """Answer nothing: the connection is reset."""
    if request.transport is not None:
        at_once = struct.pack("ii", 1, 0)
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        request.transport.abort()
    return web.Response()
