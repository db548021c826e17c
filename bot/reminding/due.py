"""Reminders falling due: a rung becomes a row for each person who owes it, and a person's rows become one message.

All of it happens in the turn's transaction: a row changes its state together with the message that came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.reminding import composing, limits
from bot.reminding.hours import Hours
from bot.reminding.knowing import Knowledge
from bot.reminding.limits import Decision, Thing
from bot.reminding.registry import KINDS
from models import people, posts, reminders
from models.db import Changed
from models.outgoing import Urgency
from models.reminders import WHOEVER, Reason, State

if TYPE_CHECKING:
    from bot.turn import Turn

MOST = 200
"""Persons, or rows for one of them, in a transaction: some 100 ms, so that no turn waits long behind it."""
LATE = timedelta(minutes=15)
_COLUMNS = ("kind", "object_id", "rung", "bureau_id", "due_at", "deadline", "until", "urgent", "provisional")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message that reminders came to: whose it is, and whether its day may still change."""

    person: int
    is_digest: bool
    body: dict[str, Any]
    provisional: bool


def fall_due(turn: Turn, who: Sequence[int], most: int = MOST) -> list[Delivered]:
    """Deal with what is due for some persons, as `reminders.who_is_due` names them; the messages that came of it.

    What is for whoever owes it goes first, alone: what comes of it is then due for each person. `most`: its rungs.
    """
    known = Knowledge(turn)
    if WHOEVER in who:
        for row in reminders.for_whoever(turn.db, turn.now, most):
            if not _expand(known, row):
                break
        return []
    return serve(turn, who, known)


def serve(turn: Turn, persons: Iterable[int], known: Knowledge | None = None) -> list[Delivered]:
    """Deal with what is due for some persons; the messages that came of it."""
    known = known or Knowledge(turn)
    return [one for person in persons if (one := _serve(known, person)) is not None]


def _expand(known: Knowledge, row: Any) -> bool:
    """Make a rung a row for each person who owes it; False: there are more than fit into this transaction."""
    db, now = known.turn.db, known.turn.now
    if row.kind not in KINDS:
        reminders.settle(db, row.id, State.VOID, now, Reason.UNKNOWN)
    elif row.until is not None and row.until <= now:
        reminders.settle(db, row.id, State.MISSED, now, row.reason or Reason.PAST)
    elif not (owing := known.owed_by_all(row.kind, row.object_id)):
        reminders.settle(db, row.id, State.VOID, now, Reason.NOBODY)
    else:
        new = sorted(owing.keys() - reminders.expanded_to(db, row.kind, row.object_id, row.rung))
        if len(new) <= MOST and not reminders.settle(db, row.id, State.EXPANDED, now):
            return True  # the plan has changed meanwhile
        values = {name: getattr(row, name) for name in _COLUMNS} | {"not_before": row.not_before}
        reminders.add(db, (values | {"person_id": person} for person in new[:MOST]))
        return len(new) <= MOST
    return True


def _serve(known: Knowledge, person: int) -> Delivered | None:
    turn = known.turn
    db, now = turn.db, turn.now
    people.lock(db, person)
    rows = reminders.of_person(db, person, now, MOST)
    if not rows:
        return None
    held = posts.held(db, person, turn.today)
    if not held:
        _settle(turn, rows, State.VOID, Reason.LEFT)
        return None
    things = list(_things(known, person, rows))
    hours = known.hours(held[0].bureau_id)
    decision = limits.decide(things, reminders.had(db, person), hours, now)
    reminders.wait(db, decision.waits)
    return _deliver(known, person, decision, hours) if decision.going else None


def _things(known: Knowledge, person: int, rows: Iterable[Any]) -> Iterator[Thing]:
    """The rows by what they are about; those past their use, and those about nothing any more, are settled."""
    turn = known.turn
    alike: dict[tuple[str, int, int], list[Any]] = {}
    for row in rows:
        if row.until is not None and row.until <= turn.now:
            _settle(turn, [row], State.MISSED, row.reason or Reason.PAST)
        else:
            alike.setdefault(limits.same(row), []).append(row)
    for (kind, object_id, _), found in alike.items():
        if kind and kind not in KINDS:
            _settle(turn, found, State.VOID, Reason.UNKNOWN)
            continue
        owed = known.owed_by(kind, object_id, person) if kind else []
        if owed or not kind:
            yield Thing(found, owed)
        else:
            _settle(turn, found, State.VOID, Reason.DONE)


def _deliver(known: Knowledge, person: int, decision: Decision, hours: Hours) -> Delivered | None:
    turn, going = known.turn, decision.going
    rows = [row for thing in going for row in thing.rows]
    riding = known.riding(person, going) if decision.is_digest else []
    leader = going[0].leader.id
    late = {row.id for thing in going for row in thing.rows if turn.now - thing.opens(row, hours) > LATE}
    body = composing.body(turn, [*going, *riding], leader, is_digest=decision.is_digest, late=bool(late))
    if all(thing.leader.kind for thing in going):
        body["reminds"] = sorted({(thing.leader.kind, thing.leader.object_id, person) for thing in going})
    if not turn.bring(person, body, Urgency.REMINDER, _until(rows)):
        _settle(turn, rows, State.MISSED, Reason.UNREACHABLE)
        return None
    for thing in going:
        _sent(turn, thing, leader, late, merged=thing in decision.merged)
    reminders.put_had(turn.db, person, decision.had)
    return Delivered(person, decision.is_digest, body, any(row.provisional for row in rows))


def _sent(turn: Turn, thing: Thing, leader: int, late: set[int], *, merged: bool) -> None:
    for row in thing.rows:
        speaks = row is thing.leader and not merged
        overdue = row.body is None and row.deadline is not None and row.due_at >= row.deadline
        ours = reminders.settle(
            turn.db, row.id, State.SENT if speaks else State.MERGED, turn.now, row.reason if merged else None,
            late=row.id in late, riding=overdue, told_in=leader,
        )  # fmt: skip
        if not ours:
            raise Changed(f"reminder {row.id}")


def _settle(turn: Turn, rows: Iterable[Any], state: State, reason: str) -> None:
    for row in rows:
        reminders.settle(turn.db, row.id, state, turn.now, reason)


def _until(rows: Iterable[Any]) -> datetime | None:
    """When a message is past its use: when all it is about is."""
    known = [row.until for row in rows]
    return None if None in known else max(known)
