"""我的操作记录: what oneself has done, newest first, a page at a time. Nobody sees another's here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from pydantic_core import from_json

from bot.actions import action, command
from bot.clock import local
from bot.messages import Button
from bot.turn import Turn
from models import answering, audit, evidence, people
from models.db import Transaction
from models.matters import assignments, matters
from models.rights import Right

MOST_SHOWN = 6
READ_AT_ONCE = 100


def _matter_of(db: Transaction, assignment: int) -> int:
    found = assignments.by_id(db, assignment)
    assert found is not None
    return int(found.matter_id)


_NAMED: Mapping[str, Callable[[Transaction, int], Any]] = {
    "answer": answering.item,
    "evidence": evidence.by_id,
    "person": people.name_of,
    "bureau": lambda db, bureau: people.bureau_of(db, bureau).name,
    "matter": matters.by_id,
    "assignment": lambda db, assignment: matters.by_id(db, _matter_of(db, assignment)),
}
"""The kinds of objects that are spoken of one by one, and how each is found; others are called as their kind is."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says: entries of one moment that are alike, as the 3,000 of an import are."""

    at: datetime
    channel: str
    what: str
    kind: str
    thing: Any
    """The object that came last, where its kind is spoken of one by one; else None."""
    count: int
    """How many objects there were."""


@command("records", right=Right.USE)
@action("log", right=Right.USE)
def own_records(turn: Turn, button: Button) -> None:
    """The newest page, or that of the entries before the one which the button names."""
    lines, last = _page(turn, min(button.id or audit.NEWEST, audit.NEWEST))
    older = [Button("log", last, arg="older", primary=True)] if last is not None else []
    rows = (older, [Button("me"), Button("menu")])
    turn.say("own_records", *rows, lines=lines, newest=not button.id, this_year=turn.today.year)


def _page(turn: Turn, before: int) -> tuple[list[Line], int | None]:
    """The lines of a page, and the entry that it ends with, if older ones are left."""
    alike = groupby(_newest_first(turn, before), key=lambda entry: _alike(turn, entry))
    lines = []
    for (at, channel, what, kind), entries in islice(alike, MOST_SHOWN):
        listed = [(entry.id, entry.object_id) for entry in entries]
        before = listed[-1][0]
        thing = _NAMED[kind](turn.db, listed[0][1]) if kind in _NAMED else None
        lines.append(Line(local(at), channel, what, kind, thing, len({one for _, one in listed})))
    return lines, before if next(alike, None) is not None else None


def _newest_first(turn: Turn, before: int) -> Iterator[Any]:
    while rows := audit.of_person(turn.db, turn.actor.person_id, before, READ_AT_ONCE):
        yield from rows
        before = rows[-1].id


def _alike(turn: Turn, entry: Any) -> tuple[datetime, str, str, str]:
    """When, on which channel, what, and with which kind of object. What it came to is said where there are words for it."""
    words = turn.house.words
    whats = words.labels("own_records", "whats")
    after = None if entry.after is None else from_json(entry.after)
    exactly = f"{entry.what}.{after}" if isinstance(after, str) else entry.what
    what = whats[exactly if exactly in whats else entry.what]
    return entry.at, words.label("own_records", "channels", entry.channel), what, entry.object
