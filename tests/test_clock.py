"""What would go out around the full and the half hour waits for a few minutes, each address for its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import local, off_the_hour
from tests.world import BEGINNING

SPREAD = timedelta(minutes=5)


@pytest.mark.parametrize("minute", range(60))
def test_nothing_goes_out_then_and_everything_soon_after(minute: int) -> None:
    now = BEGINNING + timedelta(minutes=minute, seconds=17)
    waits = [off_the_hour(now, SPREAD, f"member{number}") for number in range(300)]
    if minute % 30 in (29, 0, 1):
        goes = [now + wait for wait in waits if wait is not None]
        assert len(goes) == 300
        assert {local(at).minute % 30 for at in goes} <= set(range(2, 9))
        assert max(goes) - min(goes) > timedelta(minutes=4)
    else:
        assert set(waits) == {None}


def test_the_same_address_waits_as_long_each_time_and_nobody_where_nothing_is_spread() -> None:
    assert off_the_hour(BEGINNING, SPREAD, "a") == off_the_hour(BEGINNING, SPREAD, "a")
    assert off_the_hour(BEGINNING, timedelta(0), "a") is None
