"""Whatever posts somebody has had, and whatever buttons somebody makes up."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions import ACTIONS, base36, token
from bot.messages import Button
from tests.rights.checks import arg_of, assert_gives_nothing_away, may, turned_back
from tests.rights.domain import ABROAD, HERE, NEXT_DOOR, ROLES, reached
from tests.rights.people import TODAY, newcomer
from tests.rights.registry import kinds_of, loading
from tests.rights.rehearsal import Came, Rehearsal
from tests.rights.world import made

TERMS = st.tuples(
    st.sampled_from(ROLES),
    st.sampled_from((HERE, NEXT_DOOR, ABROAD)),
    st.integers(-40, 2),
    st.none() | st.integers(-30, 3),
)
ARGUMENTS = (
    "", "met", "verdict.met", "meeting._back", "use", "do", "now", "no", "returned", "bureau.on", "z" * 40, "a.b", ".", "A",
    "0", "_close", "3",
)  # fmt: skip
BELONG = {
    "answer": ("item", "bonus", "veto"), "evidence": ("piece", "boxed"), "selfassessment": ("assessment",),
    "invitation": ("invitation",), "address": ("address",), "websession": ("session",),
    "rosterimport": ("import",), "conversation": ("conversation",),
}  # fmt: skip
"""Table → the kinds of objects in it."""


@settings(max_examples=300, deadline=None)
@given(data=st.data(), terms=st.lists(TERMS, max_size=3))
def test_rights_follow_from_the_posts_of_today(
    rehearsal: Rehearsal, data: st.DataObject, terms: list[tuple[str, str, int, int | None]]
) -> None:
    """`terms`: role, where, and from and until how many days from today; the last day is the one before."""
    today = tuple((role, where) for role, where, begins, ends in terms if begins <= 0 and (ends is None or ends > 0))
    action = data.draw(st.sampled_from(loading()), "action")
    kind = data.draw(st.sampled_from(kinds_of(action)), "kind")
    site = data.draw(st.sampled_from(sorted(made().objects.at[kind])), "site")
    found = made().objects.at[kind][site]
    with rehearsal.undone():
        dated = [(role, where, _day(begins), _day(ends)) for role, where, begins, ends in terms]
        actor = newcomer(rehearsal.db, dated, today)
        button = Button(action.code, found.id, found.version, arg_of(action.code, site))
        came = rehearsal.deliver(actor, press=token(button), label="")
    assert turned_back(came) != may(actor, action.right.value, kind, site), came.text
    assert_gives_nothing_away(came)


def _day(offset: int | None) -> date | None:
    return None if offset is None else TODAY + timedelta(days=offset)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_buttons_that_somebody_makes_up(rehearsal: Rehearsal, data: st.DataObject) -> None:
    """Nothing breaks, nothing is given away, and nothing changes that is out of the sender's reach."""
    objects = made().objects
    ids = {one.id for sites in objects.at.values() for one in sites.values()} | {0, 1, 2**40, 2**60}
    arguments = [*ARGUMENTS, *(base36(one.id) for one in objects.at["item"].values())]
    actor = data.draw(st.sampled_from(list(made().actors.values())), "who")
    button = Button(
        data.draw(st.sampled_from(sorted(ACTIONS)), "code"), data.draw(st.sampled_from(sorted(ids)), "id"),
        data.draw(st.integers(0, 2), "version"), data.draw(st.sampled_from(arguments), "argument"),
    )  # fmt: skip
    came = rehearsal.pressed(actor, button)
    assert_gives_nothing_away(came)
    assert_within_reach(came)


def assert_within_reach(came: Came) -> None:
    """Of the objects in the tests' world only those changed that the sender may answer or look after."""
    mine = reached(came.actor.posts, "answer", came.actor.contact) | reached(came.actor.posts, "manage", False)
    for name, the_id in came.changed:
        for kind in BELONG.get(name, ()):
            for site, found in made().objects.at[kind].items():
                if found.id == the_id:
                    assert kind not in ("conversation", "import"), f"{kind} of {site}"
                    assert site in mine, f"{kind} of {site}"
