"""What `python3 run.py check` says of the WeCom channel."""

from __future__ import annotations

from bot.channels import NotReached, Problem, Unknown, checking
from bot.channels.wecom.api import Alone, Api
from bot.channels.wecom.outcomes import ApiError, trouble
from bot.channels.wecom.settings import WeComSettings, load, wrong
from bot.clock import Clock

WAIT_SECONDS = 5.0
NO_MENU = 46003


def problems() -> list[Problem]:
    """What is wrong: with the settings, else with the app or the way there."""
    return checking.found(load, wrong, _asked)


async def _asked(settings: WeComSettings) -> list[Problem]:
    """What WeCom has against the secret, against the address we come from, or against the app's number."""
    api = Api(settings, Clock(), Alone())
    try:
        await api.call("getcallbackip", seconds=WAIT_SECONDS)
        await api.call("menu/get", seconds=WAIT_SECONDS, agentid=settings.agent_id)
    except (ApiError, NotReached, Unknown) as error:
        if isinstance(error, ApiError) and error.code == NO_MENU:  # it is made when the program first starts
            return []
        return [trouble(error) or ("wecom_refused", {"code": str(error)})]
    finally:
        await api.close()
    return []
