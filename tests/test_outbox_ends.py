"""The outbox: outages, processes that are killed, people who have left, and who learns that a message did not arrive."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlmodel import col

from bot.channels import Gone, NotReached, Refused, Traits, Unknown
from bot.delivery import UNDELIVERED
from bot.messages import Inbound
from bot.outbox import MOST_ATTEMPTS
from models import outgoing, people
from models.db import DatabaseDown
from models.outgoing import Urgency
from models.people import Address
from tests.office import PACED, PUSHES, PUSHING, FakeChannel, Office, text_in
from tests.world import World

SENDER = "法制科经办"


def deliveries(office: Office, key: str) -> int:
    return int(office.world.rows('SELECT count(*) FROM delivery WHERE "key" = ?', key)[0][0])


def told(office: Office) -> list[str]:
    """What waits to be put into somebody's next digest."""
    bodies = office.world.rows("SELECT body FROM reminder WHERE body IS NOT NULL")
    return ["".join(text for _, text in json.loads(body)["parts"]) for (body,) in bodies]


# Outages


@pytest.mark.parametrize("traits", [PUSHES, PACED])
def test_an_outage_of_a_day_loses_nothing(world: World, traits: Traits) -> None:
    office = Office(world, FakeChannel(PUSHING, traits))
    names = ("法制科法治联络员", "法制科经办", "法制科科长", "就业促进科负责人", "就业促进科法治员")
    people_here = [office.somebody(called) for called in names]
    rows = [office.row(f"{number}", phone) for number in range(4) for phone in people_here]
    office.channel.down = NotReached
    office.passes(120)
    # One try a minute, whoever's turn it is: the others wait untouched.
    before = office.channel.tries
    office.passes(61 * 60, every=61)
    assert 30 <= office.channel.tries - before <= 61
    office.passes(22 * 3600, every=1801)
    assert [row for row in rows if office.look(row).state not in (outgoing.CREATED, outgoing.WAITING)] == []
    assert {office.look(row).attempt for row in rows} == {0}
    office.channel.down = None
    office.passes(61, every=61)
    office.passes(33, every=1.1)
    assert {office.look(row).state for row in rows} == {outgoing.FINISHED}
    for phone in people_here:
        assert [text_in(row) for row in office.channel.sent if row.address == phone.address] == list("0123")
    assert not any(row.repeated for row in office.channel.sent)
    office.close()


def test_a_channel_that_keeps_failing_rests_longer_and_longer_and_is_probed_with_one_row(paced: Office) -> None:
    names = ("法制科法治联络员", "法制科经办", "法制科科长", "就业促进科负责人", "就业促进科法治员")
    for called in names:
        paced.row("通知", paced.somebody(called))
    paced.channel.down = NotReached
    paced.sweep()
    tries = [(0, paced.channel.tries)]
    for second in range(1, 200):
        paced.passes(1.002, every=1.002)
        if paced.channel.tries > tries[-1][1]:
            tries.append((second, paced.channel.tries))
    assert tries[0][1] <= len(names)
    assert {after - before for (_, before), (_, after) in pairwise(tries)} == {1}
    gaps = [after - before for (before, _), (after, _) in pairwise(tries)]
    assert gaps[:6] == [1, 2, 4, 8, 16, 32]
    assert max(gaps) <= 60


def test_one_row_that_cannot_be_sent_does_not_stop_the_channel(pushing: Office) -> None:
    pushing.row("坏")
    pushing.channel.outcomes["坏"] = [NotReached("忙")] * 100
    pushing.passes(60)
    pushing.row("好", pushing.somebody(SENDER))
    pushing.sweep()
    assert pushing.channel.texts == ["好"]


def test_after_an_outage_rows_do_not_wait_out_their_pauses(pushing: Office) -> None:
    rows = [
        pushing.row(str(number), pushing.somebody(name)) for number, name in enumerate(("法制科经办", "法制科科长"))
    ]
    pushing.channel.outcomes["0"] = [NotReached("忙")] * 9
    pushing.channel.outcomes["1"] = [Unknown("中断")] * (MOST_ATTEMPTS - 1)
    third = pushing.row("2", pushing.somebody("就业促进科负责人"))
    pushing.channel.outcomes["2"] = [NotReached("忙")] * 3
    pushing.passes(70)
    before = [pushing.look(row).lease_until for row in rows if pushing.look(row).state == outgoing.WAITING]
    pushing.channel.outcomes.clear()
    pushing.passes(70)
    assert pushing.look(third).state == outgoing.FINISHED
    assert before
    assert {pushing.look(row).state for row in rows} == {outgoing.FINISHED}


# Processes that are killed


def test_what_a_killed_process_was_sending_goes_out_within_thirty_seconds(paced: Office) -> None:
    rows = [paced.row(str(number), paced.somebody(called)) for number, called in enumerate((SENDER, "法制科科长"))]
    for text in "01":
        paced.channel.outcomes[text] = [asyncio.Event()]
    channel = FakeChannel(PUSHING, PACED)
    other = paced.process("second", channel)

    async def killed_while_it_sends() -> None:
        await paced.outbox.sweep()
        while paced.channel.tries < 2:
            await asyncio.sleep(0.001)
        await paced.outbox._renew()
        await paced.start(other, "second")
        for _ in range(30):
            paced.world.clock.pass_(seconds=1)
            other.pump()
            await other.sweep()
            await other.settled()
        for line in paced.outbox._lines.values():
            for task in line.tasks:
                task.cancel()
        await other.stop()

    paced.run(killed_while_it_sends)
    assert sorted(row.id for row in channel.sent) == rows
    assert all(row.repeated for row in channel.sent)
    assert [paced.fate(row) for row in rows] == [(outgoing.FINISHED, f"platform-{row}") for row in rows]


def test_a_process_does_not_take_over_what_it_holds_itself(paced: Office) -> None:
    """Not even if the clock jumps, or the database could not be told in time."""
    row, arrives = paced.row("一"), asyncio.Event()
    paced.channel.outcomes["一"] = [arrives]

    async def step() -> None:
        await paced.outbox.sweep()
        paced.world.clock.pass_(days=1)
        await paced.outbox.sweep()
        arrives.set()

    paced.run(step)
    assert (paced.channel.tries, paced.look(row).lease) == (1, 1)


def test_a_clock_that_is_set_back_by_a_day_holds_nothing_up(pushing: Office) -> None:
    waits = pushing.row("等")
    pushing.channel.outcomes["等"] = [NotReached("忙")]
    pushing.sweep()
    created = pushing.row("新", pushing.somebody(SENDER))
    later = pushing.world.clock.now() + timedelta(hours=20)
    planned = pushing.row("定", pushing.somebody(SENDER), urgency=2, not_before=later, lease_until=later)
    pushing.world.clock.pass_(days=-1)
    pushing.run(pushing.outbox._renew)
    pushing.passes(12)
    assert [pushing.look(row).state for row in (waits, created)] == [outgoing.FINISHED] * 2
    assert pushing.look(planned).state == outgoing.CREATED


# People who have left, and whoever must know


@pytest.mark.parametrize("at_once", [True, False])
def test_that_somebody_has_left_enters_as_a_turn_once(pushing: Office, at_once: bool) -> None:
    row = pushing.row("通知", urgency=Urgency.REPLY if at_once else Urgency.NOTICE)
    pushing.channel.outcomes["通知"] = [Gone()]
    pushing.sweep()
    assert (pushing.fate(row), deliveries(pushing, f"left:{row}")) == ((outgoing.GONE, "blocked"), 1)
    person = int(pushing.phone.address)
    gone = {
        place.channel: place.gone_at
        for place in pushing.world.database.read(lambda db: people.addresses_of(db, person))
    }
    assert gone[PUSHING] == pushing.world.clock.now()


def test_a_stranger_who_has_left_is_of_no_concern(pushing: Office) -> None:
    row = pushing.row("请凭邀请码加入", person_id=None, address="99999")
    pushing.channel.outcomes["请凭邀请码加入"] = [Gone()]
    pushing.sweep()
    assert (pushing.fate(row), deliveries(pushing, f"left:{row}")) == ((outgoing.GONE, "blocked"), 0)


def test_nothing_is_said_to_be_over_before_whoever_must_know_was_told(
    pushing: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = pushing.row("通知")
    pushing.channel.outcomes["通知"] = [Gone(), Gone()]
    take = pushing.assistant.take

    async def down(inbound: Inbound) -> None:
        raise DatabaseDown("locked")

    monkeypatch.setattr(pushing.assistant, "take", down)
    pushing.sweep()
    assert pushing.fate(row) == (outgoing.WAITING, "blocked")
    monkeypatch.setattr(pushing.assistant, "take", take)
    pushing.passes(2)
    assert (pushing.fate(row), deliveries(pushing, f"left:{row}")) == ((outgoing.GONE, "blocked"), 1)


@pytest.mark.parametrize(
    ("outcome", "why", "words"),
    [
        (Refused("BUTTON_DATA_INVALID"), "refused", "内容未被对方平台接收"),
        (Gone(), "blocked", "对方已停用助手"),
        (Unknown("中断"), "unknown", "结果不明"),
        (KeyError("出错"), "error", "程序出错"),
        (NotReached("忙"), "unreached", "一天内未能联通"),
    ],
)
def test_whoever_had_it_sent_learns_why_it_did_not_arrive(
    pushing: Office, outcome: Exception, why: str, words: str
) -> None:
    sender = pushing.somebody(SENDER)
    row = pushing.row("通知", urgency=Urgency.NOTICE, sender_id=int(sender.address))
    pushing.channel.outcomes["通知"] = [outcome] * 1000
    for _ in range(6):
        pushing.sweep()
        pushing.world.clock.pass_(minutes=30)
    if why == "unreached":
        pushing.world.clock.pass_(hours=24)
        pushing.sweep()
    assert pushing.look(row).reference == why
    assert deliveries(pushing, f"{UNDELIVERED}:{row}") == 1
    assert [text for text in told(pushing) if "法制科法治联络员" in text and words in text] != []


@pytest.mark.parametrize("sender", [None, "themselves", "nowhere"])
def test_nobody_learns_of_it_where_nobody_can(pushing: Office, sender: str | None) -> None:
    persons = {
        None: None,
        "themselves": int(pushing.phone.address),
        "nowhere": pushing.world.person("就业促进科负责人"),
    }
    if sender == "nowhere":
        pushing.world.database.write(
            lambda db: db.session.execute(sa.delete(Address).where(col(Address.person_id) == persons[sender]))
        ).result()
    row = pushing.row("通知", urgency=Urgency.NOTICE, sender_id=persons[sender])
    pushing.channel.outcomes["通知"] = [Refused("过长")]
    pushing.sweep()
    assert (pushing.fate(row), told(pushing)) == ((outgoing.FAILED, "refused"), [])


def test_rows_that_wait_long_are_not_forgotten_by_their_lane(pushing: Office) -> None:
    """An hour after it should have come again, a row that went elsewhere holds nobody back and takes no memory."""
    row = pushing.row("一")
    pushing.channel.outcomes["一"] = [NotReached("忙")]
    pushing.sweep()
    later = pushing.world.clock.now() + timedelta(days=1)
    change = {"the_id": row, "the_lease": 1, "the_state": outgoing.WAITING, "state": outgoing.RUNNING, "lease": 2}
    pushing.world.database.write(
        lambda db: db.run(outgoing._TAKE, **change, holder="another", lease_until=later, repeated=False)
    ).result()
    pushing.world.clock.pass_(hours=2)
    pushing.run(pushing.outbox._renew)
    assert pushing.outbox._lines[PUSHING]._lanes == {}
