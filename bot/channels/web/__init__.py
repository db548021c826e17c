"""The web page as a channel: what one says comes in over HTTP, what one is told is a list that streams to the page."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from bot.channels import Channel, Traits
from bot.rows import Sent

NAME = "web"


class WebChannel(Channel):
    """The list is the outbox's own rows, so sending is only waking whoever looks at it; nothing can get lost here."""

    name = NAME
    traits = Traits(lists=True, echoes=True, inside=True)

    def __init__(self) -> None:
        self._watchers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    async def send(self, row: Sent) -> str | None:
        """Wake the pages that show this address's list."""
        for watcher in self._watchers.get(row.address, ()):
            watcher.set()
        return None

    def watch(self, address: str) -> asyncio.Event:
        """An event that is set whenever there is something new for an address; give it back with `unwatch`."""
        watcher = asyncio.Event()
        self._watchers[address].add(watcher)
        return watcher

    def unwatch(self, address: str, watcher: asyncio.Event) -> None:
        """Stop watching."""
        self._watchers[address].discard(watcher)
        if not self._watchers[address]:
            del self._watchers[address]


def from_settings() -> WebChannel:
    """The channel; it needs no settings of its own."""
    return WebChannel()


def as_json(row: Any, query: str = "") -> dict[str, Any]:
    """A row of the list as the page wants it; `query` stands behind the addresses of pictures and files."""
    body = row.body
    buttons = [
        [{"label": label, "press": token, "style": "primary" if primary else "plain"} for label, token, primary in line]
        for line in body.get("buttons", ())
    ]
    return {
        "id": row.id,
        "at": row.created_at.isoformat(),
        "from": "me" if row.kind == "echo" else "assistant",
        "parts": _parts(body["parts"]),
        "buttons": buttons,
        "picture": body["picture"] + query if "picture" in body else None,
        "file": body["file"] | {"url": body["file"]["url"] + query} if "file" in body else None,
        "edits": body.get("edits"),
        "asks": body.get("asks") or {"kind": "none", "limit": None},
        "delivery": body.get("delivery"),
        "said": body["said"] | {"parts": _parts(body["said"]["parts"])} if "said" in body else None,
        "news": body.get("news", False),
    }


def _parts(parts: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"kind": kind, "text": text} for kind, text in parts]
