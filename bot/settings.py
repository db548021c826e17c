"""Settings from the environment and `.env`; each stands documented in `.env.example`."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from ipaddress import ip_network
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What one installation is set to. A channel's own settings live with that channel."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    database_url: str = ""
    """Empty: an SQLite file in `data_dir`."""
    data_dir: Path = Path("data")
    public_url: str = ""
    """The address by which browsers reach this server, such as https://fz.example.gov.cn."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    secret_key: str = ""
    """Signs pages and links. Empty: made once and kept in `data_dir`, readable by the owner only."""
    channels: str = "web"
    gateway: str = "127.0.0.1"
    """Whose word is taken for where a request comes from (X-Forwarded-For): addresses or networks, with commas."""

    @field_validator("gateway")
    @classmethod
    def _named_one_by_one(cls, value: str) -> str:
        for one in value.split(","):
            if one.strip():
                ip_network(one.strip())
        return value

    def channel_names(self) -> list[str]:
        """The channels to be run. The web page is always one of them: links lead there."""
        named = (name.strip() for name in self.channels.split(","))
        return list(dict.fromkeys(["web", *filter(None, named)]))

    def site(self) -> str:
        """Where browsers reach this server, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    def url(self, folder: Path) -> str:
        """The database's address, with `folder` for the embedded one."""
        return self.database_url or f"sqlite:///{folder / 'assistant.sqlite3'}"

    def secret(self, folder: Path) -> bytes:
        """The signing secret, made into `folder` with mode 0600 if there is none."""
        if self.secret_key:
            return self.secret_key.encode()
        place = folder / "secret"
        if not place.exists():
            # Written aside and then named, so that a crash in between leaves no empty secret.
            handle, made = tempfile.mkstemp(dir=folder)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):
                os.link(made, place)
            os.unlink(made)
        return place.read_bytes()
