"""Members of the corp, who write, press and open pages in the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.emulators.wecom.callbacks import Callback
from tests.emulators.wecom.ledger import Account, Message

if TYPE_CHECKING:
    from tests.emulators.wecom.server import WeComEmulator


class Member:
    """One of them. What they do comes to the app as callbacks; what they see is `seen`."""

    def __init__(self, wecom: WeComEmulator, account: Account, written: str) -> None:
        self._wecom = wecom
        self._written = written
        """Their userid as WeCom writes it: capital letters and small ones make no difference to it."""
        self.account = account
        self.id = account.userid

    @property
    def seen(self) -> list[Message]:
        """What stands in the chat now, oldest first."""
        return [one for one in self.account.messages if not one.recalled]

    def say(self, text: str) -> Callback:
        return self.message("text", Content=text)

    def send_image(self, data: bytes) -> Callback:
        media = self._wecom.ledger.keep("image", "image.jpg", data)
        return self.message("image", PicUrl="https://wework.qpic.cn/x", MediaId=media.id)

    def send_voice(self, data: bytes = b"#!AMR\n" + bytes(65)) -> Callback:
        return self.message("voice", MediaId=self._wecom.ledger.keep("voice", "voice.amr", data).id, Format="amr")

    def send_video(self, data: bytes) -> Callback:
        held = self._wecom.ledger.keep("video", "video.mp4", data)
        return self.message("video", MediaId=held.id, ThumbMediaId=self._wecom.ledger.keep("image", "t", b"t" * 9).id)

    def send_file(self, name: str, data: bytes, size: int | None = None) -> Callback:
        """A kind of message that the documentation does not know, and some say comes. `size`: more than can be had of it."""
        return self.message("file", FileName=name, MediaId=self._wecom.ledger.keep("file", name, data, size).id)

    def send_location(self) -> Callback:
        return self.message("location", Location_X=31.1, Location_Y=121.4, Scale=15, Label="某处", AppType="wxwork")

    def send_link(self, url: str, title: str = "网页") -> Callback:
        return self.message("link", Title=title, Description="", Url=url, PicUrl="")

    def message(self, kind: str, **fields: Any) -> Callback:
        """Any kind of message."""
        number = self._wecom.ledger.next("70000000")
        return self._put(MsgType=kind, **fields, MsgId=int(number), AgentID=self._wecom.agent)

    def event(self, name: str, **fields: Any) -> Callback:
        """Any kind of event."""
        return self._put(MsgType="event", Event=name, **fields, AgentID=self._wecom.agent)

    def subscribe(self) -> Callback:
        self.account.visible = True
        return self.event("subscribe", EventKey="")

    def unsubscribe(self) -> Callback:
        self.account.visible = False
        return self.event("unsubscribe", EventKey="")

    def click(self, name: str) -> Callback:
        """A button of the app's menu."""
        top = self._wecom.menu["button"]
        button = next(one for each in top for one in each.get("sub_button") or [each] if one["name"] == name)
        return self.event(button["type"], EventKey=button.get("key") or button["url"])

    def press(self, label: str) -> Callback:
        """A button, or one of the options to choose from with what sends it off, on the newest card that shows it."""
        for message in reversed(self.seen):
            if message.card is not None and not message.greyed:
                for shown, key in message.buttons:
                    if shown == label:
                        return self.press_key(message, key)
        raise AssertionError(f"no button {label!r}; shown are {[one.buttons for one in self.seen[-2:]]}")

    def press_key(self, message: Message, key: str) -> Callback:
        """A button of a card by its key, on a phone that may not know yet that the card was changed."""
        assert message.card is not None
        if "button_list" not in message.card:
            return self.choose(message, [key])
        return self.event("template_card_event", EventKey=key, **self._pressing(message))

    def choose(self, message: Message, keys: list[str]) -> Callback:
        """Options of a card to choose from, or none, and what sends the choice off."""
        assert message.card is not None
        chosen = {"SelectedItem": message.selected(keys)}
        submit = message.card["submit_button"]["key"]
        return self.event("template_card_event", EventKey=submit, **self._pressing(message), SelectedItems=chosen)

    def _pressing(self, message: Message) -> dict[str, Any]:
        code = self._wecom.ledger.new_code(message.id, self.id)
        return {"TaskId": message.task, "CardType": (message.card or {})["card_type"], "ResponseCode": code}

    def authorize(self, address: str) -> str:
        """Open the page on which WeCom recognises its members; the address to which they are sent back."""
        parts = urlsplit(address)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert parts.path == "/connect/oauth2/authorize"
        assert parts.fragment == "wechat_redirect"
        return self._wecom.authorize(query, self._written)

    def _put(self, **fields: Any) -> Callback:
        now = int(self._wecom.ledger.clock.now().timestamp())
        common = {"ToUserName": self._wecom.corp, "FromUserName": self._written, "CreateTime": now}
        return self._wecom.callbacks.put(self.id, common | fields)
