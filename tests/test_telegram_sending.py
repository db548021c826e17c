"""How messages reach a chat: cut, in place of older ones, with pictures and files; and what each refusal comes to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.actions import Made, Stored
from bot.channels import Channel, Gone, More, NotReached, Refused, SlowDown, Surroundings, Unknown
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.outcomes import outcome
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.transport import NotConnected
from bot.files import FileStore
from bot.rows import Sent
from tests.emulators.telegram import TOKEN, ApiError, Person, TelegramEmulator
from tests.platform_service import no_pause
from tests.sample_files import jpg, png
from tests.world import FrozenClock, the_words

pytestmark = pytest.mark.anyio
BUTTONS = [[["符合", "a-1-0-v.met", True], ["返回", "back-0-0", False]]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Bench:
    """A channel with nothing behind it, somebody to write to, and the files that messages may show."""

    def __init__(self, telegram: TelegramEmulator, folder: Path) -> None:
        self.telegram = telegram
        self.someone: Person = telegram.person(501)
        self.someone.chat.opened = True
        self.store = FileStore(folder / "evidence")
        self.files: dict[str, Stored | Made] = {}
        settings = TelegramSettings(_env_file=None, token=TOKEN, api=telegram.url)  # type: ignore[call-arg]
        self.channel: Channel = TelegramChannel(settings, no_pause)
        self._count = 0

    async def start(self) -> None:
        async def receive(_: Any) -> list[Any]:
            return []

        async def file(address: str, url: str) -> Stored | Made | None:
            assert address == "501"
            return self.files.get(url)

        around: Any = Surroundings(receive, file, self.store, the_words(), FrozenClock(), shared=None)  # type: ignore[arg-type]
        await self.channel.start(around)

    def row(self, *parts: tuple[str, str], replaces: str | None = None, **body: Any) -> Sent:
        self._count += 1
        told = {"parts": [list(part) for part in parts]} | body
        return Sent(self._count, "message", "telegram", 1, "501", told, replaces=replaces)

    async def say(self, *parts: tuple[str, str], **more: Any) -> str | None:
        return await self.send(self.row(*parts, **more))

    async def send(self, row: Sent) -> str | None:
        """As the outbox does it: a piece at a time."""
        while True:
            with suppress(More):
                return await self.channel.send(row)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with TelegramEmulator(overall=None) as telegram:
        bench = Bench(telegram, tmp_path)
        await bench.start()
        yield bench
        await bench.channel.stop()


async def test_official_wording_is_set_off_as_a_quotation(bench: Bench) -> None:
    reference = await bench.say(("text", "第 11/60 项🙂"), ("quote", "政务服务……"), ("text", "情况？"), buttons=BUTTONS)
    [message] = bench.someone.seen
    assert str(message.id) == reference
    assert message.text == "第 11/60 项🙂\n政务服务……\n情况？"
    assert message.marked("blockquote") == ["政务服务……"]
    assert message.buttons == [[("符合", "a-1-0-v.met"), ("返回", "back-0-0")]]


async def test_a_long_text_is_several_messages_its_buttons_on_the_last(bench: Bench) -> None:
    text = "\n".join("法治工作" * 30 for _ in range(90))
    reference = await bench.say(("text", text), buttons=BUTTONS)
    assert "\n".join(one.text for one in bench.someone.seen) == text
    assert [bool(one.buttons) for one in bench.someone.seen] == [False, False, True]
    assert reference == str(bench.someone.seen[-1].id)


async def test_a_long_text_that_broke_off_goes_on_where_it_stopped(bench: Bench) -> None:
    row = bench.row(("text", "\n".join("法治工作" * 30 for _ in range(90))), buttons=BUTTONS)
    await bench.say(("text", "先前的"))
    calls = count(1)
    fault = bench.telegram.faults.fail(ApiError(429, "Too Many Requests: retry after 3", retry_after=3))
    fault.concerns = lambda call: next(calls) == 2  # type: ignore[method-assign]
    with pytest.raises(SlowDown) as slow:
        await bench.send(row)
    assert slow.value.seconds == 3
    await bench.send(row)
    assert len(bench.someone.seen) == 4
    assert len({one.text for one in bench.someone.seen}) == 3


async def test_a_card_is_edited_in_place(bench: Bench) -> None:
    first = await bench.say(("text", "可多选"), buttons=BUTTONS)
    assert await bench.say(("quote", "可多选 ✓"), replaces=first) == first
    [message] = bench.someone.seen
    assert (message.text, message.buttons, message.marked("blockquote")) == ("可多选 ✓", [], ["可多选 ✓"])
    assert await bench.say(("quote", "可多选 ✓"), replaces=first) == first
    assert message.edits == 1


@pytest.mark.parametrize("why", ["deleted", "a picture", "too long", "never there"])
async def test_where_it_cannot_be_edited_a_new_message_says_it(bench: Bench, why: str) -> None:
    first = await bench.say(("text", "可多选"), buttons=BUTTONS)
    if why == "deleted":
        bench.someone.seen[0].deleted = True
    elif why == "a picture":
        bench.someone.seen[0].photo = bench.telegram.ledger.keep("照片.jpg", b"")
    replaces = "4711" if why == "never there" else first
    text = "已选" * 2500 if why == "too long" else "已选"
    reference = await bench.say(("text", text), replaces=replaces, buttons=BUTTONS)
    assert reference == str(bench.someone.seen[-1].id) != first
    assert bench.someone.seen[-1].buttons


@pytest.mark.parametrize(("content", "mime"), [(png(800, 600), "image/png"), (jpg(), "image/jpeg")])
async def test_a_picture_with_what_is_said_of_it(bench: Bench, content: bytes, mime: str) -> None:
    bench.files["/api/files/progress/1"] = Made(content, "图", mime)
    reference = await bench.say(("text", "进度"), ("quote", "原文"), picture="/api/files/progress/1", buttons=BUTTONS)
    [message] = bench.someone.seen
    assert message.photo is not None
    assert message.photo.data == content
    assert (str(message.id), message.text, message.marked("blockquote")) == (reference, "进度\n原文", ["原文"])
    assert message.buttons


async def test_a_picture_with_more_said_of_it_than_a_caption_holds(bench: Bench) -> None:
    sha256 = bench.store.keep(png(80, 60))
    bench.files["/p"] = Stored(sha256, "公示栏.png", "image/png")
    await bench.say(("text", "进" * 1025), picture="/p", buttons=BUTTONS)
    picture, text = bench.someone.seen
    assert (picture.photo is not None, picture.text, picture.buttons) == (True, "", [])
    assert (text.text, bool(text.buttons)) == ("进" * 1025, True)


@pytest.mark.parametrize(
    ("content", "mime"), [(png(9000, 100), "image/png"), (b"no picture", "image/jpeg"), (b"heic", "image/heic")]
)
async def test_a_picture_that_telegram_does_not_show_is_a_file(bench: Bench, content: bytes, mime: str) -> None:
    bench.files["/p"] = Made(content, "公示栏.png", mime)
    await bench.say(("text", "看"), picture="/p", buttons=BUTTONS)
    [message] = bench.someone.seen
    assert message.document is not None
    assert (message.document.name, message.text, bool(message.buttons)) == ("公示栏.png", "看", True)


async def test_a_picture_that_does_not_get_through_is_left_out_of_the_next_attempt(bench: Bench) -> None:
    bench.files["/p"] = Made(png(80, 60), "公示栏.png", "image/png")
    row = bench.row(("text", "看"), picture="/p", buttons=BUTTONS)
    bench.telegram.faults.fail("reset", "sendPhoto")
    with pytest.raises(Unknown):
        await bench.send(row)
    await bench.send(row)
    [message] = bench.someone.seen
    assert (message.text, message.photo, bool(message.buttons)) == ("看", None, True)


async def test_a_long_text_is_whole_though_its_picture_was_taken_back_half_way(bench: Bench) -> None:
    bench.files["/p"] = Made(png(80, 60), "公示栏.png", "image/png")
    row = bench.row(("text", "一" * 3000 + "\n" + "二" * 3000), picture="/p")
    for _ in range(2):
        with pytest.raises(More):
            await bench.channel.send(row)
    bench.files.clear()
    await bench.send(row)
    assert "".join(one.text for one in bench.someone.seen) == "一" * 3000 + "二" * 3000


async def test_a_picture_that_is_not_its_readers_is_left_out(bench: Bench) -> None:
    await bench.say(("text", "看"), picture="/p")
    bench.files["/gone"] = Stored("0" * 64, "没有了.png", "image/png")
    await bench.say(("text", "看"), picture="/gone")
    assert [(one.text, one.photo, one.document) for one in bench.someone.seen] == [("看", None, None)] * 2


async def test_a_file_comes_under_its_own_name(bench: Bench) -> None:
    bench.files["/f"] = Made(b"content", "1.xlsx", "application/x")
    file = {"name": "名册 模板（2026）.xlsx", "size": None, "url": "/f"}
    await bench.say(("text", "请按模板填写："), file=file)
    [message] = bench.someone.seen
    assert message.document is not None
    assert (message.document.name, message.document.data) == ("名册 模板（2026）.xlsx", b"content")


async def test_what_should_not_stand_in_the_chat_is_taken_out_as_far_as_that_can_be_done(bench: Bench) -> None:
    typed = await bench.someone.say("13800000000")
    await bench.say(("text", "已收到"), wipes=str(typed.id))
    await bench.say(("text", "已收到"), wipes="4711")
    assert typed.deleted
    assert len(bench.someone.seen) == 2


async def test_links_are_shown_to_nobody_but_their_reader(bench: Bench) -> None:
    calls: list[dict[str, Any]] = []
    real = bench.channel._api.call  # type: ignore[attr-defined]

    async def call(method: str, **parameters: Any) -> Any:
        calls.append(parameters)
        return await real(method, **parameters)

    bench.channel._api.call = call  # type: ignore[attr-defined]
    await bench.say(("text", "https://fz.example.gov.cn/enter#abc"))
    assert calls[0]["link_preview_options"] == {"is_disabled": True}


async def test_leaving_a_group_after_saying_why(bench: Bench) -> None:
    group = bench.telegram.group(-77)
    await group.add_bot(bench.someone)
    row = Sent(9, "message", "telegram", None, "-77", {"parts": [["text", "请单独对话"]], "leave": True})
    await bench.channel.send(row)
    await bench.channel.send(Sent(10, "message", "telegram", None, "-77", {"parts": [], "leave": True}))
    assert [one.text for one in group.seen] == ["请单独对话"]
    assert not group.chat.opened


async def _blocked(bench: Bench) -> None:
    bench.someone.chat.blocked = True


async def _unknown(bench: Bench) -> None:
    bench.telegram.ledger.chats.clear()


async def _moved(bench: Bench) -> None:
    bench.someone.chat.moved_to = -1001


def _fault(how: Any, method: str | None = "sendMessage") -> Callable[[Bench], Awaitable[None]]:
    async def fail(bench: Bench) -> None:
        bench.telegram.faults.fail(how, method)

    return fail


async def _offline(bench: Bench) -> None:
    await bench.telegram.offline()


async def _revoked(bench: Bench) -> None:
    bench.telegram.revoke()


@pytest.mark.parametrize(
    ("happens", "comes_to"),
    [
        (_blocked, Gone), (_unknown, Gone), (_moved, Gone),
        (_fault(ApiError(403, "Forbidden: user is deactivated")), Gone),
        (_fault(ApiError(429, "Too Many Requests: retry after 7", retry_after=7)), SlowDown),
        (_revoked, SlowDown), (_fault(ApiError(404, "Not Found")), SlowDown),
        (_fault(ApiError(400, "Bad Request: BUTTON_DATA_INVALID")), Refused),
        (_fault("error"), Unknown), (_fault("cut"), Unknown), (_fault("reset"), Unknown),
        (_fault(ApiError(502, "Bad Gateway")), Unknown),
        (_offline, NotReached),
    ],
)  # fmt: skip
async def test_what_goes_wrong_comes_to_one_of_five_outcomes(
    bench: Bench, happens: Callable[[Bench], Awaitable[None]], comes_to: type[Exception]
) -> None:
    await happens(bench)
    with pytest.raises(comes_to):
        await bench.say(("text", "菜单"), buttons=BUTTONS)


@pytest.mark.parametrize(
    ("error", "comes_to"),
    [
        (RetryAfter(5), SlowDown), (InvalidToken(), SlowDown), (Forbidden("x"), Gone), (ChatMigrated(-1), Gone),
        (BadRequest("Chat not found"), Gone), (BadRequest("anything else"), Refused), (Conflict("x"), NotReached),
        (NotConnected("x"), NotReached), (TimedOut(), Unknown), (NetworkError("x"), Unknown), (TelegramError("x"), Unknown),
    ],
)  # fmt: skip
async def test_every_error_of_the_library_has_its_outcome(error: TelegramError, comes_to: type[Exception]) -> None:
    assert type(outcome(error)) is comes_to


async def test_more_buttons_than_telegram_shows_are_refused(bench: Bench) -> None:
    with pytest.raises(Refused):
        await bench.say(("text", "选"), buttons=[[["一", f"a-{number}-0", False]] for number in range(101)])
    assert bench.someone.seen == []
