"""What comes from Telegram: an update as it stands becomes a delivery. Only what is said here of it is looked at."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.messages import Inbound, Piece

NAME = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
UNKNOWN_SIZE = -1
"""The size of a file of which Telegram has not said it."""
START = "start"
"""The command that Telegram sends when somebody opens the chat; behind it stands what their link carried."""
MENU = "menu"

_UNREADABLE = {
    "audio": "voice", "video_note": "voice", "sticker": "sticker",
    "location": "location", "venue": "location",
}  # fmt: skip
_ABOUT_THE_CHAT = frozenset(
    {
        "pinned_message", "message_auto_delete_timer_changed", "chat_background_set", "write_access_allowed",
        "proximity_alert_triggered", "users_shared", "chat_shared", "web_app_data",
    }
)  # fmt: skip
"""Messages that nobody wrote."""
_HERE = frozenset({"member", "administrator", "creator", "restricted"})


@dataclass(frozen=True, slots=True)
class Names:
    """Words that reading needs: what each Latin command means, and what files without a name are called."""

    commands: Mapping[str, str]
    photo: str
    video: str
    voice: str
    file: str


def read(update: Mapping[str, Any], names: Names) -> Inbound | None:
    """The delivery that an update is; None: nothing in it is for us. Any error: it cannot be read."""
    key = f"u{update['update_id']}"
    if "message" in update:
        return _message(key, update["message"], names)
    if "callback_query" in update:
        return _press(key, update["callback_query"])
    if "edited_message" in update:
        return _edited(key, update["edited_message"])
    if "my_chat_member" in update:
        return _membership(key, update["my_chat_member"])
    return None


def chat_of(update: Mapping[str, Any]) -> int | None:
    """The chat whose updates must stay in their order with this one; None: none that we read."""
    try:
        about = next(update[kind] for kind in ALLOWED_UPDATES if kind in update)
        found = about.get("chat") or (about.get("message") or {}).get("chat") or about["from"]
        return int(found["id"])
    except (StopIteration, KeyError, TypeError, AttributeError, ValueError):
        return None


def kinds_of(update: Mapping[str, Any]) -> list[str]:
    """What an update consists of, without any of its content."""
    return sorted(
        f"{kind}.{part}" if isinstance(about, dict) else kind
        for kind, about in update.items()
        for part in (about if isinstance(about, dict) else [""])
    )


def _message(key: str, message: Mapping[str, Any], names: Names) -> Inbound | None:
    chat = message["chat"]
    address, number = str(chat["id"]), str(message["message_id"])
    if chat["type"] != "private":
        return None if "left_chat_member" in message else Inbound(NAME, address, key, message=number, group=True)
    if "text" in message:
        return Inbound(NAME, address, key, text=_said(message["text"], names), message=number)
    if not _ABOUT_THE_CHAT.isdisjoint(message):
        return None
    found = _file(message, names)
    if found is None:
        other = next((kind for part, kind in _UNREADABLE.items() if part in message), "other")
        return Inbound(NAME, address, key, other=other, message=number)
    name, file = found
    album = message.get("media_group_id")
    piece = Piece(
        name, file.get("file_size", UNKNOWN_SIZE), f"tg{address}-{number}-{key}", message.get("caption", ""),
        None if album is None else f"{address}_{album}", {"file_id": file["file_id"]},
    )  # fmt: skip
    return Inbound(NAME, address, key, piece=piece, message=number)


def _said(text: str, names: Names) -> str:
    """A text, its Latin command put into the word that the assistant knows; behind /start, what the link carried."""
    if not text.startswith("/"):
        return text
    command, _, rest = text[1:].strip().partition(" ")
    word = command.partition("@")[0].lower()
    if word == START:
        return rest.strip() or names.commands[MENU]
    return text if rest else names.commands.get(word, text)


def _file(message: Mapping[str, Any], names: Names) -> tuple[str, Mapping[str, Any]] | None:
    """The file in a message and what to call it: of a picture the largest size, and no name, for it has none."""
    if "photo" in message:
        return names.photo, max(message["photo"], key=lambda size: (size["width"] * size["height"], size["file_id"]))
    if "voice" in message:
        return names.voice, message["voice"]
    for kind, called in (("document", names.file), ("video", names.video), ("animation", names.video)):
        if kind in message:
            file = message[kind]
            return file.get("file_name") or called + _extension(file), file
    return None


def _extension(file: Mapping[str, Any]) -> str:
    return mimetypes.guess_extension(file.get("mime_type", "")) or ""


def _press(key: str, query: Mapping[str, Any]) -> Inbound | None:
    message = query.get("message") or {}
    chat = message.get("chat") or {"id": query["from"]["id"], "type": "private"}
    if chat["type"] != "private" or "data" not in query:
        return None
    data, number = query["data"], message.get("message_id")
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", ())
    label = next((one["text"] for row in rows for one in row if one.get("callback_data") == data), None)
    return Inbound(
        NAME, str(chat["id"]), key, press=data, label=label, message=None if number is None else str(number)
    )  # fmt: skip


def _edited(key: str, message: Mapping[str, Any]) -> Inbound | None:
    # A location that is shared live is changed every few seconds, by nobody's hand.
    if message["chat"]["type"] != "private" or "location" in message:
        return None
    return Inbound(NAME, str(message["chat"]["id"]), key, other="edited", message=str(message["message_id"]))


def _membership(key: str, change: Mapping[str, Any]) -> Inbound | None:
    address, before, now = str(change["chat"]["id"]), change["old_chat_member"]["status"], change["new_chat_member"]
    if change["chat"]["type"] == "private":
        return Inbound(NAME, address, key, work=("left", {})) if now["status"] == "kicked" else None
    came = before not in _HERE and now["status"] in _HERE
    return Inbound(NAME, address, key, group=True) if came else None
