"""What the installation's secret is for: values that nobody else can make up, and marks by which they are known again.

An invitation code or a link's token is not stored. It follows from its row's name and the secret, so that neither its row
(which keeps a mark of it) nor a message that shows it (which keeps the name) gives it away to whoever copies the database.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

LEAST_SECRET_BYTES = 32
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for another or for a figure; 5 bits each."""
_CODE_SIGNS, _GROUP = 12, 4
_BEGINNING, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def name_of(kind: str, row: int, at: datetime) -> str:
    """What a secret value is called: its kind, its row's id, and the moment, lest an id given again give the same value."""
    return f"{kind}.{row:x}.{(at - _BEGINNING) // _MICROSECOND:x}"


def same(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode(), other.encode())


class Vault:
    """Works with the installation's secret. ValueError: it is too short to keep anything."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < LEAST_SECRET_BYTES:
            raise ValueError("the secret is too short")
        self._secret = secret

    @classmethod
    def random(cls) -> Vault:
        """A vault of this process alone: what it makes is good for nothing elsewhere."""
        return cls(secrets.token_bytes(LEAST_SECRET_BYTES))

    def mark(self, kind: str, value: str) -> str:
        """By what a value of a kind is known again, as 64 hexadecimal figures; the value does not follow from it."""
        return self._digest("mark", kind, value).hex()

    def code(self, name: str) -> str:
        """The code of a name, of 60 bits, in groups as people copy it: K7QF-2M8X-PD4C."""
        number = int.from_bytes(self._digest("code", name)[:8], "big")
        signs = "".join(_ALPHABET[(number >> 5 * place) & 31] for place in range(_CODE_SIGNS))
        return "-".join(signs[start : start + _GROUP] for start in range(0, _CODE_SIGNS, _GROUP))

    def token(self, name: str) -> str:
        """The token of a name: 43 characters that may stand in a web address."""
        return urlsafe_b64encode(self._digest("token", name)).rstrip(b"=").decode()

    def _digest(self, *words: str) -> bytes:
        return hmac.new(self._secret, "\0".join(words).encode(), hashlib.sha256).digest()
