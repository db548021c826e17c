"""What comes encrypted is opened if WeCom has signed it for us; of all else nobody learns why it is turned away."""

from __future__ import annotations

import asyncio
import random
import warnings
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from bot.channels.wecom.callback import MOST_BYTES, Callback
from bot.channels.wecom.crypto import Crypto, Forged
from bot.channels.wecom.settings import CALLBACK_PATH
from tests.emulators.wecom import AES_KEY, CORP, TOKEN, Sealer
from tests.world import BEGINNING, FrozenClock

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy.enterprise.crypto import WeChatCrypto

# path/90968, and the check of an address in Tencent's own sample
V1 = {
    "signature": "477715d11cdb4164915debcba66cb864d751f3e6", "timestamp": "1409659813", "nonce": "1372623149",
    "encrypted": "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvu"
    "JTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff"
    "0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rU"
    "PA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E"
    "7Q==",
}  # fmt: skip
V2 = {
    "signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "timestamp": "1409659589", "nonce": "263014780",
    "encrypted": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
}  # fmt: skip
TAMPERED = 10_000
NOW = str(int(BEGINNING.timestamp()))
TEXT = b"<xml><FromUserName><![CDATA[zhangsan]]></FromUserName><MsgType><![CDATA[text]]></MsgType></xml>"


def crypto() -> Crypto:
    return Crypto(TOKEN, AES_KEY, CORP)


def test_the_published_message() -> None:
    said = crypto().opened(**V1).decode()
    assert "<Content><![CDATA[hello]]></Content>" in said or "<MsgType><![CDATA[text]]></MsgType>" in said
    assert said.startswith("<xml>")
    assert said.endswith("</xml>")


def test_the_published_check_of_an_address() -> None:
    assert crypto().opened(**V2) == b"1616140317555161061"


def test_the_emulator_writes_what_a_third_reads_and_the_other_way_round() -> None:
    third, sealer = WeChatCrypto(TOKEN, AES_KEY, CORP), Sealer(TOKEN, AES_KEY, CORP)
    for text in ("<xml>你好</xml>", "a", "长" * 700):
        sealed = sealer.seal(text.encode())
        body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        assert third.decrypt_message(body, sealer.sign(NOW, "n", sealed), NOW, "n") == text
        theirs = third.encrypt_message(text, "n", NOW)
        found = theirs.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
        signature = theirs.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
        assert crypto().opened(signature, NOW, "n", found).decode() == text
        assert sealer.open(found) == (text.encode(), CORP)


@pytest.mark.parametrize("length", range(64))
def test_whatever_length_a_text_has(length: int) -> None:
    sealer, text = Sealer(TOKEN, AES_KEY, CORP), b"x" * length
    sealed = sealer.seal(text)
    assert crypto().opened(sealer.sign(NOW, "n", sealed), NOW, "n", sealed) == text


def test_what_is_for_another_corp_is_not_opened() -> None:
    sealer = Sealer(TOKEN, AES_KEY, CORP)
    for receiver in ("", CORP[:-1], CORP + "0", "ww1"):
        sealed = sealer.seal(TEXT, receiver)
        with pytest.raises(Forged):
            crypto().opened(sealer.sign(NOW, "n", sealed), NOW, "n", sealed)


@pytest.mark.parametrize("key", ["", "short", "?" * 43, AES_KEY + "="])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(ValueError, match=r"Key|base64|padding"):
        Crypto(TOKEN, key, CORP)


class Takes:
    """Notes what is taken in."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def take(self, body: bytes) -> None:
        self.taken.append(body)


def called(callback: Callback, query: dict[str, str], body: bytes, method: str = "POST") -> tuple[Any, ...]:
    """The whole answer to a call: status, headers, body."""
    answer: list[Any] = []
    inbox = [{"type": "http.request", "body": body, "more_body": False}]
    scope = {
        "type": "http", "method": method, "path": CALLBACK_PATH, "raw_path": CALLBACK_PATH.encode(), "headers": [],
        "query_string": urlencode(query).encode(), "root_path": "", "scheme": "https", "server": ("x", 443),
    }  # fmt: skip

    async def receive() -> Any:
        return inbox.pop(0) if inbox else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        answer.append(message)

    app = Starlette(routes=[callback.route()])
    runner().run(app(scope, receive, send))
    body_sent = b"".join(one.get("body", b"") for one in answer if one["type"] == "http.response.body")
    return answer[0]["status"], tuple(answer[0]["headers"]), body_sent


@cache
def runner() -> asyncio.Runner:
    """One event loop for all calls."""
    return asyncio.Runner()


@pytest.fixture(scope="module", autouse=True)
def _loop_ends() -> Iterator[None]:
    yield
    runner().close()
    runner.cache_clear()


def made() -> tuple[Callback, Takes]:
    callback, takes = Callback(crypto()), Takes()
    callback.clock, callback.intake = FrozenClock(), takes  # type: ignore[assignment]
    return callback, takes


def xml(sealed: str) -> bytes:
    return f"<xml><ToUserName>{CORP}</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()


def signed(sealer: Sealer, sealed: str, at: str = NOW) -> dict[str, str]:
    return {"msg_signature": sealer.sign(at, "n", sealed), "timestamp": at, "nonce": "n"}


def tampered(sealer: Sealer, chance: random.Random) -> tuple[dict[str, str], bytes]:
    """A call that was right once, and has been changed in one of many ways."""
    sealed = sealer.seal(TEXT, noise=chance.randbytes(16))
    query = signed(sealer, sealed)

    def spoilt(text: str) -> str:
        place = chance.randrange(len(text))
        return text[:place] + chance.choice([one for one in "abcXYZ019+/=" if one != text[place]]) + text[place + 1 :]

    def resigned(other: str) -> tuple[dict[str, str], bytes]:
        return signed(sealer, other), xml(other)

    plain = chance.randbytes(16) + len(TEXT).to_bytes(4, "big") + TEXT + CORP.encode()
    far = str(int(NOW) + chance.choice([-1, 1]) * chance.randrange(601, 10**9))
    ways: list[Callable[[], tuple[dict[str, str], bytes]]] = [
        lambda: (query | {"msg_signature": spoilt(query["msg_signature"])}, xml(sealed)),
        lambda: (query | {"msg_signature": query["msg_signature"][: chance.randrange(40)]}, xml(sealed)),
        lambda: (query | {"msg_signature": query["msg_signature"].upper() + "A"}, xml(sealed)),
        lambda: (query | {"timestamp": str(int(NOW) + chance.randrange(1, 500))}, xml(sealed)),
        lambda: (query | {"nonce": f"n{chance.random()}"}, xml(sealed)),
        lambda: (dict(chance.sample(list(query.items()), 2)), xml(sealed)),
        lambda: (query, xml(spoilt(sealed))),
        lambda: (query, xml(sealed[: chance.randrange(len(sealed))])),
        lambda: (query, chance.randbytes(chance.randrange(200))),
        lambda: (query, b'<!DOCTYPE xml [<!ENTITY a "b">]>' + xml(sealed)),
        lambda: (query, b"<xml><Encrypt></Encrypt></xml>"),
        lambda: (query, xml(sealed) + b" " * MOST_BYTES),
        lambda: resigned(sealed[: 4 * chance.randrange(len(sealed) // 4)]),
        lambda: resigned(b64encode(b64decode(sealed)[:-16] + chance.randbytes(16)).decode()),
        lambda: resigned(sealer.seal(TEXT, chance.choice(["", "ww1", CORP + "x", CORP[1:]]))),
        lambda: resigned(sealer.seal_raw(plain[:16] + chance.randrange(1 << 20, 1 << 32).to_bytes(4, "big") + plain[20:])),
        lambda: resigned(sealer.seal_raw(plain[: chance.randrange(20)])),
        lambda: resigned("密" * 3),
        lambda: (signed(sealer, sealed, far), xml(sealed)),
        lambda: (signed(Sealer("other", AES_KEY, CORP), sealed), xml(sealed)),
    ]  # fmt: skip
    return chance.choice(ways)()


def test_ten_thousand_tampered_callbacks_have_no_effect_and_all_get_the_same_answer() -> None:
    callback, takes = made()
    chance, sealer = random.Random(20), Sealer(TOKEN, AES_KEY, CORP)
    answers = {called(callback, *tampered(sealer, chance)) for _ in range(TAMPERED)}
    good = sealer.seal(TEXT)
    taken = called(callback, signed(sealer, good), xml(good))
    assert answers == {(403, ((b"content-length", b"0"),), b"")}
    assert taken[0] == 200
    assert takes.taken == [TEXT]


def test_the_check_of_an_address_is_answered_with_what_was_sealed_and_nothing_else() -> None:
    callback, takes = made()
    callback.clock = FrozenClock(datetime.fromtimestamp(int(V2["timestamp"]), UTC))
    query = {"msg_signature": V2["signature"], "timestamp": V2["timestamp"], "nonce": V2["nonce"]}
    for echo in (V2["encrypted"], V2["encrypted"].replace("+", " ")):  # as a careless proxy leaves it
        status, _, body = called(callback, query | {"echostr": echo}, b"", "GET")
        assert (status, body) == (200, b"1616140317555161061")
    assert called(callback, query, b"", "GET")[0] == 403
    assert takes.taken == []


def test_a_message_that_was_caught_is_not_read_out_by_the_check_of_an_address() -> None:
    callback, takes = made()
    sealer = Sealer(TOKEN, AES_KEY, CORP)
    sealed = sealer.seal(TEXT)
    answer = called(callback, signed(sealer, sealed) | {"echostr": sealed}, b"", "GET")
    assert answer == (403, ((b"content-length", b"0"),), b"")
    assert takes.taken == []


def test_before_the_start_nothing_is_taken() -> None:
    callback, _ = made()
    callback.intake = None
    sealer = Sealer(TOKEN, AES_KEY, CORP)
    good = sealer.seal(TEXT)
    assert called(callback, signed(sealer, good), xml(good))[0] == 503
    assert called(callback, signed(sealer, good) | {"nonce": "other"}, xml(good))[0] == 403
