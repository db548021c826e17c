"""Who is at the other end of a web request."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone signed in: their address on this channel, and the proof that their page sends with each request."""

    address: str
    key: str
    query: str = ""
    """What has to stand behind the address of a picture, which a browser fetches without headers."""


class Visitors(Protocol):
    """Tells who a request comes from."""

    def of_page(self, request: Request) -> Visitor | None:
        """Who opens a page; None: nobody who is signed in."""

    def of_call(self, request: Request) -> Visitor | None:
        """Who calls from a page, its proof checked; None: nobody who is signed in."""


class DemoVisitors:
    """Demo mode: a role belongs to the tab. The page carries `person.signature`, which each of its calls sends back."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of_page(self, request: Request) -> Visitor | None:
        address = request.query_params.get("as", "")
        return self._visitor(address) if address.isdecimal() and len(address) < 12 else None

    def of_call(self, request: Request) -> Visitor | None:
        key = request.headers.get("x-key") or request.query_params.get("key", "")
        address = key.partition(".")[0]
        return self._visitor(address) if hmac.compare_digest(self.key(address).encode(), key.encode()) else None

    def _visitor(self, address: str) -> Visitor:
        key = self.key(address)
        return Visitor(address, key, f"?key={key}")

    def key(self, address: str) -> str:
        """The proof that a demo page carries for an address."""
        return f"{address}.{hmac.new(self._secret, address.encode(), hashlib.sha256).hexdigest()}"


class NoVisitors:
    """Nobody is signed in: pages say how one is invited."""

    def of_page(self, request: Request) -> Visitor | None:
        return None

    def of_call(self, request: Request) -> Visitor | None:
        return None
