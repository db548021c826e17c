"""What goes to members: in pieces that fit, once, in place of older cards."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.actions import Made, Stored
from bot.channels import More, Unknown
from bot.channels.wecom.media import MOST_FILE
from bot.channels.wecom.reference import Reference
from models.outgoing import Urgency
from tests.sample_files import png
from tests.wecom_sender import BUTTONS, case
from tests.world import SITE

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_long_text_comes_whole_in_pieces_each_of_which_is_a_message(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        row = here.row("\n".join(["长" * 300] * 5))
        with pytest.raises(More):
            await here.channel.send(row)
        await here.bring(row)
        assert "\n".join(one.text for one in here.someone.seen) == row.body["parts"][0][1]
        assert len(here.someone.seen) == 3


async def test_what_looks_like_an_escape_is_sent_as_it_was_written(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        for more in ({}, {"buttons": BUTTONS}):
            await here.bring(here.row("C:\\users，\\u4e2d", **more))
            assert here.someone.seen[-1].words.replace("\u200b", "") == "C:\\users，\\u4e2d"


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
        await here.channel._pressed.settled()
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
        await here.channel._pressed.settled()
        assert [one.kind for one in here.someone.seen] == ["text", "template_card"]
        assert here.someone.seen[0].text.startswith("审核任务〔2026〕2号")
        assert here.someone.seen[1].words == "待答复。"


async def test_what_is_settled_below_a_long_text_stands_in_the_place_of_its_card(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        many = [[(f"选项{number}", f"a-{number}-0", False)] for number in range(7)]
        for buttons in (BUTTONS, many):
            text = "通知《例会》\n" + "正文" * 200
            reference = await here.bring(here.row(f"{text}\n请确认。", buttons=buttons))
            await here.bring(here.row(f"{text}\n您已于8月19日确认收到。", replaces=reference))
            before, card = here.someone.seen[-2:]
            assert (before.text, card.words, card.buttons) == (text, "您已于8月19日确认收到。", [])
        assert len(here.someone.seen) == 4


async def test_all_that_a_message_was_is_called_back_when_another_takes_its_place(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.files["/p"] = Stored(here.store.keep(png(40, 40)), "图.png", "image/png")
        long = "\n".join(["长" * 300] * 5)
        for more in ({"buttons": BUTTONS}, {"buttons": BUTTONS, "picture": "/p"}, {}):
            reference = await here.bring(here.row(long, **more))
            assert len(here.someone.seen) >= 3
            await here.bring(here.row("已撤回：例会取消。", replaces=reference))
            await here.channel._pressed.settled()
            assert [one.words for one in here.someone.seen] == ["已撤回：例会取消。"]
            here.someone.account.messages.clear()


async def test_what_is_too_old_to_be_called_back_cannot_be_pressed_any_more(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        reference = await here.bring(here.row("长" * 300 + "\n请确认。", buttons=BUTTONS))
        card = here.someone.seen[-1]
        here.clock.pass_(hours=25)
        await here.bring(here.row("已撤回：例会取消。", replaces=reference))
        await here.channel._pressed.settled()
        assert (card.recalled, card.greyed, here.someone.seen[-1].words) == (False, "见新消息", "已撤回：例会取消。")


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
        assert here.someone.seen[-1].text == "本单位情况？\n请选。\n请回复其中一项：\n符合\n不符合"
        many = [[(f"选项{number}", f"a-{number}-0", False)] for number in range(21)]
        row = here.row("哪一个？", buttons=many)
        with pytest.raises(More):
            await here.channel.send(row)
        here.wecom.faults.fail(42047, "message/send")
        await here.bring(row)
        assert len(here.someone.seen) == 2
        assert here.someone.seen[-1].text.startswith("哪一个？\n请回复序号：\n1 选项0\n2 选项1")


async def test_what_is_no_reply_is_the_same_at_every_attempt_and_comes_once(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        for buttons in ({}, {"buttons": BUTTONS}):
            row = here.row("今天有3件事。", urgency=Urgency.REMINDER, **buttons)
            here.wecom.faults.fail("cut", "message/send")
            with pytest.raises(Unknown):
                await here.bring(row)
            row.attempt, row.lease, row.repeated = 1, 2, True
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


async def test_a_picture_that_is_not_taken_comes_as_a_file_or_else_as_a_way_to_the_page(tmp_path: Path) -> None:
    async with case(tmp_path) as here:
        here.files["/p"] = Stored(here.store.keep(png(40, 40)), "进度.png", "image/png")
        for times, kinds in ((2, ["text", "template_card"]), (1, ["file", "template_card"])):
            here.wecom.faults.fail(45001, "media/upload", times=times)
            await here.bring(here.row("进度", picture="/p", buttons=BUTTONS))
            assert [one.kind for one in here.someone.seen[-2:]] == kinds
        assert f"{SITE}/wecom/enter?to=%2Fp" in here.someone.seen[0].text


async def test_a_card_whose_name_is_known_is_there_already(tmp_path: Path) -> None:
    """WeCom may judge a card's name before it sees that the call is a copy."""
    async with case(tmp_path) as here:
        row = here.row("请确认。", urgency=Urgency.NOTICE, buttons=BUTTONS)
        here.wecom.faults.fail("cut", "message/send")
        with pytest.raises(Unknown):
            await here.bring(row)
        row.attempt, row.lease, row.repeated = 1, 2, True
        here.wecom.faults.fail(42014, "message/send")
        reference = await here.bring(row)
        assert [one.kind for one in here.someone.seen] == ["template_card"]
        await here.bring(here.row("您已确认。", replaces=reference))
        await here.channel._pressed.settled()
        assert here.someone.seen[-1].words == "您已确认。"


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
