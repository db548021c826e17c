"""The rights as the project was given them, written down by hand from its table, and what they come to in the tests' world.

Nothing here is taken from the code: models/rights.py is held against it, and so is whatever happens when things are pressed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

LIAISON, OFFICER, HEAD, SECTION = "liaison", "legal_officer", "head", "legal_section"
OFFICE, PARTY, LEADER = "office", "party_section", "leader"
ROLES = (LIAISON, OFFICER, HEAD, SECTION, OFFICE, PARTY, LEADER)

Row = Mapping[str, str]
"""Role → reach."""

BUREAU: Row = {SECTION: "bureau"}
ANY_UNIT: Row = {LIAISON: "unit", OFFICER: "unit", HEAD: "unit"}

ROWS: Mapping[str, Mapping[str, Row]] = {
    "report a change, delegate": {
        "report_change": {LIAISON: "unit", OFFICER: "self", HEAD: "unit", SECTION: "bureau"},
    },
    "recommend": {"recommend": {HEAD: "unit"}},
    "file, return, settings, calendar overrides, invitations, unlink an address": {
        "file_change": BUREAU,
        "manage": BUREAU,
    },
    "see the roster": {
        "see_roster": {**ANY_UNIT, SECTION: "bureau", LEADER: "bureau"},
        "count_roster": {SECTION: "below"},
        "see_legal_officers": {OFFICE: "bureau", PARTY: "bureau"},
    },
    "open, assign, accept a matter": {
        "assign_matter": dict.fromkeys((LIAISON, HEAD, SECTION, OFFICE, PARTY), "by_kind"),
    },
    "write an opinion; see a matter's content": {
        "write_opinion": {OFFICER: "self", SECTION: "self"},  # the section's: its 法律意见 on contracts (affairs.yaml)
        "see_matter": {OFFICER: "self", HEAD: "unit", SECTION: "bureau", OFFICE: "by_kind", PARTY: "by_kind"},
    },
    "answer indicators, give evidence": {
        "answer": {LIAISON: "share", SECTION: "bureau"},
        "see_answers": {LIAISON: "share", HEAD: "unit", SECTION: "bureau"},
        "see_progress": {LIAISON: "contact", LEADER: "bureau", SECTION: "bureau"},
    },
    "accept or return answers, record 集体研究, submit": {"accept": BUREAU},
    "see, question, verify, rank what was submitted": {"examine": {SECTION: "submitted"}},
    "write a notice; see receipts by name": {
        "write_notice": BUREAU,
        "see_receipts": {HEAD: "unit", SECTION: "bureau"},
        "notify_below": {SECTION: "below"},
    },
    "training: open, sign in; problems: report, close": {
        "run_training": BUREAU,
        "join_training": dict.fromkeys((LIAISON, OFFICER, HEAD, OFFICE, PARTY), "bureau"),
        "answer_problem": {HEAD: "unit"},
        "see_training": {LEADER: "bureau"},
    },
    "digest, figures, audit": {
        "see_figures": {LIAISON: "unit", OFFICER: "self", HEAD: "unit", SECTION: "bureau", LEADER: "bureau"},
        "count_figures": {SECTION: "below"},
    },
    "one's own": {"use": dict.fromkeys(ROLES, "self")},
}
"""Row of the table → right → role → reach. A share of the whole is the contact's (`contact`); one's own is everybody's."""

RIGHTS: Mapping[str, Row] = {right: row for rights in ROWS.values() for right, row in rights.items()}


_STEERS: Row = {LIAISON: "unit", HEAD: "unit", SECTION: "bureau"}

BY_KIND: Mapping[str, Row] = {
    "matter": _STEERS,
    "assigned matter": BUREAU,
    "extension": BUREAU,
    "accepted matter": {HEAD: "unit"},
    "decided matter": BUREAU,
    "submitted matter": _STEERS,
    "unit": {**_STEERS, OFFICE: "bureau", PARTY: "bureau"},
    "office matter": {OFFICE: "bureau"},
    "party matter": {PARTY: "bureau"},
}
"""Kind of object → role → how far "by_kind" goes: as affairs.yaml says of 规范性文件制定 (opened by the unit or the legal section,
which assigns it; accepted by the head), 信息公开 (the office) and 重大行政决策 (the party section). A unit: where some kind may be
opened for it."""


class Site(StrEnum):
    """Where an object stands, as seen from 就业促进科 of the city in the middle of the tests' tree."""

    OWN_UNIT = "own unit"
    OTHER_UNIT = "another unit of the bureau"
    NOBODYS = "given to no unit of the bureau"
    BELOW = "the bureau below"
    ABOVE = "the bureau above"
    ELSEWHERE = "a bureau elsewhere"


HERE, NEXT_DOOR, ABROAD = "here", "next door", "abroad"
"""Where a post is: in that unit, in the other unit of the bureau, in the unit that stands elsewhere."""

_BUREAU = {Site.OWN_UNIT, Site.OTHER_UNIT, Site.NOBODYS}
_HERE: dict[str, set[Site]] = {
    "self": set(), "unit": {Site.OWN_UNIT}, "share": {Site.OWN_UNIT}, "contact": set(), "bureau": _BUREAU,
    "below": {Site.BELOW}, "submitted": set(), "by_kind": set(),
}  # fmt: skip
_ELSEWHERE: dict[str, set[Site]] = {reach: {Site.ELSEWHERE} for reach in ("unit", "share", "bureau")}

REACHED: Mapping[str, Mapping[str, set[Site]]] = {
    HERE: _HERE,
    NEXT_DOOR: {**_HERE, "unit": {Site.OTHER_UNIT}, "share": {Site.OTHER_UNIT}},
    ABROAD: {reach: _ELSEWHERE.get(reach, set()) for reach in _HERE},
}
"""Which sites a reach takes in, from where the post is. Nothing there has been submitted."""


def reached(
    posts: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...], right: str, contact: bool, kind: str = ""
) -> set[Site]:
    """The sites at which these posts (role, where) give a right over a kind of object; `contact`: to the bureau's contact."""
    found: set[Site] = set()
    for role, where in posts:
        reach = RIGHTS[right].get(role)
        if reach == "by_kind":
            reach = BY_KIND.get(kind, {}).get(role)
        if reach is None:
            continue
        found |= REACHED[where][reach]
        if contact and where != ABROAD and reach in ("share", "contact"):
            found |= _BUREAU
    return found


def holds(posts: tuple[tuple[str, str], ...], right: str) -> bool:
    """Whether some of these posts give a right at all."""
    return any(role in RIGHTS[right] for role, _ in posts)
