"""What of a leaver's work is handed over so far: the items of the self-assessment, evidence in the box, changes that wait."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages import Button
from bot.turn import Turn
from handlers import evidence_box, personnel_steps
from handlers.handover import Part, handover
from handlers.items import due_at, open_item
from handlers.personnel_cards import WAIT, asked_of
from models import assessments
from models.assessments import State
from models.people import Role
from models.personnel import handovers, waiting
from models.personnel.handovers import Waiting
from models.rights import Place, Right


@handover("items")
def items(turn: Turn, taken: Sequence[Waiting]) -> Part | None:
    """What the unit, or (to the contact's successor) the bureau, still owes to its self-assessment; drafts among it."""
    own = [one for one in taken if one.role is Role.LIAISON]
    assessment = assessments.of_bureau(turn.db, own[0].bureau_id) if own else None
    if assessment is None or assessment.submitted_at is not None:
        return None
    contact = any(one.was_contact and one.successor_id == assessment.contact_id for one in own)
    theirs = {one.unit_id for one in own} | ({None} if contact else set())
    rows = assessments.all_items(turn.db, assessment.id)
    open_ = [row for row in rows if row.unit_id in theirs and row.state != State.COMPLETE]
    if not open_:
        return None
    first = min(open_, key=lambda row: (row.state != State.RETURNED, row.state == State.SKIPPED, row.position))
    by_state = {state: [row.position for row in open_ if row.state == state] for state in (State.RETURNED, State.DRAFT)}
    due = due_at(turn, assessment)
    text = turn.text(
        "items", count=len(open_), returned=by_state[State.RETURNED], drafts=by_state[State.DRAFT], due=due
    )
    return Part(text, lambda turn: open_item(turn, first.id), due)


@handover("evidence")
def evidence(turn: Turn, taken: Sequence[Waiting]) -> Part | None:
    """What the leaver brought that proves nothing yet."""
    own = [one for one in taken if one.role is Role.LIAISON]
    pieces = [piece for one in own for piece in handovers.in_box(turn.db, one.leaver_id, one.unit_id)]
    if not pieces:
        return None

    def open_box(turn: Turn) -> None:
        turn.acts(Right.ANSWER, Place(own[0].bureau_id, unit=own[0].unit_id))
        with turn.within("evidence_box"):
            evidence_box.look(turn, Button("bx"))

    return Part(turn.text("evidence", numbers=[piece.number for piece in pieces]), open_box)


@handover("changes")
def changes_waiting(turn: Turn, taken: Sequence[Waiting]) -> Part | None:
    """Changes of posts that wait for the successor's 推荐, 备案 or 修改."""
    person, bureaus = taken[0].successor_id, sorted({one.bureau_id for one in taken})
    found = [one for bureau in bureaus for one in waiting.open_in(turn.db, bureau=bureau)]
    count = sum(asked_of(turn, one, person) not in ("", WAIT) for one in found)
    if not count:
        return None

    def open_list(turn: Turn) -> None:
        with turn.within("personnel_steps"):
            personnel_steps.waiting(turn, Button("pc.list"))

    return Part(turn.text("changes", count=count), open_list)
