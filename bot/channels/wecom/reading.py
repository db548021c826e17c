"""What comes from WeCom: the XML of a callback becomes a delivery, or an alert for the operator (path/90239, 90240)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from bot.channels.wecom.keys import is_key, read_key
from bot.messages import UNSAID, Inbound, Piece

NAME = "wecom"
ALERTS = frozenset({"inactive_alert", "close_inactive_agent", "low_active_alert", "low_active"})
"""Events by which WeCom says that the app is, or is about to be, switched off because few use it."""
WELL = frozenset({"reopen_inactive_agent", "active_restored"})
_PRESSES = frozenset({"template_card_event", "template_card_menu_event"})
_UNREADABLE = {"voice": "voice", "location": "location"}
_AMR = "amr"
"""The format of voice messages that can be opened elsewhere; the other one, speex, comes without a head."""
_SCANS = frozenset({"scancode_push", "scancode_waitmsg"})
"""Other events say nothing that is for us: what they announce comes as a message, or it concerns no chat."""
_NOT_XML = bytes({*range(32)} - {*b"\t\n\r"})
"""What may be pasted into a message unseen, and no XML may hold: without it, the message can be read."""
_COMPOSED = ("CreateTime", "Event", "EventKey", "TaskId", "ResponseCode")
"""What an event repeats when it is delivered again, and other events of the same second do not."""


@dataclass(frozen=True, slots=True)
class Names:
    """Words that reading needs: what somebody new is shown, and what files without a name are called."""

    menu: str
    photo: str
    video: str
    voice: str
    file: str


@dataclass(frozen=True, slots=True)
class Press:
    """A card that was pressed: its task, the code that lets it be changed once, and whether its question is answered."""

    task: str
    code: str
    label: str
    once: bool


@dataclass(frozen=True, slots=True)
class Came:
    """What a callback holds: a delivery, the card that it pressed, or the name of an event that the operator is told of."""

    inbound: Inbound | None = None
    press: Press | None = None
    alert: str | None = None


def read(body: bytes, names: Names) -> Came:
    """What a callback's decrypted XML holds. Any error: it cannot be read."""
    xml: Element = fromstring(body.translate(None, _NOT_XML), forbid_dtd=True)
    address, event = _text(xml, "FromUserName").lower(), _text(xml, "MsgType") == "event"
    if event and _text(xml, "Event") in ALERTS | WELL:
        return Came(alert=_text(xml, "Event"))
    if not address:
        return Came()
    if event:
        return _event(xml, address, names)
    number = _text(xml, "MsgId")
    key = f"m{number}" if number else f"x{sha256(body).hexdigest()[:40]}"  # of kinds that no page describes
    return Came(_message(xml, address, key, names))


def _message(xml: Element, address: str, key: str, names: Names) -> Inbound:
    kind, number = _text(xml, "MsgType"), _text(xml, "MsgId")
    if kind == "text":
        return Inbound(NAME, address, key, text=_text(xml, "Content"), message=number)
    if kind == "link":
        return Inbound(NAME, address, key, text=_text(xml, "Url"), message=number)
    called = {"image": names.photo, "video": names.video, "file": _text(xml, "FileName") or names.file}
    if _text(xml, "Format").lower() == _AMR:
        called["voice"] = names.voice
    if kind in called and _text(xml, "MediaId"):
        upload = "wc" + sha256(f"{address} {key}".encode()).hexdigest()[:40]
        piece = Piece(called[kind], UNSAID, upload, source={"media_id": _text(xml, "MediaId")})
        return Inbound(NAME, address, key, piece=piece, message=number)
    return Inbound(NAME, address, key, other=_UNREADABLE.get(kind, "other"), message=number)


def _event(xml: Element, address: str, names: Names) -> Came:
    kind, told = _text(xml, "Event"), _text(xml, "EventKey")
    key = "e" + sha256("|".join([_text(xml, name) for name in _COMPOSED] + _chosen(xml)).encode()).hexdigest()[:40]
    if kind == "subscribe":
        return Came(Inbound(NAME, address, key, text=names.menu))
    if kind == "unsubscribe":
        return Came(Inbound(NAME, address, key, work=("left", {})))
    if kind == "click":
        return Came(Inbound(NAME, address, key, text=told))
    if kind in _SCANS:
        return Came(Inbound(NAME, address, key, other="other"))
    if kind in _PRESSES:
        return _press(xml, address, key)
    return Came()


def _press(xml: Element, address: str, key: str) -> Came:
    """A button, or what was chosen; none or several of drop-down lists are as good as said: by their numbers, if any."""
    task, code, chosen = _text(xml, "TaskId"), _text(xml, "ResponseCode"), _chosen(xml)
    keys = [one for one in chosen if is_key(one)]
    if chosen and len(keys) != 1:
        said = "、".join(read_key(one)[2].partition(" ")[0] for one in keys) or chosen[0]
        return Came(Inbound(NAME, address, key, text=said), Press(task, code, "", False))
    once, token, label = read_key(keys[0] if keys else _text(xml, "EventKey"))
    return Came(Inbound(NAME, address, key, press=token, label=label), Press(task, code, label, once))


def _chosen(xml: Element) -> list[str]:
    """The options that were chosen on a card, of however many questions."""
    return [one.text or "" for one in _all(xml, "SelectedItems/SelectedItem/OptionIds/OptionId")]


def _all(xml: Element, path: str) -> Iterable[Element]:
    return xml.findall(path)


def _text(xml: Element, name: str) -> str:
    return xml.findtext(name) or ""
