"""What the tests of rights look at in whatever came of a delivery."""

from __future__ import annotations

from typing import Any

from tests.rights.domain import Site, reached
from tests.rights.people import STRANGER, Actor, marks_beyond
from tests.rights.registry import ARGS, OWN_ONLY
from tests.rights.rehearsal import Came, Rehearsal
from tests.rights.world import made
from tests.world import the_words


def may(actor: Actor, right: str, kind: str, site: Site) -> bool:
    """Whether the table, as it was written down by hand, lets somebody do this to an object of a kind at a site."""
    return kind not in OWN_ONLY and site in reached(actor.posts, right, actor.contact, kind)


def visible(actor: Actor) -> set[Site]:
    """Where somebody may read answers, look after people, or see who they are."""
    rights = ("manage", "see_roster", "see_legal_officers")
    return reached(actor.posts, "see_answers", actor.contact).union(
        *(reached(actor.posts, one, False) for one in rights)
    )


def arg_of(code: str, site: Site) -> str:
    """What the button of an action carries besides, for an object at a site."""
    return ARGS[code](made().objects, site) if code in ARGS else ""


def said(name: str, folder: str = "common", **context: Any) -> str:
    return the_words().text(folder, name, **context)


def turned_back(came: Came) -> bool:
    """Whether what was tried was refused for want of a right, or as if the object did not exist, or broke."""
    refusals = {said("no_right"), said("not_there"), said("no_post"), said("fault"), said("stranger", "joining")}
    refusals |= {said("not_yours", "self_assessment")}
    return any(text in refusals for row in came.rows for _, text in row.body.get("parts", ())[:1])


def asked_which_post(came: Came) -> bool:
    return said("which_post") in came.text


def assert_gives_nothing_away(came: Came) -> None:
    """Nothing broke, and no mark of what is out of the sender's sight stands anywhere."""
    assert [mark for mark in marks_beyond(visible(came.actor)) if mark in came.text] == [], came.text
    assert said("fault") not in came.text


def assert_refused(came: Came, rehearsal: Rehearsal) -> None:
    """Nothing changed but what is on show to the sender, nobody else was told, and nothing leads to the object."""
    assert_gives_nothing_away(came)
    assert came.beyond_the_sender == []
    assert came.tables <= {"newcomer" if came.actor.name == STRANGER else "address"}
    assert_only_own_address(came, rehearsal)
    own = {kind[came.actor.person].id for kind in made().objects.own.values() if came.actor.person in kind}
    assert {button.id for button in came.buttons() if button.code != "as"} <= own | {0}


def assert_only_own_address(came: Came, rehearsal: Rehearsal) -> None:
    """Of the addresses at most the sender's own changed: what is on show there."""
    for name, the_id in came.changed:
        if name == "address":
            assert rehearsal.value(f"SELECT person_id FROM address WHERE id = {the_id}") == came.actor.person
