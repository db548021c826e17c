"""What updates of Telegram become, as the Bot API documents them; and that none of any shape gets further than that."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import commands, files
from bot.channels.telegram.intake import names
from bot.channels.telegram.reading import UNKNOWN_SIZE, chat_of, kinds_of, read
from bot.messages import Inbound, Piece
from tests.world import the_words

NAMES = names(the_words())
CHAT, GROUP = {"id": 501, "type": "private", "first_name": "某人"}, {"id": -77, "type": "group", "title": "工作群"}
PERSON = {"id": 501, "is_bot": False, "first_name": "某人"}


def inbound(**update: Any) -> Inbound | None:
    return read({"update_id": 7} | update, NAMES)


def message(**content: Any) -> dict[str, Any]:
    return {"message": {"message_id": 31, "date": 1, "chat": CHAT, "from": PERSON} | content}


def said(text: str) -> str | None:
    found = inbound(**message(text=text, entities=[]))
    assert found is not None
    return found.text


def piece(**content: Any) -> Piece:
    found = inbound(**message(**content))
    assert found is not None
    assert found.piece is not None
    return found.piece


def test_a_text() -> None:
    found = inbound(**message(text="已在门户公开 https://www.gov.cn/1.html"))
    assert found == Inbound(
        "telegram", "501", "u7", text="已在门户公开 https://www.gov.cn/1.html", message="31", seen=None
    )


def test_forwarded_text_is_text() -> None:
    origin = {"type": "hidden_user", "sender_user_name": "某人", "date": 1}
    found = inbound(**message(text="转发的话", forward_origin=origin))
    assert found is not None
    assert found.text == "转发的话"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/start K7QF-2M8X-PD4C", "K7QF-2M8X-PD4C"),
        ("/start", "菜单"),
        ("/start ", "菜单"),
        ("/start@fazhi_test_bot K7QF-2M8X-PD4C", "K7QF-2M8X-PD4C"),
        ("/menu", "菜单"),
        ("/Resume", "继续"),
        ("/help@fazhi_test_bot", "帮助"),
        ("/menu 其他", "/menu 其他"),
        ("/unknown", "/unknown"),
        ("2022/6/30", "2022/6/30"),
    ],
)
def test_commands_mean_the_words_that_the_assistant_knows(typed: str, meant: str) -> None:
    assert said(typed) == meant


def test_every_command_is_one_that_telegram_takes_and_the_assistant_knows() -> None:
    told = the_words().commands("telegram")
    assert 0 < len(told) <= 100
    for command, (word, what) in told.items():
        assert command.isascii()
        assert command.replace("_", "").isalnum()
        assert command == command.lower()
        assert len(command) <= 32
        assert len(f"{word}：{what}") <= 256
        assert commands.find(the_words(), word) is not None, word


def test_a_press_with_what_its_button_was_called() -> None:
    rows = [[{"text": "符合", "callback_data": "a-1-0-verdict.met"}, {"text": "返回", "callback_data": "back-0-0"}]]
    shown = {"message_id": 30, "date": 1, "chat": CHAT, "text": "……", "reply_markup": {"inline_keyboard": rows}}
    query = {"id": "q1", "from": PERSON, "data": "back-0-0", "message": shown, "chat_instance": "1"}
    assert inbound(callback_query=query) == Inbound(
        "telegram", "501", "u7", press="back-0-0", label="返回", message="30"
    )


def test_a_press_on_a_message_that_is_gone() -> None:
    gone = {"message_id": 30, "date": 0, "chat": CHAT}
    for shown in ({"message": gone}, {}):
        found = inbound(callback_query={"id": "q1", "from": PERSON, "data": "back-0-0"} | shown)
        assert found is not None
        assert (found.address, found.press, found.label) == ("501", "back-0-0", None)


def test_a_document() -> None:
    file = {
        "file_id": "F",
        "file_unique_id": "u",
        "file_name": "总结.pdf",
        "file_size": 9,
        "mime_type": "application/pdf",
    }
    found = piece(document=file, caption="第11项")
    assert (found.name, found.size, found.caption, found.album, found.source) == (
        "总结.pdf", 9, "第11项", None, {"file_id": "F"},
    )  # fmt: skip


def test_a_document_without_a_name_is_called_by_its_kind() -> None:
    assert piece(document={"file_id": "F", "mime_type": "application/pdf"}).name == "文件.pdf"
    assert piece(document={"file_id": "F"}).name == "文件"
    assert piece(video={"file_id": "F", "mime_type": "video/mp4", "file_size": 3}).name == "视频.mp4"


def test_the_size_is_unknown_where_telegram_does_not_say_it() -> None:
    assert piece(document={"file_id": "F", "file_name": "1.pdf"}).size == UNKNOWN_SIZE
    assert piece(document={"file_id": "F", "file_name": "1.pdf", "file_size": 0}).size == 0


def test_of_a_photo_the_largest_size_wherever_it_stands() -> None:
    sizes = [
        {"file_id": "small", "width": 90, "height": 60, "file_size": 900},
        {"file_id": "large", "width": 1280, "height": 960, "file_size": 90_000},
        {"file_id": "medium", "width": 320, "height": 240, "file_size": 9_000},
    ]
    found = piece(photo=sizes, caption="公示栏")
    assert (found.source, found.size, found.caption) == ({"file_id": "large"}, 90_000, "公示栏")
    assert files.nameless(found.name) == "1.jpg"
    files.check_announced(found.name, found.size, 10**6)


def test_an_album_is_known_by_its_chat_and_group_and_each_picture_by_itself() -> None:
    sizes = [{"file_id": "P", "width": 9, "height": 6, "file_size": 900}]
    one, two = (
        read({"update_id": number} | message(photo=sizes, media_group_id="13", message_id=number), NAMES)
        for number in (7, 8)
    )
    assert one is not None
    assert two is not None
    assert one.piece is not None
    assert two.piece is not None
    assert one.piece.album == two.piece.album == "501_13"
    assert one.piece.upload != two.piece.upload


def test_an_uploads_name_is_one_that_the_store_takes(world: Any) -> None:
    world.store.begin(piece(document={"file_id": "F", "file_name": "1.pdf", "file_size": 1}).upload)


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("video_note", "voice"), ("audio", "voice"), ("sticker", "sticker"),
        ("location", "location"), ("venue", "location"), ("contact", "other"), ("poll", "other"), ("dice", "other"),
        ("game", "other"), ("story", "other"), ("whatever_comes_next", "other"),
    ],
)  # fmt: skip
def test_what_nobody_can_read(kind: str, other: str) -> None:
    more = {"location": {}} if kind == "venue" else {}
    found = inbound(**message(**{kind: {"file_id": "F"}} | more))
    assert found == Inbound("telegram", "501", "u7", other=other, message="31")


def test_a_changed_message_and_a_live_location() -> None:
    changed = {"message_id": 31, "date": 1, "edit_date": 2, "chat": CHAT, "from": PERSON}
    assert inbound(edited_message=changed | {"text": "改过"}) == Inbound(
        "telegram", "501", "u7", other="edited", message="31"
    )
    assert inbound(edited_message=changed | {"location": {"latitude": 1, "longitude": 2}}) is None


@pytest.mark.parametrize("kind", ["pinned_message", "message_auto_delete_timer_changed", "write_access_allowed"])
def test_what_nobody_wrote_is_nothing(kind: str) -> None:
    assert inbound(**message(**{kind: {}})) is None


def test_groups_whatever_is_said_there() -> None:
    wanted = Inbound("telegram", "-77", "u7", message="31", group=True)
    assert inbound(**message(chat=GROUP, text="/start@fazhi_test_bot")) == wanted
    assert inbound(**message(chat=GROUP | {"type": "supergroup"}, new_chat_members=[])) == wanted
    assert inbound(**message(chat=GROUP, left_chat_member={})) is None


@pytest.mark.parametrize(
    ("chat", "before", "now", "wanted"),
    [
        (CHAT, "member", "kicked", Inbound("telegram", "501", "u7", work=("left", {}))),
        (CHAT, "kicked", "member", None),
        (GROUP, "left", "member", Inbound("telegram", "-77", "u7", group=True)),
        (GROUP | {"type": "channel"}, "left", "administrator", Inbound("telegram", "-77", "u7", group=True)),
        (GROUP, "member", "administrator", None),
        (GROUP, "member", "kicked", None),
        (GROUP, "administrator", "left", None),
    ],
)
def test_who_blocks_us_and_who_adds_us(chat: dict[str, Any], before: str, now: str, wanted: Inbound | None) -> None:
    member = {"chat": chat, "from": PERSON, "date": 1, "old_chat_member": {"status": before}}
    assert inbound(my_chat_member=member | {"new_chat_member": {"status": now}}) == wanted


def test_updates_that_are_not_for_us_are_nothing() -> None:
    assert inbound(poll={"id": "1"}) is None
    assert inbound() is None


def test_presses_and_messages_of_one_chat_are_of_one_chat() -> None:
    press = {"callback_query": {"id": "q", "from": PERSON, "data": "x", "message": {"chat": CHAT}}}
    assert chat_of(message(text="a")) == chat_of(press) == 501
    assert chat_of({"callback_query": {"id": "q", "from": PERSON}}) == 501
    assert chat_of({}) is None


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["private", "group", "kicked"]),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(
        st.sampled_from(
            ["chat", "id", "type", "message_id", "text", "photo", "document", "file_id", "from", "data", "message",
             "new_chat_member", "old_chat_member", "status", "reply_markup", "inline_keyboard"]
        ),
        inner, max_size=6,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["message", "callback_query", "edited_message", "my_chat_member"]), ODD))
def test_whatever_comes_its_kinds_and_chat_can_be_told(update: dict[str, Any]) -> None:
    assert all(isinstance(one, str) for one in kinds_of(update))
    assert isinstance(chat_of(update), int | None)


def test_kinds_say_nothing_of_what_was_written() -> None:
    assert kinds_of({"update_id": 1} | message(text="金丝雀")) == sorted(
        ["update_id", *(f"message.{part}" for part in ("message_id", "date", "chat", "from", "text"))]
    )
