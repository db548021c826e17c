"""What Telegram refuses in a message: lengths in UTF-16 units, entities, keyboards, pictures; and the rate of calls."""

from __future__ import annotations

import math
import re
import struct
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.emulators.telegram.calls import ApiError, bad

MOST_TEXT, MOST_CAPTION, MOST_ENTITIES = 4096, 1024, 100
MOST_BUTTONS, MOST_IN_A_ROW, MOST_DATA_BYTES = 100, 8, 64
MOST_DOCUMENT, MOST_PHOTO, MOST_DOWNLOAD = 50 << 20, 10 << 20, 20 << 20
ENTITY_TYPES = frozenset(
    {
        "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline",
        "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention",
        "custom_emoji",
    }
)  # fmt: skip
SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{0,256}")


def units(text: str) -> int:
    """The length of a text as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, offset: int, length: int) -> str:
    """A piece of a text by its UTF-16 units. UnicodeDecodeError: it begins or ends inside a character."""
    return text.encode("utf-16-le")[offset * 2 : (offset + length) * 2].decode("utf-16-le")


def checked_text(text: str, entities: Any, most: int, *, caption: bool = False) -> tuple[str, list[dict[str, Any]]]:
    """A text as it is shown, white space around it gone, with its entities. ApiError 400."""
    shown = text.strip()
    if not shown and not caption:
        raise bad("message text is empty")
    if len(text.encode()) > 32_768:
        raise bad("text is too long")
    if units(shown) > most:
        raise bad("message caption is too long" if caption else "message is too long")
    before = units(text[: len(text) - len(text.lstrip())])
    checked = [_entity(one, text, before, units(shown)) for one in entities or []]
    if len(checked) > MOST_ENTITIES:
        raise bad("too many entities")
    return shown, checked


def _entity(entity: dict[str, Any], text: str, before: int, whole: int) -> dict[str, Any]:
    if entity.get("type") not in ENTITY_TYPES:
        raise bad(f"unsupported entity type {entity.get('type')!r}")
    offset, length = int(entity["offset"]), int(entity["length"])
    if offset < 0 or length <= 0 or offset + length > units(text):
        raise bad("entity lies outside of the text")
    try:
        cut(text, offset, length)
    except UnicodeDecodeError:
        raise bad("entity begins or ends in the middle of a character") from None
    start, end = max(offset - before, 0), min(offset - before + length, whole)
    return entity | {"offset": start, "length": end - start}


def checked_markup(markup: Any) -> dict[str, Any] | None:
    """A reply markup that may be sent. ApiError 400."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    rows = markup.get("inline_keyboard", [])
    if not all(isinstance(row, list) for row in rows):
        raise bad("field inline_keyboard must be an Array of Arrays")
    if any(len(row) > MOST_IN_A_ROW for row in rows) or sum(map(len, rows)) > MOST_BUTTONS:
        raise bad("reply markup is too long")
    for row in rows:
        for button in row:
            _check_button(button)
    return {"inline_keyboard": [row for row in rows if row]} if "inline_keyboard" in markup else markup


def _check_button(button: dict[str, Any]) -> None:
    if not str(button.get("text", "")).strip():
        raise bad("inline keyboard button text must be non-empty")
    kinds = set(button) - {"text", "style", "icon_custom_emoji_id"}
    if len(kinds) != 1:
        raise bad("text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= MOST_DATA_BYTES:
        raise bad("BUTTON_DATA_INVALID")
    if "web_app" in button:
        url = urlsplit(button["web_app"]["url"])
        if url.scheme != "https" or "." not in (url.hostname or ""):
            raise bad("BUTTON_URL_INVALID")
    if "url" in button:
        url = urlsplit(button["url"])
        if url.scheme not in ("http", "https") or "." not in (url.hostname or ""):
            raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def check_photo(data: bytes) -> None:
    """Refuse what is no picture, or one out of proportion. ApiError 400."""
    if len(data) > MOST_PHOTO:
        raise bad("file is too big")
    if not data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = size_of(data)
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")


def size_of(picture: bytes) -> tuple[int, int]:
    """The width and height of a PNG in pixels; those of a camera's for any other."""
    if picture.startswith(b"\x89PNG") and len(picture) >= 24:
        width, height = struct.unpack(">II", picture[16:24])
        return int(width), int(height)
    return 1280, 960


class Flood:
    """How many messages are let through in any second: `overall`, and to one chat; None: as many as come."""

    def __init__(self, overall: int | None, per_chat: int | None, ticks: Callable[[], float]) -> None:
        self.overall, self.per_chat = overall, per_chat
        self.refused = 0
        """The 429s given."""
        self._ticks = ticks
        self._all: deque[float] = deque()
        self._chats: defaultdict[int, deque[float]] = defaultdict(deque)

    def admit(self, chat_id: int) -> None:
        """Let a message to a chat through. ApiError 429."""
        now = self._ticks()
        windows = [(self._all, self.overall), (self._chats[chat_id], self.per_chat)]
        for window, most in windows:
            while window and window[0] <= now - 1:
                window.popleft()
            if most is not None and len(window) >= most:
                self.refused += 1
                seconds = math.ceil(window[0] + 1 - now) or 1
                raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        for window, _ in windows:
            window.append(now)
