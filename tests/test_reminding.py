"""Reminders: who gets what, when, in which message (DOMAIN 6). The clock begins on Wednesday 19 August 2026, 09:00."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import reminding
from models.outgoing import Urgency
from tests.chores import Case, labels_of, moment, text_of

DEADLINE = moment("2026-09-09", "17:30")

# Who owes it


def test_a_rung_reminds_whoever_owes_it_then(reminded: Case) -> None:
    case, process = reminded, reminded.process
    chore = case.due.add("自评", DEADLINE, case.me).rung(moment("2026-09-02"))
    process.tick()
    chore.owing = {case.other}
    assert process.at("2026-09-02", "08:59") == []
    [row] = process.at("2026-09-02")
    assert (row.person_id, text_of(row)) == (case.other, "今天（9月2日）您有 1 件事：\n· 自评")
    assert labels_of(row) == ["办自评", "稍后提醒"]
    assert (row.urgency, row.until) == (Urgency.REMINDER, DEADLINE)
    assert process.states() == ["sent"]
    assert process.at("2026-09-02", "09:30") == []


def test_nobody_is_reminded_of_what_nobody_owes(reminded: Case) -> None:
    chore = reminded.due.add("自评", DEADLINE, reminded.me).rung(moment("2026-09-02"))
    reminded.process.tick()
    chore.owing.clear()
    assert reminded.process.at("2026-09-02") == []
    assert reminded.world.rows("SELECT state, reason FROM reminder") == [("void", "nobody")]


def test_what_was_done_while_a_reminder_waited_is_not_mentioned(reminded: Case) -> None:
    chore = reminded.due.add("自评", DEADLINE, reminded.me, reminded.other).rung(moment("2026-09-02", "16:00"))
    reminded.process.tick()
    assert reminded.process.at("2026-09-02", "16:00") == [], "it waits for the next digest"
    chore.owing = {reminded.other}
    assert [row.person_id for row in reminded.process.at("2026-09-03")] == [reminded.other]
    reasons = reminded.world.rows("SELECT state, reason FROM reminder WHERE person_id = ?", reminded.me)
    assert reasons == [("void", "done")]


def test_whoever_left_or_can_be_reached_nowhere_gets_nothing(reminded: Case) -> None:
    unreachable = reminded.world.person("就业促进科负责人")
    reminded.due.add("自评", DEADLINE, reminded.me, unreachable).rung(moment("2026-09-02"))
    process = reminded.process
    process.tick()
    process.do(lambda turn: turn.db.execute(f"DELETE FROM address WHERE person_id = {unreachable}"))
    left = f"UPDATE post SET ends_on = '2026-09-01' WHERE person_id = {reminded.me}"
    process.do(lambda turn: turn.db.execute(left))
    assert process.at("2026-09-02") == []
    found = dict(reminded.world.rows("SELECT person_id, state || ' ' || reason FROM reminder WHERE person_id > 0"))
    assert found == {reminded.me: "void left", unreachable: "missed unreachable"}


def test_a_message_is_held_against_what_is_owed_once_more_before_it_goes(reminded: Case) -> None:
    chore = reminded.due.add("自评", DEADLINE, reminded.me).rung(moment("2026-09-02"))
    reminded.process.tick()
    [row] = reminded.process.at("2026-09-02")
    assert row.body["reminds"] == [("chore", 1, reminded.me)]
    look = reminded.process.assistant.look

    def still() -> object:
        return look(row.channel, row.address, lambda turn: reminding.still(turn, row.body))

    assert still()
    chore.owing.clear()
    assert not still()


# Digests


def test_everything_of_a_day_is_one_digest_in_order(reminded: Case) -> None:
    due, me, process = reminded.due, reminded.me, reminded.process
    for day in (12, 10, 11):
        due.add(f"{day}日到期的", moment(f"2026-09-{day}", "17:30"), me).rung(moment("2026-09-02"))
    due.add("逾期的", moment("2026-09-01", "17:30"), me).rung(moment("2026-09-02"))
    due.add("无期限的", None, me).rung(moment("2026-09-02"))
    process.at("2026-09-01", "10:00")
    process.news(me)
    [row] = process.at("2026-09-02")
    assert text_of(row).splitlines() == [
        "今天（9月2日）您有 5 件事，另有 1 条消息：",
        "· 逾期的", "· 10日到期的", "· 11日到期的", "· 12日到期的", "· 无期限的",
        "另有 1 件，合计约 25 分钟。",
    ]  # fmt: skip
    assert labels_of(row) == ["办逾期的", "稍后提醒", "逐条查看"]


def test_there_is_one_digest_a_day_and_the_rest_waits_for_the_next(reminded: Case) -> None:
    process = reminded.process
    reminded.due.add("上午的", None, reminded.me).rung(moment("2026-09-02"))
    reminded.due.add("下午的", None, reminded.me).rung(moment("2026-09-04", "15:00"))  # a Friday
    process.tick()
    process.set("2026-09-02", "08:30")
    process.news(reminded.me)
    assert [text_of(row) for row in process.at("2026-09-02")] == [
        "今天（9月2日）您有 1 件事，另有 1 条消息：\n· 上午的\n· 有人已加入\n合计约 5 分钟。"
    ]
    process.news(reminded.me)
    assert process.at("2026-09-02", "10:00") == process.at("2026-09-02", "20:59") == []
    assert len(process.at("2026-09-03")) == 1
    assert process.at("2026-09-04", "15:00") == process.at("2026-09-05") == process.at("2026-09-06") == []
    assert [text_of(row) for row in process.at("2026-09-07")] == ["今天（9月7日）您有 1 件事：\n· 下午的"]


def test_a_digest_goes_out_when_its_bureau_wants_it(reminded: Case) -> None:
    reminded.due.add("自评", None, reminded.me).rung(moment("2026-09-02", "08:00"))
    reminded.process.tick()
    bureau = (
        "INSERT INTO bureausetting (bureau_id, key, value, person_id, at) VALUES (4, 'digest_at', '\"10:30:00\"', 1, 0)"
    )
    reminded.process.do(lambda turn: turn.db.execute(bureau))
    assert reminded.process.at("2026-09-02", "10:29") == []
    assert len(reminded.process.at("2026-09-02", "10:30")) == 1


def test_news_is_a_line_of_the_next_digest(reminded: Case) -> None:
    reminded.process.set("2026-08-19", "10:00")
    reminded.process.news(reminded.me, text="就业促进科法治联络员已加入。\n第二行。")
    [row] = reminded.process.at("2026-08-20")
    assert text_of(row) == "今天（8月20日）有 1 条消息：\n· 就业促进科法治联络员已加入"
    assert "reminds" not in row.body
    assert row.until is None


# Urgent ones


def test_an_urgent_rung_goes_out_at_its_own_time(reminded: Case) -> None:
    reminded.due.add("自评还剩 2 项", DEADLINE, reminded.me).rung(moment("2026-09-08", "16:00"), urgent=True)
    reminded.process.tick()
    [row] = reminded.process.at("2026-09-08", "16:00")
    assert (text_of(row), labels_of(row)) == ("自评还剩 2 项。", ["办自评还剩 2 项", "稍后提醒"])


def test_urgent_ones_of_an_hour_are_one_message(reminded: Case) -> None:
    for number in range(7):
        reminded.due.add(f"第{number}件", DEADLINE, reminded.me).rung(moment("2026-09-08", "16:00"), urgent=True)
    reminded.process.tick()
    [row] = reminded.process.at("2026-09-08", "16:00")
    assert text_of(row).splitlines()[0] == "您有 7 件事："
    assert text_of(row).splitlines()[-1] == "另有 2 件，合计约 35 分钟。"
    assert reminded.process.states() == ["sent"] * 7


def test_an_urgent_rung_at_the_time_of_the_digest_is_its_first_line_and_does_not_count(reminded: Case) -> None:
    urgent = reminded.due.add("自评", DEADLINE, reminded.me)
    urgent.rung(moment("2026-09-08"), urgent=True).rung(moment("2026-09-08", "16:00"), urgent=True)
    reminded.due.add("逾期的", moment("2026-09-01"), reminded.me).rung(moment("2026-09-08"))
    reminded.process.tick()
    [digest] = reminded.process.at("2026-09-08")
    assert text_of(digest).splitlines()[1:3] == ["· 自评", "· 逾期的"]
    assert len(reminded.process.at("2026-09-08", "16:00")) == 1


def test_one_urgent_message_a_day_and_what_is_over_it_rides_in_a_later_one(reminded: Case) -> None:
    reminded.due.add("一", moment("2026-09-10", "17:30"), reminded.me).rung(moment("2026-09-08", "10:00"), urgent=True)
    reminded.due.add("二", moment("2026-09-10", "17:30"), reminded.me).rung(moment("2026-09-08", "15:00"), urgent=True)
    reminded.process.tick()
    assert len(reminded.process.at("2026-09-08", "10:00")) == 1
    assert reminded.process.at("2026-09-08", "15:00") == []
    waiting = reminded.world.rows("SELECT state, reason FROM reminder WHERE person_id > 0 AND state <> 'sent'")
    assert waiting == [("pending", "limit")]
    [digest] = reminded.process.at("2026-09-09")
    assert text_of(digest) == "今天（9月9日）您有 1 件事：\n· 二"
    assert reminded.process.states() == ["sent", "merged"]


def test_two_urgent_messages_on_the_day_of_a_deadline(reminded: Case) -> None:
    for at in ("10:00", "12:00", "15:00"):
        reminded.due.add(at, DEADLINE, reminded.me).rung(moment("2026-09-09", at), urgent=True)
    reminded.process.tick()
    assert [len(reminded.process.at("2026-09-09", at)) for at in ("10:00", "12:00", "15:00")] == [1, 1, 0]
    assert reminded.process.at("2026-09-10") == []
    last = reminded.world.rows("SELECT state, reason FROM reminder WHERE person_id > 0 ORDER BY id DESC LIMIT 1")
    assert last == [("missed", "limit")]


def test_several_rungs_of_a_thing_are_one_line(reminded: Case) -> None:
    chore = reminded.due.add("自评", DEADLINE, reminded.me)
    for at in ("09:00", "10:00", "16:00"):
        chore.rung(moment("2026-09-08", at), urgent=at > "09:00")
    reminded.process.tick()
    [row] = reminded.process.at("2026-09-08", "17:00")
    assert text_of(row) == "自评。\n本条晚于原定时间发出。"
    assert reminded.process.states() == ["merged", "merged", "sent"]


# Just assigned, just returned


def test_what_is_told_goes_out_at_once_and_then_once_an_hour(reminded: Case) -> None:
    process, me = reminded.process, reminded.me
    process.set("2026-08-19", "10:00")
    [row] = process.tell(me, text="第1项被退回：请补数字。\n其余不受影响。")
    assert (text_of(row), labels_of(row)) == ("第1项被退回：请补数字。\n其余不受影响。", ["去改", "稍后提醒"])
    process.set("2026-08-19", "10:10")
    assert (
        process.tell(me, text="第2项被退回：甲。\n其余不受影响。") == process.tell(me, text="第3项被退回：乙。") == []
    )
    assert process.at("2026-08-19", "10:59") == []
    [row] = process.at("2026-08-19", "11:00")
    assert text_of(row) == "您有 2 件事：\n· 第2项被退回：甲\n· 第3项被退回：乙"
    assert labels_of(row) == ["去改", "稍后提醒", "逐条查看"]


def test_what_is_told_does_not_count_against_the_day(reminded: Case) -> None:
    reminded.due.add("自评", DEADLINE, reminded.me).rung(moment("2026-09-08", "16:00"), urgent=True)
    reminded.process.tick()
    for at in ("10:00", "11:00", "12:00", "14:00"):
        reminded.process.set("2026-09-08", at)
        assert len(reminded.process.tell(reminded.me)) == 1
    assert len(reminded.process.at("2026-09-08", "16:00")) == 1


def test_a_message_for_another_reason_takes_along_what_is_over_the_limit(reminded: Case) -> None:
    for at in ("10:00", "15:00"):
        reminded.due.add(at, moment("2026-09-10", "17:30"), reminded.me).rung(moment("2026-09-08", at), urgent=True)
    reminded.process.tick()
    assert len(reminded.process.at("2026-09-08", "10:00") + reminded.process.at("2026-09-08", "15:00")) == 1
    reminded.process.set("2026-09-08", "16:00")
    [row] = reminded.process.tell(reminded.me)
    assert text_of(row) == "您有 2 件事：\n· 15:00\n· 第1项被退回\n合计约 5 分钟。"
    assert reminded.process.states("0908%") == ["sent", "merged"]


def test_what_is_told_about_something_done_meanwhile_is_dropped(reminded: Case) -> None:
    chore = reminded.due.add("自评", DEADLINE, reminded.me)
    reminded.process.set("2026-08-19", "22:00")
    assert reminded.process.tell(reminded.me, of=("chore", 1)) == []
    chore.owing.clear()
    assert reminded.process.at("2026-08-20", "08:00") == []
    assert reminded.world.rows("SELECT state, reason FROM reminder") == [("void", "done")]


# Overdue


def test_what_is_overdue_has_two_messages_and_then_only_rides(reminded: Case) -> None:
    chore = reminded.due.add("自评", DEADLINE, reminded.me)
    for day in ("2026-09-10", "2026-09-11"):
        chore.rung(moment(day), urgent=True)
    reminded.process.tick()
    assert [len(reminded.process.at(f"2026-09-{day}")) for day in (10, 11, 14, 15)] == [1, 1, 0, 0]
    reminded.due.add("另一件", None, reminded.me).rung(moment("2026-09-16"))
    reminded.process.plan()
    [row] = reminded.process.at("2026-09-16")
    assert text_of(row).splitlines()[:3] == ["今天（9月16日）您有 2 件事：", "· 自评", "· 另一件"]
    assert row.body["reminds"] == [("chore", 2, reminded.me)], "what only rides is no reason to send it"
    chore.owing.clear()
    reminded.process.set("2026-09-16", "10:00")
    reminded.process.news(reminded.me)
    assert text_of(*reminded.process.at("2026-09-17")) == "今天（9月17日）有 1 条消息：\n· 有人已加入"
    assert reminded.world.rows("SELECT count(*) FROM reminder WHERE riding") == [(0,)]


# Outages


def test_after_an_outage_of_hours_the_digest_goes_out_late(reminded: Case) -> None:
    reminded.due.add("自评", DEADLINE, reminded.me).rung(moment("2026-09-02"))
    reminded.process.tick()
    [row] = reminded.process.at("2026-09-02", "14:10")
    assert text_of(row).endswith("· 自评\n本条晚于原定时间发出。")
    assert reminded.world.rows("SELECT late FROM reminder WHERE person_id > 0") == [(1,)]


@pytest.mark.parametrize("back", ["2026-09-02 21:30", "2026-09-03 07:00"])
def test_a_late_digest_is_not_brought_at_night(reminded: Case, back: str) -> None:
    reminded.due.add("自评", DEADLINE, reminded.me).rung(moment("2026-09-02"))
    reminded.process.tick()
    assert reminded.process.at(*back.split()) == []
    assert len(reminded.process.at("2026-09-03")) == 1


def test_after_an_outage_of_days_what_is_of_use_is_sent_once_and_the_rest_recorded(reminded: Case) -> None:
    due, me, process = reminded.due, reminded.me, reminded.process
    ladder = due.add("自评", DEADLINE, me)
    for day, at in ((2, "09:00"), (8, "09:00"), (8, "16:00"), (9, "09:00")):
        ladder.rung(moment(f"2026-09-0{day}", at), urgent=day > 7)
    due.add("已过的", moment("2026-09-08", "12:00"), me).rung(moment("2026-09-07", "16:00"))
    process.tick()
    assert len(process.at("2026-09-02")) == 1
    [row] = process.at("2026-09-09", "10:00")
    assert text_of(row) == "自评。\n本条晚于原定时间发出。"
    assert process.states() == ["sent", "merged", "merged", "sent"]
    missed = reminded.world.rows("SELECT state, reason FROM reminder WHERE object_id = 2")
    assert missed == [("missed", "past")]
    assert process.at("2026-09-09", "10:00") + process.at("2026-09-09", "12:00") == []
    assert timedelta(minutes=15) == reminding.due.LATE
