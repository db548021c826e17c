"""The Bot API as the bot calls it: what people see of it, what is refused, how fast it may be, what goes wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, MessageEntity
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from tests.emulators.conftest import A_PERSON, Clock
from tests.emulators.telegram import ApiError, TelegramEmulator
from tests.emulators.telegram.faults import CUT, ERROR, HANG, RESET

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (1280).to_bytes(4, "big") + (960).to_bytes(4, "big") + b"\0" * 99


async def call(telegram: TelegramEmulator, name: str, **params: Any) -> dict[str, Any]:
    """One call with a JSON body; the whole answer."""
    url = f"{telegram.url}/bot{telegram.token}/{name}"
    async with aiohttp.ClientSession() as session, session.post(url, json=params) as answer:
        return dict(await answer.json()) | {"status": answer.status}


async def test_a_message_stands_in_the_chat_with_its_marks_and_buttons(telegram: TelegramEmulator, bot: Bot) -> None:
    keyboard = InlineKeyboardMarkup(
        [[InlineKeyboardButton("符合", callback_data="a.1"), InlineKeyboardButton("打开", url="https://a.example")]]
    )
    quote = MessageEntity(MessageEntity.BLOCKQUOTE, 3, 4)
    sent = await bot.send_message(A_PERSON, "🙂 官方原文。", entities=[quote], reply_markup=keyboard)
    [seen] = telegram.person(A_PERSON).seen
    assert (seen.id, seen.text, seen.marked("blockquote")) == (sent.message_id, "🙂 官方原文。", ["官方原文"])
    assert seen.buttons == [[("符合", "a.1"), ("打开", "https://a.example")]]


async def test_an_edit_changes_the_message_and_leaves_its_effects(telegram: TelegramEmulator, bot: Bot) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("符合", callback_data="a")]])
    sent = await bot.send_message(A_PERSON, "一", reply_markup=keyboard)
    await bot.edit_message_text("二", A_PERSON, sent.message_id)
    [seen] = telegram.person(A_PERSON).seen
    assert (seen.text, seen.buttons, seen.edits) == ("二", [], 1)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("二", A_PERSON, sent.message_id)
    await bot.delete_message(A_PERSON, sent.message_id)
    assert telegram.person(A_PERSON).seen == []
    done = [(one.method, one.text) for one in telegram.effects(chat_id=A_PERSON)]
    assert done == [("sendMessage", "一"), ("editMessageText", "二"), ("deleteMessage", "二")]


async def test_what_is_gone_cannot_be_edited_or_deleted(telegram: TelegramEmulator, bot: Bot, clock: Clock) -> None:
    theirs = await telegram.person(A_PERSON).say("你好")
    with pytest.raises(BadRequest, match="to edit not found"):
        await bot.edit_message_text("二", A_PERSON, 999)
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("二", A_PERSON, theirs.id)
    with pytest.raises(BadRequest, match="to delete not found"):
        await bot.delete_message(A_PERSON, 999)
    clock.time += timedelta(hours=49)
    with pytest.raises(BadRequest, match="can't be deleted"):
        await bot.delete_message(A_PERSON, theirs.id)


async def test_documents_and_photos_arrive_with_their_bytes(telegram: TelegramEmulator, bot: Bot) -> None:
    attached = InputFile(b"again", "again.txt", attach=True)
    await bot.send_document(A_PERSON, InputFile("正文".encode(), "申报表.docx"), caption="请查收")
    await bot.send_document(A_PERSON, attached)
    await bot.send_photo(A_PERSON, PNG)
    first, second, third = telegram.person(A_PERSON).seen
    assert first.document is not None
    assert second.document is not None
    assert third.photo is not None
    assert (first.document.name, first.document.data.decode(), first.text) == ("申报表.docx", "正文", "请查收")
    assert (second.document.name, second.document.data, third.photo.data) == ("again.txt", b"again", PNG)
    with pytest.raises(BadRequest, match="no text in the message"):
        await bot.edit_message_text("二", A_PERSON, first.id)


async def test_set_up_calls_are_accepted_and_kept(telegram: TelegramEmulator, bot: Bot) -> None:
    assert (await bot.get_me()).is_bot
    assert await bot.set_my_commands([("menu", "菜单")])
    assert await bot.set_my_description("法治工作助手")
    assert await bot.send_chat_action(A_PERSON, "typing")
    assert telegram.methods.set_up["setMyCommands"]["commands"] == [{"command": "menu", "description": "菜单"}]
    assert telegram.calls["setMyCommands"] == 1


SENT = {"chat_id": A_PERSON, "text": "一"}
ENTITY = {"type": "bold", "offset": 0, "length": 1}
BUTTON = {"text": "一", "callback_data": "a"}


def keys(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return SENT | {"reply_markup": {"inline_keyboard": list(rows)}}


@pytest.mark.parametrize(
    "params",
    [
        SENT | {"text": "字" * 4096},
        SENT | {"text": "🙂" * 2048},
        SENT | {"text": "  一  ", "entities": [ENTITY | {"offset": 2, "length": 3}]},
        SENT | {"text": "一" * 100, "entities": [ENTITY | {"offset": n} for n in range(100)]},
        keys([BUTTON] * 8, [BUTTON] * 8),
        keys([BUTTON | {"callback_data": "字" * 21}], []),
    ],
)
async def test_what_just_fits_is_taken(telegram: TelegramEmulator, params: dict[str, Any]) -> None:
    await telegram.person(A_PERSON).start()
    assert (await call(telegram, "sendMessage", **params))["status"] == 200


@pytest.mark.parametrize(
    ("params", "why"),
    [
        (SENT | {"text": "字" * 4097}, "message is too long"),
        (SENT | {"text": "🙂" * 2049}, "message is too long"),
        (SENT | {"text": " \n "}, "message text is empty"),
        (SENT | {"text": "一", "entities": [ENTITY | {"offset": 1}]}, "outside of the text"),
        (SENT | {"text": "🙂", "entities": [ENTITY]}, "middle of a character"),
        (SENT | {"entities": [ENTITY | {"type": "shiny"}]}, "unsupported entity type"),
        (SENT | {"entities": [ENTITY] * 101}, "too many entities"),
        (SENT | {"entities": "[{"}, "can't parse"),
        (SENT | {"chat_id": "", "text": "一"}, "not a valid Integer"),
        (keys([BUTTON] * 9), "reply markup is too long"),
        (keys(*[[BUTTON] * 8] * 13), "reply markup is too long"),
        (keys([BUTTON | {"callback_data": "a" * 65}]), "BUTTON_DATA_INVALID"),
        (keys([BUTTON | {"callback_data": "字" * 22}]), "BUTTON_DATA_INVALID"),
        (keys([BUTTON | {"callback_data": ""}]), "BUTTON_DATA_INVALID"),
        (keys([BUTTON | {"text": " "}]), "button text must be non-empty"),
        (keys([{"text": "一"}]), "text buttons are unallowed"),
        (keys([{"text": "一", "url": "/api/files/1"}]), "Wrong HTTP URL"),
        (keys([{"text": "一", "url": "http://localhost:8000/"}]), "Wrong HTTP URL"),
        (SENT | {"chat_id": 999}, "chat not found"),
    ],
)
async def test_what_does_not_fit_is_refused(telegram: TelegramEmulator, params: dict[str, Any], why: str) -> None:
    await telegram.person(A_PERSON).start()
    answer = await call(telegram, "sendMessage", **params)
    assert (answer["status"], answer["ok"], answer["error_code"]) == (400, False, 400)
    assert why in answer["description"]
    assert not telegram.effects()


async def test_files_have_limits_too(telegram: TelegramEmulator, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="too big"):
        await bot.send_photo(A_PERSON, PNG + bytes(10 << 20))
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(A_PERSON, b"no picture")
    with pytest.raises(BadRequest, match="non-empty"):
        await bot.send_document(A_PERSON, InputFile(b"", "a.txt"))
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_document(A_PERSON, b"a", caption="字" * 1025)
    with pytest.raises(BadRequest, match="rong file identifier"):
        await bot.send_document(A_PERSON, "file-999")


async def test_only_whoever_pressed_start_and_did_not_leave_is_reached(telegram: TelegramEmulator, bot: Bot) -> None:
    stranger, person = telegram.person(502), telegram.person(A_PERSON)
    with pytest.raises(Forbidden, match="can't initiate"):
        await bot.send_message(stranger.id, "一")
    await person.block()
    with pytest.raises(Forbidden, match="blocked"):
        await bot.send_message(A_PERSON, "一")
    await person.unblock()
    await bot.send_message(A_PERSON, "一")
    await person.deactivate()
    with pytest.raises(Forbidden, match="deactivated"):
        await bot.send_message(A_PERSON, "一")


async def test_a_wrong_or_revoked_token_is_401_and_an_unknown_method_404(telegram: TelegramEmulator, bot: Bot) -> None:
    assert (await call(telegram, "sendDreams", chat_id=A_PERSON))["status"] == 404
    good, telegram.token = telegram.token, "1:another"
    with pytest.raises(InvalidToken):
        await bot.send_message(A_PERSON, "一")
    telegram.token = good
    telegram.revoke()
    with pytest.raises(InvalidToken):
        await bot.send_message(A_PERSON, "一")


async def test_a_group_moves_and_a_bot_leaves(telegram: TelegramEmulator, bot: Bot) -> None:
    group, person = telegram.group(-7), telegram.person(A_PERSON)
    with pytest.raises(Forbidden, match="not a member"):
        await bot.send_message(-7, "一")
    await group.add_bot(person)
    await bot.send_message(-7, "一")
    await group.become(-100_7, person)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(-7, "二")
    assert moved.value.new_chat_id == -100_7
    await bot.send_message(-100_7, "二")
    assert await bot.leave_chat(-100_7)
    with pytest.raises(Forbidden):
        await bot.send_message(-100_7, "三")
    assert [one.text for one in group.seen] == ["一"]


async def test_more_than_so_many_in_a_sliding_second_is_429() -> None:
    ticks = [0.0]
    async with TelegramEmulator(overall=3, per_chat=2, ticks=lambda: ticks[0]) as telegram:
        for chat in (1, 2):
            await telegram.person(chat).start()

        async def sent(chat: int, at: float) -> int:
            ticks[0] = at
            return int((await call(telegram, "sendMessage", chat_id=chat, text="一"))["status"])

        assert [await sent(chat, at) for chat, at in [(1, 0.0), (1, 0.1), (1, 0.2), (2, 0.3)]] == [200, 200, 429, 200]
        assert [await sent(chat, at) for chat, at in [(2, 0.9), (2, 1.01), (1, 1.02), (1, 1.11)]] == [
            429,
            200,
            429,
            200,
        ]
        assert telegram.flood.refused == 3
        async with Bot(telegram.token, f"{telegram.url}/bot") as bot:
            with pytest.raises(RetryAfter) as refused:
                await bot.send_message(2, "一")
        assert refused.value.retry_after == timedelta(seconds=1)


async def test_faults_come_when_they_are_asked_for(telegram: TelegramEmulator, bot: Bot) -> None:
    person = telegram.person(A_PERSON)
    for how, arrives in [(ERROR, 0), (RESET, 0), (CUT, 1)]:
        telegram.faults.fail(how, "sendMessage", chat_id=A_PERSON)
        with pytest.raises(NetworkError):
            await bot.send_message(A_PERSON, how)
        assert len([one for one in person.seen if one.text == how]) == arrives
    hanging = telegram.faults.fail(HANG)
    with pytest.raises(TimedOut):
        await bot.send_message(A_PERSON, HANG, read_timeout=0.05)
    assert hanging.reached.is_set()
    telegram.faults.fail(ApiError(429, "Too Many Requests: retry after 7", retry_after=7), times=1)
    with pytest.raises(RetryAfter):
        await bot.send_message(A_PERSON, "一")
    await bot.send_message(A_PERSON, "完")
    assert [one.text for one in person.seen] == [CUT, "完"]


async def test_faults_by_chance_are_the_same_each_time(telegram: TelegramEmulator) -> None:
    await telegram.person(A_PERSON).start()
    went = []
    telegram.flood.overall = None
    for _ in range(2):
        telegram.faults.by_chance({ERROR: 0.3}, seed=5)
        async with aiohttp.ClientSession() as session:
            url = f"{telegram.url}/bot{telegram.token}/sendMessage"
            for _ in range(40):
                async with session.post(url, data={"chat_id": A_PERSON, "text": "一"}) as answer:
                    went.append(answer.status)
    assert went[:40] == went[40:]
    assert 5 < went.count(500) // 2 < 20


async def test_it_goes_away_and_comes_back(telegram: TelegramEmulator, bot: Bot) -> None:
    await bot.send_message(A_PERSON, "一")
    await telegram.offline()
    with pytest.raises(NetworkError):
        await bot.send_message(A_PERSON, "二")
    await telegram.online()
    await bot.send_message(A_PERSON, "三")
    assert [one.text for one in telegram.person(A_PERSON).seen] == ["一", "三"]


async def test_a_file_is_fetched_up_to_20_mb(telegram: TelegramEmulator, bot: Bot, clock: Clock) -> None:
    person = telegram.person(A_PERSON)
    data = bytes(range(256)) * 1000
    sent = await person.send_document("佐证.pdf", data)
    huge = await person.send_document("录像.mp4", b"", size=(20 << 20) + 1)
    assert sent.document is not None
    assert huge.document is not None
    file = await bot.get_file(sent.document.id)
    assert await file.download_as_bytearray() == data
    async with aiohttp.ClientSession() as session:
        for begin, status in [(1000, 206), (len(data), 416)]:
            async with session.get(str(file.file_path), headers={"Range": f"bytes={begin}-"}) as answer:
                assert answer.status == status
                assert await answer.read() == data[begin:]
    telegram.faults.fail(CUT, "file")
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    with pytest.raises(BadRequest, match="too big"):
        await bot.get_file(huge.document.id)
    clock.time += timedelta(hours=2)
    with pytest.raises(InvalidToken):
        await file.download_as_bytearray()
