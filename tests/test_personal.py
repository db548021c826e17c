"""Where personal data may not stand, no number does, whoever's doing the message is; and numbers are found however written."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import personal
from bot.masking import MOBILE, has_mobile, masked
from bot.messages import Message
from bot.reading import Unreadable, read_mobile
from bot.turn import Turn
from models.outgoing import Urgency
from tests.world import BEGINNING, World

NUMBER = "13812345671"
SECTION, LIAISON = "法制科经办", "就业促进科法治联络员"
FORMS = st.sampled_from(
    ["13812345671", "138 1234 5671", "138-1234-5671", "138.1234.5671", "1381234 5671", "+86 13812345671", "8613812345671",
     "１３８１２３４５６７１", "(138)12345671", "138·1234·5671", "手机13812345671。"]
)  # fmt: skip


def carries(world: World, called: str | None, channel: str) -> bool:
    person = None if called is None else world.person(called)
    return world.database.read(lambda db: personal.carries(db, person, channel, BEGINNING.date()))


@given(st.text("法：，, ()0-9", max_size=8), FORMS, st.text("治。、 ", max_size=8))
def test_every_number_that_can_be_read_is_found(before: str, number: str, after: str) -> None:
    text = f"{before}{number}{after}"
    readable = MOBILE.search(text) is not None
    with suppress(Unreadable):
        read_mobile(text)
        readable = True
    assert has_mobile(text) == readable
    assert not readable or "12345671" not in masked(text).replace(" ", "").replace("-", "").replace(".", "")


@pytest.mark.parametrize(
    ("called", "channel", "wanted"),
    [(SECTION, "web", True), (SECTION, "wecom", True), (SECTION, "telegram", False), (SECTION, "terminal", False),
     (None, "web", False)],
)  # fmt: skip
def test_which_channels_carry_it(world: World, called: str | None, channel: str, wanted: bool) -> None:
    assert carries(world, called, channel) is wanted


@pytest.mark.parametrize(("channel", "shown"), [("web", NUMBER), ("telegram", "138****5671")])
def test_what_others_are_told_follows_their_own_channel(world: World, channel: str, shown: str) -> None:
    liaison = world.phone(LIAISON, channel)

    def tell(turn: Turn) -> None:
        turn.bring(world.person(LIAISON), Message(f"请致电{NUMBER}").body(), Urgency.NOTICE)

    world.assistant.by_itself("web", tell).result()
    [(written,)] = world.rows("SELECT body FROM outgoing WHERE channel = ? AND address = ?", channel, liaison.address)
    assert f"请致电{shown}" in written


def test_the_example_of_how_to_write_one_stays(world: World) -> None:
    body = {"parts": [("text", "请写11位手机号，例：13800000000。")]}
    stays = world.database.read(lambda db: personal.fit(db, body, None, "telegram", BEGINNING.date()))
    assert stays is body


def test_a_stranger_is_told_no_number(world: World) -> None:
    body = {"parts": [("text", NUMBER), ("quote", "无")]}
    told = world.database.read(lambda db: personal.fit(db, body, None, "web", BEGINNING.date()))
    assert told == {"parts": [("text", "138****5671"), ("quote", "无")]}
