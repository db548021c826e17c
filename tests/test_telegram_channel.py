"""What people do on Telegram reaches the assistant once, whichever way updates come, and they see its answers there."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bot.channels import Unset
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.webhook import MOST_BYTES
from bot.messages import Inbound
from models import bureau_settings, members
from models.db import DatabaseDown
from tests.dialogue_screens import fail
from tests.emulators.telegram import TOKEN
from tests.joining_people import DIGITS, invited
from tests.sample_files import png
from tests.telegram_service import SECRET, Service, service
from tests.world import BEGINNING, SITE

pytestmark = pytest.mark.anyio
MODES = pytest.mark.parametrize("mode", ["polling", "webhook"])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@MODES
async def test_a_text_and_a_press_are_answered(mode: str, tmp_path: Path) -> None:
    async with service(tmp_path, mode) as here:
        someone = here.someone()
        assert "请选择要办理的事项" in (await here.said(someone, "/menu")).text
        press = await someone.press("帮助")
        await here.until(lambda: press.answered and len(someone.seen) == 2)
        await here.quiet()
        assert [row[0] for row in here.rows()] == ["done"] * 2
        assert here.telegram.calls["answerCallbackQuery"] == 1


@MODES
async def test_a_repeated_update_has_no_second_effect(mode: str, tmp_path: Path) -> None:
    async with service(tmp_path, mode) as here:
        someone = here.someone()
        said = await someone.say("菜单")
        await here.until(lambda: someone.seen)
        for _ in range(2):
            here.telegram.redeliver(said.update_id)
            await here.quiet()
        await here.said(someone, "帮助")
        assert len(someone.seen) == 2


@MODES
async def test_ids_that_begin_anew_lower_after_a_quiet_week(mode: str, tmp_path: Path) -> None:
    async with service(tmp_path, mode) as here:
        someone = here.someone()
        await here.said(someone, "菜单")
        here.clock.pass_(days=8)
        here.telegram.jump_ids(to=41)
        await here.said(someone, "菜单")
        await here.said(someone, "菜单")
        assert len(someone.seen) == 3


@MODES
async def test_texts_of_one_chat_stay_in_order(mode: str, tmp_path: Path) -> None:
    async with service(tmp_path, mode, started=False) as here:
        someone = here.telegram.person(501)
        for number in range(1, 8):
            await someone.say(f"改{number}")
        await here.start()
        here.someone()
        await here.until(lambda: any("第 7/60 项" in message.text for message in someone.seen))
        asked = [message.text.split("/")[0].split()[1] for message in someone.seen if "/60 项" in message.text]
        assert asked == sorted(set(asked))  # a question may be overtaken by a newer one before it is sent
        await here.quiet()
        states = [(state, reference) for state, reference, _, _ in here.rows() if state != "done"]
        assert len(here.rows()) >= 7
        assert set(states) <= {("gone", "overtaken")}


@MODES
async def test_what_cannot_be_read_or_breaks_its_turn_hinders_nobody(mode: str, tmp_path: Path) -> None:
    async with service(tmp_path, mode) as here:
        someone = here.someone()
        here.telegram.update("message", {"chat": {"id": 501}, "text": 5}, ("chat", 501))
        here.telegram.update("my_chat_member", {"what": "ever"}, ("chat", 501))
        await here.said(someone, "菜单")
        with patch.object(here.app.assistant, "_dispatch", fail):
            assert "这一步没有办成" in (await here.said(someone, "目录")).text
        await here.said(someone, "目录")


@MODES
async def test_a_locked_database_loses_nothing(mode: str, tmp_path: Path) -> None:
    async with service(tmp_path, mode) as here:
        someone = here.someone()
        times = iter(range(4))

        async def locked(inbound: Inbound) -> Any:
            if next(times, None) is None:
                return await real(inbound)
            raise DatabaseDown("locked")

        real = here.app.assistant.take
        with patch.object(here.app.assistant, "take", locked):
            await here.said(someone, "菜单")
        if mode == "webhook":
            assert [how for _, how in here.telegram.deliveries.attempts] == [503] * 4 + [200]
        await here.said(someone, "帮助")
        assert len(someone.seen) == 2


async def test_only_telegram_itself_is_heard(tmp_path: Path) -> None:
    async with service(tmp_path, "webhook") as here:
        someone = here.someone()
        update = {"update_id": 9, "message": {"message_id": 1, "chat": someone.chat.body, "text": "菜单"}}
        for secret in (None, "", "wrong", SECRET[:-1], SECRET + "a", "密"):
            assert (await here.deliver(update, secret)).status_code == 401
        assert (await here.deliver(bytes(MOST_BYTES + 1), "wrong")).status_code == 401
        assert (await here.http.get("/telegram/webhook")).status_code == 405
        await here.quiet()
        assert someone.seen == []
        assert (await here.deliver(update)).status_code == 200
        await here.until(lambda: someone.seen)


async def test_what_is_no_update_is_taken_and_what_is_huge_is_not(tmp_path: Path) -> None:
    async with service(tmp_path, "webhook") as here:
        for body in (b"", b"{", b"[1]", b'{"update_id": null}', b"\xff"):
            assert (await here.deliver(body)).status_code == 200
        assert (await here.deliver(b" " * (MOST_BYTES + 1))).status_code == 413


async def test_a_webhook_without_its_secret_does_not_start() -> None:
    settings = TelegramSettings(_env_file=None, token=TOKEN, mode="webhook", public_url=SITE)  # type: ignore[call-arg]
    with pytest.raises(Unset) as unset:
        TelegramChannel(settings)
    assert unset.value.names == ["TELEGRAM_WEBHOOK_SECRET"]


async def test_telegram_is_told_what_to_send_and_what_stands_in_the_menu(tmp_path: Path) -> None:
    async with service(tmp_path, "webhook") as here:
        await here.until(lambda: "setMyCommands" in here.telegram.methods.set_up)
        webhook = here.telegram.deliveries.webhook
        assert webhook is not None
        assert (webhook.url, webhook.secret) == (f"{SITE}/telegram/webhook", SECRET)
        assert set(webhook.allowed) == {"message", "edited_message", "callback_query", "my_chat_member"}
        menu = here.telegram.methods.set_up["setMyCommands"]["commands"]
        assert menu[0] == {"command": "menu", "description": "菜单：可以办理的事项"}


async def test_what_the_channel_is_like() -> None:
    settings = TelegramSettings(_env_file=None, token=TOKEN, pace=7, chat_pace=2)  # type: ignore[call-arg]
    traits = TelegramChannel(settings).traits
    assert traits.pace is not None
    assert (traits.pace.overall, traits.pace.address) == (7, 2)
    assert (traits.lists, traits.echoes, traits.pushes, traits.largest_file) == (False, False, True, 20 << 20)
    assert TelegramChannel(settings).routes() == []


async def test_joining_by_a_link_that_carries_the_code(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        code = invited(here)  # type: ignore[arg-type]
        newcomer = here.telegram.person(777)
        assert "仅限受邀人员" in (await here.said(newcomer, "/start")).text
        assert "后四位" in (await here.said(newcomer, f"/start {code}")).text
        assert "已核对" in (await here.said(newcomer, DIGITS)).text


async def test_an_invitation_has_a_link_into_the_chat_where_the_bots_name_is_set(tmp_path: Path) -> None:
    async with service(tmp_path, started=False) as here:
        await here.start(name="fazhi_test_bot")
        invited(here)  # type: ignore[arg-type]
        section = here.someone("法制科科长", 502)
        await here.said(section, "邀请")
        await section.press("就业促进科 负责人·")
        await here.until(lambda: any("选好了" in str(one.buttons) for one in section.seen))
        await section.press("选好了")
        await here.until(lambda: "以上1个邀请码" in section.seen[-1].text)
        link = next(line for line in section.seen[-2].text.splitlines() if line.startswith("https://t.me/"))
        name, _, payload = link.removeprefix("https://t.me/").partition("?start=")
        assert name == "fazhi_test_bot"
        assert re.fullmatch("[A-Za-z0-9_-]{1,64}", payload)
        assert "后四位" in (await here.said(here.telegram.person(777), f"/start {payload}")).text


async def test_a_number_that_is_typed_is_taken_out_of_the_chat_and_never_repeated(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "改1")
        await here.said(someone, "符合")
        typed = await someone.say("公示栏已设，咨询13912345678")
        await here.until(lambda: typed.deleted)
        await here.quiet()
        await here.said(someone, "修改记录")
        assert not any("13912345678" in one.text for one in someone.seen)
        harmless = await someone.say("目录")
        await here.quiet()
        assert not harmless.deleted


async def test_a_number_may_stay_where_the_bureau_allows_it(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        allowed = ["web", "telegram"]

        def allow(db: Any) -> None:
            bureau = members.bureaus_of(db, here.person("法制科经办"), BEGINNING.date())[0]
            bureau_settings.change(db, bureau, "personal_channels", allowed, here.person("法制科经办"), BEGINNING)

        here.database.write(allow).result()
        typed = await someone.say("13912345678")
        await here.until(lambda: someone.seen)
        await here.quiet()
        assert not typed.deleted


async def test_what_is_marked_secret_is_taken_out_of_the_chat(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        typed = await someone.say("机密★一年\n关于某事的通知")
        await here.until(lambda: someone.seen)
        await here.until(lambda: typed.deleted)


async def test_blocked_and_back(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "菜单")
        await someone.block()
        await here.quiet()
        sql = "SELECT gone_at IS NULL FROM address WHERE channel = 'telegram'"

        def gone(db: Any) -> bool:
            return not db.session.connection().exec_driver_sql(sql).scalar()

        await here.until(lambda: here.app.database.read(gone))
        await someone.unblock()
        before = len(someone.seen)
        await someone.start()
        await here.until(lambda: len(someone.seen) == before + 2)
        assert "您已重新启用助手" in someone.seen[-2].text
        assert not here.app.database.read(gone)


async def test_in_a_group_one_line_and_away(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone, group = here.someone(), here.telegram.group(-77)
        await group.add_bot(someone)
        await here.until(lambda: here.telegram.calls["leaveChat"])
        await here.quiet()
        assert ["请与助手单独对话" in one.text for one in group.seen] == [True]
        assert not group.chat.opened


@pytest.mark.parametrize(
    ("send", "answer"),
    [
        ("send_voice", "语音内容不转成文字"),
        ("send_sticker", "表情无法读取"),
        ("send_location", "位置无法读取"),
        ("send_contact", "这类内容无法读取"),
    ],
)
async def test_what_nobody_can_read_is_answered(send: str, answer: str, tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await getattr(someone, send)()
        await here.until(lambda: someone.seen)
        assert answer in someone.seen[-1].text


async def test_a_changed_message_changes_nothing_and_says_so(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        said = await someone.say("菜单")
        await here.until(lambda: someone.seen)
        await someone.edit(said, "目录")
        await here.until(lambda: len(someone.seen) == 2)
        assert "您修改了发过的消息" in someone.seen[-1].text


async def test_an_album_is_one_piece(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        for number in range(3):
            await someone.send_photo(png(40 + number, 40), "公示栏" if number == 0 else "", album="13")
        await here.quiet()
        await _all_fetched(here, 3)
        await here.until(lambda: any("已入库" in one.text for one in someone.seen))
        await here.quiet()
        assert sum("已入库" in one.text for one in someone.seen) == 1
        count = "SELECT count(*) FROM evidence"
        assert here.app.database.read(lambda db: db.session.connection().exec_driver_sql(count).scalar()) == 1


async def _all_fetched(here: Service, count: int) -> None:
    """Let the time pass in which an album gathers."""
    here.clock.pass_(seconds=4)
    async with asyncio.timeout(10):
        while len(here.rows("look")) < count:
            await here.app.outbox.sweep()
            await here.app.outbox.settled()
            here.clock.pass_(seconds=1)


async def test_a_file_arrives_whole_though_its_download_was_cut(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        cut = here.telegram.faults.fail("cut", "file")
        data = b"".join(b"%07d\n" % number for number in range(30_000))
        await someone.send_document("清单.txt", data, "第11项")
        await here.until(lambda: cut.left == 0)
        await _all_fetched(here, 1)
        await here.until(lambda: any("已入库" in one.text for one in someone.seen))
        stored = next(path for path in (tmp_path / "evidence").glob("??/*") if path.is_file())
        assert stored.read_bytes() == data


async def test_what_is_larger_than_telegram_gives_is_refused_at_once(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await someone.send_document("大.pdf", b"%PDF", size=(20 << 20) + 1)
        await here.until(lambda: someone.seen)
        assert "20 MB" in someone.seen[-1].text
        assert here.telegram.calls["getFile"] == 0


async def test_what_is_just_as_large_is_taken(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await someone.send_document("大.pdf", b"%PDF", size=20 << 20)
        await here.until(lambda: here.telegram.calls["getFile"])
        assert not any("20 MB" in one.text for one in someone.seen)


@pytest.mark.parametrize(("size", "answer"), [(None, "接收"), (21 << 20, "20 MB")])
async def test_a_file_whose_size_is_not_told_is_asked_for(size: int | None, answer: str, tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        kept = here.telegram.ledger.keep("清单.txt", b"1\n", size)
        await someone.send(document={"file_id": kept.id, "file_unique_id": "u", "file_name": "清单.txt"})
        await here.until(lambda: someone.seen)
        await here.until(lambda: any(answer in one.text or "已入库" in one.text for one in someone.seen))
        assert here.telegram.calls["getFile"] >= 1


async def test_updates_not_confirmed_when_the_process_ends_come_again(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "菜单")
        await here.stop()
        await someone.say("帮助")
        await here.start()
        await here.until(lambda: len(someone.seen) == 2)
        await here.quiet()
        assert len(someone.seen) == 2
