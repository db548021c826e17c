"""What callbacks say, read: every kind of message and event that the documentation knows, and some that it does not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.wecom.keys import key_of
from bot.channels.wecom.reading import Came, Names, read
from bot.messages import Inbound
from tests.emulators.wecom.callbacks import xml_of

NAMES = Names("菜单", "照片.jpg", "视频.mp4", "语音.amr", "文件")
YES, NO = key_of("3 符合", "a-1-0-yes", once=True), key_of("12 不符合", "a-1-0-no", once=True)


def came(kind: str, **fields: Any) -> Came:
    common = {"ToUserName": "corp", "FromUserName": "ZhangSan", "CreateTime": 1409659813, "MsgType": kind, "AgentID": 1}
    return read(xml_of(common | fields), NAMES)


def message(kind: str, **fields: Any) -> Inbound:
    found = came(kind, **{"MsgId": 7} | fields).inbound
    assert found is not None
    return found


def pressed(event: str = "template_card_event", **fields: Any) -> Came:
    return came("event", Event=event, TaskId="t", ResponseCode="c", **fields)


def chosen(*lists: list[str]) -> dict[str, Any]:
    items = [{"QuestionKey": f"q{number}", "OptionIds": {"OptionId": ids}} for number, ids in enumerate(lists)]
    return {"EventKey": "submit", "SelectedItems": {"SelectedItem": items}}


def test_messages() -> None:
    said = message("text", Content="您好 ]]> <a>")
    assert (said.address, said.key, said.text) == ("zhangsan", "m7", "您好 ]]> <a>")
    assert message("link", Title="t", Url="https://www.gov.cn/").text == "https://www.gov.cn/"
    for kind, name in (("image", "照片.jpg"), ("video", "视频.mp4"), ("voice", "语音.amr"), ("file", "文件")):
        piece = message(kind, MediaId="M", ThumbMediaId="T", Format="AMR").piece
        assert piece is not None
        assert (piece.name, piece.source) == (name, {"media_id": "M"})
    named = message("file", FileName="办法.pdf", MediaId="M").piece
    assert named is not None
    assert named.name == "办法.pdf"
    for kind, other in (("voice", "voice"), ("location", "location"), ("image", "other"), ("never_heard_of", "other")):
        assert message(kind, Format="amr").other == other
    assert message("voice", MediaId="M", Format="speex").other == "voice"


def test_a_message_without_a_number_is_known_by_all_that_it_says() -> None:
    """Kinds that no page describes may have none: two of them are two, and each is one however often it comes."""
    first, again, second = (came("file", MediaId=media).inbound for media in ("M", "M", "N"))
    assert first is not None
    assert again is not None
    assert second is not None
    assert first.key == again.key != second.key


@pytest.mark.parametrize("event", ["template_card_event", "template_card_menu_event"])
def test_a_press(event: str) -> None:
    found = pressed(event, EventKey=YES, CardType="button_interaction")
    assert found.inbound is not None
    assert found.press is not None
    assert (found.inbound.press, found.inbound.label) == ("a-1-0-yes", "3 符合")
    assert (found.press.task, found.press.code, found.press.once) == ("t", "c", True)
    assert pressed(event, EventKey="none of ours").inbound.press == "none of ours"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("lists", "press", "said"),
    [
        (([YES],), "a-1-0-yes", None), ((["未选"], [NO], ["未选"]), "a-1-0-no", None),
        (([YES], ["未选"], [NO]), None, "3、12"), (([YES, NO],), None, "3、12"), ((["未选"], ["未选"]), None, "未选"),
    ],
)  # fmt: skip
def test_a_choice(lists: tuple[list[str], ...], press: str | None, said: str | None) -> None:
    found = pressed(**chosen(*lists))
    assert found.inbound is not None
    assert found.press is not None
    assert (found.inbound.press, found.inbound.text) == (press, said)
    assert found.press.once == (press is not None)


def test_two_presses_in_one_second_are_two_and_a_repeated_one_is_one() -> None:
    fields = chosen([YES])
    first, again, other = (pressed(**fields).inbound, pressed(**fields).inbound, pressed(**chosen([NO])).inbound)
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.key == again.key != other.key


def test_whoever_sends_nothing_from_nobody_is_passed_over() -> None:
    assert read(b"<xml><MsgType>text</MsgType></xml>", NAMES) == Came()
    alert = b"<xml><MsgType>event</MsgType><Event>inactive_alert</Event></xml>"
    assert read(alert, NAMES) == Came(alert="inactive_alert")


def test_what_no_xml_may_hold_keeps_no_message_from_being_read() -> None:
    assert message("text", Content="已\x08公\x00开\n第二行\t。\x1f").text == "已公开\n第二行\t。"
