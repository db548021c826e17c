"""Every action, command, flow and file × everybody × objects of the own unit, the own bureau, below, above and elsewhere.

Without the right nothing changes, and what is answered gives nothing away; with it, nobody is turned back. What is tried is
taken from the registries: whatever is new there must say here what its ids and arguments are about.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions import ACTIONS, COMMANDS, DOWNLOADS, base36, token
from bot.messages import Button, Piece
from bot.render import COMMON
from bot.talk import FLOWS
from models import conversations as kept
from tests.rights_domain import ABROAD, HERE, NEXT_DOOR, RIGHTS, ROLES, Site, holds, reached
from tests.rights_registry import (
    ARGS,
    IDS,
    NONE,
    OF_THE_WHOLE,
    OWN_ONLY,
    POSITION,
    SUBJECTS,
    TYPED_FOR,
    kinds_of,
    loading,
    loading_nothing,
    unknown,
)
from tests.rights_rehearsal import Came, Rehearsal
from tests.rights_world import CAST, PLACES, SPOTS, STRANGER, TODAY, Actor, Made, Object, made, marks_beyond, newcomer
from tests.world import BEGINNING, the_words

REFUSED_AS = {"un": "nothing_open", "sum": "summary_settled", "h": "held_settled", "si.x": "si.x"}
"""What is said of somebody else's, where that is not that there is no such thing."""


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    found = Rehearsal(made(), tmp_path_factory.mktemp("rights"))
    yield found
    found.close()


WORLD: Made = made()
ACTORS = tuple(WORLD.actors.values())


def said(name: str, folder: str = "common", **context: Any) -> str:
    return the_words().text(folder, name, **context)


def turned_back(came: Came) -> bool:
    """Whether what was tried was refused for want of a right, or as if the object did not exist, or broke."""
    refusals = {said("no_right"), said("not_there"), said("no_post"), said("fault"), said("stranger", "joining")}
    refusals |= {said("not_yours", "self_assessment")}
    return any(text in refusals for row in came.rows for _, text in row.body.get("parts", ())[:1])


def asked_which_post(came: Came) -> bool:
    return said("which_post") in came.text


def visible(actor: Actor) -> set[Site]:
    """Where somebody may read answers or look after people."""
    return reached(actor.posts, "see_answers", actor.contact) | reached(actor.posts, "manage", False)


def assert_gives_nothing_away(came: Came) -> None:
    shown = [mark for mark in marks_beyond(visible(came.actor)) if mark in came.text]
    assert shown == [], came.text
    assert said("fault") not in came.text


def assert_refused(came: Came, rehearsal: Rehearsal) -> None:
    """Nothing changed but what is on show to the sender, nobody else was told, and nothing leads to the object."""
    assert_gives_nothing_away(came)
    assert came.beyond_the_sender == []
    assert came.tables <= {"newcomer" if came.actor.name == STRANGER else "address"}
    assert_only_own_address(came, rehearsal)
    own = {0} | {kind[came.actor.person].id for kind in WORLD.objects.own.values() if came.actor.person in kind}
    assert {button.id for button in came.buttons() if button.code != "as"} <= own


def assert_only_own_address(came: Came, rehearsal: Rehearsal) -> None:
    places = [the_id for name, the_id in came.changed if name == "address"]
    for place in places:
        assert rehearsal.value(f"SELECT person_id FROM address WHERE id = {place}") == came.actor.person


def may(actor: Actor, right: str, kind: str, site: Site) -> bool:
    """What the table says, by hand."""
    return kind not in OWN_ONLY and site in reached(actor.posts, right, actor.contact)


def arg_of(code: str, site: Site) -> str:
    return ARGS[code](WORLD.objects, site) if code in ARGS else ""


# Nothing new goes untried.
def test_whatever_is_registered_is_known_here() -> None:
    the_words()
    assert unknown(set(WORLD.objects.at)) == set(), "put it into tests/rights_registry.py"


@pytest.mark.parametrize("actor", ACTORS, ids=lambda one: one.name)
def test_every_action_with_an_object(actor: Actor, rehearsal: Rehearsal) -> None:
    for action in loading():
        for kind in kinds_of(action):
            for site, found in WORLD.objects.at[kind].items():
                came = rehearsal.pressed(actor, Button(action.code, found.id, found.version, arg_of(action.code, site)))
                where = f"{actor.name}: {action.code}, {kind} of {site}: {came.text}"
                if may(actor, action.right.value, kind, site):
                    assert not turned_back(came), where
                    assert not asked_which_post(came), where
                    assert_gives_nothing_away(came)
                else:
                    assert turned_back(came), where
                    assert_refused(came, rehearsal)


@pytest.mark.parametrize("actor", ACTORS, ids=lambda one: one.name)
def test_every_action_without_one(actor: Actor, rehearsal: Rehearsal) -> None:
    for action in loading_nothing(NONE, POSITION):
        came = rehearsal.pressed(actor, Button(action.code, 0, 0, arg_of(action.code, Site.OWN_UNIT)))
        _assert_as_held(came, actor, action.code, action.right.value, rehearsal)


@pytest.mark.parametrize("actor", ACTORS, ids=lambda one: one.name)
def test_every_command(actor: Actor, rehearsal: Rehearsal) -> None:
    words = the_words()
    for command in COMMANDS.values():
        phrases = words.commands(command.folder).get(command.name) or words.commands(COMMON).get(command.name, [])
        if not phrases or ("{n}" in phrases[0] and len(actor.posts) > 1):
            continue  # another command leads to it; or the number is of one bureau or the other
        came = rehearsal.tried(actor, text=phrases[0].replace("{n}", str(SPOTS[Site.OWN_UNIT].number)))
        right = TYPED_FOR.get(command.name, command.right.value)
        _assert_as_held(came, actor, command.name, right, rehearsal)


def _assert_as_held(came: Came, actor: Actor, name: str, right: str, rehearsal: Rehearsal) -> None:
    allowed = holds(actor.posts, right)
    if name in OF_THE_WHOLE:
        allowed = bool(reached(actor.posts, right, actor.contact) & {Site.NOBODYS, Site.ELSEWHERE})
    if asked_which_post(came):
        assert allowed
        assert {button.code for button in came.buttons()} == {"as"}
    else:
        assert turned_back(came) != allowed, f"{actor.name}: {name}: {came.text}"
    if allowed:
        assert_gives_nothing_away(came)
    else:
        assert_refused(came, rehearsal)


@pytest.mark.parametrize("actor", [one for one in ACTORS if len(one.posts) > 1], ids=lambda one: one.name)
def test_it_goes_on_in_whichever_post_is_chosen(actor: Actor, rehearsal: Rehearsal) -> None:
    """Only posts that give the right are offered; the thing then goes on in that post's bureau, and shows no more of it."""
    asked = 0
    for action in loading_nothing(NONE, POSITION):
        for choice in range(0 if action.code in OF_THE_WHOLE else 2):
            with rehearsal.undone():
                came = rehearsal.deliver(
                    actor, press=token(Button(action.code, 0, 0, arg_of(action.code, Site.OWN_UNIT)))
                )
                if not asked_which_post(came):
                    break
                asked += 1
                offered = [button for button in came.buttons() if button.code == "as"]
                went_on = rehearsal.deliver(actor, press=token(offered[choice]))
            assert not turned_back(went_on), f"{action.code}: {went_on.text}"
            assert "现在不由您单位作答" not in went_on.text, action.code
            assert_gives_nothing_away(went_on)
            post = actor.posts[[one.id for one in offered].index(offered[choice].id)]
            assert not any(mark in went_on.text for mark in _marks_out_of(post)), action.code
    assert asked


def _marks_out_of(post: tuple[str, str]) -> list[str]:
    """The marks of the bureaus in which this post is not."""
    bureau = PLACES[post[1]][0]
    return [spot.mark for spot in SPOTS.values() if spot.bureau != bureau]


@pytest.mark.parametrize("actor", ACTORS, ids=lambda one: one.name)
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


@pytest.mark.parametrize("actor", ACTORS, ids=lambda one: one.name)
def test_what_is_somebody_elses_own(actor: Actor, rehearsal: Rehearsal) -> None:
    for action in loading_nothing(*OWN_ONLY):
        kind = IDS[action.code]
        for site, found in WORLD.objects.at[kind].items():
            came = rehearsal.pressed(actor, Button(action.code, found.id, 0, arg_of(action.code, site)))
            if actor.posts:
                _assert_said_as_of_nothing(came, action.code)
            else:
                assert turned_back(came)
            assert_refused(came, rehearsal)


def _assert_said_as_of_nothing(came: Came, code: str) -> None:
    named = REFUSED_AS.get(code, "not_there")
    if named == code:
        listed = said("ended_before", ACTIONS[code].folder, found=[], total=0, leave=None).partition("。")[0]
        assert listed in came.text
    else:
        assert said(named) in came.text


@pytest.mark.parametrize("code", ["as", "si.x"])
def test_what_is_ones_own(code: str, rehearsal: Rehearsal) -> None:
    kind = IDS[code]
    for actor in ACTORS:
        if not actor.posts:
            continue
        came = rehearsal.pressed(actor, Button(code, WORLD.objects.own[kind][actor.person].id))
        assert not turned_back(came), actor.name
        assert came.tables == ({"person"} if code == "as" else {"websession", "auditentry"})


@pytest.mark.parametrize("actor", ACTORS, ids=lambda one: one.name)
def test_the_item_that_a_button_carries(actor: Actor, rehearsal: Rehearsal) -> None:
    """用作第 n 项的佐证: the piece and the item must both be within reach, and of one bureau."""
    for site, piece in WORLD.objects.at["piece"].items():
        for other, item in WORLD.objects.at["item"].items():
            came = rehearsal.pressed(actor, Button("evu", piece.id, 0, base36(item.id)))
            both = may(actor, "answer", "piece", site) and may(actor, "answer", "item", other)
            if both and SPOTS[site].bureau == SPOTS[other].bureau:
                assert not turned_back(came)
            else:
                assert turned_back(came)
                assert_refused(came, rehearsal)


# Conversations that somebody has in hand from a time when they might.
@pytest.mark.parametrize("flow", sorted(SUBJECTS))
def test_every_flow(flow: str, rehearsal: Rehearsal) -> None:
    the_words()
    for actor in ACTORS:
        if actor.name == STRANGER:
            continue
        kind = SUBJECTS[flow]
        sites = WORLD.objects.at[kind].items() if kind != NONE else [(Site.OWN_UNIT, Object(0))]
        for site, subject in sites:
            right = FLOWS[flow].right.value
            allowed = holds(actor.posts, right) if kind == NONE else may(actor, right, kind, site)
            for came in _in_hand(rehearsal, actor, flow, subject.id):
                assert_gives_nothing_away(came)
                if not allowed:
                    _assert_ended(came, rehearsal)


def _in_hand(rehearsal: Rehearsal, actor: Actor, flow: str, subject: int) -> Iterator[Came]:
    for state, what in (
        (kept.OPEN, {"text": "继续"}), (kept.OPEN, {"text": "情况说明"}), (kept.OPEN, {"text": "返回"}),
        (kept.OPEN, {"text": "目录"}), (kept.OPEN, {"press": "a-{}-0-comment.return"}),
        (kept.OPEN, {"press": "sum-{}-0"}), (kept.OPEN, {"piece": Piece("材料.pdf", 9, f"{actor.address}_x_9")}),
        (kept.PAUSED, {"text": "继续"}), (kept.PAUSED, {"press": "un-{}-0"}), (kept.SUSPENDED, {"text": "取消"}),
        (kept.DONE, {"press": "e-{}-0-verdict"}), (kept.DONE, {"press": "a-{}-0-verdict.met"}),
    ):  # fmt: skip
        with rehearsal.undone():
            one = kept.begin(rehearsal.db, actor.person, flow, subject, {}, None, 0, BEGINNING)
            kept.set_state(rehearsal.db, one, state, BEGINNING)
            filled = {name: value.format(base36(one)) if name == "press" else value for name, value in what.items()}
            yield rehearsal.deliver(actor, **filled)


def _assert_ended(came: Came, rehearsal: Rehearsal) -> None:
    """Only the sender's own conversation, address and box of pieces may have changed."""
    assert came.beyond_the_sender == []
    assert came.tables <= {"address", "conversation", "evidence"}
    assert_only_own_address(came, rehearsal)


@pytest.mark.parametrize("actor", ACTORS, ids=lambda one: one.name)
def test_every_file(actor: Actor, rehearsal: Rehearsal) -> None:
    for name, download in DOWNLOADS.items():
        for kind in kinds_of(download):
            for site, found in WORLD.objects.at[kind].items():
                got = rehearsal.assistant.look(
                    "web", actor.address, lambda turn, d=download, i=found.id: _looked(turn, d, i)
                )  # fmt: skip
                assert bool(got) == may(actor, download.right.value, kind, site), f"{name}, {kind} of {site}"


def _looked(turn: Any, download: Any, the_id: int) -> bool:
    target = download.load(turn, the_id)
    return target is not None and turn.actor.may(download.right, target.place)


def test_somebody_without_a_right_to_answer_brings_no_files(rehearsal: Rehearsal) -> None:
    for actor in ACTORS:
        came = rehearsal.tried(actor, piece=Piece("材料.pdf", 9, f"{actor.address}_y_9"))
        if holds(actor.posts, "answer"):
            assert "evidence" in came.tables
        else:
            assert_refused(came, rehearsal)


# Whatever posts somebody has had.
TERMS = st.tuples(
    st.sampled_from(ROLES),
    st.sampled_from((HERE, NEXT_DOOR, ABROAD)),
    st.integers(-40, 2),
    st.none() | st.integers(-30, 3),
)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), terms=st.lists(TERMS, max_size=3))
def test_rights_follow_from_the_posts_of_today(
    rehearsal: Rehearsal, data: st.DataObject, terms: list[tuple[str, str, int, int | None]]
) -> None:
    """`terms`: role, where, and from and until how many days from today; the last day is the one before."""
    today = [(role, where) for role, where, begins, ends in terms if begins <= 0 and (ends is None or ends > 0)]
    action = data.draw(st.sampled_from(loading()), "action")
    kind = data.draw(st.sampled_from(kinds_of(action)), "kind")
    site = data.draw(st.sampled_from(sorted(WORLD.objects.at[kind])), "site")
    found = WORLD.objects.at[kind][site]
    with rehearsal.undone():
        dated = [(role, where, _day(begins), _day(ends)) for role, where, begins, ends in terms]
        actor = newcomer(rehearsal.db, dated, tuple(today))
        button = Button(action.code, found.id, found.version, arg_of(action.code, site))
        came = rehearsal.deliver(actor, press=token(button), label="")
        assert turned_back(came) != may(actor, action.right.value, kind, site), came.text
        assert_gives_nothing_away(came)


def _day(offset: int | None) -> date | None:
    return None if offset is None else TODAY + timedelta(days=offset)


# Whatever somebody makes up.
KNOWN_IDS = sorted({one.id for sites in WORLD.objects.at.values() for one in sites.values()} | {0, 1, 2**40, 2**63 - 1})
MADE_UP = st.sampled_from(
    [
        "",
        "met",
        "verdict.met",
        "use",
        "do",
        "now",
        "returned",
        "bureau.on",
        "z" * 40,
        "a.b",
        ".",
        "A",
        "0",
        "_close",
        "3",
    ]
    + [base36(one.id) for one in WORLD.objects.at["item"].values()]
)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_buttons_that_somebody_makes_up(rehearsal: Rehearsal, data: st.DataObject) -> None:
    """Nothing breaks, nothing is given away, and nothing changes that is out of the sender's reach."""
    actor = data.draw(st.sampled_from(ACTORS), "who")
    code = data.draw(st.sampled_from(sorted(ACTIONS)), "code")
    button = Button(code, data.draw(st.sampled_from(KNOWN_IDS), "id"), data.draw(st.integers(0, 2), "version"),
                    data.draw(MADE_UP, "arg"))  # fmt: skip
    came = rehearsal.pressed(actor, button)
    assert_gives_nothing_away(came)
    assert_within_reach(came)


def assert_within_reach(came: Came) -> None:
    """Of the objects of the tests' world, only those changed that the sender may change."""
    rights = {"answer": ("item", "bonus", "veto"), "evidence": ("piece", "boxed"), "selfassessment": ("assessment",),
              "invitation": ("invitation",), "rosterimport": ("import",), "conversation": ("conversation",),
              "websession": ("session",), "address": ("address",)}  # fmt: skip
    actor = came.actor
    mine = reached(actor.posts, "answer", actor.contact) | reached(actor.posts, "manage", False)
    for name, the_id in came.changed:
        for kind in rights.get(name, ()):
            for site, found in WORLD.objects.at[kind].items():
                if found.id == the_id:
                    within = {"conversation": set(), "import": set()}.get(kind, mine)
                    assert site in within, f"{actor.name}: {name} of {site}"


def test_the_cast_is_complete() -> None:
    assert {role for posts in CAST.values() for role, _ in posts} == {role for row in RIGHTS.values() for role in row}
