"""What `python3 run.py check` says of the Telegram channel."""

from __future__ import annotations

from telegram.error import TelegramError

from bot.channels import Problem, checking
from bot.channels.telegram.outcomes import trouble
from bot.channels.telegram.settings import TelegramSettings, load, wrong
from bot.channels.telegram.transport import Api

WAIT_SECONDS = 5.0


def problems() -> list[Problem]:
    """What is wrong: with the settings, else with the token or the way there."""
    return checking.found(load, wrong, _asked)


async def _asked(settings: TelegramSettings) -> list[Problem]:
    """What Telegram has against the token."""
    api = Api(settings)
    try:
        await api.call("getMe", seconds=WAIT_SECONDS)
    except TelegramError as error:
        return [trouble(error) or ("telegram_failing", {})]
    finally:
        await api.close()
    return []
