"""What members do in WeCom reaches the assistant once, and they see its answers there, as cards where these fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from structlog.testing import capture_logs

from bot.channels.wecom.reading import ALERTS, WELL
from bot.messages import Inbound
from models.db import DatabaseDown
from tests.dialogue_screens import fail
from tests.joining_people import DIGITS, invited
from tests.sample_files import amr, mp4, png
from tests.wecom_service import service, until_stored

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_text_and_a_press_are_answered(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        menu = await here.said(someone, "菜单")
        assert "请选择要办理的事项" in menu.words
        helped = await here.pressed(someone, "帮助")
        assert "按按钮或直接打字都可以" in helped.words
        assert {row[0] for row in here.rows()} == {"done"}
        assert here.wecom.refusals == []


async def test_the_check_of_the_address_is_answered_within_its_second(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        assert await here.wecom.callbacks.check_address("12345") == (200, b"12345")


async def test_whoever_is_on_the_roster_is_known_however_the_userid_is_written(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        here.someone(userid="ZhangSan")
        for written in ("zhangsan", "ZHANGSAN", "ZhangSan"):
            assert "法制科 法治联络员" in (await here.said(here.wecom.member(written), "菜单")).words


async def test_members_of_the_roster_can_be_told_something_before_they_ever_write(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        section, head = here.someone("法制科科长", "section"), here.someone("就业促进科法治联络员", "liaison")
        await here.app.join_by_roster()
        await here.said(section, "指标分解")
        for step in ("按序号", "1-2", "就业促进科", "确认分解"):
            await (here.said(section, step) if step == "1-2" else here.pressed(section, step))
        here.clock.pass_(minutes=10)
        await here.app.reminders.tick()
        await here.app.outbox.sweep()
        await here.quiet()
        assert any("第1、2项" in one.words for one in head.seen)


async def test_an_account_that_is_somebody_elses_by_now_is_theirs(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        first = here.someone("法制科法治联络员", "account")
        assert "法治联络员" in (await here.said(first, "菜单")).words

        def moved(db: Any) -> None:
            db.session.connection().exec_driver_sql("UPDATE person SET wecom_id = NULL WHERE wecom_id = 'account'")

        here.database.write(moved).result()
        here.someone("就业促进科负责人", "Account")
        await here.app.join_by_roster()
        assert "部门负责人" in (await here.said(first, "菜单")).words


async def test_an_account_that_was_unlinked_stays_so(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone, section = here.someone(), here.someone("法制科科长", "section")
        await here.said(someone, "菜单")
        await here.said(section, "人员登录")
        await here.said(section, "法制科法治联络员")
        await here.pressed(section, "停用2 企业微信")
        await here.app.join_by_roster()
        assert "仅限受邀人员" in (await here.said(someone, "菜单")).words


async def test_whoever_is_not_on_the_roster_joins_by_a_code(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        code = invited(here)  # type: ignore[arg-type]
        newcomer = here.wecom.member("newcomer")
        assert "仅限受邀人员" in (await here.said(newcomer, "你好")).words
        assert "后四位" in (await here.said(newcomer, code)).words
        assert "已核对" in (await here.said(newcomer, DIGITS)).words


async def test_a_repeated_callback_has_no_second_effect(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        said = someone.say("菜单")
        await here.quiet()
        pressed = someone.press("帮助")
        await here.quiet()
        for again in (said, pressed, said):
            here.wecom.callbacks.again(again)
            await here.quiet()
        assert len(someone.seen) == 2
        assert all(one.taken for one in here.wecom.callbacks.history)


async def test_two_presses_in_one_second_are_two(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "菜单")
        someone.press("帮助")
        someone.press("帮助")
        await here.quiet()
        assert sum("按按钮或直接打字都可以" in one.words for one in someone.seen) == 2


async def test_the_platform_tries_again_while_the_database_is_locked(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        times = iter(range(2))

        async def locked(inbound: Inbound) -> Any:
            if next(times, None) is None:
                return await real(inbound)
            raise DatabaseDown("locked")

        real = here.app.assistant.take
        with patch.object(here.app.assistant, "take", locked):
            await here.said(someone, "菜单")
        assert here.wecom.callbacks.history[0].attempts == [503, 503, 200]
        assert len(someone.seen) == 1


async def test_what_cannot_be_read_or_breaks_its_turn_hinders_nobody(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        here.wecom.callbacks.put("x", {"MsgType": "text"})
        url, body = here.wecom.callbacks.request(b"not xml at all")
        assert (await here._post("POST", url, body))[0] == 200
        with patch.object(here.app.assistant, "_dispatch", fail):
            assert "这一步没有办成" in (await here.said(someone, "目录")).words
        await here.said(someone, "目录")


async def test_every_event_is_dealt_with_or_passed_over_in_silence(tmp_path: Path) -> None:
    silent = (
        "enter_agent", "view", "view_miniprogram", "LOCATION", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
        "location_select", "batch_job_result", "change_contact", "open_approval_change", "share_chain_change", "never_heard_of",
    )  # fmt: skip
    async with service(tmp_path) as here:
        someone = here.someone()
        for name in silent:
            someone.event(name, EventKey="", Latitude=31.1)
        await here.quiet()
        assert someone.seen == []
        for name in ("scancode_push", "scancode_waitmsg"):
            someone.event(name, EventKey="k", ScanCodeInfo={"ScanType": "qrcode", "ScanResult": "1"})
        await here.quiet()
        assert ["这类内容无法读取" in one.words for one in someone.seen] == [True, True]
        assert all(one.taken for one in here.wecom.callbacks.history)


async def test_the_operator_learns_that_the_app_may_be_switched_off(tmp_path: Path) -> None:
    with capture_logs() as told:
        async with service(tmp_path) as here:
            for name in sorted(ALERTS | WELL) * 2:  # the second time within the minute
                here.wecom.alert(name)
                await here.quiet()
    for name in ALERTS:
        assert sum(f"（{name}）" in one["event"] for one in told) == 1, name
    assert sum("恢复使用" in one["event"] for one in told) == len(WELL)


async def test_the_menu_says_what_can_be_typed_and_opens_the_page(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        await here.until(lambda: here.wecom.menu)
        top = here.wecom.menu["button"]
        assert [one["name"] for one in top] == ["我的待办", "指标自评", "更多"]
        assert top[2]["sub_button"][-1]["url"].endswith("/wecom/enter")
        someone = here.someone()
        someone.click("我的待办")
        await here.quiet()
        assert "请选择要办理的事项" in someone.seen[-1].words
        someone.click("指标自评")
        await here.quiet()
        assert "本单位情况" in someone.seen[-1].words


@pytest.mark.parametrize("named", [True, False])
async def test_pictures_videos_and_voice_are_fetched_and_what_was_cut_goes_on(named: bool, tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        here.wecom.names_media = named
        someone = here.someone()
        large = mp4() + b"\0\0\0\x08free" * 400_000
        cut = here.wecom.faults.fail("cut", "media/get")
        someone.send_image(png(40, 40))
        someone.send_video(large)
        someone.send_voice(amr())
        await until_stored(here, 3)
        assert cut.left == 0
        stored = {path.stat().st_size for path in (tmp_path / "evidence").glob("??/*") if path.is_file()}
        assert {len(png(40, 40)), len(large), len(amr())} <= stored
        assert here.wecom.calls["media/get"] >= 1 + -(-len(large) // (2 << 20))


async def test_what_the_platform_does_not_hold_any_more_is_said_not_to_have_come(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        here.wecom.faults.fail(40007, "media/get", times=5)
        someone.send_image(png(40, 40))
        await here.quiet()
        await here.until(lambda: any("未入库。没有取到这份文件，请重新发送。" in one.words for one in someone.seen))


@pytest.mark.parametrize("kind", ["image", "voice"])
async def test_what_was_sent_is_fetched_for_three_days(kind: str, tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        fault = here.wecom.faults.fail("error", "media/get", times=100)
        if kind == "image":
            someone.send_image(png(40, 40))
        else:
            someone.send_voice()
        await here.quiet()
        here.clock.pass_(hours=50)
        await here.app.outbox.sweep()
        await here.app.outbox.settled()
        fault.left = 0
        await until_stored(here, 1)
