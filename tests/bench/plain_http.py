"""Just enough of HTTP/1.1, at hardly any cost, for the ends that are not measured."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import cast

Handle = Callable[[str, bytes], Awaitable[bytes]]
"""Path and body of a call; the JSON of the answer."""


class Exchange(asyncio.Protocol):
    """One connection: messages with a head and as many bytes of body as that says."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Some of it has come."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end])
            whole = end + 4 + _length(head)
            if len(self._buffer) < whole:
                return
            body = bytes(self._buffer[end + 4 : whole])
            del self._buffer[:whole]
            self.came(head, body)

    def came(self, head: bytes, body: bytes) -> None:
        """A message is here."""
        raise NotImplementedError


class Answering(Exchange):
    """The server's end."""

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self._handle = handle
        self._under_way: set[asyncio.Task[None]] = set()

    def came(self, head: bytes, body: bytes) -> None:
        task = asyncio.create_task(self._answer(head.split(b" ", 2)[1].decode(), body))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _answer(self, path: str, body: bytes) -> None:
        told = await self._handle(path, body)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(told)}\r\n\r\n"
        if not self.transport.is_closing():
            self.transport.write(head.encode() + told)


class Asking(Exchange):
    """The client's end: one call at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._answer: asyncio.Future[int]

    def call(self, head: bytes, body: bytes) -> asyncio.Future[int]:
        """Make a call; the status of its answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(b"%s\r\nContent-Length: %d\r\n\r\n%s" % (head, len(body), body))
        return self._answer

    def came(self, head: bytes, body: bytes) -> None:
        self._answer.set_result(int(head.split(b" ", 2)[1]))

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever waits need not any more."""
        if hasattr(self, "_answer") and not self._answer.done():
            self._answer.set_exception(ConnectionError(str(error)))


async def serve(handle: Handle, port: int = 0) -> int:
    """Answer calls on a port of this machine, for as long as the process lives; the port."""
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    await asyncio.get_running_loop().create_server(lambda: Answering(handle), sock=listener)
    return int(listener.getsockname()[1])


async def connect(port: int) -> Asking:
    """A connection to a port of this machine."""
    _, made = await asyncio.get_running_loop().create_connection(Asking, "127.0.0.1", port)
    return made


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
