"""The people and groups at the other end: what they do becomes updates, what they see is the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.emulators.telegram.deliveries import Deliveries
from tests.emulators.telegram.ledger import BOT, Chat, Ledger, Message
from tests.emulators.telegram.limits import MOST_TEXT, size_of, units

MIME = {"pdf": "application/pdf", "txt": "text/plain", "png": "image/png", "jpg": "image/jpeg", "mp4": "video/mp4"}


@dataclass
class Press:
    """A press of a button, and whether the bot acknowledged it."""

    id: str
    update_id: int
    at: datetime
    answered: bool = False
    answer: str = ""
    """What was shown to the person for a moment."""


class Person:
    """Someone with a private chat with the bot; its id is theirs."""

    def __init__(self, ledger: Ledger, deliveries: Deliveries, presses: dict[str, Press], chat: Chat) -> None:
        self.id = chat.id
        self.chat = chat
        self._ledger, self._deliveries, self._presses = ledger, deliveries, presses

    @property
    def seen(self) -> list[Message]:
        """The bot's messages as they stand in the chat now, oldest first."""
        return [one for one in self.chat.messages if one.by_bot and not one.deleted]

    async def say(self, text: str) -> Message:
        """Type a text; a long one goes as several messages, as the apps do it. The (last) message."""
        assert text.strip(), "the apps send no empty text"
        pieces = _pieces(text)
        for piece in pieces:
            message = self._write(text=piece, entities=_commands(piece))
        return message

    async def start(self, payload: str = "") -> Message:
        """Press Start, from a deep link if there is a payload."""
        return await self.say(f"/start {payload}".strip())

    async def press(self, label_or_data: str, message: Message | None = None) -> Press:
        """Press the button so labelled, or with such data, of the newest message that has one (or of a given one).

        AssertionError: there is none, or it only opens an address.
        """
        message = message or self._with(label_or_data)
        buttons = [one for row in (message.markup or {})["inline_keyboard"] for one in row]
        button = next(one for one in buttons if label_or_data in (one["text"], one.get("callback_data")))
        assert "callback_data" in button, f"{label_or_data!r} opens {button.get('url')}"
        return await self.press_data(button["callback_data"], message)

    async def press_data(self, data: str, message: Message | None = None) -> Press:
        """Let a press with any data come, as an old or altered app may send it; of a message that is gone, if of none."""
        press = Press(f"{self.id}-{len(self._presses) + 1}", 0, self._ledger.clock.now())
        self._presses[press.id] = press
        gone = {"message_id": message.id if message else 1, "date": 0, "chat": self.chat.body}
        query = {
            "id": press.id, "from": self._user, "chat_instance": str(self.id), "data": data,
            "message": gone if message is None or message.deleted else self._ledger.body(message),
        }  # fmt: skip
        press.update_id = self._deliveries.put("callback_query", query, ("presses", self.id))
        return press

    async def send_document(
        self, name: str, data: bytes, caption: str = "", album: str | None = None, size: int | None = None
    ) -> Message:
        """Send a file. `size`: how large Telegram says it is; where that is more than the data, its download breaks off."""
        kept = self._ledger.keep(
            name, data, size, MIME.get(name.rpartition(".")[2].lower(), "application/octet-stream")
        )
        return self._write(text=caption, document=kept, more=_of(album))

    async def send_photo(self, data: bytes, caption: str = "", album: str | None = None) -> Message:
        """Send a picture: Telegram keeps smaller sizes of it, the largest one last."""
        width, height = size_of(data)
        sizes = []
        for part in (8, 2, 1):
            kept = self._ledger.keep("photo.jpg", data if part == 1 else data[: len(data) // part])
            sizes.append(kept.body | {"width": width // part, "height": height // part})
        return self._write(text=caption, photo=kept, more={"photo": sizes} | _of(album))

    async def send_voice(self, seconds: int = 3) -> Message:
        page = b"OggS" + bytes(22) + bytes([1, 19]) + b"OpusHead" + bytes(11)
        return await self.send(voice=self._file("voice.ogg", page) | {"duration": seconds, "mime_type": "audio/ogg"})

    async def send_sticker(self) -> Message:
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return await self.send(sticker=self._file("sticker.webp") | shape)

    async def send_location(self) -> Message:
        return await self.send(location={"latitude": 31.1, "longitude": 121.4})

    async def send_contact(self) -> Message:
        return await self.send(contact={"phone_number": "13800000000", "first_name": "某人"})

    async def send(self, **content: Any) -> Message:
        """Send a message of any other kind, as the Bot API has it: contact={...}, video={...}, ..."""
        return self._write(more=content)

    async def edit(self, message: Message, text: str) -> int:
        """Change a message of one's own; the update's id."""
        message.text, message.edits = text, message.edits + 1
        return self._deliveries.put("edited_message", self._ledger.body(message), ("chat", self.id))

    async def block(self) -> None:
        """Stop the bot."""
        self.chat.blocked = True
        self._member("member", "kicked")

    async def unblock(self) -> None:
        """Let the bot write again."""
        self.chat.blocked = False
        self._member("kicked", "member")

    async def deactivate(self) -> None:
        """Delete the account."""
        self.chat.deactivated = True

    @property
    def _user(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False, "first_name": self.chat.title, "language_code": "zh-hans"}

    def _with(self, label_or_data: str) -> Message:
        for message in reversed(self.seen):
            if any(label_or_data in button for row in message.buttons for button in row):
                return message
        shown = [label for row in self.seen[-1].buttons for label, _ in row] if self.seen else []
        raise AssertionError(f"no button {label_or_data!r}; the last message shows {shown}")

    def _write(self, **what: Any) -> Message:
        assert not self.chat.blocked, "whoever blocked the bot cannot write to it"
        self.chat.opened = True
        message = self._ledger.add(self.id, self.id, **what)
        message.update_id = self._deliveries.put("message", self._ledger.body(message), ("chat", self.id))
        return message

    def _file(self, name: str, data: bytes = bytes(64)) -> dict[str, Any]:
        return self._ledger.keep(name, data).body

    def _member(self, before: str, after: str) -> None:
        self._deliveries.put(
            "my_chat_member", _membership(self.chat, self._user, before, after, self._ledger), ("chat", self.id)
        )


class Group:
    """A group that people may add the bot to."""

    def __init__(self, ledger: Ledger, deliveries: Deliveries, chat: Chat) -> None:
        self.id = chat.id
        self.chat = chat
        self._ledger, self._deliveries = ledger, deliveries

    @property
    def seen(self) -> list[Message]:
        """The bot's messages in the group, oldest first."""
        return [one for one in self.chat.messages if one.by_bot and not one.deleted]

    async def add_bot(self, by: Person) -> None:
        """Add the bot: it is told of its membership, and sees the line about it."""
        self.chat.opened, self.chat.blocked = True, False
        self._member(by, "left", "member")
        self._write(by, more={"new_chat_members": [BOT]})

    async def remove_bot(self, by: Person) -> None:
        """Throw the bot out."""
        self.chat.blocked = True
        self._member(by, "member", "kicked")

    async def say(self, person: Person, text: str) -> Message:
        """Say something there that the bot gets to see."""
        return self._write(person, text=text, entities=_commands(text))

    async def become(self, supergroup_id: int, by: Person) -> None:
        """Be upgraded to a supergroup with an id of its own."""
        self.chat.moved_to = supergroup_id
        self._ledger.chats[supergroup_id] = Chat(supergroup_id, "supergroup", self.chat.title, opened=True)
        self._write(by, more={"migrate_to_chat_id": supergroup_id})

    def _write(self, person: Person, **what: Any) -> Message:
        message = self._ledger.add(self.id, person.id, **what)
        message.update_id = self._deliveries.put("message", self._ledger.body(message), ("chat", self.id))
        return message

    def _member(self, by: Person, before: str, after: str) -> None:
        told = _membership(self.chat, by._user, before, after, self._ledger)
        self._deliveries.put("my_chat_member", told, ("chat", self.id))


def _membership(chat: Chat, by: dict[str, Any], before: str, after: str, ledger: Ledger) -> dict[str, Any]:
    def member(status: str) -> dict[str, Any]:
        return {"user": BOT, "status": status} | ({"until_date": 0} if status == "kicked" else {})

    now = int(ledger.clock.now().timestamp())
    members = {"old_chat_member": member(before), "new_chat_member": member(after)}
    return {"chat": chat.body, "from": by, "date": now} | members


def _of(album: str | None) -> dict[str, Any]:
    return {} if album is None else {"media_group_id": album}


def _commands(text: str) -> list[dict[str, Any]]:
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    return [{"type": "bot_command", "offset": 0, "length": len(word)}] if text.startswith("/") else []


def _pieces(text: str) -> list[str]:
    pieces = [""]
    for char in text:
        if units(pieces[-1]) + units(char) > MOST_TEXT:
            pieces.append("")
        pieces[-1] += char
    return pieces
