"""The table of rights is the one that the project was given, and docs/权限.md shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import ACTIONS, COMMANDS, DOWNLOADS
from bot.render import Words
from bot.talk import FLOWS
from models import rights
from models.people import HeldPost, Level, Role
from models.rights import TABLE, Place, Reach, Right
from tests.rights.domain import RIGHTS, ROWS
from tests.world import the_words

PAGE = Path(__file__).parent.parent.parent / "docs" / "权限.md"
OF_THE_WHOLE = {"contact": "share"}
"""What is about a whole self-assessment has no unit: a share of it is the contact's."""


@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_as_it_was_given(row: str) -> None:
    for right, wanted in ROWS[row].items():
        stands = {role.value: reach.value for role, reach in TABLE[Right(right)].items()}
        assert stands == {role: OF_THE_WHOLE.get(reach, reach) for role, reach in wanted.items()}, right


def test_the_table_has_these_rights_and_no_others() -> None:
    assert {right.value for right in TABLE} == {right.value for right in Right} == set(RIGHTS)


def test_whatever_can_be_done_names_a_right() -> None:
    the_words()
    named = [*ACTIONS.values(), *COMMANDS.values(), *FLOWS.values(), *DOWNLOADS.values()]
    assert len(named) > 60
    assert all(isinstance(one.right, Right) for one in named)


def test_the_page_shows_the_table(request: pytest.FixtureRequest) -> None:
    template = Words().environment.get_template("commands/rights.j2")
    page = template.render(table=TABLE, roles=[role.value for role in Role]) + "\n"
    if request.config.getoption("--record"):
        PAGE.write_text(page, "utf-8")
    assert page == PAGE.read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| 事项")]
    assert len(set(rows)) == len(rows) == len(TABLE)


# Reaches, for any post and any place.
SOME = st.integers(1, 3)
POSTS = st.builds(
    HeldPost, SOME, st.sampled_from(Role), SOME, st.just("部门"), SOME, st.just("局"), st.just(Level.COUNTY)
)
PLACES = st.builds(Place, SOME, above=st.none() | SOME, unit=st.none() | SOME, person=st.none() | SOME,
                   contact=st.none() | SOME, submitted=st.booleans())  # fmt: skip
OUTSIDE = {Reach.BELOW, Reach.SUBMITTED, Reach.SELF}


@given(POSTS, st.sampled_from(Reach), SOME, PLACES)
def test_no_reach_goes_further_than_it_says(post: HeldPost, reach: Reach, person: int, place: Place) -> None:
    if rights.reaches(reach, post, person, place):
        assert reach in OUTSIDE or place.bureau == post.bureau_id
        assert reach not in (Reach.BELOW, Reach.SUBMITTED) or place.above == post.bureau_id
        assert reach is not Reach.SUBMITTED or place.submitted
        assert reach is not Reach.SELF or place.person == person
        assert reach is not Reach.UNIT or place.unit == post.unit_id
        assert reach is not Reach.SHARE or person == place.contact or place.unit == post.unit_id


@given(st.lists(POSTS, max_size=3), st.sampled_from(Right), SOME, PLACES)
def test_a_post_gives_what_its_row_says(posts: list[HeldPost], right: Right, person: int, place: Place) -> None:
    for post in posts:
        reach = TABLE[right].get(post.role)
        wanted = reach is not None and rights.reaches(reach, post, person, place)
        assert (post in rights.fitting(posts, right, person, place)) == wanted


@given(st.lists(POSTS, max_size=3), st.sampled_from(Right), SOME)
def test_another_post_takes_nothing_away(posts: list[HeldPost], right: Right, person: int) -> None:
    alone = [post for one in posts for post in rights.fitting([one], right, person)]
    assert rights.fitting(posts, right, person) == alone
