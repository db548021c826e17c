"""What a bureau can set for its matters (审核事项设置), and how it starts: what 闵人社发〔2023〕31号 leaves open."""

from __future__ import annotations

from collections.abc import Mapping

from models.affairs import Affair, affairs
from models.people import Role
from models.setting_kinds import Kind, Line, One, Some, Whole

PAPER, ISSUER, CODE = "matter_paper", "matter_issuer", "matter_code"
PLAIN, RED = "plain", "red"
REMIND_DAYS, REASSIGN_DAYS = "matter_remind_days", "matter_reassign_days"
LONGEST_TITLE, LONGEST_ISSUER, LONGEST_CODE = 30, 20, 10

OPENERS = (Role.LIAISON, Role.HEAD, Role.LEGAL_SECTION, Role.OFFICE, Role.PARTY_SECTION)
"""Who can be let open matters at all: the roles of Right.ASSIGN_MATTER."""
OPENED_AS_SET = ("publicity", "other")
"""The kinds of which the notice does not say who opens them."""

_UNIT = "个工作日"


def days_key(kind: str) -> str:
    """The setting that says in how many working days an opinion of a kind is due."""
    return f"days_{kind}"


def openers_key(kind: str) -> str:
    """The setting that says who may open a matter of a kind; only those of OPENED_AS_SET have one."""
    return f"opened_by_{kind}"


def _openers(kind: Affair) -> Some:
    start = tuple(role.value for role in OPENERS if role in kind.opened_by)
    return Some(start, tuple(role.value for role in OPENERS))


_KINDS = affairs().kinds
GROUPS: Mapping[str, Mapping[str, Kind]] = {
    "days": {days_key(key): Whole(kind.days, 1, 60, _UNIT) for key, kind in _KINDS.items()},
    "answers": {REMIND_DAYS: Whole(1, 1, 10, _UNIT), REASSIGN_DAYS: Whole(2, 1, 20, _UNIT)},
    "outputs": {key: Line(title, LONGEST_TITLE) for kind in _KINDS.values() for key, title in kind.outputs.items()},
    "paper": {PAPER: One(PLAIN, (PLAIN, RED)), ISSUER: Line("", LONGEST_ISSUER), CODE: Line("法审", LONGEST_CODE)},
    "openers": {openers_key(key): _openers(_KINDS[key]) for key in OPENED_AS_SET},
}
"""Settings by their keys (for ever), in groups.

days: working days until an opinion is due. answers: after how many working days without an answer the person asked is
reminded, and whoever assigned is told. outputs: what each document is called. paper: how it looks (普通, 红头), who
stands in its red head (at the start the bureau's name), and its 文号代字. openers: who may open.
"""
MATTER_SETTINGS: Mapping[str, Kind] = {key: kind for group in GROUPS.values() for key, kind in group.items()}
