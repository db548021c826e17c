"""The outbox: every row goes out at least once, and is marked where a copy may have gone before."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.channels import Gone, NotReached, Refused, SlowDown, Unknown
from bot.messages import Inbound
from bot.outbox import MOST_ATTEMPTS, RENEW_SECONDS, SEND_SECONDS, SWEEP_SECONDS
from bot.rows import Sent
from models import outgoing
from models.outgoing import LEASE
from tests.office import NAME, FakeChannel, Office

# Success


def test_what_a_turn_said_goes_out_after_its_commit_and_is_done(office: Office) -> None:
    async def deliver() -> list[Sent]:
        inbound = Inbound(NAME, office.phone.address, "1", text="菜单")
        return await office.assistant.take(inbound)

    said = office.run(deliver)
    assert [row.id for row in office.channel.sent] == [row.id for row in said]
    assert {office.look(row.id).state for row in said} == {outgoing.FINISHED}
    assert office.look(said[-1].id).reference == f"platform-{said[-1].id}"
    office.world.clock.pass_(days=1)
    office.sweep()
    assert len(office.channel.sent) == len(said)


def test_what_nobody_began_to_send_is_taken_up_unmarked(office: Office) -> None:
    row = office.row("通知")
    office.sweep()
    assert office.channel.texts == ["通知"]
    assert not office.channel.sent[0].repeated
    assert (office.look(row).state, office.look(row).holder, office.look(row).lease) == ("done", "first", 1)


def test_replies_go_before_reminders_before_notices(office: Office) -> None:
    for urgency, text in ((2, "通知"), (1, "提醒"), (0, "答复")):
        office.row(text, urgency=urgency)
    office.sweep()
    assert office.channel.texts == ["答复", "提醒", "通知"]


def test_each_row_is_taken_by_one_of_two_processes(office: Office) -> None:
    rows = [office.row(str(number)) for number in range(20)]
    channel = FakeChannel()
    other = office.process("second", channel)

    async def both_sweep() -> None:
        await office.start(other, "second")
        await asyncio.gather(office.outbox.sweep(), other.sweep())
        await other.settled()
        await other.stop()

    office.run(both_sweep)
    assert sorted(row.id for row in office.channel.sent + channel.sent) == rows


# Leases


def test_a_row_is_left_to_its_holder_while_the_lease_lasts(office: Office) -> None:
    office.left_running("通知")
    office.world.clock.pass_(seconds=26)
    office.sweep()
    assert office.channel.sent == []


def test_a_row_whose_holder_is_gone_is_taken_over_and_marked(office: Office) -> None:
    row = office.left_running("通知")
    office.world.clock.pass_(seconds=31)
    office.sweep()
    assert [(sent.id, sent.repeated, sent.lease) for sent in office.channel.sent] == [(row, True, 2)]
    assert (office.look(row).state, office.look(row).repeated) == (outgoing.FINISHED, True)


def test_a_result_counts_only_with_the_current_lease(office: Office) -> None:
    row = office.left_running("通知")
    late = {
        "the_id": row, "the_holder": "another", "the_lease": 1, "state": outgoing.FAILED, "lease_until": None,
        "attempt": 1, "repeated": False, "reference": "太迟", "done_at": office.world.clock.now(),
    }  # fmt: skip
    office.world.clock.pass_(seconds=31)
    office.sweep()
    office.world.database.write(lambda db: outgoing.mark(db, [late])).result()
    assert (office.look(row).state, office.look(row).reference) == (outgoing.FINISHED, f"platform-{row}")


def test_a_result_that_comes_just_before_the_takeover_keeps_the_row_done(office: Office) -> None:
    row = office.left_running("通知")
    done = {
        "the_id": row, "the_holder": "another", "the_lease": 1, "state": outgoing.FINISHED, "lease_until": None,
        "attempt": 1, "repeated": False, "reference": None, "done_at": office.world.clock.now(),
    }  # fmt: skip
    office.world.clock.pass_(seconds=31)
    now = office.world.clock.now()
    due = office.world.database.read(lambda db: outgoing.due(db, NAME, now, 10))
    office.world.database.write(lambda db: outgoing.mark(db, [done])).result()
    assert office.world.database.write(lambda db: outgoing.take_all(db, due, "first", now)).result() == []


def test_a_long_send_keeps_its_lease(office: Office) -> None:
    row, arrives = office.row("通知"), asyncio.Event()
    office.channel.outcomes["通知"] = [arrives]
    channel = FakeChannel()

    async def take_long() -> None:
        await office.outbox.sweep()
        for _ in range(6):
            office.world.clock.pass_(seconds=10)
            await office.outbox._renew()
            await office.process("second", channel).sweep()
        arrives.set()

    office.run(take_long)
    assert (office.channel.texts, channel.texts) == (["通知"], [])
    assert office.look(row).state == outgoing.FINISHED


# Outcomes


@pytest.mark.parametrize(("outcome", "marked"), [(NotReached("忙"), False), (Unknown("中断"), True)])
def test_what_did_not_surely_arrive_is_tried_again(office: Office, outcome: Exception, marked: bool) -> None:
    row = office.row("通知")
    office.channel.outcomes["通知"] = [outcome]
    office.sweep()
    assert (office.channel.sent, office.look(row).state) == ([], outgoing.WAITING)
    office.world.clock.pass_(seconds=2)
    office.sweep()
    assert [sent.repeated for sent in office.channel.sent] == [marked]
    assert (office.look(row).state, office.look(row).repeated) == (outgoing.FINISHED, marked)


def test_once_a_copy_may_have_arrived_the_mark_stays(office: Office) -> None:
    office.row("通知")
    office.channel.outcomes["通知"] = [Unknown("中断"), NotReached("忙")]
    for _ in range(3):
        office.sweep()
        office.world.clock.pass_(seconds=10)
    assert [sent.repeated for sent in office.channel.sent] == [True]


@pytest.mark.parametrize("outcome", [Unknown("中断"), KeyError("出错")])
def test_what_may_have_arrived_is_tried_five_times_at_growing_intervals(office: Office, outcome: Exception) -> None:
    row = office.row("通知")
    office.channel.outcomes["通知"] = [outcome] * MOST_ATTEMPTS
    pauses = []
    for _ in range(MOST_ATTEMPTS - 1):
        office.sweep()
        pause = office.look(row).lease_until - office.world.clock.now()
        office.world.clock.pass_(seconds=pause.total_seconds() - 0.5)
        office.sweep()
        assert office.look(row).state == outgoing.WAITING
        office.world.clock.pass_(seconds=0.5)
        pauses.append(pause)
    assert pauses == sorted(set(pauses))
    office.sweep()
    why = "unknown" if isinstance(outcome, Unknown) else "error"
    assert (office.fate(row), office.look(row).repeated) == ((outgoing.FAILED, why), True)
    office.world.clock.pass_(days=1)
    office.sweep()
    assert (office.channel.sent, office.look(row).attempt) == ([], MOST_ATTEMPTS)


def test_what_was_certainly_not_sent_is_tried_for_a_day_at_growing_intervals(office: Office) -> None:
    row = office.row("通知")
    office.channel.down = NotReached
    pauses = []
    while (stands := office.look(row)).state != outgoing.FAILED:
        office.sweep()
        stands = office.look(row)
        if stands.state == outgoing.WAITING:
            pauses.append((stands.lease_until - office.world.clock.now()).total_seconds())
            office.world.clock.pass_(seconds=pauses[-1])
    assert (pauses[:4], pauses[-1], pauses) == ([1, 2, 4, 8], 600, sorted(pauses))
    assert office.fate(row) == (outgoing.FAILED, "unreached")
    assert office.world.clock.now() - stands.created_at >= timedelta(hours=24)
    assert not stands.repeated


def test_an_answer_that_does_not_come_is_not_waited_for_longer_than_a_lease(
    paced: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(seconds=SEND_SECONDS) < LEASE
    assert LEASE.total_seconds() >= 3 * RENEW_SECONDS
    assert LEASE.total_seconds() + SWEEP_SECONDS <= 30
    monkeypatch.setattr("bot.outbox.box.SEND_SECONDS", 0.01)
    row = paced.row("通知")
    paced.channel.outcomes["通知"] = [asyncio.Event()]
    paced.sweep()
    assert (paced.fate(row), paced.look(row).repeated) == ((outgoing.WAITING, "unknown"), True)


def test_slowing_down_waits_as_long_as_the_platform_says(office: Office) -> None:
    row = office.row("通知")
    office.channel.outcomes["通知"] = [SlowDown(120)]
    office.sweep()
    office.world.clock.pass_(seconds=119)
    office.sweep()
    assert (office.channel.sent, office.look(row).state) == ([], outgoing.WAITING)
    office.world.clock.pass_(seconds=1)
    office.sweep()
    assert [sent.repeated for sent in office.channel.sent] == [False]


def test_slowing_down_holds_the_whole_channel(office: Office) -> None:
    office.row("甲")
    office.channel.outcomes["甲"] = [SlowDown(120)]
    office.sweep()
    office.row("乙", office.world.phone("法制科科长"))
    office.sweep()
    assert office.channel.texts == []


@pytest.mark.parametrize(
    ("outcome", "state", "reference"),
    [(Gone(), outgoing.GONE, "blocked"), (Refused("过长"), outgoing.FAILED, "refused")],
)
def test_what_cannot_arrive_is_not_tried_again(office: Office, outcome: Exception, state: str, reference: str) -> None:
    row = office.row("通知")
    office.channel.outcomes["通知"] = [outcome]
    office.sweep()
    assert (office.look(row).state, office.look(row).reference) == (state, reference)
    office.world.clock.pass_(days=1)
    office.sweep()
    assert office.channel.sent == []


def test_an_error_that_no_channel_should_raise_is_tried_again(office: Office) -> None:
    row = office.row("通知")
    office.channel.outcomes["通知"] = [KeyError("出错")]
    office.sweep()
    assert (office.look(row).state, office.look(row).reference) == (outgoing.WAITING, "error")
    office.world.clock.pass_(seconds=2)
    office.sweep()
    assert office.channel.texts == ["通知"]
