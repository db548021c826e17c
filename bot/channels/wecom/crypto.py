"""What WeCom signs and encrypts on its way to us (path/90968): checked first, in constant time, and only then decrypted."""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK, PADDED = 16, 32
"""Bytes: of AES, and of the blocks that a text is filled up to, which no stock padding of AES is."""
RANDOM, LENGTH = 16, 4
"""Bytes before the text: such as mean nothing, and how many the text has."""


class Forged(Exception):
    """Not from WeCom, or not for us. It does not say why: nobody who tries is to learn how far they have come."""


class Crypto:
    """The crypto of one app's callbacks. `aes_key`: the 43 signs of EncodingAESKey. ValueError: it is none."""

    def __init__(self, token: str, aes_key: str, corp_id: str) -> None:
        key = b64decode(f"{aes_key}=", validate=True)
        if len(key) != PADDED:
            raise ValueError("not an EncodingAESKey")
        self._token = token
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:BLOCK]))
        self._receiver = corp_id.encode()

    def opened(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> bytes:
        """What an encrypted text says, if WeCom has signed it and it is for this corp. Raises Forged."""
        signed = hashlib.sha1("".join(sorted((self._token, timestamp, nonce, encrypted))).encode()).hexdigest()
        if not hmac.compare_digest(signed.encode(), signature.encode()):
            raise Forged
        return self._text(self._decrypted(encrypted))

    def _decrypted(self, encrypted: str) -> bytes:
        try:
            sealed = b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise Forged from None
        if not sealed or len(sealed) % BLOCK:
            raise Forged
        opener = self._cipher.decryptor()
        return opener.update(sealed) + opener.finalize()

    def _text(self, plain: bytes) -> bytes:
        filled = plain[-1]
        if not 1 <= filled <= PADDED or plain[-filled:] != bytes([filled]) * filled:
            raise Forged
        whole = plain[:-filled]
        begin = RANDOM + LENGTH
        end = begin + int.from_bytes(whole[RANDOM:begin], "big")
        if len(whole) < begin or end > len(whole) or not hmac.compare_digest(whole[end:], self._receiver):
            raise Forged
        return whole[begin:end]
