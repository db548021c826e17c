"""Lots: messages to many people that are stopped together, each asked about just before it is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import lots
from bot.channels import NotReached
from bot.lots import LOT
from models import outgoing
from models.outgoing import Urgency
from tests.office import Office

STOPPED: set[int] = set()


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    STOPPED.clear()
    monkeypatch.setitem(lots.LOTS, "sample", lambda turn, the_id: the_id not in STOPPED)


def test_what_is_left_of_a_lot_that_was_stopped_is_not_sent(pushing: Office) -> None:
    row = pushing.row("第一份", urgency=Urgency.NOTICE, more={LOT: ["sample", 7]})
    other = pushing.row("另一批", urgency=Urgency.NOTICE, more={LOT: ["sample", 8]})
    STOPPED.add(7)
    pushing.sweep()
    assert pushing.fate(row) == (outgoing.GONE, "withdrawn")
    assert pushing.fate(other)[0] == outgoing.FINISHED
    assert pushing.channel.texts == ["另一批"]


def test_it_is_not_tried_again_either(pushing: Office) -> None:
    row = pushing.row("第一份", urgency=Urgency.NOTICE, more={LOT: ["sample", 7]})
    pushing.channel.outcomes["第一份"] = [NotReached("忙")]
    pushing.sweep()
    assert pushing.fate(row)[0] == outgoing.WAITING
    STOPPED.add(7)
    pushing.passes(2)
    assert (pushing.fate(row), pushing.channel.texts) == ((outgoing.GONE, "withdrawn"), [])


def test_a_card_that_changes_in_place_does_so_at_any_hour(pushing: Office) -> None:
    first = pushing.row("原文")
    pushing.sweep()
    pushing.too_early = pushing.world.clock.now() + timedelta(hours=9)
    row = pushing.row("改后", urgency=Urgency.REMINDER, more={"edits": first})
    pushing.sweep()
    assert pushing.fate(row)[0] == outgoing.FINISHED


def test_a_kind_is_registered_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        lots.lot("sample")(lambda turn, the_id: True)
