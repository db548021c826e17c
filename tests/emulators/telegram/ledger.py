"""What people really saw: every chat as it stands now, and every effect that led there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, Protocol

from tests.emulators.telegram.calls import ApiError, bad
from tests.emulators.telegram.limits import cut

BOT_ID, BOT_NAME = 700_000_001, "fazhi_test_bot"
BOT = {"id": BOT_ID, "is_bot": True, "first_name": "法治助手", "username": BOT_NAME}


class Clock(Protocol):
    def now(self) -> datetime: ...


class RealClock:
    """The time of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class StoredFile:
    """A file that Telegram holds."""

    id: str
    name: str
    data: bytes
    size: int
    """Bytes; where there is less data than that, its download breaks off there."""
    mime: str

    @property
    def body(self) -> dict[str, Any]:
        return {"file_id": self.id, "file_unique_id": f"u{self.id}", "file_size": self.size}


@dataclass
class Message:
    """A message as it stands in a chat."""

    chat_id: int
    id: int
    sender: int
    date: datetime
    text: str = ""
    """The caption, where there is a file."""
    entities: list[dict[str, Any]] = field(default_factory=list)
    markup: dict[str, Any] | None = None
    document: StoredFile | None = None
    photo: StoredFile | None = None
    more: dict[str, Any] = field(default_factory=dict)
    """Whatever else it consists of, as the Bot API has it."""
    silent: bool = False
    edits: int = 0
    deleted: bool = False
    update_id: int = 0
    """The update that told the bot of it, where a person wrote it."""

    @property
    def by_bot(self) -> bool:
        return self.sender == BOT_ID

    @property
    def buttons(self) -> list[list[tuple[str, str]]]:
        """Rows of (label, callback data or address)."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [[(one["text"], one.get("callback_data") or _opens(one)) for one in row] for row in rows]

    def marked(self, kind: str) -> list[str]:
        """The pieces of the text that carry an entity."""
        return [cut(self.text, one["offset"], one["length"]) for one in self.entities if one["type"] == kind]


@dataclass
class Chat:
    """A private chat (its id is the person's) or a group."""

    id: int
    type: str
    title: str
    opened: bool = False
    """Whether the person ever wrote to the bot, or the bot is in the group."""
    blocked: bool = False
    deactivated: bool = False
    moved_to: int | None = None
    messages: list[Message] = field(default_factory=list)

    @property
    def body(self) -> dict[str, Any]:
        return {"id": self.id, "type": self.type, "first_name" if self.type == "private" else "title": self.title}


@dataclass(frozen=True)
class Effect:
    """Something that the bot did to a message, once."""

    method: str
    message: Message
    """The message as it stood right then."""
    at: datetime
    via: str
    """call, or webhook where it stood in the answer to a delivery."""

    @property
    def chat_id(self) -> int:
        return self.message.chat_id

    @property
    def message_id(self) -> int:
        return self.message.id

    @property
    def text(self) -> str:
        return self.message.text


class Ledger:
    """All chats, all files, all effects."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.history: list[Effect] = []
        self.links: dict[str, tuple[StoredFile, datetime]] = {}
        self._last_message = 0

    def chat(self, chat_id: int) -> Chat:
        """A chat that the bot may write to. ApiError 400, 403."""
        chat = self.chats.get(chat_id)
        if chat is None:
            raise bad("chat not found")
        if chat.moved_to is not None:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.moved_to)
        if chat.deactivated:
            raise ApiError(403, "Forbidden: user is deactivated")
        if chat.blocked and chat.type != "private":
            raise ApiError(403, "Forbidden: bot was kicked from the group chat")
        if chat.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if not chat.opened:
            private = chat.type == "private"
            what = "can't initiate conversation with a user" if private else "is not a member of the group chat"
            raise ApiError(403, f"Forbidden: bot {what}")
        return chat

    def message(self, chat_id: int, message_id: int, what: str) -> Message:
        """A message that still stands. ApiError 400: `what`, for instance "message to edit not found"."""
        for message in reversed(self.chat(chat_id).messages):
            if message.id == message_id and not message.deleted:
                return message
        raise bad(what)

    def add(self, chat_id: int, sender: int, **what: Any) -> Message:
        """Put a new message into a chat."""
        self._last_message += 1
        message = Message(chat_id, self._last_message, sender, self.clock.now(), **what)
        self.chats[chat_id].messages.append(message)
        return message

    def note(self, method: str, message: Message, via: str) -> None:
        """Note something that the bot did to a message."""
        self.history.append(Effect(method, replace(message), self.clock.now(), via))

    def keep(self, name: str, data: bytes, size: int | None = None, mime: str = "") -> StoredFile:
        """Hold a file."""
        number = len(self.files) + 1
        kept = StoredFile(f"file-{number}", name, data, len(data) if size is None else size, mime)
        self.files[kept.id] = kept
        return kept

    def link(self, file: StoredFile, lasts: timedelta) -> str:
        """A path under which a file may be downloaded for a while."""
        path = f"documents/{file.id}{PurePosixPath(file.name).suffix}"
        self.links[path] = file, self.clock.now() + lasts
        return path

    def linked(self, path: str) -> StoredFile | None:
        """The file under a path; None: the path is wrong or too old."""
        file, until = self.links.get(path, (None, self.clock.now()))
        return file if until > self.clock.now() else None

    def body(self, message: Message) -> dict[str, Any]:
        """A message as the Bot API tells it."""
        sender = BOT if message.by_bot else {"is_bot": False} | self._user(message.sender)
        told: dict[str, Any] = {
            "message_id": message.id, "date": int(message.date.timestamp()), "from": sender,
            "chat": self.chats[message.chat_id].body,
        }  # fmt: skip
        if message.edits:
            told["edit_date"] = int(self.clock.now().timestamp())
        in_file = message.document is not None or message.photo is not None
        if message.text:
            told["caption" if in_file else "text"] = message.text
        if message.entities:
            told["caption_entities" if in_file else "entities"] = message.entities
        if message.markup is not None and "inline_keyboard" in message.markup:
            told["reply_markup"] = message.markup
        if message.document is not None:
            file = message.document
            told["document"] = file.body | {"file_name": file.name, "mime_type": file.mime}
        if message.photo is not None and "photo" not in message.more:
            told["photo"] = [message.photo.body | {"width": 1280, "height": 960}]
        return told | message.more

    def _user(self, person_id: int) -> dict[str, Any]:
        return {"id": person_id, "first_name": self.chats[person_id].title}


def _opens(button: dict[str, Any]) -> str:
    """The address that a button opens; empty: none."""
    address: str = button.get("url") or button.get("web_app", {}).get("url", "")
    return address
