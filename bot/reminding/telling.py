"""What is told in passing, wished for again, or about to be sent: the ways in besides the plan."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.actions import base36
from bot.reminding.knowing import Knowledge
from bot.reminding.limits import Thing, same
from bot.reminding.registry import KINDS
from models import posts, reminders

if TYPE_CHECKING:
    from bot.turn import Turn

NUMBER_BITS = 53
INSTANT = timedelta(microseconds=1)
"""What is told at the very time of a digest waits for the next one."""


def tell(turn: Turn, person: int, body: dict[str, Any], of: tuple[str, int] | None, *, urgent: bool) -> None:
    """Let a message fall due for a person now. `of`: kind and object; it is void once the person owes nothing of it."""
    number = secrets.randbits(NUMBER_BITS)
    kind, object_id = of or ("", number)
    bureau = next((post.bureau_id for post in posts.held(turn.db, person, turn.today)), 0)
    not_before = turn.now if urgent else Knowledge(turn).hours(bureau).digest_from(turn.now + INSTANT)
    told = {
        "kind": kind, "object_id": object_id, "rung": f"told.{base36(number)}", "person_id": person, "bureau_id": bureau,
        "due_at": turn.now, "not_before": not_before, "urgent": urgent, "body": body,
    }  # fmt: skip
    reminders.add(turn.db, [told])


def things(turn: Turn, rows: Iterable[Any]) -> list[Thing]:
    """Of the rows that went out in a message, the things that are still to be done, and what was only told."""
    known = Knowledge(turn)
    alike: dict[tuple[str, int, int], list[Any]] = {}
    for row in rows:
        alike.setdefault(same(row), []).append(row)
    found = [
        Thing(same, known.owed_by(kind, object_id, same[-1].person_id) if kind in KINDS else [])
        for (kind, object_id, _), same in alike.items()
    ]
    return [thing for thing in found if thing.owed or not thing.leader.kind]


def about(turn: Turn, rows: Iterable[Any]) -> list[Any]:
    """Of these rows, one for each such thing."""
    return [thing.leader for thing in things(turn, rows)]


def deadline(turn: Turn, rows: Iterable[Any]) -> datetime | None:
    """The next deadline that some rows have."""
    return min((row.deadline for row in rows if row.deadline is not None and row.deadline > turn.now), default=None)


def again(turn: Turn, rows: Iterable[Any], moment: datetime) -> None:
    """Remind of some things once more, as the person asked; of each only at the time asked for last."""
    rows = list(rows)
    for row in rows:
        reminders.drop_asked(turn.db, row.kind, row.object_id, row.person_id)
    minute = base36(int(moment.timestamp()) // 60)
    reminders.add(turn.db, (
        {
            "kind": row.kind, "object_id": row.object_id, "person_id": row.person_id, "bureau_id": row.bureau_id,
            "rung": f"asked.{minute}" if row.body is None else f"asked.{minute}.{row.id}",
            "due_at": moment, "not_before": moment, "deadline": row.deadline, "asked": True, "body": row.body,
        }
        for row in rows
    ))  # fmt: skip


def decent(turn: Turn, bureau: int) -> datetime:
    """The first moment from now on at which somebody of a bureau may be told something."""
    return Knowledge(turn).hours(bureau).decent(turn.now, None)


def still(turn: Turn, body: dict[str, Any]) -> bool | datetime:
    """Whether a message that is about to be sent still holds: its reader owes something of what it reminds of.

    What an outage has kept until a quiet hour waits for a decent one: then the moment from which it may go out.
    """
    known, reminds = Knowledge(turn), body.get("reminds")
    deadlines: list[datetime | None] = []
    for kind, object_id, person in reminds or ():
        if kind not in KINDS:
            deadlines.append(None)
        deadlines += [one.deadline for one in (known.owed_by(kind, object_id, person) if kind in KINDS else ())]
    if reminds and not deadlines:
        return False
    ahead = min((one for one in deadlines if one is not None and one > turn.now), default=None)
    decent = known.hours(turn.actor.posts[0].bureau_id).decent(turn.now, ahead)
    return True if decent <= turn.now else decent
