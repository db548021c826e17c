"""The settings of the WeCom channel, and what can be wrong with them without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.channels import checking

PREFIX = "WECOM_"
WECOM_ITSELF, SIGNING_IN = "https://qyapi.weixin.qq.com", "https://open.weixin.qq.com"
"""Where its calls go, and where members are sent to be recognised."""
CALLBACK_PATH, ENTER_PATH, UPLOAD_PATH, ENTERED_PATH = (
    "/wecom/callback", "/wecom/enter", "/wecom/upload", "/wecom/entered",
)  # fmt: skip
_TOKEN, _AES_KEY = re.compile("[A-Za-z0-9]{3,32}"), re.compile("[A-Za-z0-9]{43}")
_NEEDED = ("corp_id", "agent_id", "secret", "token", "aes_key")

Wrong = tuple[str, str]
"""What is wrong, as a code that templates/commands/wecom.j2 words, and the setting that it is about."""


class WeComSettings(BaseSettings):
    """What the channel is set to. An empty setting is one that was left out."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    corp_id: str = ""
    agent_id: int = 0
    """Of the app."""
    secret: str = Field(default="", repr=False)
    """The app's; whoever has it, and an address that is trusted, is the app."""
    token: str = Field(default="", repr=False)
    """By which callbacks are signed."""
    aes_key: str = Field(default="", repr=False)
    """By which they are encrypted: EncodingAESKey."""
    api: str = WECOM_ITSELF
    """Where its calls go, without a slash at the end."""
    pace: int = Field(default=300, ge=1)
    """Messages a second, at most, on the whole channel."""
    member_pace: int = Field(default=30, ge=1)
    """And a minute to one member; what is more, WeCom drops without a word."""
    spread: int = Field(default=5, ge=0, le=15)
    """Minutes over which what falls due around the full and the half hour is spread."""
    public_url: str = Field(default="", validation_alias="PUBLIC_URL")

    @property
    def site(self) -> str:
        """Where browsers reach us, without a slash at the end."""
        return self.public_url.rstrip("/")

    @property
    def signing_in(self) -> str:
        """Where members are sent to be recognised: an interface of one's own has that, too."""
        return SIGNING_IN if self.api == WECOM_ITSELF else self.api


def wrong(settings: WeComSettings) -> Iterator[Wrong]:
    """What keeps the channel from starting."""
    for name in _NEEDED:
        if not getattr(settings, name):
            yield "wecom_missing", PREFIX + name.upper()
    if settings.token and not _TOKEN.fullmatch(settings.token):
        yield "wecom_odd_token", "WECOM_TOKEN"
    if settings.aes_key and not _AES_KEY.fullmatch(settings.aes_key):
        yield "wecom_odd_key", "WECOM_AES_KEY"
    if urlsplit(settings.api).scheme not in ("http", "https"):
        yield "setting", "WECOM_API"
    if urlsplit(settings.public_url).scheme not in ("http", "https") or not urlsplit(settings.public_url).netloc:
        yield "wecom_no_site", "PUBLIC_URL"


def load() -> WeComSettings:
    """The settings as they stand. Raises Unset with the names of those that cannot be meant at all."""
    return checking.read(WeComSettings, PREFIX)
