"""A conversation in the middle of a turn: where it stands, and how it is found or begun."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.fields import Files
from bot.flow import Draft, Flow, Place, Refuse
from bot.turn import Turn
from models import conversations as kept

FLOWS: dict[str, Flow] = {}
SKIP, CLOSE, BACK, KEEP, CONFIRM = "_skip", "_close", "_back", "_keep", "_confirm"


@dataclass
class Talk:
    """A conversation in the middle of a turn."""

    id: int
    flow: Flow
    subject: int
    draft: Draft
    stamp: int
    basis: int
    facts: Any
    place: Place
    moved_at: datetime
    state: str = kept.OPEN

    @property
    def key(self) -> str:
        """The key of the question to ask; CONFIRM once all are answered."""
        return self.place.current.key if self.place.current else CONFIRM

    def called(self, turn: Turn, key: str) -> str:
        """What a question is called when it is spoken of (第 7 项的做法和成效)."""
        with turn.within(self.flow.name):
            return turn.text("called", key=key, facts=self.facts)

    @property
    def gathers_files(self) -> bool:
        """Whether the current question asks for files."""
        return self.place.current is not None and isinstance(self.place.current.field, Files)

    def move(self, draft: Draft) -> None:
        """Put another draft in place and see where that leaves the conversation."""
        self.draft = draft
        self.place = self.flow.walk(draft, self.facts)


def current(turn: Turn) -> Talk | None:
    """The conversation the sender is in, its facts read afresh; None if there is none."""
    row = kept.open_of(turn.db, turn.actor.person_id)
    return None if row is None else taken_up(turn, row)


def enter(
    turn: Turn, flow: Flow, subject: int = 0, *, at: str | None = None, replaces: Collection[str] = ()
) -> Talk | None:
    """As `begin`, but nothing is asked yet; None if the flow refused to open, which has been said."""
    opened = kept.open_of(turn.db, turn.actor.person_id)
    if opened is not None and (opened.flow, opened.subject) == (flow.name, subject):
        row: Any = opened
    else:
        if opened is not None:
            kept.set_state(turn.db, opened.id, kept.DONE if opened.flow in replaces else kept.SUSPENDED, turn.now)
        row = kept.left_about(turn.db, turn.actor.person_id, flow.name, subject)
    if row is not None:
        if row is not opened:
            kept.set_state(turn.db, row.id, kept.OPEN, turn.now)
        talk = taken_up(turn, row)
        if talk is not None and at is not None:
            talk.move(Draft(talk.draft.answers, at))
        return talk
    return begun(turn, flow, subject, at)


def taken_up(turn: Turn, row: Any) -> Talk | None:
    """A stored conversation with its facts read afresh; None if its flow refuses it now, which is said."""
    flow = FLOWS[row.flow]
    try:
        facts = _facts(turn, flow, row.subject, row.basis)
    except Refuse as refusal:
        kept.set_state(turn.db, row.id, kept.CANCELLED, turn.now)
        _say(turn, flow, refusal)
        return None
    draft = Draft(row.answers, row.at)
    return Talk(row.id, flow, row.subject, draft, row.stamp, row.basis, facts, flow.walk(draft, facts), row.moved_at)


def begun(turn: Turn, flow: Flow, subject: int, at: str | None) -> Talk | None:
    """A new conversation, open; None if the flow refuses it, which is said. The caller has settled the one before."""
    try:
        facts = _facts(turn, flow, subject, None)
    except Refuse as refusal:
        _say(turn, flow, refusal)
        return None
    answers, basis = flow.start_with(facts, at)
    draft = Draft(answers, at)
    conversation = kept.begin(turn.db, turn.actor.person_id, flow.name, subject, answers, basis, turn.now)
    return Talk(conversation, flow, subject, draft, 0, basis, facts, flow.walk(draft, facts), turn.now)


def keep(turn: Turn, talk: Talk) -> None:
    """Write where a conversation stands."""
    kept.keep(turn.db, talk.id, talk.draft.answers, talk.draft.at, talk.stamp, talk.basis, talk.state, turn.now)


def _facts(turn: Turn, flow: Flow, subject: int, basis: int | None) -> Any:
    if turn.acts_as(flow.open_to) is None:
        raise Refuse(None, "no_right")
    return flow.facts_of(turn, subject, basis)


def _say(turn: Turn, flow: Flow, refusal: Refuse) -> None:
    with turn.within(flow.name):
        turn.say(refusal.reason, **refusal.params)
