"""What goes to members: in pieces that fit, once, in place of older cards; and what each errcode leads to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.actions import Made, Stored
from bot.channels import Gone, More, NotReached, Refused, SlowDown, Surroundings, Unknown
from bot.channels.wecom import WeComChannel, outcomes
from bot.channels.wecom.api import Alone
from bot.channels.wecom.media import MOST_FILE
from bot.channels.wecom.outcomes import ApiError, Pauses, outcome
from bot.channels.wecom.reference import Reference
from bot.files import FileStore
from bot.turn import Sent
from models.outgoing import Urgency
from tests.emulators.wecom import Member, WeComEmulator
from tests.sample_files import png
from tests.wecom_service import no_pause, settings
from tests.world import BEGINNING, SITE, FrozenClock, the_words

pytestmark = pytest.mark.anyio
BUTTONS = [[("符合", "a-1-0-yes", True), ("不符合", "a-1-0-no", False)]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Case:
    """The channel alone, and somebody at the other end."""

    def __init__(self, folder: Path, wecom: WeComEmulator) -> None:
        self.wecom = wecom
        self.clock: FrozenClock = wecom.ledger.clock  # type: ignore[assignment]
        self.store = FileStore(folder / "evidence")
        self.files: dict[str, Stored | Made] = {}
        self.channel = WeComChannel(settings(wecom.url), no_pause)
        self.someone: Member = wecom.member("zhangsan")
        self._number = 0

    async def start(self) -> None:
        async def receive(inbound: Any) -> list[Any]:
            return []

        async def file(address: str, url: str) -> Stored | Made | None:
            return self.files.get(url)

        await self.channel.start(Surroundings(receive, file, self.store, the_words(), self.clock, Alone()))

    def row(self, text: str = "您好。", address: str = "zhangsan", **more: Any) -> Sent:
        self._number += 1
        about = {name: more.pop(name) for name in ("urgency", "replaces", "attempt", "lease") if name in more}
        body = {"parts": [("text", text)] if text else []} | more
        return Sent(self._number, "message", "wecom", 1, address, body, due=BEGINNING, **about)

    async def bring(self, row: Sent) -> str | None:
        """Bring a row, all its pieces."""
        while True:
            try:
                return await self.channel.send(row)
            except More:
                pass


@asynccontextmanager
async def case(folder: Path) -> AsyncIterator[Case]:
    async with WeComEmulator(FrozenClock(), windows=()) as wecom:
        found = Case(folder, wecom)
        await found.start()
        try:
            yield found
        finally:
            await found.channel.stop()


async def test_a_long_text_comes_whole_in_pieces_each_of_which_is_a_message(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        row = here.row("\n".join(["长" * 300] * 5))
        with pytest.raises(More):
            await here.channel.send(row)
        await here.bring(row)
        assert "\n".join(one.text for one in here.someone.seen) == row.body["parts"][0][1]
        assert len(here.someone.seen) == 3


async def test_a_piece_that_is_there_does_not_come_again(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        row = here.row("\n".join(["长" * 300] * 5))
        with pytest.raises(More):
            await here.channel.send(row)
        here.wecom.faults.fail("error", "message/send")
        with pytest.raises(Unknown):
            await here.channel.send(row)
        await here.bring(row)
        assert len(here.someone.seen) == 3


async def test_a_card_carries_its_buttons_and_can_be_changed_by_the_code_of_its_sending_once(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        reference = await here.bring(here.row("本单位情况？", buttons=BUTTONS, of=(1, "x")))
        assert reference is not None
        assert all((Reference.read(reference).message, Reference.read(reference).task, Reference.read(reference).code))
        card = here.someone.seen[-1]
        again = await here.bring(here.row("现在呢？", buttons=BUTTONS, replaces=reference))
        assert (len(here.someone.seen), card.words, card.updates) == (1, "现在呢？", 1)
        assert again == str(Reference(card.id, card.task))
        await here.bring(here.row("还有呢？", buttons=BUTTONS, replaces=again))
        assert card.recalled
        assert here.someone.seen[-1].words == "还有呢？"


async def test_a_card_is_not_changed_after_three_days(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        reference = await here.bring(here.row("本单位情况？", buttons=BUTTONS))
        here.clock.pass_(hours=73)
        await here.bring(here.row("现在呢？", buttons=BUTTONS, replaces=reference))
        assert [one.words for one in here.someone.seen] == ["本单位情况？", "现在呢？"]


async def test_below_a_text_that_stays_the_same_only_the_card_is_changed(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        parts = [("text", "审核任务〔2026〕1号"), ("quote", "原文" * 30), ("text", "待答复。")]
        first = here.row(buttons=BUTTONS)
        first.body["parts"] = parts
        reference = await here.bring(first)
        for state in ("办理中。", "已提交。\n各项均合法。"):
            row = here.row(buttons=BUTTONS, replaces=reference)
            row.body["parts"] = [*parts[:2], ("text", state)]
            reference = await here.bring(row)
            if state == "办理中。":
                assert [one.words for one in here.someone.seen][1:] == [state]
                assert here.someone.seen[-1].updates == 1
        other = here.row(buttons=BUTTONS, replaces=reference)
        other.body["parts"] = [("text", "审核任务〔2026〕2号"), *parts[1:]]
        await here.bring(other)
        assert here.someone.seen[-1].words == "待答复。"
        assert here.someone.seen[-2].text.startswith("审核任务〔2026〕2号")


async def test_what_is_settled_stands_in_the_place_of_its_card(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        reference = await here.bring(here.row("待备案。", buttons=BUTTONS))
        await here.bring(here.row("已备案。", replaces=reference))
        assert [(one.words, one.buttons) for one in here.someone.seen] == [("已备案。", [])]
        await here.bring(here.row("改过了。", replaces="msg-unknown"))
        assert here.someone.seen[-1].text == "改过了。"


async def test_a_card_that_is_not_taken_comes_as_numbered_text(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.wecom.faults.fail(42040, "message/send")
        await here.bring(here.row("本单位情况？\n请选。", buttons=BUTTONS))
        assert here.someone.seen[-1].text == "本单位情况？\n请选。\n请回复序号：\n1 符合\n2 不符合"


async def test_what_is_no_reply_is_the_same_at_every_attempt_and_comes_once(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        for buttons in ({}, {"buttons": BUTTONS}):
            row = here.row("今天有3件事。", urgency=Urgency.REMINDER, **buttons)
            here.wecom.faults.fail("cut", "message/send")
            with pytest.raises(Unknown):
                await here.bring(row)
            row.attempt, row.lease = 1, 2
            await here.bring(row)
        assert len(here.someone.seen) == 2


async def test_two_rows_that_say_the_same_are_both_shown(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        for _ in range(3):
            await here.bring(
                here.row("审核任务〔2026〕1号\n" + "长" * 200 + "\n请审定。", urgency=Urgency.NOTICE, buttons=BUTTONS)
            )
        assert [one.kind for one in here.someone.seen] == ["text", "template_card"] * 3


async def test_a_reply_may_be_said_twice(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        for _ in range(2):
            await here.bring(here.row("请回复1或2。"))
        assert len(here.someone.seen) == 2


async def test_pictures_are_shown_and_uploaded_once_in_three_days(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.files["/p"] = Stored(here.store.keep(png(40, 40)), "进度.png", "image/png")
        for _ in range(2):
            await here.bring(here.row("进度", picture="/p", buttons=BUTTONS))
        assert [one.kind for one in here.someone.seen] == ["image", "template_card"] * 2
        assert here.wecom.calls["media/upload"] == 1
        here.clock.pass_(hours=72)
        await here.bring(here.row("进度", picture="/p"))
        assert here.wecom.calls["media/upload"] == 2


async def test_what_was_uploaded_and_is_gone_is_uploaded_again(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.files["/p"] = Stored(here.store.keep(png(40, 40)), "进度.png", "image/png")
        await here.bring(here.row("", picture="/p"))
        here.wecom.ledger.media.clear()
        await here.bring(here.row("", picture="/p"))
        assert [one.kind for one in here.someone.seen] == ["image"] * 2


async def test_documents_come_as_files_and_larger_ones_as_a_way_to_the_page(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.files["/api/files/x/1"] = Made(b"x" * 100, "花名册.xlsx", "application/x")
        await here.bring(here.row("花名册", file={"name": "花名册.xlsx", "url": "/api/files/x/1"}))
        assert [(one.kind, one.file) for one in here.someone.seen] == [("file", "花名册.xlsx"), ("text", "")]
        here.files["/api/files/x/2"] = Made(bytes(MOST_FILE + 1), "大.zip", "application/x")
        await here.bring(here.row("材料", file={"name": "大.zip", "url": "/api/files/x/2"}))
        assert f"{SITE}/wecom/enter?to=%2Fapi%2Ffiles%2Fx%2F2" in here.someone.seen[-1].text


async def test_the_link_of_an_upload_page_is_not_sent_but_the_way_to_it(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row(f"请打开：\n{SITE}/upload#abc-DEF_1\n勿转发。"))
        assert here.someone.seen[-1].text == f"请打开：\n{SITE}/wecom/upload\n勿转发。"


async def test_a_page_with_what_is_kept_inside_is_opened_by_whoever_wecom_says(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row(f"请打开：\n{SITE}/view/matter.1a.2b.3c.a_b-C\n10分钟内有效。"))
        assert (
            here.someone.seen[-1].text
            == f"请打开：\n{SITE}/wecom/enter?to=%2Fview%2Fmatter.1a.2b.3c.a_b-C\n10分钟内有效。"
        )


async def test_a_message_is_called_back_within_a_day(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        first, second = [await here.bring(here.row()) or "" for _ in range(2)]
        assert await here.channel.recall(first)
        assert len(here.someone.seen) == 1
        here.clock.pass_(hours=25)
        assert not await here.channel.recall(second)


# Outcomes


async def test_whoever_may_not_see_the_app_or_has_no_licence_is_gone(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        with pytest.raises(Gone):
            await here.bring(here.row(address="nobody"))
        here.someone.account.licensed = False
        with pytest.raises(Gone):
            await here.bring(here.row())
        here.someone.account.licensed, here.someone.account.visible = True, False
        with pytest.raises(Gone):
            await here.bring(here.row())
        here.someone.account.visible = True
        await here.bring(here.row(address="ZhangSan"))
        assert len(here.someone.seen) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1, Unknown), (40003, Gone), (60111, Gone), (60011, Gone), (81013, Gone), (60020, SlowDown), (48002, SlowDown),
        (301002, SlowDown), (45009, SlowDown), (45033, SlowDown), (40035, Refused), (44004, Refused), (45002, Refused),
        (40204, Refused), (82004, Refused), (99999, Refused),
    ],
)  # fmt: skip
async def test_what_each_errcode_leads_to(code: int, kind: type[Exception], tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.wecom.faults.fail(code, "message/send")
        with pytest.raises(kind):
            await here.bring(here.row())


async def test_every_named_errcode_has_its_outcome() -> None:
    for name in ("CONFIGURATION", "NOBODY", "BLOCKED"):
        for code in getattr(outcomes, name):
            found = outcome(ApiError(code), Pauses(FrozenClock()))
            assert isinstance(found, {"CONFIGURATION": SlowDown, "NOBODY": Gone, "BLOCKED": Refused}[name]), code


async def test_told_that_it_was_too_often_it_waits_longer_each_time_until_something_gets_through(
    tmp_path: Path,
) -> None:
    async with case(tmp_path) as here:
        here.wecom.faults.fail(45009, "message/send", times=10)
        waits = []
        for _ in range(5):
            with pytest.raises(SlowDown) as slow:
                await here.bring(here.row())
            waits.append(slow.value.seconds)
            with pytest.raises(SlowDown) as slow:  # what was on its way meanwhile
                await here.bring(here.row())
            assert slow.value.seconds == waits[-1]
            here.clock.pass_(seconds=waits[-1])
        assert waits == [60, 240, 960, 3600, 3600]
        await here.bring(here.row())
        here.wecom.faults.fail(45009, "message/send")
        with pytest.raises(SlowDown) as slow:
            await here.bring(here.row())
        assert slow.value.seconds == 60


@pytest.mark.parametrize(("how", "kind"), [("error", Unknown), ("reset", Unknown), ("cut", Unknown)])
async def test_an_answer_that_does_not_come(how: str, kind: type[Exception], tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row())  # the token is here
        here.wecom.faults.fail(how, "message/send")
        with pytest.raises(kind):
            await here.bring(here.row())


async def test_without_a_network_nothing_is_sent_for_certain(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row())
        await here.wecom.offline()
        with pytest.raises(NotReached):
            await here.bring(here.row())
        await here.wecom.online()
        await here.bring(here.row())


# The token


async def test_the_token_is_fetched_once_by_however_many(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await asyncio.gather(*(here.bring(here.row()) for _ in range(20)))
        assert here.wecom.calls["gettoken"] == 1
        assert len(here.someone.seen) == 20


async def test_it_is_renewed_before_its_end(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row())
        here.clock.pass_(seconds=7200 - 299)
        await here.bring(here.row())
        assert here.wecom.calls["gettoken"] == 2


async def test_a_token_that_is_refused_is_replaced_once_for_all_who_have_it(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row())
        here.wecom.invalidate()
        await asyncio.gather(*(here.bring(here.row()) for _ in range(20)))
        assert here.wecom.calls["gettoken"] == 2
        assert len(here.someone.seen) == 21


async def test_a_token_that_is_refused_twice_is_the_operators_concern(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.wecom.faults.fail(42001, "message/send", times=2)
        with pytest.raises(SlowDown):
            await here.bring(here.row())
        await here.bring(here.row())


async def test_a_wrong_secret_is_tried_once_an_hour(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.wecom.secret = "another"
        here.wecom.calls.clear()
        here.channel._api._tokens._token = ""
        for _ in range(5):
            with pytest.raises(SlowDown):
                await here.bring(here.row())
        assert here.wecom.calls["gettoken"] <= 1
        here.wecom.secret = settings("").secret
        here.clock.pass_(seconds=3601)
        await here.bring(here.row())


@pytest.mark.parametrize("how", ["error", "reset", "cut", -1])
async def test_without_a_token_nothing_is_sent_for_certain(how: Any, tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        await here.bring(here.row())
        here.clock.pass_(hours=2)
        fault = here.wecom.faults.fail(how, "gettoken", times=3)  # what only asks, aiohttp tries again by itself
        with pytest.raises(NotReached):
            await here.bring(here.row())
        fault.left = 0
        await here.bring(here.row())


def test_the_duplicate_check_lasts_longer_than_it_is_tried_again() -> None:
    from bot.channels.wecom.sending import CHECKED
    from bot.outbox.outcomes import PAUSES

    assert timedelta(seconds=sum(PAUSES)) < CHECKED <= timedelta(hours=4)
    assert WeComChannel.traits.remembers == CHECKED
