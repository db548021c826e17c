"""稍后提醒: asked for on a message, offered at decent times only, given up when the thing is done."""

from __future__ import annotations

import pytest

from bot.rows import Sent
from tests.chores import Case, moment, text_of
from tests.world import Phone

DEADLINE = moment("2026-09-09", "17:30")


@pytest.fixture
def phone(reminded: Case) -> Phone:
    return Phone(reminded.world, "web", str(reminded.me))


def reminded_on(case: Case, day: str, at: str) -> Sent:
    case.due.add("自评", DEADLINE, case.me).rung(moment(day, at), urgent=True)
    case.process.plan()
    [row] = case.process.at(day, at)
    return row


@pytest.mark.parametrize(
    ("pressed", "offered"),
    [
        ("2026-09-01 10:00", ["1小时后（11:00）", "今晚18:00", "明天09:00"]),
        ("2026-09-01 17:10", ["1小时后（18:10）", "明天09:00"]),
        ("2026-09-01 20:10", ["明天09:00"]),
        ("2026-09-04 10:00", ["1小时后（11:00）", "今晚18:00", "9月7日（下一工作日）09:00"]),
        ("2026-09-08 20:10", ["明天09:00"]),
        ("2026-09-30 19:30", ["1小时后（20:30）", "10月8日（下一工作日）09:00"]),
    ],
)
def test_only_decent_times_are_offered(reminded: Case, phone: Phone, pressed: str, offered: list[str]) -> None:
    row = reminded_on(reminded, "2026-09-01", "10:00")
    reminded.process.set(*pressed.split())
    phone.press("稍后提醒", of=row)
    assert phone.labels() == offered


def test_on_a_day_off_within_the_last_24_hours_the_same_day_is_offered(reminded: Case, phone: Phone) -> None:
    reminded.due.add("自评", moment("2026-09-05", "17:30"), reminded.me).rung(moment("2026-09-05"), urgent=True)
    reminded.process.plan()
    [row] = reminded.process.at("2026-09-05")
    phone.press("稍后提醒", of=row)
    assert phone.labels() == ["1小时后（10:00）", "9月7日（下一工作日）09:00"]


def test_it_comes_back_at_the_time_asked_for(reminded: Case, phone: Phone) -> None:
    row = reminded_on(reminded, "2026-09-08", "16:00")
    phone.press("稍后提醒", of=row)
    phone.press("1小时后（17:00）")
    assert text_of(phone.seen[-1]) == "好，今天 17:00 再提醒您；届时已办结的不再提醒。"
    assert reminded.process.at("2026-09-08", "16:59") == []
    assert [text_of(row) for row in reminded.process.at("2026-09-08", "17:00")] == ["自评。"]
    assert reminded.process.at("2026-09-08", "17:01") == []


def test_what_was_asked_for_counts_against_no_limit(reminded: Case, phone: Phone) -> None:
    row = reminded_on(reminded, "2026-09-08", "10:00")
    phone.press("稍后提醒", of=row)
    phone.press("1小时后（11:00）")
    reminded.process.set("2026-09-08", "10:30")
    assert reminded.process.tell(reminded.me) == [], "within the hour"
    assert len(reminded.process.at("2026-09-08", "11:00")) == 1, "both, in one message"
    assert reminded.process.states() == ["sent", "sent", "sent"]


def test_a_second_press_replaces_the_time(reminded: Case, phone: Phone) -> None:
    row = reminded_on(reminded, "2026-09-08", "10:00")
    for choice in ("1小时后（11:00）", "今晚18:00"):
        phone.press("稍后提醒", of=row)
        phone.press(choice)
    assert reminded.process.at("2026-09-08", "11:00") == []
    assert len(reminded.process.at("2026-09-08", "18:00")) == 1


def test_done_by_then_cancels_it(reminded: Case, phone: Phone) -> None:
    row = reminded_on(reminded, "2026-09-08", "10:00")
    phone.press("稍后提醒", of=row)
    phone.press("1小时后（11:00）")
    reminded.due.objects[1].owing.clear()
    assert reminded.process.at("2026-09-08", "11:00") == []
    assert reminded.world.rows("SELECT state, reason FROM reminder WHERE asked") == [("void", "done")]
    phone.press("稍后提醒", of=row)
    assert text_of(phone.seen[-1]) == "这些事已经办结，不用再提醒。"


def test_everything_that_the_message_was_about_comes_back(reminded: Case, phone: Phone) -> None:
    for text in ("一", "二"):
        reminded.due.add(text, DEADLINE, reminded.me).rung(moment("2026-09-02"))
    reminded.process.set("2026-09-01", "10:00")
    reminded.process.news(reminded.me)
    reminded.process.plan()
    [row] = reminded.process.at("2026-09-02")
    phone.press("稍后提醒", of=row)
    assert text_of(phone.seen[-1]) == "这 3 件事何时再提醒？"
    phone.press("今晚18:00")
    [row] = reminded.process.at("2026-09-02", "18:00")
    assert text_of(row) == "您有 3 件事：\n· 一\n· 二\n· 有人已加入\n合计约 10 分钟。"


def test_a_time_that_is_over_or_was_never_offered_is_asked_again(reminded: Case, phone: Phone) -> None:
    row = reminded_on(reminded, "2026-09-08", "10:00")
    phone.press("稍后提醒", of=row)
    asked = phone.seen[-1]
    reminded.process.set("2026-09-08", "11:30")
    phone.press("1小时后（11:00）", of=asked)
    assert text_of(phone.seen[-1]).splitlines() == ["这个时间不能再提醒，请重新选择。", "何时再提醒？"]
    for forged in ("", "zzzzzzzzzz", "0"):
        phone.deliver(press=phone.token("今晚18:00", of=asked).rpartition("-")[0] + (f"-{forged}" if forged else ""))
        assert text_of(phone.seen[-1]).startswith("这个时间不能再提醒")
    assert reminded.world.rows("SELECT count(*) FROM reminder WHERE asked") == [(0,)]


def test_nobody_else_can_press_it(reminded: Case, phone: Phone) -> None:
    row = reminded_on(reminded, "2026-09-08", "10:00")
    somebody = Phone(reminded.world, "web", str(reminded.other))
    somebody.deliver(press=phone.token("稍后提醒", of=row))
    assert text_of(somebody.seen[-1]).startswith("没有找到这一项")
