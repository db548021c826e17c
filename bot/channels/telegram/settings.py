"""The settings of the Telegram channel, and what can be wrong with them without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from telegram.constants import SUPPORTED_WEBHOOK_PORTS

from bot.channels import checking

PREFIX = "TELEGRAM_"
TELEGRAM_ITSELF = "https://api.telegram.org"
WEBHOOK_PATH = "/telegram/webhook"
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{4,31}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
"""What Telegram takes, and long enough that nobody guesses it."""

Wrong = tuple[str, str]
"""What is wrong, as a code that templates/commands/telegram.j2 words, and the setting that it is about."""


class TelegramSettings(BaseSettings):
    """What the channel is set to. An empty setting is one that was left out."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    token: str = Field(default="", repr=False)
    """Given by @BotFather; whoever has it is the bot."""
    api: str = TELEGRAM_ITSELF
    """Where the Bot API is, without a slash at the end."""
    mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: str = Field(default="", repr=False)
    """By which a webhook's calls are known to be Telegram's."""
    pace: int = Field(default=25, ge=1)
    """Messages a second, at most, on the whole channel."""
    chat_pace: int = Field(default=1, ge=1)
    """And to one chat."""
    name: str = ""
    """The bot's user name, without @: it makes links by which people can join."""
    public_url: str = Field(default="", validation_alias="PUBLIC_URL")

    @property
    def webhook(self) -> str:
        """The address that Telegram calls."""
        return self.public_url.rstrip("/") + WEBHOOK_PATH


def wrong(settings: TelegramSettings) -> Iterator[Wrong]:
    """What keeps the channel from starting."""
    if not settings.token:
        yield "telegram_no_token", "TELEGRAM_TOKEN"
    elif not _TOKEN.fullmatch(settings.token):
        yield "telegram_odd_token", "TELEGRAM_TOKEN"
    if urlsplit(settings.api).scheme not in ("http", "https"):
        yield "setting", "TELEGRAM_API"
    if settings.name and not _NAME.fullmatch(settings.name):
        yield "setting", "TELEGRAM_NAME"
    if settings.mode == "webhook":
        if not settings.webhook_secret:
            yield "telegram_no_secret", "TELEGRAM_WEBHOOK_SECRET"
        elif not _SECRET.fullmatch(settings.webhook_secret):
            yield "telegram_odd_secret", "TELEGRAM_WEBHOOK_SECRET"
        if not _reachable(settings):
            yield "telegram_not_reachable", "PUBLIC_URL"


def load() -> TelegramSettings:
    """The settings as they stand. Raises Unset with the names of those that cannot be meant at all."""
    return checking.read(TelegramSettings, PREFIX)


def _reachable(settings: TelegramSettings) -> bool:
    """Whether Telegram calls such an address: by https, on one of its ports. A Bot API server of one's own calls any."""
    address = urlsplit(settings.public_url)
    if settings.api != TELEGRAM_ITSELF:
        return address.scheme in ("http", "https") and bool(address.netloc)
    return address.scheme == "https" and bool(address.hostname) and (address.port or 443) in SUPPORTED_WEBHOOK_PORTS
