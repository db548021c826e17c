"""The methods of the Bot API, on a ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.emulators.telegram import limits
from tests.emulators.telegram.calls import Call, Upload, bad
from tests.emulators.telegram.deliveries import PRESSES_LAST, Deliveries, Webhook
from tests.emulators.telegram.ledger import BOT, BOT_ID, Ledger, Message, StoredFile
from tests.emulators.telegram.people import Press

LINK_LASTS = timedelta(hours=1)
DELETABLE_FOR = timedelta(hours=48)
ACCEPTED = [
    "setMyCommands", "deleteMyCommands", "setMyDescription", "setMyShortDescription", "setMyName", "setChatMenuButton",
    "setMyDefaultAdministratorRights", "close", "logOut",
]  # fmt: skip
"""Set-up calls that are only noted."""
Method = Callable[["Methods", Call, str], Any]
"""What it works on, the call, and the way it came: call, or webhook."""
_METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Method], Method]:
    def register(function: Method) -> Method:
        _METHODS[name.lower()] = function
        return function

    return register


def find(name: str) -> Method | None:
    """The method of a name, in whatever case; None: there is none."""
    return _METHODS.get(name.lower())


@dataclass
class Methods:
    """What the methods work on."""

    ledger: Ledger
    deliveries: Deliveries
    flood: limits.Flood
    presses: dict[str, Press] = field(default_factory=dict)
    set_up: dict[str, Any] = field(default_factory=dict)
    """The parameters of the last set-up call of each method."""

    def new(self, call: Call, via: str, **what: Any) -> dict[str, Any]:
        """Put a message of the bot into a chat."""
        chat_id = call.number("chat_id")
        self.flood.admit(chat_id)
        self.ledger.chat(chat_id)
        markup = limits.checked_markup(call.json("reply_markup"))
        message = self.ledger.add(chat_id, BOT_ID, markup=markup, silent=call.flag("disable_notification"), **what)
        self.ledger.note(call.method, message, via)
        return self.ledger.body(message)

    def own(self, call: Call, what: str) -> Message:
        """The bot's message that is to be edited."""
        message = self.ledger.message(call.number("chat_id"), call.number("message_id"), what)
        if not message.by_bot:
            raise bad("message can't be edited")
        return message

    def edited(self, call: Call, via: str, message: Message, **what: Any) -> dict[str, Any]:
        """Change a message of the bot, if that changes anything."""
        what["markup"] = limits.checked_markup(call.json("reply_markup"))
        if all(getattr(message, name) == value for name, value in what.items()):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        for name, value in what.items():
            setattr(message, name, value)
        message.edits += 1
        self.ledger.note(call.method, message, via)
        return self.ledger.body(message)

    def file(self, call: Call, name: str, most: int) -> StoredFile:
        """The file that is to be sent: uploaded with the call, or sent before."""
        given = call.file(name)
        if isinstance(given, Upload):
            if not given.data:
                raise bad("file must be non-empty")
            if len(given.data) > most:
                raise bad("file is too big")
            return self.ledger.keep(given.name, given.data)
        if given not in self.ledger.files:
            raise bad("wrong file identifier/HTTP URL specified")
        return self.ledger.files[given]


def _text(call: Call, name: str, entities: str, most: int) -> dict[str, Any]:
    if call.text("parse_mode"):
        raise bad("unsupported parse_mode")  # this emulator knows entities only
    text, found = limits.checked_text(call.text(name), call.json(entities), most, caption=name == "caption")
    return {"text": text, "entities": found}


@method("getMe")
def get_me(_: Methods, __: Call, ___: str) -> dict[str, Any]:
    more = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    return BOT | more


@method("getUpdates")
def get_updates(on: Methods, call: Call, _: str) -> Any:
    """A coroutine: this one waits."""
    if (allowed := call.json("allowed_updates")) is not None:
        on.deliveries.allowed = tuple(allowed)
    limit = min(max(call.number("limit", 100), 1), 100)
    return on.deliveries.fetch(call.number("offset", 0), limit, call.number("timeout", 0))


@method("setWebhook")
def set_webhook(on: Methods, call: Call, _: str) -> bool:
    url, secret = call.text("url"), call.text("secret_token")
    if url and not url.startswith(("https://", "http://127.0.0.1")):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if limits.SECRET_TOKEN.fullmatch(secret) is None:
        raise bad("secret token contains unallowed characters")
    if call.flag("drop_pending_updates"):
        on.deliveries.drop()
    if (allowed := call.json("allowed_updates")) is not None:
        on.deliveries.allowed = tuple(allowed)
    most = call.number("max_connections", 40)
    on.deliveries.bring_to(Webhook(url, secret, most, on.deliveries.allowed) if url else None)
    return True


@method("deleteWebhook")
def delete_webhook(on: Methods, call: Call, _: str) -> bool:
    if call.flag("drop_pending_updates"):
        on.deliveries.drop()
    on.deliveries.bring_to(None)
    return True


@method("getWebhookInfo")
def get_webhook_info(on: Methods, _: Call, __: str) -> dict[str, Any]:
    webhook, waiting = on.deliveries.webhook, len(on.deliveries.pending)
    told: dict[str, Any] = {"url": "", "has_custom_certificate": False, "pending_update_count": waiting}
    if webhook is not None:
        told |= {"url": webhook.url, "max_connections": webhook.most, "allowed_updates": list(webhook.allowed)}
    if on.deliveries.last_error:
        now = int(on.ledger.clock.now().timestamp())
        told |= {"last_error_date": now, "last_error_message": on.deliveries.last_error}
    return told


@method("sendMessage")
def send_message(on: Methods, call: Call, via: str) -> dict[str, Any]:
    return on.new(call, via, **_text(call, "text", "entities", limits.MOST_TEXT))


@method("sendDocument")
def send_document(on: Methods, call: Call, via: str) -> dict[str, Any]:
    caption = _text(call, "caption", "caption_entities", limits.MOST_CAPTION)
    return on.new(call, via, document=on.file(call, "document", limits.MOST_DOCUMENT), **caption)


@method("sendPhoto")
def send_photo(on: Methods, call: Call, via: str) -> dict[str, Any]:
    caption = _text(call, "caption", "caption_entities", limits.MOST_CAPTION)
    photo = on.file(call, "photo", limits.MOST_PHOTO)
    limits.check_photo(photo.data)
    return on.new(call, via, photo=photo, **caption)


@method("sendChatAction")
def send_chat_action(on: Methods, call: Call, _: str) -> bool:
    on.ledger.chat(call.number("chat_id"))
    if not call.text("action"):
        raise bad("wrong parameter action in request")
    return True


@method("editMessageText")
def edit_message_text(on: Methods, call: Call, via: str) -> dict[str, Any]:
    on.flood.admit(call.number("chat_id"))
    message = on.own(call, "message to edit not found")
    if message.document is not None or message.photo is not None:
        raise bad("there is no text in the message to edit")
    return on.edited(call, via, message, **_text(call, "text", "entities", limits.MOST_TEXT))


@method("editMessageReplyMarkup")
def edit_message_reply_markup(on: Methods, call: Call, via: str) -> dict[str, Any]:
    on.flood.admit(call.number("chat_id"))
    return on.edited(call, via, on.own(call, "message to edit not found"))


@method("deleteMessage")
def delete_message(on: Methods, call: Call, via: str) -> bool:
    message = on.ledger.message(call.number("chat_id"), call.number("message_id"), "message to delete not found")
    if on.ledger.clock.now() - message.date > DELETABLE_FOR:
        raise bad("message can't be deleted for everyone")
    message.deleted = True
    on.ledger.note(call.method, message, via)
    return True


@method("answerCallbackQuery")
def answer_callback_query(on: Methods, call: Call, _: str) -> bool:
    press = on.presses.get(call.text("callback_query_id"))
    if limits.units(call.text("text")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    if press is None or press.answered or on.ledger.clock.now() - press.at > PRESSES_LAST:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    press.answered, press.answer = True, call.text("text")
    return True


@method("getFile")
def get_file(on: Methods, call: Call, _: str) -> dict[str, Any]:
    file = on.ledger.files.get(call.text("file_id"))
    if file is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if file.size > limits.MOST_DOWNLOAD:
        raise bad("file is too big")
    return file.body | {"file_path": on.ledger.link(file, LINK_LASTS)}


@method("getChat")
def get_chat(on: Methods, call: Call, _: str) -> dict[str, Any]:
    more = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False)}  # fmt: skip
    return on.ledger.chat(call.number("chat_id")).body | more


@method("leaveChat")
def leave_chat(on: Methods, call: Call, _: str) -> bool:
    chat = on.ledger.chat(call.number("chat_id"))
    if chat.type == "private":
        raise bad("chat member status can't be changed in private chats")
    chat.opened = False
    return True


def _accepted(on: Methods, call: Call, _: str) -> bool:
    on.set_up[call.method] = {name: call.json(name) if name == "commands" else call.text(name) for name in call.params}
    return True


_METHODS.update({name.lower(): _accepted for name in ACCEPTED})
