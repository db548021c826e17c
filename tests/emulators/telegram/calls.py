"""One call of the Bot API as it arrives: by query, form, JSON or multipart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


class ApiError(Exception):
    """What Telegram answers instead of a result: the HTTP status is part of it."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(f"{status} {description}")
        self.status = status
        self.description = description
        self.parameters = parameters

    @property
    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.description}
        return told | ({"parameters": self.parameters} if self.parameters else {})


def bad(what: str, **parameters: int) -> ApiError:
    return ApiError(400, f"Bad Request: {what}", **parameters)


@dataclass(frozen=True)
class Upload:
    """A file that came with the call."""

    name: str
    data: bytes


@dataclass
class Call:
    """A method with its parameters, each readable in whichever form it came."""

    method: str
    params: Mapping[str, Any]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        found = self.params.get(name)
        return "" if found is None else found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number, however written. ApiError 400: there is none, and no default."""
        try:
            return int(self.params[name])
        except (KeyError, TypeError, ValueError):
            if default is not None and self.params.get(name) in (None, ""):
                return default
            raise bad(f"{name} is not a valid Integer") from None

    def flag(self, name: str) -> bool:
        return str(self.params.get(name, "")).lower() in ("true", "1", "yes")

    def json(self, name: str) -> Any:
        """An object or list, given as JSON text where the call is a form; None if left out."""
        found = self.params.get(name)
        if not isinstance(found, str):
            return found
        try:
            return json.loads(found) if found else None
        except ValueError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def file(self, name: str) -> Upload | str:
        """A file that came along, in a part of that name or an attached one; else the id of one sent before."""
        given = self.text(name)
        part = given.removeprefix("attach://") if given.startswith("attach://") else name
        if part in self.files:
            return self.files[part]
        if not given or part != name:
            raise bad(f"there is no {name} in the request")
        return given


async def read(request: web.Request) -> Call:
    """The call in a request. ApiError 400: it cannot be read."""
    method = request.match_info["method"]
    params: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        try:
            params |= json.loads(await request.read() or b"{}")
        except (ValueError, TypeError):
            raise bad("can't parse JSON object") from None
        return Call(method, params)
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = Upload(value.filename, value.file.read())
        else:
            params[name] = value if isinstance(value, str) else bytes(value).decode()
    return Call(method, params, files)
