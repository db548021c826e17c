"""Who may do what: the table of rights as data. Every action, command, flow, page and download names a row of it.

A right reaches as far as the post in which it is used: a person's own things, the unit, the bureau, the bureaus below.
What a right does not reach looks as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.people import HeldPost, Role


class Reach(StrEnum):
    """How far a right goes."""

    SELF = "self"
    """What is the person's own."""
    SHARE = "share"
    """What was given to the post's unit; for the bureau's contact, or who stands in for them (代办), everything of the bureau."""
    UNIT = "unit"
    BUREAU = "bureau"
    BELOW = "below"
    """The bureaus directly below."""
    SUBMITTED = "submitted"
    """What the bureaus directly below have submitted."""
    BY_KIND = "by_kind"
    """As models/catalogue/affairs.yaml says of each kind of matter: to the roles that it names; a liaison or head, of its unit."""


class Right(StrEnum):
    """What one can be allowed to do."""

    USE = "use"
    """Write to the assistant at all: menu, help, one's own data and records."""
    REPORT_CHANGE = "report_change"
    RECOMMEND = "recommend"
    FILE_CHANGE = "file_change"
    MANAGE = "manage"
    """Settings, calendar, import, invitations, unlinking an address, other people's personal data."""
    SEE_ROSTER = "see_roster"
    SEE_LEGAL_OFFICERS = "see_legal_officers"
    COUNT_ROSTER = "count_roster"
    ASSIGN_MATTER = "assign_matter"
    """Open, assign, accept a matter."""
    WRITE_OPINION = "write_opinion"
    SEE_MATTER = "see_matter"
    ANSWER = "answer"
    SEE_ANSWERS = "see_answers"
    ACCEPT = "accept"
    """Give indicators to units, accept or return answers, record 集体研究, submit."""
    EXAMINE = "examine"
    """See, question, verify and rank what was submitted."""
    WRITE_NOTICE = "write_notice"
    NOTIFY_BELOW = "notify_below"
    """Write a notice to the contacts of the bureaus below, and see their receipts."""
    SEE_RECEIPTS = "see_receipts"
    RUN_TRAINING = "run_training"
    """Open a training; close a problem."""
    JOIN_TRAINING = "join_training"
    """Sign in to a training; report a problem."""
    ANSWER_PROBLEM = "answer_problem"
    SEE_TRAINING = "see_training"
    SEE_PROGRESS = "see_progress"
    """How far the whole bureau is in its self-assessment, in figures without names."""
    SEE_FIGURES = "see_figures"
    COUNT_FIGURES = "count_figures"


Row = dict[Role, Reach]

_EVERYONE: Row = dict.fromkeys(Role, Reach.SELF)
_SECTION: Row = {Role.LEGAL_SECTION: Reach.BUREAU}
_LIAISON, _OFFICER, _HEAD, _SECTION_ROLE = Role.LIAISON, Role.LEGAL_OFFICER, Role.HEAD, Role.LEGAL_SECTION
_OFFICES = (Role.OFFICE, Role.PARTY_SECTION)

TABLE: Mapping[Right, Row] = {
    Right.USE: _EVERYONE,
    Right.REPORT_CHANGE: {_LIAISON: Reach.UNIT, _OFFICER: Reach.SELF, _HEAD: Reach.UNIT} | _SECTION,
    Right.RECOMMEND: {_HEAD: Reach.UNIT},
    Right.FILE_CHANGE: _SECTION,
    Right.MANAGE: _SECTION,
    Right.SEE_ROSTER: dict.fromkeys((_LIAISON, _OFFICER, _HEAD), Reach.UNIT) | _SECTION | {Role.LEADER: Reach.BUREAU},
    Right.SEE_LEGAL_OFFICERS: dict.fromkeys(_OFFICES, Reach.BUREAU),
    Right.COUNT_ROSTER: {_SECTION_ROLE: Reach.BELOW},
    Right.ASSIGN_MATTER: dict.fromkeys((_LIAISON, _HEAD, _SECTION_ROLE, *_OFFICES), Reach.BY_KIND),
    Right.WRITE_OPINION: {_OFFICER: Reach.SELF, _SECTION_ROLE: Reach.SELF},  # the section's: 合同协议签署, 法律意见
    Right.SEE_MATTER: {_OFFICER: Reach.SELF, _HEAD: Reach.UNIT} | _SECTION | dict.fromkeys(_OFFICES, Reach.BY_KIND),
    Right.ANSWER: {_LIAISON: Reach.SHARE} | _SECTION,
    Right.SEE_ANSWERS: {_LIAISON: Reach.SHARE, _HEAD: Reach.UNIT} | _SECTION,
    Right.ACCEPT: _SECTION,
    Right.EXAMINE: {_SECTION_ROLE: Reach.SUBMITTED},
    Right.WRITE_NOTICE: _SECTION,
    Right.NOTIFY_BELOW: {_SECTION_ROLE: Reach.BELOW},
    Right.SEE_RECEIPTS: {_HEAD: Reach.UNIT} | _SECTION,
    Right.RUN_TRAINING: _SECTION,
    Right.JOIN_TRAINING: dict.fromkeys((_LIAISON, _OFFICER, _HEAD, *_OFFICES), Reach.BUREAU),
    Right.ANSWER_PROBLEM: {_HEAD: Reach.UNIT},
    Right.SEE_TRAINING: {Role.LEADER: Reach.BUREAU},
    Right.SEE_FIGURES: {_LIAISON: Reach.UNIT, _OFFICER: Reach.SELF, _HEAD: Reach.UNIT, Role.LEADER: Reach.BUREAU} | _SECTION,
    Right.SEE_PROGRESS: {_LIAISON: Reach.SHARE, Role.LEADER: Reach.BUREAU} | _SECTION,
    Right.COUNT_FIGURES: {_SECTION_ROLE: Reach.BELOW},
}  # fmt: skip
"""Right, role, reach. The source is the table of rights that the project was given; docs/权限.md shows it."""


@dataclass(slots=True)
class Place:
    """Where an object stands, as far as rights go."""

    bureau: int
    above: int | None = None
    """The bureau directly above that one."""
    unit: int | None = None
    person: int | None = None
    """Whose own it is."""
    contact: int | None = None
    """Who answers for the whole bureau."""
    submitted: bool = False
    roles: frozenset[Role] = frozenset()
    """To which roles a kind of matter gives the right."""


def fitting(posts: Iterable[HeldPost], right: Right, person: int, place: Place | None = None) -> list[HeldPost]:
    """The posts that give a person a right, over an object at a place if one is named."""
    row = TABLE[right]
    return [
        post for post in posts
        if post.role in row and (place is None or reaches(row[post.role], post, person, place))
    ]  # fmt: skip


def reaches(reach: Reach, post: HeldPost, person: int, place: Place) -> bool:
    """Whether a right that goes so far, in this post of this person, includes an object at a place."""
    own_bureau = place.bureau == post.bureau_id
    match reach:
        case Reach.SELF:
            return place.person == person
        case Reach.UNIT:
            return own_bureau and place.unit == post.unit_id
        case Reach.SHARE:
            answers_for_all = place.contact is not None and place.contact in (person, post.on_behalf_of)
            return own_bureau and (answers_for_all or place.unit == post.unit_id)
        case Reach.BUREAU:
            return own_bureau
        case Reach.BELOW:
            return place.above == post.bureau_id
        case Reach.SUBMITTED:
            return place.above == post.bureau_id and place.submitted
        case Reach.BY_KIND:
            of_unit = post.role in (_LIAISON, _HEAD)
            return own_bureau and post.role in place.roles and (not of_unit or place.unit == post.unit_id)
