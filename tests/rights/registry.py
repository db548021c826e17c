"""What everything registered is about, so that the tests of rights can try all of it. Whatever is new has to be put in here.

Objects are of the kinds that tests/rights/objects.py builds at every site.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from bot.actions import ACTIONS, DOWNLOADS, Action, base36
from bot.talk import FLOWS
from tests.rights.domain import Site
from tests.rights.objects import Objects
from tests.world import BEGINNING

NONE, POSITION = "none", "position"
"""No object; a place in a list of the sender's own."""

LOADED: Mapping[str, tuple[str, ...]] = {
    "handlers.calendar.day_at": ("calendar day",),
    "handlers.delegation_cards.delegation_at": ("delegation",),
    "handlers.evidence.piece_at": ("piece", "boxed"),
    "handlers.evidence.picture": ("piece", "boxed"),
    "handlers.evidence.one_of_album": ("album file",),
    "handlers.item_facts.item_at": ("item", "bonus", "veto"),
    "handlers.joining.invitation_at": ("invitation",),
    "handlers.members.person_at": ("person",),
    "handlers.members.place_at": ("address",),
    "handlers.matter_accept.decided_at": ("decided matter",),
    "handlers.matter_accept.submitted_at": ("accepted matter",),
    "handlers.matter_cards.assigned_at": ("assigned matter",),
    "handlers.matter_cards.assignment_at": ("assignment",),
    "handlers.matter_cards.followed_at": ("matter", "office matter", "party matter"),
    "handlers.matter_cards.matter_at": ("matter", "submitted matter", "office matter", "party matter"),
    "handlers.matter_cards.opened_at": ("matter", "office matter", "party matter"),
    "handlers.matter_court.note_at": ("court note",),
    "handlers.matter_documents.document": ("document",),
    "handlers.matter_documents.draft": ("assignment",),
    "handlers.matter_documents.proof": ("submitted matter",),
    "handlers.matter_extension.extension_at": ("extension",),
    "handlers.matter_list.workbook": ("post",),
    "handlers.matter_preview.file": ("preview",),
    "handlers.matter_preview.proof": ("proof picture",),
    "handlers.matter_private.file_of_matter": ("matter file",),
    "handlers.matter_private.picture_of_matter": ("matter picture",),
    "handlers.notice_cards.notice_at": ("notice",),
    "handlers.notice_copies.copy_at": ("notice copy",),
    "handlers.notice_files.attached_at": ("own attachment",),
    "handlers.notice_content.file": ("notice copy file",),
    "handlers.notice_content.picture": ("notice copy picture",),
    "handlers.notice_content.sent_file": ("notice file",),
    "handlers.notice_content.sent_picture": ("notice picture",),
    "handlers.notice_receipts.receipts_at": ("notice",),
    "handlers.notice_receipts.workbook": ("notice",),
    "handlers.own_files.own_at": ("own file", "own attachment"),
    "handlers.own_files.own_file": ("own file", "own attachment"),
    "handlers.own_files.own_picture": ("own picture", "own photo"),
    "handlers.personal_data.exported": ("export",),
    "handlers.personal_data.subject_at": ("person",),
    "handlers.personnel_cards.change_at": ("change",),
    "handlers.progress.file": ("picture",),
    "handlers.reminders.message_at": ("reminder",),
    "handlers.roster_import.own": ("import",),
    "handlers.roster_import.problems": ("import",),
    "handlers.roster_import.template": (),
    "handlers.roster_files.document": ("roster export",),
    "handlers.roster_files.workbook": ("roster export",),
    "handlers.submission.assessment_at": ("assessment",),
    "handlers.submission.held_at": ("assessment",),
    "handlers.yearly_reminders.duty_at": ("yearly duty",),
    "handlers.units.unit_at": ("unit",),
}
"""What each `load` finds; nothing, where the id does not matter."""

IDS: Mapping[str, str] = {
    "a": "conversation", "e": "conversation", "un": "conversation", "sum": "conversation", "h": "conversation",
    "as": "post", "si.x": "session",
    "rv": POSITION, "inv": POSITION, "inv.n": POSITION, "inv.p": POSITION, "log": POSITION, "bx": POSITION, "lg": POSITION,
    "lg.f": POSITION, "ros.v": POSITION, "ros.b": POSITION, "lo": POSITION, "bd": POSITION, "cl": POSITION,
    "nt": POSITION, "nt.who": POSITION, "nt.my": POSITION,
    "mt": POSITION, "mt.o": POSITION, "mt.all": POSITION, "mt.cl": POSITION, "mt.fig": POSITION,
    **dict.fromkeys(
        ("back", "cancel", "resume", "menu", "help", "me", "go", "ov", "cd", "so", "sh", "gate", "pg", "con", "set", "ri",
         "cal", "cal.go", "mt.set", "yr", "mb.find", "me.fix", "office", "sa", "pd", "sec", "lg.go", "lg.x", "si", "si.web", "si.all",
         "up.box", "up.q", "nt.new", "nt.me", "nt.ch", "nt.now", "nt.rm", "mt.fig.b", "mt.new", "mt.x",
         "pc", "pc.list", "pc.next", "dl", "dl.new", "ho", "ho.take", "ros", "ros.day", "ros.find", "ros.f"), NONE),
}  # fmt: skip
"""What the id means of an action that loads nothing."""

ARGS: Mapping[str, Callable[[Objects, Site], str]] = {
    "a": lambda o, s: "meeting._back",
    "e": lambda o, s: "meeting",
    "h": lambda o, s: "use",
    "sec": lambda o, s: "no",
    "ov": lambda o, s: "returned",
    "it": lambda o, s: "",
    "evu": lambda o, s: base36(o.at["item"][s].id),
    "tick": lambda o, s: "bureau.off",
    "rm.at": lambda o, s: base36(int(BEGINNING.timestamp()) // 60 + 60),
    "ros.v": lambda o, s: "u.0",
    "ros.u": lambda o, s: "",
    "mt.crt": lambda o, s: "",
    "mt.all": lambda o, s: base36(o.at["person"][s].id),
    "nt.r": lambda o, s: "u.0",
    "nt.call": lambda o, s: "0",
    "nt.cx": lambda o, s: base36(o.at["person"][s].id),
}
"""The argument of a button whose handler reads one, for an object at a site."""

SUBJECTS: Mapping[str, str] = {
    "acceptance": "item", "indicator": "item", "bonus": "bonus", "veto": "veto", "evidence_box": "item",
    "evidence_date": "piece", "evidence_use": "piece", "shares": "assessment", "collective_decision": "assessment",
    "roster_import": "import", "erasure": "person", "yearly_reminders": "yearly duty",
    "personnel_change": "unit", "personnel_return": "change", "personnel_steps": "change", "personnel_undo": "change", "delegation": "unit",
    "roster_day": "unit", "unit_quota": "unit", "unit_merge": "unit",
    "notice_write": "unit", "notice_edit": "notice", "notice_again": "notice",
    "notice_correct": "notice", "notice_recall": "notice", "notice_receipt": "notice copy",
    "calendar": "bureau", "contact": "bureau", "settings": "bureau", "matter_settings": "bureau",
    "matter_open": "unit", "matter_assign": "assigned matter", "matter_court": "matter", "matter_material": "matter",
    "matter_refusal": "extension", "matter_return": "accepted matter", "matter_withdraw": "matter",
    **dict.fromkeys(
        ("matter_answer", "matter_extension", "matter_opinion", "matter_record", "matter_suspension"), "assignment"),
    **dict.fromkeys(("invitations", "ledger", "members", "own_data", "personal_data", "roster_find"), NONE),
}  # fmt: skip
"""What the conversations of each flow are about."""

OWN_ONLY = {
    "notice copy", "notice copy file", "notice copy picture",
    "import", "export", "roster export", "conversation", "session", "post", "reminder", "assignment", "preview", "own file",
    "own picture", "own attachment", "own photo",
}  # fmt: skip
"""Kinds that are one person's and nobody else's, whatever rights others have."""

OF_THE_WHOLE = {"pg", "progress"}
"""Actions and commands about the whole of the own bureau's self-assessment, wherever they are pressed or typed."""

TYPED_FOR: Mapping[str, str] = {"edit": "answer"}
"""Commands that lead to another one, where nothing is in hand: the right that this one takes."""


def loading() -> list[Action]:
    """The actions that load an object."""
    return [one for one in ACTIONS.values() if one.load is not None]


def loading_nothing(*kinds: str) -> list[Action]:
    """The others, their ids being of one of these kinds (or of any)."""
    return [one for one in ACTIONS.values() if one.load is None and (not kinds or IDS.get(one.code) in kinds)]


def kinds_of(one: Any) -> tuple[str, ...]:
    """What an action or a download is about."""
    return LOADED[f"{one.load.__module__}.{one.load.__name__}"]


def unknown(kinds: set[str]) -> set[str]:
    """What is registered and not put in here, or the other way round. `kinds`: those that are built."""
    loads = {f"{one.load.__module__}.{one.load.__name__}" for one in [*loading(), *DOWNLOADS.values()]}
    reading_args = {code for code, one in ACTIONS.items() if "button.arg" in inspect.getsource(one.run)}
    reading_ids = {one.code for one in loading_nothing(NONE) if "button.id" in inspect.getsource(one.run)}
    named = {kind for kinds in LOADED.values() for kind in kinds} | set(SUBJECTS.values()) | set(IDS.values())
    return (
        loads ^ set(LOADED)
        | {one.code for one in loading_nothing()} ^ set(IDS)
        | set(FLOWS) ^ set(SUBJECTS)
        | reading_args - set(ARGS)
        | reading_ids
        | (named - {NONE, POSITION}) ^ kinds
    )
