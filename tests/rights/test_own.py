"""What is one person's own: conversations, sessions, posts. Nobody else's answer, and one's own only while one may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.actions import ACTIONS, base36
from bot.messages import Button, Piece
from bot.talk import FLOWS
from models import conversations as kept
from tests.rights.checks import (
    arg_of,
    assert_gives_nothing_away,
    assert_only_own_address,
    assert_refused,
    may,
    said,
    turned_back,
)
from tests.rights.domain import Site, holds
from tests.rights.objects import Object
from tests.rights.people import STRANGER, Actor
from tests.rights.registry import IDS, NONE, OWN_ONLY, SUBJECTS, loading_nothing
from tests.rights.rehearsal import Came, Rehearsal
from tests.rights.world import made
from tests.world import BEGINNING, the_words

SAID_OF_OTHERS = {"un": "nothing_open", "sum": "summary_settled", "h": "held_settled"}
"""What is said of somebody else's, where that is not that there is no such thing."""


def test_what_is_somebody_elses(actor: Actor, rehearsal: Rehearsal) -> None:
    for action in loading_nothing(*OWN_ONLY):
        for site, found in made().objects.at[IDS[action.code]].items():
            came = rehearsal.pressed(actor, Button(action.code, found.id, 0, arg_of(action.code, site)))
            if not actor.posts:
                assert turned_back(came)
            elif action.code == "si.x":
                listed = said("ended_before", ACTIONS[action.code].folder, found=[], total=0, leave=None)
                assert listed.partition("。")[0] in came.text
            else:
                assert said(SAID_OF_OTHERS.get(action.code, "not_there")) in came.text
            assert_refused(came, rehearsal)


@pytest.mark.parametrize(
    ("code", "tables"), [("as", {"person"}), ("si.x", {"websession", "auditentry", "auditvalues"})]
)
def test_what_is_ones_own(code: str, tables: set[str], actor: Actor, rehearsal: Rehearsal) -> None:
    if actor.posts:
        came = rehearsal.pressed(actor, Button(code, made().objects.own[IDS[code]][actor.person].id))
        assert not turned_back(came)
        assert came.tables
        assert came.tables <= {*tables, "address"}  # when it was used is noted there


@pytest.mark.parametrize("flow", sorted(SUBJECTS))
def test_a_conversation_begun_when_one_might(flow: str, rehearsal: Rehearsal) -> None:
    """Whatever is done with it: without the right it ends, and changes nothing but itself."""
    the_words()
    right, kind = FLOWS[flow].right.value, SUBJECTS[flow]
    sites = made().objects.at[kind] if kind != NONE else {Site.OWN_UNIT: Object(0)}
    for actor in made().actors.values():
        for site, subject in sites.items() if actor.name != STRANGER else ():
            allowed = holds(actor.posts, right) if kind == NONE else may(actor, right, kind, site)
            for came in _in_hand(rehearsal, actor, flow, subject.id):
                assert_gives_nothing_away(came)
                if not allowed:
                    assert came.beyond_the_sender == []
                    assert came.tables <= {"address", "conversation", "evidence"}  # what is sent goes into the own box
                    assert_only_own_address(came, rehearsal)


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
