"""Who opens a page out of Telegram: it signs what it tells the page (Mini Apps, `initData`)."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from urllib.parse import parse_qsl

LONGEST = 4096
FRESH_SECONDS, AHEAD_SECONDS = 600, 60
"""How old what was signed may be, and how far ahead of our clock Telegram's may be."""
_KEYED = b"WebAppData"


def signer(data: str, token: str, now: datetime) -> str | None:
    """The address of whoever Telegram says has opened a page just now; None: it does not say, or not in a way we believe."""
    pairs = parse_qsl(data, keep_blank_values=True) if len(data) <= LONGEST else []
    said = dict(pairs)
    received = said.pop("hash", "")
    if len(said) + 1 != len(pairs) or not hmac.compare_digest(_proof(said, token), received.encode()):
        return None
    try:
        age = now.timestamp() - int(said["auth_date"])
        person = json.loads(said["user"])["id"]
    except (KeyError, TypeError, ValueError):
        return None
    fresh = -AHEAD_SECONDS <= age <= FRESH_SECONDS
    return str(person) if fresh and type(person) is int and person > 0 else None


def _proof(said: dict[str, str], token: str) -> bytes:
    signed = "\n".join(f"{name}={value}" for name, value in sorted(said.items()))
    key = hmac.new(_KEYED, token.encode(), hashlib.sha256).digest()
    return hmac.new(key, signed.encode(), hashlib.sha256).hexdigest().encode()
