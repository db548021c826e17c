"""A self-assessment done by many: shares as last time, acceptance of a version, and what keeps the gate closed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.actions import DOWNLOADS
from bot.turn import Turn
from models import acceptance, answering, assessments, bureau_settings, campaigns, scoring, shares, submission
from models.acceptance import Opinion
from models.db import Changed, Transaction
from models.submission import Gate
from tests import dialogue_teamwork
from tests.test_moving import BUREAU, CONTACT
from tests.world import BEGINNING, World, text_of

UNIT = "就业促进科"


class Bureau:
    """The demo bureau's self-assessment, everything ready to go up if asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.id = int(world.rows("SELECT id FROM bureau WHERE name = ?", BUREAU)[0][0])
        self.unit = int(world.rows("SELECT id FROM unit WHERE name = ? AND bureau_id = ?", UNIT, self.id)[0][0])
        self.contact = world.person(CONTACT)

    def write(self, work: Any) -> Any:
        return self.world.database.write(work).result()

    def row(self, db: Transaction) -> Any:
        return assessments.of_bureau(db, self.id)

    def item(self, db: Transaction, position: int) -> Any:
        return assessments.all_items(db, self.row(db).id)[position - 1]

    def gate(self) -> Gate:
        return self.world.database.read(
            lambda db: submission.gate(db, self.row(db), scoring.tally_of(db, self.row(db)))
        )

    def make_ready(self) -> None:
        dialogue_teamwork.happen(self.world, dialogue_teamwork.READY, BUREAU)


@pytest.fixture
def bureau(world: World) -> Bureau:
    return Bureau(world)


# Shares


def test_the_next_campaign_offers_the_shares_of_the_one_before(bureau: Bureau) -> None:
    def work(db: Transaction) -> tuple[dict[str, int], dict[str, int]]:
        first = bureau.row(db)
        shares.give(db, assessments.all_items(db, first.id)[:3], bureau.unit)
        none_before = shares.as_last_time(db, first)
        old = campaigns.newest(db)
        assert old is not None
        campaign = campaigns.load_campaign(db, old.source.encode(), old.years + 1, first.catalogue_id)
        assessments.begin_now(db, campaign, bureau.id, bureau.contact, BEGINNING)
        return none_before, shares.as_last_time(db, bureau.row(db))

    assert bureau.write(work) == ({}, {"1": bureau.unit, "2": bureau.unit, "3": bureau.unit})


def test_giving_says_what_had_been_somebody_elses_and_changes_no_answer(bureau: Bureau) -> None:
    def work(db: Transaction) -> tuple[list[int], list[int], int]:
        items = assessments.all_items(db, bureau.row(db).id)
        first = [row.position for row in shares.give(db, items[:2], bureau.unit)]
        again = [row.position for row in shares.give(db, assessments.all_items(db, bureau.row(db).id)[:3], bureau.unit)]
        return first, again, bureau.item(db, 1).version

    assert bureau.write(work) == ([1, 2], [3], 0)


def test_the_table_counts_each_item_once(bureau: Bureau) -> None:
    bureau.make_ready()

    def work(db: Transaction) -> list[shares.Share]:
        shares.give(db, assessments.all_items(db, bureau.row(db).id)[:5], bureau.unit)
        acceptance.send_back(db, bureau.item(db, 1), "请补充依据")
        return shares.by_unit(db, bureau.row(db).id)

    ours, rest = bureau.write(work)
    assert ours == shares.Share(bureau.unit, UNIT, given=5, answered=4, returned=1, accepted=4)
    assert (rest.unit_id, rest.given, rest.answered, rest.accepted) == (None, 59, 59, 59)


# Acceptance


def test_a_later_answer_is_not_accepted_by_an_earlier_look(bureau: Bureau) -> None:
    bureau.make_ready()
    seen = bureau.world.database.read(lambda db: bureau.item(db, 1))

    def answered_anew(db: Transaction) -> None:
        answering.give(
            db, seen.id, seen.version, key="statement", value="另有说明", values=dict(seen.values), verdict="met",
            state=assessments.State.COMPLETE, person=bureau.contact, post=None, channel="web", now=BEGINNING,
        )  # fmt: skip

    bureau.write(answered_anew)
    assert bureau.gate().pending == (1,)
    for late in (lambda db: acceptance.accept(db, [seen]), lambda db: acceptance.send_back(db, seen, "请补充依据")):
        with pytest.raises(Changed):
            bureau.write(late)
    assert bureau.gate().pending == (1,)


# The gate


def test_when_all_is_there_the_gate_is_open(bureau: Bureau) -> None:
    assert not bureau.gate().open
    bureau.make_ready()
    assert bureau.gate().open


@pytest.mark.parametrize(
    ("spoil", "shows"),
    [
        ("UPDATE answer SET accepted = NULL WHERE position = 7", lambda gate: gate.pending == (7,)),
        ("UPDATE answer SET state = 'returned' WHERE position = 7", lambda gate: gate.unanswered == 1),
        ("UPDATE answer SET state = 'open' WHERE item LIKE 'bonus.%'", lambda gate: gate.unanswered == 2),
        ("UPDATE answer SET verdict = 'has' WHERE item LIKE 'veto.%'", lambda gate: len(gate.score.vetoed) == 2),
        ("UPDATE answer SET verdict = 'unmet' WHERE position <= 7", lambda gate: gate.score.missing == 1),
        ("UPDATE answer SET verdict = 'na' WHERE position <= 7", lambda gate: gate.score.unreachable),
        ("DELETE FROM collectivedecision", lambda gate: not gate.decided),
        ("DELETE FROM opiniongiven WHERE opinion = 'bureau'", lambda gate: gate.opinions == (Opinion.BUREAU,)),
    ],
)
def test_each_thing_that_is_missing_keeps_the_gate_closed_and_is_named(bureau: Bureau, spoil: str, shows: Any) -> None:
    bureau.make_ready()
    bureau.write(lambda db: db.execute(spoil))
    gate = bureau.gate()
    assert not gate.open
    assert shows(gate)


def test_a_bureau_may_choose_to_count_what_is_applicable_alone(bureau: Bureau) -> None:
    bureau.make_ready()
    bureau.write(lambda db: db.execute("UPDATE answer SET verdict = 'na' WHERE position <= 7"))
    assert not bureau.gate().open
    bureau.write(
        lambda db: bureau_settings.change(db, bureau.id, "gate", bureau_settings.APPLICABLE, bureau.contact, BEGINNING)
    )
    assert bureau.gate().open


def test_it_goes_up_once_and_comes_back_once(bureau: Bureau) -> None:
    bureau.make_ready()
    before = bureau.world.database.read(bureau.row)
    bureau.write(lambda db: submission.submit(db, before, BEGINNING))
    with pytest.raises(Changed):
        bureau.write(lambda db: submission.submit(db, before, BEGINNING))
    up = bureau.world.database.read(bureau.row)
    assert up.submitted_at == BEGINNING
    bureau.write(lambda db: submission.withdraw(db, up))
    with pytest.raises(Changed):
        bureau.write(lambda db: submission.withdraw(db, up))
    assert bureau.world.database.read(bureau.row).submitted_at is None


# The picture


def test_a_picture_that_cannot_be_drawn_is_said_to_be_missing(bureau: Bureau) -> None:
    phone = bureau.world.phone("法制科科长")
    outcome = {"subject": bureau.world.database.read(bureau.row).id, "given_up": "out of memory"}
    assert "没有画出来" in text_of(phone.deliver(work=("progress", outcome)))


def test_the_picture_is_shown_to_those_who_see_the_whole_bureau(bureau: Bureau) -> None:
    shown = bureau.world.phone("法制科科长").say("进度图")
    assert shown is not None
    made = int(shown.body["picture"].rpartition("/")[2])
    for who, sees in (
        (CONTACT, True),
        ("局领导（分管）", True),
        (f"{UNIT}法治联络员", False),
        (f"{UNIT}负责人", False),
    ):
        address = bureau.world.phone(who).address

        def look(turn: Turn) -> bool:
            target = DOWNLOADS["progress"].load(turn, made)
            return target is not None and turn.actor.may(DOWNLOADS["progress"].right, target.place)

        assert bureau.world.assistant.look("web", address, look) is sees, who


# Settings


@pytest.mark.parametrize(
    ("key", "wrong"),
    [("page_megabytes", 0), ("page_megabytes", 201), ("page_megabytes", "50"), ("gate", "none"), ("personal_channels", ()),
     ("personal_channels", ("fax",))],
)  # fmt: skip
def test_a_value_that_a_setting_cannot_have_is_refused(bureau: Bureau, key: str, wrong: Any) -> None:
    with pytest.raises(ValueError, match=key):
        bureau.write(lambda db: bureau_settings.change(db, bureau.id, key, wrong, bureau.contact, BEGINNING))
    start = bureau_settings.SETTINGS[key].start
    assert bureau.world.database.read(lambda db: bureau_settings.value_of(db, bureau.id, key)) == start


def test_the_days_of_a_loaded_campaign_are_moved_by_its_years(bureau: Bureau) -> None:
    def work(db: Transaction) -> date:
        old = campaigns.newest(db)
        assert old is not None
        again = campaigns.load_campaign(db, old.source.encode(), 8, old.catalogue_id)
        assert campaigns.load_campaign(db, old.source.encode(), 8, old.catalogue_id).id == again.id
        return campaigns.file_of(db, again).deadline

    assert bureau.write(work) == date(2030, 9, 9)
