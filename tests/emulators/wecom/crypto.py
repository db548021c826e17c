"""The platform's side of the callback crypto, after path/90968; the product has its own, so that no fault is shared."""

from __future__ import annotations

import base64
import hashlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7


class Sealer:
    """Signs and encrypts as WeCom does."""

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        self.token = token
        self.receiver = receiver
        self._key = base64.b64decode(aes_key + "=")

    def _cipher(self) -> Cipher[CBC]:
        return Cipher(AES256(self._key), CBC(self._key[:16]))

    def seal(self, text: bytes, receiver: str | None = None, noise: bytes = b"0123456789abcdef") -> str:
        """Encrypt a text for a receiver."""
        to = self.receiver if receiver is None else receiver
        return self.seal_raw(noise + struct.pack(">I", len(text)) + text + to.encode())

    def seal_raw(self, plain: bytes) -> str:
        """Encrypt bytes as they are, filled up to blocks of 32."""
        padder = PKCS7(256).padder()
        encryptor = self._cipher().encryptor()
        return base64.b64encode(
            encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
        ).decode()

    def open(self, sealed: str) -> tuple[bytes, str]:
        """The text and the receiver."""
        decryptor, unpadder = self._cipher().decryptor(), PKCS7(256).unpadder()
        padded = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
        plain = unpadder.update(padded) + unpadder.finalize()
        (length,) = struct.unpack(">I", plain[16:20])
        return plain[20 : 20 + length], plain[20 + length :].decode()

    def sign(self, timestamp: str, nonce: str, sealed: str) -> str:
        """The signature."""
        return hashlib.sha1("".join(sorted([self.token, timestamp, nonce, sealed])).encode()).hexdigest()
