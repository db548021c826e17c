"""Files and pictures that messages show: found anew, and allowed anew, whenever somebody is to have one."""

from __future__ import annotations

import re
from typing import Any

from bot.actions import DOWNLOADS, Composed, Made, Stored
from bot.assistant import Assistant
from bot.files import FileStore
from bot.turn import Turn

_URL = re.compile(r"/api/files/([a-z_]+)/(\d{1,18})")


def find(
    assistant: Assistant, store: FileStore, channel: str, address: str, kind: str, object_id: int
) -> Stored | Made | None:
    """The file of a kind that an id names, if whoever has the address may have it now. Blocks; not for an event loop."""
    kept = DOWNLOADS.get(kind)
    if kept is None:
        return None

    def allowed(turn: Turn) -> Any:
        target = kept.load(turn, object_id)
        return target.value if target is not None and turn.actor.may(kept.right, target.place) else None

    found: Stored | Made | Composed | None = assistant.look(channel, address, allowed)
    return Made(found.compose(store.path), found.name, found.mime) if isinstance(found, Composed) else found


def named(url: str) -> tuple[str, int] | None:
    """The kind and id in the address that a message gives of a file; None: it is none of those."""
    found = _URL.match(url)
    return None if found is None else (found[1], int(found[2]))
