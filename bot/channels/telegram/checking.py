"""What `python3 run.py check` says of the Telegram channel."""

from __future__ import annotations

import asyncio
from typing import Any

from telegram.error import TelegramError

from bot.channels import Unset
from bot.channels.telegram.outcomes import trouble
from bot.channels.telegram.settings import TelegramSettings, load, wrong
from bot.channels.telegram.transport import Api

WAIT_SECONDS = 5.0


def problems() -> list[tuple[str, dict[str, Any]]]:
    """What is wrong, as codes that templates/commands words: with the settings, else with the token or the way there."""
    try:
        settings = load()
    except Unset as unset:
        return [("setting", {"name": name}) for name in unset.names]
    found: list[tuple[str, dict[str, Any]]] = [(code, {"name": name}) for code, name in wrong(settings)]
    code = None if found else asyncio.run(_asked(settings))
    return found if code is None else [(code, {})]


async def _asked(settings: TelegramSettings) -> str | None:
    """What Telegram has against the token."""
    api = Api(settings)
    try:
        await api.call("getMe", seconds=WAIT_SECONDS)
    except TelegramError as error:
        return trouble(error) or "telegram_failing"
    finally:
        await api.close()
    return None
