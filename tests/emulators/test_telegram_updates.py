"""What people do reaches the bot: fetched with getUpdates, or brought to its webhook until it says 2xx."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict

from tests.emulators.conftest import A_PERSON, Clock
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.test_telegram_calls import PNG, call

pytestmark = pytest.mark.anyio


# Fetched by getUpdates


async def test_updates_are_fetched_and_confirmed(telegram: TelegramEmulator, bot: Bot) -> None:
    person = telegram.person(A_PERSON)
    await person.say("一")
    await person.send_photo(PNG, "照片", album="x")
    await person.send_voice()
    await person.send_sticker()
    await person.send_location()
    updates = await bot.get_updates()
    assert [one.update_id for one in updates] == list(range(updates[0].update_id, updates[0].update_id + 6))
    start, text, photo, *others = [one.to_dict()["message"] for one in updates]
    assert (start["text"], text["text"], photo["media_group_id"]) == ("/start", "一", "x")
    assert [size["width"] for size in photo["photo"]] == [160, 640, 1280]
    assert all(kind in one for kind, one in zip(("voice", "sticker", "location"), others, strict=True))
    assert len(await bot.get_updates(limit=2)) == 2
    assert len(await bot.get_updates(offset=-1)) == 1
    assert await bot.get_updates(offset=updates[-1].update_id + 1) == ()
    await telegram.quiet(1)


async def test_a_long_poll_ends_with_the_next_update(telegram: TelegramEmulator, bot: Bot) -> None:
    await bot.get_updates(offset=telegram.deliveries.next_id)
    waiting = asyncio.create_task(bot.get_updates(timeout=30))
    while telegram.calls["getUpdates"] != 2:
        await asyncio.sleep(0)
    said = await telegram.person(A_PERSON).say("一")
    [update] = await waiting
    assert update.update_id == said.update_id


async def test_two_pollers_or_a_webhook_are_in_conflict(telegram: TelegramEmulator, bot: Bot) -> None:
    await bot.get_updates(offset=telegram.deliveries.next_id)
    first = asyncio.create_task(bot.get_updates(timeout=30))
    while telegram.deliveries._waiting is None:
        await asyncio.sleep(0)
    await call(telegram, "getUpdates")
    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await first
    await bot.set_webhook("https://a.example/hook")
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_a_delivery_comes_again_and_ids_jump(telegram: TelegramEmulator, bot: Bot) -> None:
    person = telegram.person(A_PERSON)
    said = await person.say("一")
    await bot.get_updates(offset=said.update_id + 1)
    telegram.redeliver(said.update_id)
    [again] = await bot.get_updates(offset=said.update_id + 1)
    assert again.update_id == said.update_id
    assert await bot.get_updates(offset=said.update_id + 1) == ()
    telegram.jump_ids()
    assert (await person.say("二")).update_id < said.update_id


async def test_a_press_is_answered_once_and_in_time(telegram: TelegramEmulator, bot: Bot, clock: Clock) -> None:
    person = telegram.person(A_PERSON)
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("符合", callback_data="a.1")]])
    await bot.send_message(A_PERSON, "一", reply_markup=keyboard)
    press = await person.press("符合")
    [*_, update] = await bot.get_updates()
    assert update.callback_query is not None
    assert update.callback_query.data == "a.1"
    await update.callback_query.answer("已记录")
    assert (press.answered, press.answer) == (True, "已记录")
    with pytest.raises(BadRequest, match="too old"):
        await update.callback_query.answer()
    late = await person.press("a.1")
    clock.time += timedelta(seconds=151)
    with pytest.raises(BadRequest, match="too old"):
        await bot.answer_callback_query(late.id)
    with pytest.raises(AssertionError, match="no button"):
        await person.press("不符合")


async def test_other_updates(telegram: TelegramEmulator, bot: Bot) -> None:
    person = telegram.person(A_PERSON)
    said = await person.say("一")
    await person.edit(said, "二")
    await person.block()
    await person.unblock()
    await telegram.group(-7).add_bot(person)
    await telegram.group(-7).say(person, "/菜单")
    telegram.update("poll_answer", {"poll_id": "1", "option_ids": [0], "option_persistent_ids": ["0"]})
    _, _, edited, *members, service, in_group, _ = [one.to_dict() for one in await bot.get_updates()]
    assert edited["edited_message"]["text"] == "二"
    changes = [one["my_chat_member"] for one in members]
    assert [one["new_chat_member"]["status"] for one in changes] == ["kicked", "member", "member"]
    assert [one["chat"]["type"] for one in changes] == ["private", "private", "group"]
    assert service["message"]["new_chat_members"]
    assert in_group["message"]["chat"]["id"] == -7


# Brought to a webhook


class Receiver:
    """A webhook that answers as it was told to, then 200."""

    def __init__(self) -> None:
        self.came: list[dict[str, Any]] = []
        self.secrets: list[str] = []
        self.answers: list[int | Exception] = []
        self.headers: dict[str, str] = {}
        self.body = b""

    async def __call__(self, _: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        update = json.loads(body)
        self.came.append(update)
        self.secrets.append(headers.get("X-Telegram-Bot-Api-Secret-Token", ""))
        answer = self.answers.pop(0) if self.answers and "message" in update else 200
        if isinstance(answer, Exception):
            raise answer
        return answer, self.headers, self.body

    def texts(self) -> list[str]:
        return [one["message"]["text"] for one in self.came if "message" in one]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def hooked(receiver: Receiver, clock: Clock) -> AsyncIterator[TelegramEmulator]:
    """An emulator that brings its updates to the receiver, and whose pauses pass at once on its clock."""

    async def pass_(seconds: float) -> None:
        clock.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async with TelegramEmulator(clock, sleep=pass_, post=receiver) as telegram:
        await call(telegram, "setWebhook", url="https://a.example/hook", secret_token="s-1")
        yield telegram


async def test_a_delivery_carries_the_secret(hooked: TelegramEmulator, receiver: Receiver) -> None:
    await hooked.person(A_PERSON).say("一")
    await hooked.quiet(1)
    assert (receiver.texts(), receiver.secrets) == (["一"], ["s-1"])
    assert (await call(hooked, "setWebhook", url="https://a.example", secret_token="不行"))["status"] == 400
    assert (await call(hooked, "setWebhook", url="http://a.example"))["status"] == 400
    assert (await call(hooked, "getWebhookInfo"))["result"]["url"] == "https://a.example/hook"


async def test_a_failing_delivery_is_repeated_ever_later_and_holds_back_its_chat(
    hooked: TelegramEmulator, receiver: Receiver
) -> None:
    receiver.answers = [500, ConnectionError(), 302, 404, 500, 500, 500, 500, 500]
    person = hooked.person(A_PERSON)
    for text in ("一", "二"):
        await person.say(text)
    await hooked.quiet(1)
    assert receiver.texts() == ["一"] * 10 + ["二"]
    assert hooked.deliveries.pauses[:7] == [0, 2, 4, 8, 16, 32, 64]
    assert all(60 <= pause <= 120 for pause in hooked.deliveries.pauses[6:])
    assert [how for _, how in hooked.deliveries.attempts][:4] == [500, "ConnectionError", 302, 404]


async def test_another_chat_and_a_press_overtake_a_failing_delivery(
    hooked: TelegramEmulator, receiver: Receiver
) -> None:
    held = asyncio.Event()
    hooked.deliveries.sleep = lambda _: held.wait()
    receiver.answers = [500]
    person, other = hooked.person(A_PERSON), hooked.person(502)
    first = await person.say("一")
    await person.press_data("a.1", first)
    await other.say("二")
    while len(receiver.came) < 3:
        await asyncio.sleep(0)
    assert receiver.texts() == ["一", "二"]
    held.set()
    await hooked.quiet(1)
    assert receiver.texts() == ["一", "二", "一"]


async def test_an_update_expires(hooked: TelegramEmulator, receiver: Receiver) -> None:
    receiver.answers = [500] * 2000
    said = await hooked.person(A_PERSON).say("一")
    await hooked.quiet(5)
    assert hooked.deliveries.expired == [said.update_id]
    assert 24 * 3600 <= sum(hooked.deliveries.pauses) < 24 * 3600 + 120


async def test_retry_after_sets_the_pause(hooked: TelegramEmulator, receiver: Receiver) -> None:
    receiver.answers, receiver.headers = [503, 503], {"retry-after": "30"}
    await hooked.person(A_PERSON).say("一")
    await hooked.quiet(1)
    assert hooked.deliveries.pauses == [30, 30]


async def test_a_method_in_the_answer_is_carried_out(hooked: TelegramEmulator, receiver: Receiver) -> None:
    receiver.headers = {"content-type": "application/json"}
    receiver.body = json.dumps({"method": "sendMessage", "chat_id": A_PERSON, "text": "收到"}).encode()
    await hooked.person(A_PERSON).say("一")
    await hooked.quiet(1)
    assert [(one.text, one.via) for one in hooked.effects()] == [("收到", "webhook")]
    receiver.body = json.dumps({"method": "deleteWebhook"}).encode()
    await hooked.person(A_PERSON).say("二")
    await hooked.quiet(1)
    assert hooked.deliveries.webhook is not None


async def test_over_real_http_what_waited_is_brought_in_order(telegram: TelegramEmulator) -> None:
    came = []

    async def take(request: web.Request) -> web.Response:
        came.append((await request.json())["message"]["text"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    person = telegram.person(A_PERSON)
    for text in ("一", "二", "三"):
        await person.say(text)
    await call(telegram, "setWebhook", url=f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    await telegram.quiet(2)
    await runner.cleanup()
    assert came == ["一", "二", "三"]


async def test_a_process_elsewhere_drives_it_over_http(telegram: TelegramEmulator) -> None:
    async with aiohttp.ClientSession(telegram.url) as session:
        async with session.post("/people/501/start", json={"payload": "CODE"}) as done:
            assert (await done.json())["update_id"]
        async with session.post(f"/bot{telegram.token}/sendMessage", data={"chat_id": 501, "text": "一"}):
            pass
        async with session.get("/people/501") as seen:
            assert [one["text"] for one in await seen.json()] == ["一"]
        async with session.get("/effects") as effects:
            assert len(await effects.json()) == 1
        async with session.get("/counters") as counters:
            assert (await counters.json())["calls"] == {"sendMessage": 1}
