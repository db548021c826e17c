"""A change of posts as people see it: what it says to whom, what each can do about it, and its cards, drawn anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot import cards
from bot.actions import Target
from bot.clock import day_of
from bot.masking import masked
from bot.messages import Button, Message
from bot.turn import Turn
from handlers.personnel_facts import recommenders
from models import calendar, holders, people, posts, quotas, rights
from models.people import Person, Post, Role, Unit
from models.personnel import changes, corrections
from models.personnel.changes import Kind, State
from models.quotas import ROSTERS
from models.rights import Place, Right

KIND = "personnel"
FOLDER = "personnel_steps"
RECOMMEND, FILE, MEND, WAIT, UNDO = "recommend", "file", "mend", "wait", "undo"
"""What a change asks of somebody; MEND: it was returned to them. Nothing, but they may withdraw it (WAIT), or 备案 (UNDO)."""
ALONE_AFTER = 2
"""Working days after which the legal section may file without 部门推荐, where nobody can give it (DOMAIN 2)."""


@dataclass(frozen=True, slots=True)
class Move:
    """Who takes which roles from whom; empty: nobody. `studied`: what the successor has studied, as it was reported."""

    leaver: str
    successor: str
    roles: tuple[Role, ...]
    studied: str


@dataclass(frozen=True, slots=True)
class Putting:
    """What is put right of whom, numbers masked."""

    name: str
    field: str
    before: str
    value: str


@dataclass(frozen=True, slots=True)
class View:
    """A change as its card shows it. `row`: the change; `file_from`: the day from which it can do without a head, or None."""

    row: Any
    unit: str
    moves: tuple[Move, ...]
    correction: Putting | None
    reporter: str
    recommender: str
    mover: str
    """Who moved it to where it stands; empty: whoever looks at it."""
    file_from: date | None
    places: tuple[tuple[Role, int, int], ...]
    """Of each roster that somebody joins: how many it will have, and may have."""


def change_at(turn: Turn, the_id: int) -> Target | None:
    """A change, where its unit is; whose own it is, is whoever reported it."""
    change = changes.by_id(turn.db, the_id)
    return None if change is None else Target(change, place_of(change))


def place_of(change: Any) -> Place:
    """Where a change stands as far as rights go."""
    return Place(change.bureau_id, unit=change.unit_id, person=change.reporter_id)


def leavers_of(turn: Turn, change: Any) -> set[int]:
    """Who leaves by a change."""
    lines = changes.lines_of(turn.db, change.id)
    return {holder_of(turn, line.post_id) for line in lines if line.post_id is not None}


def holder_of(turn: Turn, post: int) -> int:
    """Whose a post is."""
    return turn.db.session.get_one(Post, post).person_id


def heads_of(turn: Turn, change: Any) -> list[int]:
    """Who can recommend a change; nobody, where it needs no recommendation."""
    if change.kind == Kind.CORRECTING:
        return []
    return recommenders(turn, change.unit_id, leavers_of(turn, change))


def section_of(turn: Turn, change: Any) -> list[int]:
    """Who can file a change."""
    return holders.in_bureau(turn.db, change.bureau_id, Role.LEGAL_SECTION, turn.today)


def is_theirs(turn: Turn, change: Any, person: int) -> bool:
    """Whether somebody may mend or withdraw a change: the reporter, who stands in, or who reports for the unit once they cannot."""

    def may(who: int) -> bool:
        held = posts.held(turn.db, who, turn.today)
        return bool(rights.fitting(held, Right.REPORT_CHANGE, who, place_of(change)))

    if not may(change.reporter_id):
        return may(person)
    return person == change.reporter_id or person in doing_the_reporters_work(turn, change)


def doing_the_reporters_work(turn: Turn, change: Any) -> list[int]:
    """Who deals with a change for its unit: whoever stands in for its reporter (代办), or else the reporter."""
    return holders.doing_work_of(turn.db, change.bureau_id, change.reporter_id, turn.today)


def file_from(turn: Turn, change: Any) -> date:
    """The day from which a change that nobody can recommend may be filed with a note."""
    known = calendar.of_bureau(turn.db, change.bureau_id)
    return known.after(day_of(change.moved_at), ALONE_AFTER)


def asked_of(turn: Turn, change: Any, person: int) -> str:
    """What a change asks of somebody now: RECOMMEND, FILE, MEND, WAIT, or nothing."""
    heads = heads_of(turn, change) if change.state == State.SUBMITTED else []
    if person in heads:
        return RECOMMEND
    to_file = change.state == State.RECOMMENDED or (change.state == State.SUBMITTED and not heads)
    if to_file and person in section_of(turn, change):
        return FILE
    if change.state in changes.OPEN and is_theirs(turn, change, person):
        return MEND if change.state == State.RETURNED else WAIT
    return UNDO if may_undo(turn, change) and person in section_of(turn, change) else ""


def may_undo(turn: Turn, change: Any) -> bool:
    """Whether what was filed may still be taken back: its day has not come."""
    return bool(change.state == State.FILED and change.effective_on > turn.today)


def is_news(change: Any) -> bool:
    """Whether whoever is to act on a change learns of it from the next digest: the legal section, of what is in order."""
    in_order = change.state == State.SUBMITTED and change.kind == Kind.CORRECTING
    return bool(in_order or change.state == State.RECOMMENDED)


def buttons(change: Any, asks: str) -> list[Button]:
    """What somebody of whom that is asked can do."""
    offered = {
        RECOMMEND: ("pc.rec", "pc.back"), FILE: ("pc.file", "pc.ret"), MEND: ("pc.fix", "pc.wd"), WAIT: ("pc.wd",),
        UNDO: ("pc.undo",),
    }.get(asks, ())  # fmt: skip
    likely = offered[:1] if asks in (RECOMMEND, FILE, MEND) else ()
    return [Button(code, change.id, change.version, primary=code in likely) for code in offered]


def view(turn: Turn, change: Any, viewer: int | None = None) -> View:
    """A change as it stands, for somebody who looks at it, or for anybody."""
    lines = changes.lines_of(turn.db, change.id)
    correction = corrections.of(turn.db, change.id)
    alone = change.state == State.SUBMITTED and change.kind != Kind.CORRECTING and not heads_of(turn, change)
    return View(
        change, turn.db.session.get_one(Unit, change.unit_id).name, tuple(_moves(turn, lines)),
        _putting(turn, correction) if correction is not None else None,
        people.name_of(turn.db, change.reporter_id), _name(turn, change.recommended_by),
        "" if change.moved_by == viewer else _name(turn, change.moved_by),
        file_from(turn, change) if alone else None, tuple(_places(turn, change, lines)),
    )  # fmt: skip


def message(turn: Turn, change: Any, person: int) -> Message:
    """A change's card, as somebody is to see it."""
    asks = asked_of(turn, change, person)
    with turn.within(FOLDER):
        text = turn.text("card", view=view(turn, change, person), asks=asks)
        return Message(text, turn.rendered([buttons(change, asks)]))


def redraw(turn: Turn, the_id: int) -> None:
    """Draw every card of a change anew."""
    change = changes.by_id(turn.db, the_id)
    cards.redraw(turn, KIND, the_id, lambda person: message(turn, change, person))


def show(turn: Turn, change: Any, lead: str = "") -> None:
    """Deal the sender the card of a change. `lead`: a rendered sentence to put before it."""
    me = turn.actor.person_id
    asks = asked_of(turn, change, me)
    with turn.within(FOLDER):
        rows = [*buttons(change, asks), Button("menu")]
        turn.say("shown", rows, lead=lead, view=view(turn, change, me), asks=asks, card=(KIND, change.id))


def show_stale(turn: Turn, change: Any) -> None:
    """What was pressed is settled, or no longer as it was: by whom and when, and how the change stands."""
    with turn.within(FOLDER):
        lead = turn.text("moved_on", view=view(turn, change, turn.actor.person_id))
    show(turn, change, lead)


def show_not_theirs(turn: Turn, change: Any) -> None:
    """Only the reporter mends or withdraws a change."""
    with turn.within(FOLDER):
        lead = turn.text("not_theirs", view=view(turn, change))
    show(turn, change, lead)


def reply(turn: Turn, change: Any, *more: Button) -> None:
    """Tell the sender in one sentence what has come of it; the card says the rest."""
    with turn.within(FOLDER):
        turn.say("done", [*more, Button("menu")], view=view(turn, change, turn.actor.person_id))


def _moves(turn: Turn, lines: Iterable[Any]) -> Iterable[Move]:
    found: dict[tuple[str, str, str], list[Role]] = {}
    for line in lines:
        ended = holder_of(turn, line.post_id) if line.post_id is not None else None
        follows = line.newcomer["name"] if line.newcomer is not None else _name(turn, line.successor_id)
        found.setdefault((_name(turn, ended), follows, _studied(turn, line)), []).append(Role(line.role))
    for (leaver, successor, studied), roles in found.items():
        yield Move(leaver, successor, tuple(roles), studied)


def _studied(turn: Turn, line: Any) -> str:
    """What is said of the successor, or else what is on file."""
    said = line
    if line.qualification is None and line.education is None and line.successor_id is not None:
        said = turn.db.session.get_one(Person, line.successor_id, populate_existing=True)
    with turn.within(FOLDER):
        return turn.text("studied", qualification=said.qualification, education=said.education)


def _putting(turn: Turn, correction: Any) -> Putting:
    renamed = correction.before if correction.field == "name" else None
    name = renamed or people.name_of(turn.db, correction.person_id)
    return Putting(name, correction.field, masked(correction.before or ""), masked(correction.value or ""))


def _places(turn: Turn, change: Any, lines: Iterable[Any]) -> Iterable[tuple[Role, int, int]]:
    """As it will be: what is filed stands among the posts already."""
    unit = turn.db.session.get_one(Unit, change.unit_id)
    own = [changes.line_of(line) for line in lines]
    filed = change.state not in changes.OPEN
    for role in ROSTERS:
        coming = sum(line.begins for line in own if line.role == role)
        if not coming:
            continue
        ending = {line.post for line in own if line.post is not None}
        held = quotas.most_held(turn.db, unit.id, role, change.effective_on, () if filed else ending)
        yield role, held if filed else held + coming, quotas.of_unit(turn.db, unit, role).most


def _name(turn: Turn, person: int | None) -> str:
    return people.name_of(turn.db, person) if person is not None else ""
