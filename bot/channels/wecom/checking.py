"""What `python3 run.py check` says of the WeCom channel."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.channels import NotReached, Unknown, Unset
from bot.channels.wecom.api import Alone, Api
from bot.channels.wecom.outcomes import ApiError, trouble
from bot.channels.wecom.settings import WeComSettings, load, wrong
from bot.clock import Clock

WAIT_SECONDS = 5.0


def problems() -> list[tuple[str, dict[str, Any]]]:
    """What is wrong, as codes that templates/commands words: with the settings, else with the app or the way there."""
    try:
        settings = load()
    except Unset as unset:
        return [("setting", {"name": name}) for name in unset.names]
    found: list[tuple[str, dict[str, Any]]] = [(code, {"name": name}) for code, name in wrong(settings)]
    return found or asyncio.run(_asked(settings))


async def _asked(settings: WeComSettings) -> list[tuple[str, dict[str, Any]]]:
    """What WeCom has against the secret, against the address we come from, or against the app's number."""
    api = Api(settings, Clock(), Alone())
    try:
        await api.call("getcallbackip", seconds=WAIT_SECONDS)
        await api.call("menu/get", seconds=WAIT_SECONDS, agentid=settings.agent_id)
    except ApiError as error:
        code = trouble(error)
        return [(code, {"code": error.code})] if code is not None else []
    except (NotReached, Unknown) as error:
        return [(trouble(error) or "wecom_failing", {})]
    finally:
        await api.close()
    return []
