"""Every action, command and file × everybody × objects of the own unit, the own bureau, below, above and elsewhere.

Without the right nothing changes, and what is answered gives nothing away; with it, nobody is turned back. What is tried is
taken from the registries: whatever is new has to be put into tests/rights/registry.py.
"""

from __future__ import annotations

from typing import Any

from bot.actions import COMMANDS, DOWNLOADS, base36, token
from bot.messages import Button, Piece
from bot.render import COMMON
from tests.rights.checks import (
    arg_of,
    asked_which_post,
    assert_gives_nothing_away,
    assert_refused,
    may,
    turned_back,
)
from tests.rights.domain import RIGHTS, Site, holds, reached
from tests.rights.people import CAST, PLACES, SPOTS, Actor
from tests.rights.registry import NONE, OF_THE_WHOLE, POSITION, TYPED_FOR, kinds_of, loading, loading_nothing, unknown
from tests.rights.rehearsal import Came, Rehearsal
from tests.rights.world import made
from tests.world import the_words


def test_whatever_is_registered_is_known_here() -> None:
    the_words()
    assert unknown(set(made().objects.at)) == set(), "put it into tests/rights/registry.py"


def test_the_cast_is_complete() -> None:
    assert {role for posts in CAST.values() for role, _ in posts} == {role for row in RIGHTS.values() for role in row}


def test_every_action_with_an_object(actor: Actor, rehearsal: Rehearsal) -> None:
    for action in loading():
        for kind in kinds_of(action):
            for site, found in made().objects.at[kind].items():
                came = rehearsal.pressed(actor, Button(action.code, found.id, found.version, arg_of(action.code, site)))
                where = f"{action.code}, {kind} of {site}: {came.text}"
                if may(actor, action.right.value, kind, site):
                    assert not turned_back(came), where
                    assert not asked_which_post(came), where
                    assert_gives_nothing_away(came)
                else:
                    assert turned_back(came), where
                    assert_refused(came, rehearsal)


def test_every_action_without_one(actor: Actor, rehearsal: Rehearsal) -> None:
    for action in loading_nothing(NONE, POSITION):
        came = rehearsal.pressed(actor, Button(action.code, 0, 0, arg_of(action.code, Site.OWN_UNIT)))
        _assert_as_held(came, action.code, action.right.value, rehearsal)


def test_every_command(actor: Actor, rehearsal: Rehearsal) -> None:
    words = the_words()
    for command in COMMANDS.values():
        phrases = words.commands(command.folder).get(command.name) or words.commands(COMMON).get(command.name, [])
        if not phrases or ("{n}" in phrases[0] and len(actor.posts) > 1):
            continue  # another command leads to it; or the number is of one bureau or the other
        came = rehearsal.tried(actor, text=phrases[0].replace("{n}", str(SPOTS[Site.OWN_UNIT].number)))
        right = TYPED_FOR.get(command.name, command.right.value)
        if command.instead is not None and not holds(actor.posts, right):
            right = COMMANDS[command.instead].right.value
        _assert_as_held(came, command.name, right, rehearsal)


def _assert_as_held(came: Came, name: str, right: str, rehearsal: Rehearsal) -> None:
    actor = came.actor
    allowed = holds(actor.posts, right)
    if name in OF_THE_WHOLE:
        allowed = bool(reached(actor.posts, right, actor.contact) & {Site.NOBODYS, Site.ELSEWHERE})
    if asked_which_post(came):
        assert allowed
        assert {button.code for button in came.buttons()} == {"as"}
    else:
        assert turned_back(came) != allowed, f"{name}: {came.text}"
    if allowed:
        assert_gives_nothing_away(came)
    else:
        assert_refused(came, rehearsal)


def test_it_goes_on_in_whichever_post_is_chosen(rehearsal: Rehearsal) -> None:
    """The thing goes on in that post's bureau, and shows nothing of another one."""
    tried = 0
    for actor in made().actors.values():
        for action in loading_nothing(NONE, POSITION):
            if len(actor.posts) < 2 or action.code in OF_THE_WHOLE:
                continue
            for choice, (_, where) in enumerate(actor.posts):
                tried += _goes_on(rehearsal, actor, action.code, choice, PLACES[where][0])
    assert tried > 50


def _goes_on(rehearsal: Rehearsal, actor: Actor, code: str, choice: int, bureau: str) -> int:
    with rehearsal.undone():
        came = rehearsal.deliver(actor, press=token(Button(code, 0, 0, arg_of(code, Site.OWN_UNIT))))
        if not asked_which_post(came):
            return 0
        offered = [button for button in came.buttons() if button.code == "as"]
        went_on = rehearsal.deliver(actor, press=token(offered[choice]))
    assert not turned_back(went_on), f"{actor.name}, {code}: {went_on.text}"
    assert "现在不由您单位作答" not in went_on.text, code
    assert_gives_nothing_away(went_on)
    assert [spot.mark for spot in SPOTS.values() if spot.bureau != bureau and spot.mark in went_on.text] == [], code
    return 1


def test_items_by_their_number(actor: Actor, rehearsal: Rehearsal) -> None:
    if len(actor.posts) > 1:
        return
    for site in (Site.OWN_UNIT, Site.OTHER_UNIT, Site.NOBODYS):
        came = rehearsal.tried(actor, text=f"改{SPOTS[site].number}")
        if may(actor, "answer", "item", site):
            assert f"第 {SPOTS[site].number}/60 项" in came.text
        else:
            assert turned_back(came)
            assert_refused(came, rehearsal)


def test_the_item_that_a_button_carries(actor: Actor, rehearsal: Rehearsal) -> None:
    """用作第 n 项的佐证: the piece and the item must both be within reach, and of one bureau."""
    for site, piece in made().objects.at["piece"].items():
        for other, item in made().objects.at["item"].items():
            came = rehearsal.pressed(actor, Button("evu", piece.id, 0, base36(item.id)))
            both = may(actor, "answer", "piece", site) and may(actor, "answer", "item", other)
            if both and SPOTS[site].bureau == SPOTS[other].bureau:
                assert not turned_back(came)
            else:
                assert turned_back(came)
                assert_refused(came, rehearsal)


def test_every_file(actor: Actor, rehearsal: Rehearsal) -> None:
    for name, download in DOWNLOADS.items():
        for kind in kinds_of(download):
            for site, found in made().objects.at[kind].items():
                got = rehearsal.assistant.look(
                    "web", actor.address, lambda turn, d=download, i=found.id: _looked(turn, d, i)
                )  # fmt: skip
                assert bool(got) == may(actor, download.right.value, kind, site), f"{name}, {kind} of {site}"


def _looked(turn: Any, download: Any, the_id: int) -> bool:
    target = download.load(turn, the_id)
    return target is not None and turn.actor.may(download.right, target.place)


def test_whoever_may_not_answer_brings_no_files(actor: Actor, rehearsal: Rehearsal) -> None:
    came = rehearsal.tried(actor, piece=Piece("材料.pdf", 9, f"{actor.address}_y_9"))
    if holds(actor.posts, "answer"):
        assert "evidence" in came.tables
    else:
        assert_refused(came, rehearsal)
