"""The outbox: a row that did not go out at once is read once more before it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from bot.channels import NotReached
from bot.clock import day_of
from bot.messages import Inbound
from bot.turn import Turn
from models import members, outgoing, people
from models.outgoing import Outgoing, Urgency
from models.people import Address, Post
from tests.office import PUSHING, Office
from tests.world import World


def change(office: Office, statement: sa.Update) -> None:
    office.world.database.write(lambda db: db.session.execute(statement)).result()


# Still to be told, and still there to be told


def leaves_post(office: Office) -> None:
    mine = sa.update(Post).where(col(Post.person_id) == int(office.phone.address))
    change(office, mine.values(ends_on=day_of(office.world.clock.now())))


def is_unlinked(office: Office) -> None:
    place = office.world.database.read(lambda db: members.place_at(db, PUSHING, office.phone.address))
    change(office, sa.update(Address).where(col(Address.id) == place.id).values(person_id=1 + place.person_id))


def blocks(office: Office) -> None:
    now = office.world.clock.now()
    office.world.database.write(lambda db: people.left(db, PUSHING, office.phone.address, now)).result()


def does_it(office: Office) -> None:
    office.untrue.add("第11项")


def lets_it_pass(office: Office) -> None:
    office.world.clock.pass_(hours=1)


@pytest.mark.parametrize(
    ("happens", "why"),
    [(leaves_post, "left"), (is_unlinked, "moved"), (blocks, "blocked"), (does_it, "done"), (lets_it_pass, "past")],
)
def test_a_reminder_that_holds_no_more_is_not_sent(
    pushing: Office, happens: Callable[[Office], None], why: str
) -> None:
    until = pushing.world.clock.now() + timedelta(hours=1)
    row = pushing.row("提醒", urgency=Urgency.REMINDER, until=until, more={"reminds": "第11项"})
    happens(pushing)
    pushing.sweep()
    assert (pushing.fate(row), pushing.channel.texts) == ((outgoing.GONE, why), [])


def test_a_reminder_that_still_holds_is_sent(pushing: Office) -> None:
    until = pushing.world.clock.now() + timedelta(hours=1)
    pushing.row("提醒", urgency=Urgency.REMINDER, until=until, more={"reminds": "第11项"})
    pushing.untrue.add("第12项")
    pushing.sweep()
    assert pushing.channel.texts == ["提醒"]


def test_a_reminder_that_an_outage_has_kept_until_the_night_waits_for_the_morning(pushing: Office) -> None:
    row = pushing.row("提醒", urgency=Urgency.REMINDER, more={"reminds": "第11项"})
    pushing.channel.outcomes["提醒"] = [NotReached("忙")]
    pushing.sweep()
    pushing.too_early = pushing.world.clock.now() + timedelta(hours=9)
    pushing.passes(2)
    assert (pushing.fate(row), pushing.channel.texts) == ((outgoing.WAITING, "quiet"), [])
    pushing.too_early = None
    pushing.passes(9 * 3600)
    assert pushing.channel.texts == ["提醒"]


def test_what_holds_no_more_is_noticed_after_a_failure_too(pushing: Office) -> None:
    row = pushing.row("提醒", urgency=Urgency.REMINDER, more={"reminds": "第11项"})
    pushing.channel.outcomes["提醒"] = [NotReached("忙")]
    pushing.sweep()
    does_it(pushing)
    pushing.passes(2)
    assert (pushing.fate(row), pushing.channel.texts) == ((outgoing.GONE, "done"), [])


def test_a_reply_needs_no_post(pushing: Office) -> None:
    """Who has left is told so."""
    pushing.row("您目前没有在任的岗位")
    leaves_post(pushing)
    pushing.sweep()
    assert len(pushing.channel.sent) == 1


def test_what_is_called_back_while_it_waits_for_a_slot_is_not_sent(paced: Office) -> None:
    first, second = paced.row("一"), paced.row("二")
    paced.sweep()
    withdrawn = sa.update(Outgoing).where(col(Outgoing.id).in_([first, second]))
    change(paced, withdrawn.values(state=outgoing.GONE))
    paced.passes(3, every=1.5)
    assert paced.channel.texts == ["一"]
    assert paced.fate(second) == (outgoing.GONE, None)


def test_what_is_called_back_while_it_is_sent_stays_called_back(pushing: Office) -> None:
    row, arrives = pushing.row("一"), asyncio.Event()
    pushing.channel.outcomes["一"] = [arrives]

    async def step() -> None:
        await pushing.outbox.sweep()
        while not pushing.channel.tries:
            await asyncio.sleep(0.001)
        withdrawn = sa.update(Outgoing).where(col(Outgoing.id) == row).values(state=outgoing.GONE)
        await asyncio.to_thread(change, pushing, withdrawn)
        arrives.set()

    pushing.run(step)
    assert pushing.look(row).state == outgoing.GONE


def test_a_row_that_breaks_the_reading_does_not_stop_the_others(pushing: Office) -> None:
    broken = pushing.row("坏", urgency=Urgency.REMINDER, more={"reminds": ["不是词"]})
    pushing.row("好", pushing.somebody("法制科科长"), urgency=Urgency.REMINDER, more={"reminds": "第11项"})
    pushing.sweep()
    assert (pushing.channel.texts, pushing.fate(broken)) == (["好"], (outgoing.WAITING, "error"))


def test_a_reply_that_goes_out_at_once_is_not_read_again(pushing: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outbox.box.Rereading.read", None)
    pushing.run(lambda: said(pushing, "菜单"))
    assert len(pushing.channel.sent) > 0


def test_a_list_is_not_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reader has seen the row since it was committed; there is nothing to hold back."""
    monkeypatch.setattr("bot.outbox.box.Rereading.read", None)
    office = Office(world)
    office.row("通知", urgency=Urgency.NOTICE, more={"edits": 1})
    office.sweep()
    assert office.channel.texts == ["通知"]
    office.close()


async def said(office: Office, text: str) -> None:
    inbound = Inbound(PUSHING, office.phone.address, text, text=text)
    await office.assistant.take(inbound)


def test_what_others_are_told_goes_out_at_once_though_it_waits_for_its_slot_in_the_database(paced: Office) -> None:
    person = int(paced.phone.address)

    def tells(turn: Turn) -> None:
        turn.notify([person], "welcome_back")

    async def step() -> None:
        await asyncio.wrap_future(paced.assistant.by_itself(PUSHING, tells))

    paced.run(step)
    assert [(row.again, row.urgency) for row in paced.channel.sent] == [(True, Urgency.NOTICE)]


# Questions that are overtaken


def question(number: int) -> dict[str, object]:
    return {"of": [1, f"q{number}"]}


def test_a_question_that_waits_behind_another_is_overtaken_by_a_newer_one(paced: Office) -> None:
    paced.row("0", more=question(0))
    paced.sweep()
    rows = [paced.row(str(number), more=question(number)) for number in range(1, 3)]
    paced.passes(3, every=1.5)
    assert paced.channel.texts == ["0", "2"]
    assert [paced.fate(row)[1] for row in rows] == ["overtaken", f"platform-{rows[1]}"]


def test_a_question_taken_up_again_is_overtaken_by_one_that_waits_elsewhere(paced: Office) -> None:
    row = paced.row("0", more=question(0))
    later = paced.world.clock.now() + timedelta(seconds=5)
    paced.row("1", more=question(1), state=outgoing.WAITING, lease_until=later)
    paced.sweep()
    assert paced.fate(row) == (outgoing.GONE, "overtaken")
    paced.passes(6)
    assert paced.channel.texts == ["1"]


def test_a_question_that_failed_is_overtaken_by_a_newer_one(pushing: Office) -> None:
    first = pushing.row("一", more=question(1))
    pushing.channel.outcomes["一"] = [NotReached("忙")]
    pushing.sweep()
    pushing.row("二", more=question(2))
    pushing.passes(3)
    assert (pushing.channel.texts, pushing.fate(first)) == (["二"], (outgoing.GONE, "overtaken"))


@pytest.mark.parametrize("more", [{"leads": True}, {"picture": "/x"}, {"file": {"url": "/x"}}])
def test_a_question_that_says_something_besides_is_never_left_out(pushing: Office, more: dict[str, object]) -> None:
    pushing.row("一", more=question(1) | more)
    pushing.row("二", more=question(2))
    pushing.channel.outcomes["一"] = [NotReached("忙")]
    pushing.passes(4)
    assert pushing.channel.texts == ["一", "二"]


def test_only_questions_to_the_same_address_overtake(pushing: Office) -> None:
    pushing.row("一", more=question(1))
    pushing.row("二", more={"parts": [["text", "二"]]})
    pushing.row("三", pushing.somebody("法制科科长"), more=question(3))
    pushing.channel.outcomes["一"] = [NotReached("忙")]
    pushing.passes(4)
    assert sorted(pushing.channel.texts) == sorted(["一", "二", "三"])


def test_no_question_of_a_list_is_overtaken(world: World) -> None:
    office = Office(world)
    for number in range(3):
        office.row(str(number), more=question(number))
    office.sweep()
    assert office.channel.texts == ["0", "1", "2"]
    office.close()


def test_what_is_said_before_a_question_is_noted_in_its_row(world: World) -> None:
    phone = world.phone("法制科法治联络员")
    phone.say("改11")
    asked, told = phone.press("符合"), phone.say("不是数")
    assert asked is not None
    assert told is not None
    assert ("leads" in asked.body, told.body["leads"]) == (False, True)


# Messages that edit others


def test_an_edit_names_the_platforms_message(pushing: Office) -> None:
    first = pushing.row("一")
    pushing.row("二", more={"edits": first})
    pushing.sweep()
    assert [row.replaces for row in pushing.channel.sent] == [None, f"platform-{first}"]


@pytest.mark.parametrize("state", [outgoing.FAILED, outgoing.WAITING])
def test_an_edit_of_what_never_arrived_is_a_new_message(pushing: Office, state: str) -> None:
    first = pushing.row("一", state=state, lease_until=pushing.world.clock.now() + timedelta(days=1))
    pushing.row("二", more={"edits": first})
    pushing.sweep()
    assert [(row.replaces, row.body["parts"]) for row in pushing.channel.sent] == [(None, [["text", "二"]])]


def test_an_edit_of_what_was_overtaken_edits_what_that_would_have(paced: Office) -> None:
    first = paced.row("一", more=question(1))
    paced.sweep()
    second = paced.row("二", more=question(1) | {"edits": first})
    paced.row("三", more=question(1) | {"edits": second})
    paced.passes(3, every=1.5)
    assert [row.replaces for row in paced.channel.sent] == [None, f"platform-{first}"]
