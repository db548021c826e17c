"""Work done after a commit: looking into a file once its last byte is here."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.channels import NotReached
from bot.files import FileStore, StorageFull, Unfit
from bot.outbox import Worker


def workers(store: FileStore) -> dict[str, Worker]:
    """Every kind of work there is, by the kind its rows have."""

    async def look(body: dict[str, Any]) -> dict[str, Any]:
        """What a piece is: its hash, size and type, or why it is unfit. A link is taken as it is, never opened."""
        outcome: dict[str, Any] = {"piece": body["piece"]}
        if "upload" not in body:
            return outcome
        try:
            stored = await asyncio.to_thread(store.finish, body["upload"], body["name"])
        except Unfit as unfit:
            await asyncio.to_thread(store.discard, body["upload"])
            return outcome | {"unfit": {"code": unfit.code, "params": unfit.params}}
        except KeyError:
            return outcome | {"unfit": {"code": "interrupted", "params": {}}}
        except StorageFull as full:
            raise NotReached(str(full)) from None
        return outcome | {"sha256": stored.sha256, "size": stored.size, "mime": stored.mime}

    return {"look": look}
